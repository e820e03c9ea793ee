"""Images: how they go, one by one and in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portside.metadata import blobs, events, images, repositories, tags
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.errors import Refusal
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.events import ImageDeleted
from portside.registry.images import Image, ImageIdentifier, Target
from portside.registry.refusals import (
    BlobDeletionUnsupported,
    BlobNotFound,
    ImageReferencedByIndex,
)
from portside.registry.repositories import Repository
from portside.services.repositories import Repositories, require
from portside.services.targets import get_target


@dataclass(frozen=True, slots=True)
class Deletions:
    """What a batch came to: identifiers that went, and refusals with what they refuse."""

    gone: list[ImageIdentifier]
    refused: list[tuple[ImageIdentifier, Refusal]]


class Deleting:
    """Removes tags, images and blobs from repositories."""

    def __init__(
        self, database: Database, repositories_: Repositories, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._repositories = repositories_
        self._clock = clock

    async def delete_batch(
        self, registry: RegistryId, name: RepositoryName, targets: Sequence[Target]
    ) -> Deletions:
        """Delete what can be deleted and say why the rest cannot (ECR BatchDeleteImage).

        A tag's image goes with its last tag. An image that an index needs stays; whether the index
        stands before or behind it in the batch makes no difference.

        Raises:
            RepositoryNotFound: there is no such repository.
        """
        return await asyncio.to_thread(self._delete_batch, registry, name, targets)

    def _delete_batch(
        self, registry: RegistryId, name: RepositoryName, targets: Sequence[Target]
    ) -> Deletions:
        result = Deletions([], [])
        with self._database.write() as tx:
            repository = require(tx, registry, name)
            waiting = list(targets)
            progress = True
            while waiting and progress:
                held_back = []
                for target in waiting:
                    try:
                        result.gone.extend(self.delete_within(tx, repository, target))
                    except ImageReferencedByIndex:
                        held_back.append(target)
                    except Refusal as refusal:
                        result.refused.append((target.identifier, refusal))
                progress = len(held_back) < len(waiting)
                waiting = held_back
            result.refused.extend(self._explain(tx, repository, target) for target in waiting)
        return result

    def _explain(
        self, tx: Transaction, repository: Repository, target: Target
    ) -> tuple[ImageIdentifier, Refusal]:
        try:
            _refuse_if_referenced(tx, repository, get_target(tx, repository, target))
        except Refusal as refusal:
            return target.identifier, refusal
        raise AssertionError(target)

    async def delete_reference(
        self, registry: RegistryId, name: RepositoryName, reference: Tag | Digest
    ) -> None:
        """Delete a tag, or an image with all its tags (distribution-spec "Deleting").

        Where OCI's rules hold, a tag leaves its image behind and an index protects nothing.

        Raises:
            RepositoryNotFound: there is no such repository.
            ImageNotFound: there is no such tag or image.
            ImageReferencedByIndex: an index needs the image.
        """
        await asyncio.to_thread(self._delete_reference, registry, name, reference)

    def _delete_reference(
        self, registry: RegistryId, name: RepositoryName, reference: Tag | Digest
    ) -> None:
        by_tag = Target(reference, None) if isinstance(reference, Tag) else None
        target = by_tag or Target(None, Digest(reference.text))
        with self._database.write() as tx:
            repository = require(tx, registry, name)
            strict = self._repositories.follows_oci(repository)
            self.delete_within(tx, repository, target, strict=strict)

    async def delete_blob(self, registry: RegistryId, name: RepositoryName, digest: Digest) -> None:
        """Take a blob out of a repository, where OCI's rules hold (ECR has no such operation).

        Raises:
            RepositoryNotFound: there is no such repository.
            BlobDeletionUnsupported: ECR's rules hold.
            BlobNotFound: the repository does not have the blob.
        """

        def change() -> None:
            with self._database.write() as tx:
                repository = require(tx, registry, name)
                if not self._repositories.follows_oci(repository):
                    raise BlobDeletionUnsupported(registry, name.text)
                if not blobs.delete_membership(tx, repository, digest):
                    raise BlobNotFound(registry, name.text, digest.text)
                repositories.touch(tx, repository)

        await asyncio.to_thread(change)

    def delete_within(
        self,
        tx: Transaction,
        repository: Repository,
        target: Target,
        *,
        strict: bool = False,
        replicated: bool = False,
    ) -> list[ImageIdentifier]:
        """Delete a tag or an image within the caller's transaction; what went.

        ``strict`` follows OCI's rules, as :meth:`delete_reference` says; ``replicated`` tells that
        the deletion comes from another registry, and goes no further.

        Raises:
            ImageNotFound: there is no such tag or image.
            ImageTagDoesNotMatchDigest: the tag names an image of another digest.
            ImageReferencedByIndex: an index needs the image.
        """
        image = get_target(tx, repository, target)
        tag = target.tag
        last = tag is not None and image.tags == (tag,) and not strict
        referenced = bool(images.list_parents(tx, repository, image.digest))
        whole = tag is None or (last and not referenced)
        if whole and not strict:
            _refuse_if_referenced(tx, repository, image)
        gone = image.tags if tag is None else (tag,)
        if whole:
            remove_image(tx, repository, image, self._clock(), replicated=replicated)
        elif tag is not None:
            tags.delete_tag(tx, repository, tag)
            event = _deletion(repository, image, gone, whole=False, replicated=replicated)
            _tell(tx, repository, event, self._clock())
        if not gone:
            return [ImageIdentifier(image.digest.text)]
        return [ImageIdentifier(image.digest.text, name.text) for name in gone]


def remove_image(
    tx: Transaction,
    repository: Repository,
    image: Image,
    now: datetime,
    *,
    replicated: bool = False,
) -> None:
    """Remove an image within the caller's transaction, and tell of it: the one way images go.

    The caller has made sure that no index needs the image.
    """
    images.delete_image(tx, image, now)
    event = _deletion(repository, image, image.tags, whole=True, replicated=replicated)
    _tell(tx, repository, event, now)


def _deletion(
    repository: Repository, image: Image, gone: Sequence[Tag], *, whole: bool, replicated: bool
) -> ImageDeleted:
    return ImageDeleted(
        repository=repository.name.text,
        digest=image.digest.text,
        tags=tuple(name.text for name in gone),
        image_gone=whole,
        replicated=replicated,
    )


def _tell(tx: Transaction, repository: Repository, event: ImageDeleted, now: datetime) -> None:
    repositories.touch(tx, repository)
    events.insert_event(tx, repository.registry, event, now)


def _refuse_if_referenced(tx: Transaction, repository: Repository, image: Image) -> None:
    parents = images.list_parents(tx, repository, image.digest)
    if parents:
        raise ImageReferencedByIndex(
            repository.registry,
            repository.name.text,
            image.digest.text,
            tuple(parent.text for parent in parents),
        )
