"""Which endpoint a ``/v2/`` path names (distribution-spec, "Endpoints")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

PREFIX = "/v2/"
PATH_LENGTH_MAX = 1024
"""Room for the longest name (256) and digest (135) with every keyword, and to spare."""


class Endpoint(Enum):
    """The endpoints of the specification, and Docker's catalog."""

    BASE = "base"
    CATALOG = "catalog"
    TAGS = "tags"
    MANIFEST = "manifest"
    BLOB = "blob"
    UPLOADS = "uploads"
    UPLOAD = "upload"
    REFERRERS = "referrers"


@dataclass(frozen=True, slots=True)
class Address:
    """An endpoint with the repository's name and the last segment, as they stand in the path."""

    endpoint: Endpoint
    name: str = ""
    reference: str = ""


_ITEMS = (
    ("/manifests", Endpoint.MANIFEST),
    ("/blobs/uploads", Endpoint.UPLOAD),
    ("/blobs", Endpoint.BLOB),
    ("/referrers", Endpoint.REFERRERS),
)


@lru_cache(maxsize=4096)
def parse_path(path: str) -> Address | None:
    """Read a decoded path; ``None`` where it names no endpoint.

    Repository names may hold the keywords themselves, so the last keyword decides.
    """
    if path in ("/v2", "/v2/"):
        return Address(Endpoint.BASE)
    rest = path.removeprefix(PREFIX)
    if rest == "_catalog":
        return Address(Endpoint.CATALOG)
    head, _, last = rest.rpartition("/")
    return _parse_collection(head, last) or _parse_item(head, last)


def _parse_collection(head: str, last: str) -> Address | None:
    if last == "list" and head.endswith("/tags"):
        return Address(Endpoint.TAGS, head.removesuffix("/tags"))
    if last == "uploads" and head.endswith("/blobs"):
        return Address(Endpoint.UPLOADS, head.removesuffix("/blobs"))
    if not last and head.endswith("/blobs/uploads"):
        return Address(Endpoint.UPLOADS, head.removesuffix("/blobs/uploads"))
    return None


def _parse_item(head: str, last: str) -> Address | None:
    for suffix, endpoint in _ITEMS:
        if head.endswith(suffix):
            return Address(endpoint, head.removesuffix(suffix), last)
    return None
