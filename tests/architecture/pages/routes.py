"""The page of what `/v2/` answers, from the table of its routes."""

from collections.abc import Iterator

from tests.architecture.pages.tables import code, sentence, table

from portside.distribution.paths import Endpoint
from portside.distribution.routes import REGISTRY_ROUTES, ROUTES, RegistryRoute, Route

HEAD = """# The registry protocol

What `/v2/` answers: the Docker Registry HTTP API V2 and OCI's distribution-spec 1.1. `NAME` is a
repository's name, `REFERENCE` a tag or a digest. Each route needs an action of IAM on the
repository, as the operations of the [API](operations.md) do; refusals are told by the
specification's [codes](errors.md#the-registry-protocol).

Credentials come as `Authorization: Basic`, with the user `AWS` and the password of
`GetAuthorizationToken`.

"""
FOOT = """
Uploads go as `POST`, then any number of `PATCH`, then `PUT`; as `POST` and one `PUT`; or as one
`POST` with `digest`. A `POST` with `mount` and `from` takes a layer of another repository. `Range`
is heeded for blobs.

This page is made from the table of routes: `make docs-reference`.
"""
PATHS = {
    Endpoint.BASE: "/v2/",
    Endpoint.CATALOG: "/v2/_catalog",
    Endpoint.TAGS: "/v2/NAME/tags/list",
    Endpoint.MANIFEST: "/v2/NAME/manifests/REFERENCE",
    Endpoint.BLOB: "/v2/NAME/blobs/DIGEST",
    Endpoint.UPLOADS: "/v2/NAME/blobs/uploads/",
    Endpoint.UPLOAD: "/v2/NAME/blobs/uploads/ID",
    Endpoint.REFERRERS: "/v2/NAME/referrers/DIGEST",
}


def page() -> str:
    """The page as it ought to be."""
    return HEAD + table(("method", "path", "needs", "what it does"), _rows()) + FOOT


def _rows() -> Iterator[tuple[str, str, str, str]]:
    for route in (*REGISTRY_ROUTES, *ROUTES):
        yield code(route.method), code(PATHS[route.endpoint]), _needs(route), _deed(route)


def _needs(route: Route | RegistryRoute) -> str:
    return code(route.action) if route.action else "good credentials"


def _deed(route: Route | RegistryRoute) -> str:
    return sentence(route.handler.__doc__)
