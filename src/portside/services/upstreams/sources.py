"""What is copied from: a repository of an upstream registry, and the credentials for it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from portside.registry.upstreams import Upstream


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the operator stored for an upstream registry."""

    username: str
    access_token: str = field(repr=False)

    @property
    def basic(self) -> str:
        """As an ``Authorization`` header."""
        pair = f"{self.username}:{self.access_token}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"


@dataclass(frozen=True, slots=True)
class Source:
    """A repository of an upstream registry, and the credentials for it."""

    upstream: Upstream
    repository: str
    credentials: Credentials | None

    @property
    def shown(self) -> str:
        """The registry, as refusals name it."""
        return str(self.upstream.endpoint)
