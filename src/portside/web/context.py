"""What is known of a request before anything is done about it."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from portside.names.accounts import RegistryId
from portside.names.errors import Refusal
from portside.web.addressing import Addressing
from portside.web.clients import TrustedProxies

Scope = dict[str, Any]


class RequestHeaders:
    """The headers of an ASGI scope. Names are asked for in lower case."""

    __slots__ = ("_by_name", "_raw")

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        self._raw = raw
        self._by_name = dict(raw)

    def get(self, name: str) -> str | None:
        """The value of a header that comes once, or ``None``."""
        value = self._by_name.get(name.encode())
        return None if value is None else value.decode("latin-1")

    def list(self, name: str) -> list[str]:
        """The values of a header that may come several times, in order."""
        wanted = name.encode()
        return [value.decode("latin-1") for key, value in self._raw if key == wanted]

    def __contains__(self, name: str) -> bool:
        return name.encode() in self._by_name

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every header as it came, in order."""
        return ((key.decode("latin-1"), value.decode("latin-1")) for key, value in self._raw)


class RequestIds:
    """Request ids in the form that AWS gives them, never twice.

    A process's random half and a counter: as unique as a random id and ten times as quick.
    """

    def __init__(self) -> None:
        half = secrets.token_hex(10)
        self._prefix = f"{half[:8]}-{half[8:12]}-4{half[12:15]}-8{half[15:18]}-"
        self._counter = itertools.count(secrets.randbits(40))

    def __call__(self) -> str:
        """The next id."""
        return f"{self._prefix}{next(self._counter):012x}"


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request: where it is addressed to, and as what it is known in logs and answers."""

    request_id: str
    method: str
    path: str
    headers: RequestHeaders
    scope: Scope
    host: str
    scheme: str
    registry: RegistryId
    client: str | None = None
    """The address of whoever asks, if it is known."""
    excess: Refusal | None = None
    """Why the request is turned away before it is looked at, if it is."""

    @property
    def query(self) -> QueryParams:
        """The query's parameters, decoded."""
        return QueryParams(self.scope["query_string"])

    @property
    def base_url(self) -> str:
        """The scheme and host that the client used."""
        return f"{self.scheme}://{self.host}"


def read_context(
    scope: Scope,
    addressing: Addressing,
    proxies: TrustedProxies,
    request_id: str,
    excess: Refusal | None = None,
) -> RequestContext:
    """The context of an ASGI HTTP scope."""
    headers = RequestHeaders(scope["headers"])
    host = headers.get("host") or ""
    peer = scope.get("client")
    client = proxies.client(peer[0] if peer else None, scope["scheme"], headers.list)
    return RequestContext(
        request_id,
        scope["method"],
        scope["path"],
        headers,
        scope,
        host,
        client.scheme,
        addressing.registry(host),
        client.address,
        excess,
    )
