"""Which addresses this server may connect to on behalf of a caller (OWASP, "SSRF prevention")."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection

from portside.names.addresses import is_public
from portside.registry.upstreams import Endpoint

Resolve = Callable[[str, int], list[str]]


class AddressRefused(OSError):  # noqa: N818 - named for what it tells
    """The host has no address that may be connected to; the message says which it has."""


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system resolves it."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


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
