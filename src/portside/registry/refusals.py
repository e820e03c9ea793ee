"""Everything that a registry refuses, as facts; each face has one table that words them."""

from __future__ import annotations

from dataclasses import dataclass, field

from portside.names.accounts import RegistryId
from portside.names.errors import Refusal
from portside.registry.images import ImageIdentifier, StorageClass
from portside.registry.uploads import Upload


@dataclass(eq=False)
class DatabaseUnavailable(Refusal):
    """The database cannot be reached, or did not answer in time.

    Nothing of this was done. Where the connection broke while the last of it was being written, it
    may be done all the same, as after any answer that is lost on its way.
    """

    reason: str


@dataclass(eq=False)
class RepositoryRefusal(Refusal):
    """A refusal that concerns one repository of one registry."""

    registry: RegistryId
    repository: str


@dataclass(eq=False)
class RepositoryNotFound(RepositoryRefusal):
    """No such repository."""


@dataclass(eq=False)
class RepositoryAlreadyExists(RepositoryRefusal):
    """The name is taken."""


@dataclass(eq=False)
class RepositoryNotEmpty(RepositoryRefusal):
    """The repository holds images and deletion was not forced."""


@dataclass(eq=False)
class ImageNotFound(RepositoryRefusal):
    """No such image."""

    image: ImageIdentifier


class ImageTagDoesNotMatchDigest(Refusal):
    """A tag and a digest were given, and the tag names another image."""


@dataclass(eq=False)
class StorageClassUnchangeable(RepositoryRefusal):
    """An image stays where it is because an active index needs it there."""

    digest: str
    wanted: StorageClass
    indexes: tuple[str, ...]


@dataclass(eq=False)
class ImageAlreadyExists(RepositoryRefusal):
    """The same manifest is there under the same tag, or untagged and no tag was asked for."""

    digest: str
    tag: str | None


@dataclass(eq=False)
class ImageTagAlreadyExists(RepositoryRefusal):
    """The tag names another image and may not move."""

    tag: str


@dataclass(eq=False)
class QuotaReached(Refusal):
    """A registry, repository or image holds already as much as its quota, ``limit``, allows."""

    registry: RegistryId
    limit: int


@dataclass(eq=False)
class TooManyRepositories(QuotaReached):
    """The registry holds no more repositories."""


@dataclass(eq=False)
class TooManyImages(QuotaReached):
    """The repository holds no more images."""

    repository: str


@dataclass(eq=False)
class TooManyImageTags(QuotaReached):
    """The image has no more tags."""

    repository: str
    digest: str


@dataclass(eq=False)
class ImageDigestDoesNotMatch(RepositoryRefusal):
    """The manifest has not the digest under which it was pushed."""

    given: str
    actual: str


@dataclass(eq=False)
class ImageReferencedByIndex(RepositoryRefusal):
    """An image that an index needs cannot be deleted before the index."""

    digest: str
    indexes: tuple[str, ...]


@dataclass(eq=False)
class BlobsMissing(RepositoryRefusal):
    """Layers or configs that a manifest names and the repository does not have."""

    digests: tuple[str, ...]


@dataclass(eq=False)
class ChildrenMissing(RepositoryRefusal):
    """Images that an index names and the repository does not have."""

    digests: tuple[str, ...]


@dataclass(eq=False)
class BlobNotFound(RepositoryRefusal):
    """No such blob in this repository, whatever other repositories have."""

    digest: str


@dataclass(eq=False)
class LayerArchived(RepositoryRefusal):
    """The layer is there, but only archived images have it, and those cannot be pulled."""

    digest: str


@dataclass(eq=False)
class BlobDeletionUnsupported(RepositoryRefusal):
    """Blobs go with their images; only a registry that follows OCI strictly deletes them alone."""


@dataclass(eq=False)
class CatalogUnsupported(Refusal):
    """ECR has no catalog; only a registry that follows OCI strictly lists its names."""


@dataclass(eq=False)
class LayerAlreadyExists(RepositoryRefusal):
    """The layer of a completed upload is there already (CompleteLayerUpload)."""

    digest: str


@dataclass(eq=False)
class UploadNotFound(RepositoryRefusal):
    """No such upload in this repository: unknown, completed, cancelled or abandoned."""

    upload_id: str


@dataclass(eq=False)
class UploadBusy(RepositoryRefusal):
    """Another request is writing to this upload."""

    upload_id: str


@dataclass(eq=False)
class PartOutOfOrder(RepositoryRefusal):
    """A part does not begin where the last one ended; the upload stays as it is."""

    upload: Upload
    first_byte: int


@dataclass(eq=False)
class PartLengthMismatch(RepositoryRefusal):
    """A part holds more or fewer bytes than it announced; nothing of it is kept."""

    upload: Upload
    announced: int
    received: int | None = None


@dataclass(eq=False)
class PartTooSmall(RepositoryRefusal):
    """A part that was not the last is below ECR's least size."""

    upload_id: str
    part_bytes: int = field(default=0)


@dataclass(eq=False)
class UploadEmpty(RepositoryRefusal):
    """An upload through the API was completed without a part."""

    upload_id: str


@dataclass(eq=False)
class DigestMismatch(RepositoryRefusal):
    """The uploaded bytes have not the digest that the client gave."""

    expected: str
    actual: str


@dataclass(eq=False)
class BlobTooLarge(RepositoryRefusal):
    """An upload passed the largest layer that ECR takes."""

    limit_bytes: int


@dataclass(eq=False)
class StoreUnavailable(Refusal):
    """The store of the blobs does not answer, or not as it should; ``reason`` is for operators."""

    reason: str


@dataclass(eq=False)
class InvalidMutability(Refusal):
    """Exclusion filters that do not fit the mode; ``reason`` is ECR's."""

    reason: str


@dataclass(eq=False)
class InvalidResourceTags(Refusal):
    """Resource tags that ECR does not take; ``reason`` says which and why."""

    reason: str


@dataclass(eq=False)
class TooManyResourceTags(Refusal):
    """More than fifty resource tags on one repository."""

    count: int
