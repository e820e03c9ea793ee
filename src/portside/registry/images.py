"""An image as it is stored and shown (ECR API, data types Image and ImageDetail)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portside.names.digests import Digest
from portside.names.tags import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A manifest or an index in a repository, known by its digest."""

    id: int
    digest: Digest
    media_type: str
    artifact_type: str | None
    config_media_type: str | None
    subject: Digest | None
    manifest_bytes: int
    image_bytes: int
    """Manifest, config and layers together; of an index, the largest of its children."""
    pushed_at: datetime
    pulled_at: datetime | None = None
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredManifest:
    """A manifest's exact bytes with what is needed to serve them."""

    image_id: int
    digest: Digest
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """An image as its subject's referrers list shows it (distribution-spec, referrers)."""

    digest: Digest
    media_type: str
    manifest_bytes: int
    artifact_type: str | None
    annotations: dict[str, str]


@dataclass(frozen=True, slots=True)
class ImageIdentifier:
    """ECR's ``imageId``: a digest, a tag, or both; the texts are as the caller wrote them."""

    digest: str | None = None
    tag: str | None = None


class TagStatus(StrEnum):
    """The filter of ListImages and DescribeImages."""

    TAGGED = "TAGGED"
    UNTAGGED = "UNTAGGED"
    ANY = "ANY"
