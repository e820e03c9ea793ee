"""From a Host header to the registry that it names, and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.errors import MalformedName

_REGISTRY_HOST = re.compile(r"([0-9]{12})\.dkr\.ecr\.([a-z0-9-]{1,40})\.[a-z0-9.-]{1,200}(?::\d+)?")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(?::\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](?::\d{1,5})?")
_WELL_KNOWN_PORTS = (80, 443)
HOST_LENGTH_MAX = 300
"""Longer hosts name no registry: DNS names end at 253."""


@dataclass(frozen=True, slots=True)
class Addressing:
    """How this server's registries are addressed.

    A host of ECR's form names its registry; any other host names the default one. With ``suffix``
    registries are shown under ECR's form, else under the host that the client used, so that what is
    shown can be pushed to.
    """

    default: RegistryId
    port: int
    suffix: str | None = None

    def registry(self, host: str) -> RegistryId:
        """The registry that a Host header names."""
        known = _named_registry(host) if len(host) <= HOST_LENGTH_MAX else None
        return known or self.default

    def shown_host(self, registry: RegistryId, host: str) -> str:
        """The host, with its port where one is needed, under which clients reach a registry."""
        if self.suffix is not None:
            port = "" if self.port in _WELL_KNOWN_PORTS else f":{self.port}"
            return f"{registry.account}.dkr.ecr.{registry.region}.{self.suffix}{port}"
        return host if _HOST.fullmatch(host) else f"localhost:{self.port}"


@lru_cache(maxsize=1024)
def _named_registry(host: str) -> RegistryId | None:
    found = _REGISTRY_HOST.fullmatch(host.lower())
    if found is None:
        return None
    try:
        return RegistryId(AccountId(found[1]), Region(found[2]))
    except MalformedName:
        return None
