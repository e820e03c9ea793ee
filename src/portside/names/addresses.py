"""Addresses of the Internet protocols (RFC 6890, "Special-Purpose IP Address Registries")."""

from __future__ import annotations

import ipaddress

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""NAT64: an IPv4 address of any kind may be inside."""


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also where it is wrapped in another."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        wrapped = parsed.ipv4_mapped or parsed.sixtofour
        if wrapped is not None:
            parsed = wrapped
        elif parsed.teredo is not None or parsed in _TRANSLATED:
            return False
    return parsed.is_global and not parsed.is_multicast
