"""Every request that ``/v2/`` answers, with the action that it needs: a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from portside.distribution import bases, blobs, manifests, referrers, tags, uploads
from portside.distribution.calls import Call, RegistryCall
from portside.distribution.paths import Address, Endpoint
from portside.web.answers import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method of an endpoint below a repository, its IAM action, and its handler."""

    method: str
    endpoint: Endpoint
    action: str
    handler: Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryRoute:
    """A method of an endpoint of the whole registry.

    An ``action`` of ``None`` says that good credentials are enough, as ECR has it for the base
    check.
    """

    method: str
    endpoint: Endpoint
    action: str | None
    handler: Callable[[RegistryCall], Awaitable[Answer]]


def _row(
    method: str, endpoint: Endpoint, action: str, handler: Callable[[Call], Awaitable[Answer]]
) -> Route:
    return Route(method=method, endpoint=endpoint, action=f"ecr:{action}", handler=handler)


ROUTES: Final = (
    _row("GET", Endpoint.TAGS, "ListImages", tags.list_tags),
    _row("GET", Endpoint.MANIFEST, "BatchGetImage", manifests.get),
    _row("HEAD", Endpoint.MANIFEST, "BatchGetImage", manifests.get),
    _row("PUT", Endpoint.MANIFEST, "PutImage", manifests.put),
    _row("DELETE", Endpoint.MANIFEST, "BatchDeleteImage", manifests.delete),
    _row("GET", Endpoint.BLOB, "GetDownloadUrlForLayer", blobs.get),
    _row("HEAD", Endpoint.BLOB, "BatchCheckLayerAvailability", blobs.get),
    _row("DELETE", Endpoint.BLOB, "BatchDeleteImage", blobs.delete),
    _row("POST", Endpoint.UPLOADS, "InitiateLayerUpload", uploads.start),
    _row("GET", Endpoint.UPLOAD, "UploadLayerPart", uploads.status),
    _row("HEAD", Endpoint.UPLOAD, "UploadLayerPart", uploads.status),
    _row("PATCH", Endpoint.UPLOAD, "UploadLayerPart", uploads.append),
    _row("PUT", Endpoint.UPLOAD, "CompleteLayerUpload", uploads.finish),
    _row("DELETE", Endpoint.UPLOAD, "UploadLayerPart", uploads.cancel),
    _row("GET", Endpoint.REFERRERS, "BatchGetImage", referrers.list_referrers),
)

REGISTRY_ROUTES: Final = (
    RegistryRoute(method="GET", endpoint=Endpoint.BASE, action=None, handler=bases.check),
    RegistryRoute(method="HEAD", endpoint=Endpoint.BASE, action=None, handler=bases.check),
    RegistryRoute(
        method="GET",
        endpoint=Endpoint.CATALOG,
        action="ecr:DescribeRepositories",
        handler=bases.catalog,
    ),
)

REPOSITORY_TABLE: Final = {(route.endpoint, route.method): route for route in ROUTES}
REGISTRY_TABLE: Final = {(route.endpoint, route.method): route for route in REGISTRY_ROUTES}


def allowed_methods(endpoint: Endpoint) -> str:
    """The methods of an endpoint, for the ``Allow`` header."""
    return ", ".join(
        method for at, method in (*REPOSITORY_TABLE, *REGISTRY_TABLE) if at is endpoint
    )


_NAMES: Final = {
    (endpoint, method): f"{method} {endpoint.value}"
    for endpoint, method in (*REPOSITORY_TABLE, *REGISTRY_TABLE)
}


def route_name(address: Address | None, method: str) -> str:
    """How a route is called where requests are counted; all that is none has one name."""
    return "other" if address is None else _NAMES.get((address.endpoint, method), "other")
