"""An image as it is stored and shown (ECR API, data types Image and ImageDetail)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portside.names.digests import Digest
from portside.names.tags import Tag


class StorageClass(StrEnum):
    """Where an image is kept: at hand, or in the archive, from which it cannot be pulled."""

    STANDARD = "STANDARD"
    ARCHIVE = "ARCHIVE"


class ImageStatus(StrEnum):
    """ECR's ``imageStatus``. An image comes back from the archive at once: none is ``ACTIVATING``.

    ECR takes up to twenty minutes for that.
    """

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    ACTIVATING = "ACTIVATING"


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
    storage_class: StorageClass = StorageClass.STANDARD
    archived_at: datetime | None = None
    """When it was last moved to the archive."""
    activated_at: datetime | None = None
    """When it last came back from there."""
    tags: tuple[Tag, ...] = ()

    @property
    def status(self) -> ImageStatus:
        """Whether the image can be pulled."""
        if self.storage_class is StorageClass.ARCHIVE:
            return ImageStatus.ARCHIVED
        return ImageStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredManifest:
    """A manifest's exact bytes with what is needed to serve them."""

    image_id: int
    digest: Digest
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """One image asked for: by its tag, by its digest, or by a tag that must name the digest."""

    tag: Tag | None
    digest: Digest | None

    @property
    def identifier(self) -> ImageIdentifier:
        """The target as a client named it."""
        return ImageIdentifier(
            self.digest.text if self.digest else None, self.tag.text if self.tag else None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """An image as its subject's referrers list shows it (distribution-spec, referrers)."""

    digest: Digest
    media_type: str
    manifest_bytes: int
    artifact_type: str | None
    annotations: dict[str, str]
    status: ImageStatus = ImageStatus.ACTIVE


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


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Which images a listing shows. ``status`` of ``None`` is any; ECR's default is active ones."""

    tags: TagStatus = TagStatus.ANY
    status: ImageStatus | None = ImageStatus.ACTIVE

    @property
    def storage_classes(self) -> tuple[StorageClass, ...]:
        """The storage classes in which such images are; none where no image has the status."""
        if self.status is None:
            return (StorageClass.STANDARD, StorageClass.ARCHIVE)
        found = {
            ImageStatus.ACTIVE: (StorageClass.STANDARD,),
            ImageStatus.ARCHIVED: (StorageClass.ARCHIVE,),
        }
        return found.get(self.status, ())

    @property
    def tagged(self) -> tuple[bool, ...]:
        """The truths of "it has a tag" that are shown."""
        if self.tags is TagStatus.ANY:
            return (True, False)
        return (self.tags is TagStatus.TAGGED,)


@dataclass(frozen=True, slots=True)
class ReferrerFilter:
    """Which images to show that name a subject. No ``artifact_types`` are all of them."""

    subject: Digest
    artifact_types: tuple[str, ...] = ()
    status: ImageStatus | None = ImageStatus.ACTIVE

    @property
    def storage_classes(self) -> tuple[StorageClass, ...]:
        """As :attr:`ImageFilter.storage_classes`."""
        return ImageFilter(status=self.status).storage_classes
