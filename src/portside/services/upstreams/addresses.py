"""Which addresses this server may connect to on behalf of a caller (OWASP, "SSRF prevention")."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection

from portside.registry.upstreams import Endpoint

Resolve = Callable[[str, int], list[str]]


class AddressRefused(OSError):  # noqa: N818 - named for what it tells
    """The host has no address that may be connected to; the message says which it has."""


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system resolves it."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


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


_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""NAT64: an IPv4 address of any kind may be inside."""


def choose_address(
    endpoint: Endpoint, *, allowed: Collection[Endpoint], is_trusted: bool, resolve: Resolve
) -> str:
    """The address to connect to, looked up once: what was checked is what is connected to.

    An endpoint that the operator of this server allows may lie anywhere, if the request began at
    one (``is_trusted``); every other must be public, and reached over TLS.

    Raises:
        AddressRefused: it is not, or has an address that is not.
        OSError: the host cannot be resolved.
    """
    trusted = is_trusted and endpoint in allowed
    if not trusted and endpoint.scheme != "https":
        raise AddressRefused(f"{endpoint} is not reached over TLS")
    addresses = resolve(endpoint.host, endpoint.port)
    if not addresses:
        raise AddressRefused(f"{endpoint.host} has no address")
    if not trusted and not all(is_public(address) for address in addresses):
        raise AddressRefused(f"{endpoint.host} has an address that is not public")
    return addresses[0]
