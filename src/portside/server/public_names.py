"""Under which names and addresses clients reach a server: what its own certificates are for."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from portside.settings import Settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

AWS_SUFFIXES: Final = ("amazonaws.com", "amazonaws.com.cn")
"""Suffixes under which AWS's own programs look for its APIs."""

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DNS_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_PRIVATE: Final = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "::1/128",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
    )
)


@dataclass(frozen=True, slots=True)
class Names:
    """DNS names, perhaps with a wildcard, and addresses."""

    dns: tuple[str, ...]
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an authority may sign for: these domains with all below them, and these networks."""

    domains: tuple[str, ...]
    networks: tuple[Network, ...]

    def beyond(self, names: Names) -> list[str]:
        """Those of the names that are not within."""
        return [
            *(name for name in names.dns if not self._has_name(name)),
            *(str(address) for address in names.addresses if not self._has_address(address)),
        ]

    def _has_name(self, name: str) -> bool:
        bare = name.removeprefix("*.")
        return any(bare == domain or bare.endswith(f".{domain}") for domain in self.domains)

    def _has_address(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def server_names(settings: Settings) -> Names:
    """All names and addresses of a server: this machine's, those set, and those that AWS uses."""
    given = [*(settings.tls_names or "").split(","), settings.host]
    addresses = ["127.0.0.1", "::1", *(text for text in given if _is_address(text))]
    dns = [
        "localhost",
        socket.gethostname().lower(),
        *(text.lower() for text in given if not _is_address(text)),
        *registry_names(settings),
    ]
    concrete = (ip_address(text) for text in addresses)
    return Names(
        tuple(_once(name for name in dns if _DNS_NAME.fullmatch(name.removeprefix("*.")))),
        tuple(dict.fromkeys(each for each in concrete if not each.is_unspecified)),
    )


def registry_names(settings: Settings) -> list[str]:
    """The names that a suffix gives; with one of AWS's own, those of its APIs too."""
    suffix, region = settings.suffix, settings.region
    if suffix is None:
        return []
    names = [f"*.dkr.ecr.{region}.{suffix}", f"api.ecr.{region}.{suffix}"]
    if suffix in AWS_SUFFIXES:
        return [*names, *api_names(region, suffix)]
    return [*names, suffix]


def api_names(region: str, suffix: str) -> list[str]:
    """The hosts, beside ``api.ecr``, under which AWS's programs look for the APIs served here."""
    names = [f"ecr.{region}.{suffix}", f"sts.{region}.{suffix}"]
    if suffix == AWS_SUFFIXES[0]:
        return [*names, f"sts.{suffix}", f"iam.{suffix}"]
    return [*names, f"iam.cn-north-1.{suffix}"]


def host_names(settings: Settings, accounts: Iterable[str]) -> list[str]:
    """The names that a hosts file needs: it knows no wildcards, so one for each account."""
    if settings.suffix is None:
        return []
    registries = (f"{each}.dkr.ecr.{settings.region}.{settings.suffix}" for each in accounts)
    others = (name for name in registry_names(settings) if not name.startswith("*."))
    return _once([*registries, *others])


def bounds_for(names: Names) -> Bounds:
    """What an authority that signs for these names need be believed for, and nothing more.

    Addresses of private networks are within in any case: they change, and are nobody else's.
    """
    own = tuple(ip_network(address) for address in names.addresses)
    domains = tuple(_once(name.removeprefix("*.") for name in names.dns))
    return Bounds(domains, tuple(dict.fromkeys((*_PRIVATE, *own))))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
