"""Who really asks, where proxies stand in between.

What a client writes into ``X-Forwarded-For`` and ``X-Forwarded-Proto`` proves nothing: they are
read only from a peer that is a trusted proxy, and only as far back as each hop is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

HOPS_MAX: Final = 32
"""More hops than that are no path that anybody made on purpose."""

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_WITH_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9.]{7,15}))(?::[0-9]{1,5})?")
_SCHEMES: Final = frozenset({"http", "https"})


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks and addresses, parted by commas.

    Raises:
        ValueError: one of them is neither.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_within(text: str | None, networks: Sequence[Network]) -> bool:
    """Whether an address, if it is known and one, lies in one of these networks."""
    address = None if text is None else _read(text)
    return address is not None and any(address in network for network in networks)


@dataclass(frozen=True, slots=True)
class Client:
    """An address, if it is known, and the scheme that this client used."""

    address: str | None
    scheme: str


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose word counts; none by default."""

    networks: tuple[Network, ...] = ()

    def client(
        self, peer: str | None, scheme: str, header: Callable[[str], Sequence[str]]
    ) -> Client:
        """The client of a request from ``peer``; ``header`` gives a header's values, in order.

        It is the last hop that no trusted proxy vouches for; where a hop cannot be read, the proxy
        that told of it.
        """
        if not self.networks or peer is None or not self._trusts(peer):
            return Client(peer, scheme)
        told = ",".join(header("x-forwarded-proto")).rpartition(",")[2].strip().lower()
        nearest = self._nearest(peer, header("x-forwarded-for"))
        return Client(nearest, told if told in _SCHEMES else scheme)

    def _nearest(self, peer: str, forwarded: Sequence[str]) -> str:
        hops = ",".join(forwarded).rsplit(",", HOPS_MAX)[-HOPS_MAX:]
        nearest = peer
        for hop in reversed(hops):
            address = _read(_bare(hop.strip()))
            if address is None:
                break
            nearest = str(address)
            if not self._trusts(nearest):
                break
        return nearest

    def _trusts(self, text: str) -> bool:
        return is_within(text, self.networks)


def _bare(hop: str) -> str:
    found = _WITH_PORT.fullmatch(hop)
    return hop if found is None else found[1] or found[2]


@lru_cache(maxsize=4096)
def _read(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket for both families tells of older clients so.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
