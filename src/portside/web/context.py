"""What is known of a request before anything is done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.datastructures import Headers, QueryParams

from portside.names.accounts import RegistryId
from portside.web.addressing import Addressing

Scope = dict[str, Any]
Message = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """One request: where it is addressed to, and as what it is known in logs and answers."""

    request_id: str
    method: str
    path: str
    headers: Headers
    scope: Scope
    host: str
    scheme: str
    registry: RegistryId

    @property
    def query(self) -> QueryParams:
        """The query's parameters, decoded."""
        return QueryParams(self.scope["query_string"])

    @property
    def base_url(self) -> str:
        """The scheme and host that the client used."""
        return f"{self.scheme}://{self.host}"


def read_context(
    scope: Scope, addressing: Addressing, new_id: Callable[[], str] = lambda: str(uuid4())
) -> RequestContext:
    """The context of an ASGI HTTP scope."""
    headers = Headers(raw=scope["headers"])
    host = headers.get("host", "")
    return RequestContext(
        request_id=new_id(),
        method=scope["method"],
        path=scope["path"],
        headers=headers,
        scope=scope,
        host=host,
        scheme=scope["scheme"],
        registry=addressing.registry(host),
    )
