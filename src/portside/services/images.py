"""Images: the one door through which they come and go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portside.manifests import checks, documents
from portside.manifests.documents import Manifest
from portside.metadata import blobs, events, images, repositories, tags
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.events import ImagePushed
from portside.registry.images import Image, ImageStatus
from portside.registry.quotas import Quotas
from portside.registry.refusals import (
    BlobsMissing,
    ChildrenMissing,
    ImageAlreadyExists,
    ImageDigestDoesNotMatch,
    ImageTagAlreadyExists,
    TooManyImages,
    TooManyImageTags,
)
from portside.registry.repositories import Repository
from portside.registry.templates import Purpose
from portside.services.repositories import Repositories, require
from portside.services.templates import ensure_repository
from portside.services.transitions import activate_image


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedImage:
    """A manifest as a client pushes it: to a digest, to tags, or to both."""

    body: bytes
    media_type: str | None
    digest: Digest | None = None
    tags: tuple[Tag, ...] = ()
    refuse_unchanged: bool = False
    """Whether a push that changes nothing is refused, as the API does and ``/v2/`` does not."""
    replicated: bool = False
    """Whether it comes from another registry; then it goes no further from here."""
    create_repository: bool = False
    """Whether a repository that is not there is made, by a template for that; with the image or
    not at all."""
    is_copy: bool = False
    """Whether what it names may come later, bit by bit; whoever copies tells when all has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """What became of a push."""

    digest: Digest
    media_type: str
    subject: Digest | None


class Images:
    """The images of every repository."""

    def __init__(
        self,
        database: Database,
        repositories_: Repositories,
        clock: Callable[[], datetime],
        quotas: Quotas,
    ) -> None:
        self._database = database
        self._repositories = repositories_
        self._clock = clock
        self._quotas = quotas

    async def put_image(
        self, registry: RegistryId, name: RepositoryName, pushed: PushedImage
    ) -> StoredImage:
        """Store an image under its digest and tags, and tell of it, all in one transaction.

        Source: ECR PutImage; distribution-spec "Pushing Manifests".

        Raises:
            RepositoryNotFound: there is no such repository.
            MalformedManifest: the bytes are no manifest of their type.
            Schema1Refused: the legacy Docker format.
            MediaTypeMissing: nothing tells the manifest's type.
            ImageDigestDoesNotMatch: the bytes have another digest.
            BlobsMissing: layers or the config were not uploaded to this repository.
            ChildrenMissing: an index names images that this repository does not have.
            ImageTagAlreadyExists: an immutable tag names another image.
            TooManyImages: the repository is full.
            TooManyImageTags: the image would have more tags than its quota.
            ImageAlreadyExists: nothing would change, and that was to be refused.
        """
        return await asyncio.to_thread(self._put, registry, name, pushed)

    def _put(self, registry: RegistryId, name: RepositoryName, pushed: PushedImage) -> StoredImage:
        manifest = documents.parse(pushed.body, pushed.media_type)
        digest = Digest.of(pushed.body, pushed.digest.algorithm if pushed.digest else "sha256")
        if pushed.digest not in (None, digest):
            raise ImageDigestDoesNotMatch(registry, name.text, str(pushed.digest), digest.text)
        with self._database.write() as tx:
            repository = self._repository(tx, registry, name, pushed)
            self.put_within(tx, repository, pushed, (manifest, digest))
        subject = manifest.subject.digest if manifest.subject else None
        return StoredImage(digest=digest, media_type=manifest.media_type, subject=subject)

    def put_within(
        self,
        tx: Transaction,
        repository: Repository,
        pushed: PushedImage,
        parsed: tuple[Manifest, Digest],
    ) -> bool:
        """As :meth:`put_image`, within the caller's transaction; whether anything changed.

        ``parsed`` is what the pushed bytes say, and their digest.
        """
        manifest, digest = parsed
        image = images.find_image(tx, repository, digest)
        moving = _moving_tags(tx, repository, digest, pushed.tags)
        if image is None or moving or image.status is ImageStatus.ARCHIVED:
            self._check_quota(repository, image, digest, moving)
            self._store(tx, repository, manifest, (image, digest, moving), pushed)
            return True
        if pushed.refuse_unchanged:
            tag = pushed.tags[0].text if pushed.tags else None
            raise ImageAlreadyExists(repository.registry, repository.name.text, digest.text, tag)
        return False

    def _repository(
        self, tx: Transaction, registry: RegistryId, name: RepositoryName, pushed: PushedImage
    ) -> Repository:
        if not pushed.create_repository:
            return require(tx, registry, name)
        return ensure_repository(tx, self._repositories, registry, name, Purpose.CREATE_ON_PUSH)

    def _check_quota(
        self,
        repository: Repository,
        image: Image | None,
        digest: Digest,
        moving: Sequence[Tag],
    ) -> None:
        where = (repository.registry, repository.name.text)
        if image is None and not self._quotas.allows_image(repository.image_count):
            raise TooManyImages(where[0], self._quotas.images_per_repository, where[1])
        if not self._quotas.allows_tags(len(image.tags) if image else 0, len(moving)):
            raise TooManyImageTags(where[0], self._quotas.tags_per_image, where[1], digest.text)

    def _store(
        self,
        tx: Transaction,
        repository: Repository,
        manifest: Manifest,
        target: tuple[Image | None, Digest, Sequence[Tag]],
        pushed: PushedImage,
    ) -> None:
        image, digest, moving = target
        now = self._clock()
        image_id = image.id if image else self._insert(tx, repository, manifest, digest, pushed)
        if image and image.status is ImageStatus.ARCHIVED:
            # To push an archived image again is to want it back.
            activate_image(tx, repository, image, now)
        for tag in moving:
            tags.put_tag(tx, repository, tag, image_id, now)
        if not pushed.is_copy:
            come = (digest, manifest.media_type, moving)
            tell_pushed(tx, repository, come, now, replicated=pushed.replicated)
        repositories.touch(tx, repository)

    def _insert(
        self,
        tx: Transaction,
        repository: Repository,
        manifest: Manifest,
        digest: Digest,
        pushed: PushedImage,
    ) -> int:
        body = pushed.body
        children = checks.required_images(manifest)
        child_sizes = images.find_image_sizes(tx, repository, children)
        if not pushed.is_copy and not self._repositories.follows_oci(repository):
            _refuse_missing(tx, repository, manifest, child_sizes)
        content = sum(blob.size_bytes for blob in manifest.blobs)
        if manifest.is_index:
            content = max(child_sizes.values(), default=0)
        row = {
            "digest": digest.text,
            "media_type": manifest.media_type,
            "artifact_type": manifest.artifact_type,
            "config_media_type": manifest.config.media_type if manifest.config else None,
            "subject": manifest.subject.digest.text if manifest.subject else None,
            "manifest_bytes": len(body),
            "image_bytes": content if manifest.is_index else content + len(body),
            "pushed_at": self._clock(),
        }
        named = (checks.required_blobs(manifest), children)
        return images.insert_image(tx, repository, row, body, named)


def tell_pushed(
    tx: Transaction,
    repository: Repository,
    come: tuple[Digest, str, Sequence[Tag]],
    now: datetime,
    *,
    replicated: bool = False,
) -> None:
    """Tell that an image, with all that it names, or more tags for one have come."""
    digest, media_type, moving = come
    event = ImagePushed(
        repository=repository.name.text,
        digest=digest.text,
        media_type=media_type,
        tags=tuple(tag.text for tag in moving),
        replicated=replicated,
    )
    events.insert_event(tx, repository.registry, event, now)


def _moving_tags(
    tx: Transaction, repository: Repository, digest: Digest, wanted: Sequence[Tag]
) -> list[Tag]:
    """Those wanted tags that do not name the digest yet; refuses one that may not move."""
    moving = []
    for tag in dict.fromkeys(wanted):
        present = tags.find_tag(tx, repository, tag)
        if present == digest:
            continue
        if present and not repository.settings.mutability.may_move(tag.text):
            raise ImageTagAlreadyExists(repository.registry, repository.name.text, tag.text)
        moving.append(tag)
    return moving


def _refuse_missing(
    tx: Transaction,
    repository: Repository,
    manifest: Manifest,
    child_sizes: dict[Digest, int],
) -> None:
    named = checks.required_blobs(manifest) + checks.required_images(manifest)
    held = blobs.find_blob_sizes(tx, repository, named)
    missing = checks.check(manifest, held.__contains__, child_sizes.__contains__)
    where = (repository.registry, repository.name.text)
    layers = tuple(entry.digest.text for entry in missing if not entry.is_image)
    if layers:
        raise BlobsMissing(*where, layers)
    children = tuple(entry.digest.text for entry in missing)
    if children:
        raise ChildrenMissing(*where, children)
