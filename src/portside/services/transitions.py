"""Images between storage classes: to the archive and back (ECR UpdateImageStorageClass)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from portside.metadata import events, images, repositories
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.events import ImageActivated, ImageArchived
from portside.registry.images import Image, StorageClass, Target
from portside.registry.refusals import StorageClassUnchangeable
from portside.registry.repositories import Repository
from portside.services.repositories import require
from portside.services.targets import get_target

CHILDREN_MAX = 1000
"""How many archived images of one index come back with it."""


class Transitions:
    """Moves images between storage classes."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def move(
        self,
        registry: RegistryId,
        name: RepositoryName,
        target: Target,
        storage_class: StorageClass,
    ) -> Image:
        """Move an image; it is answered as it is then. One that is there already stays as it is.

        Raises:
            RepositoryNotFound: there is no such repository.
            ImageNotFound: it has no such image.
            StorageClassUnchangeable: an active index needs the image.
        """

        def change() -> Image:
            with self._database.write() as tx:
                repository = require(tx, registry, name)
                image = get_target(tx, repository, target)
                return move_image(tx, repository, image, storage_class, self._clock())

        return await asyncio.to_thread(change)


def move_image(
    tx: Transaction,
    repository: Repository,
    image: Image,
    storage_class: StorageClass,
    now: datetime,
) -> Image:
    """Move an image within the caller's transaction, and tell of it.

    An index that is needed keeps its images from the archive; those that are there all the same
    come back with it.

    Raises:
        StorageClassUnchangeable: an active index needs the image.
    """
    if image.storage_class is storage_class:
        return image
    if storage_class is StorageClass.ARCHIVE:
        return _archive(tx, repository, image, now)
    return activate_image(tx, repository, image, now)


def _archive(tx: Transaction, repository: Repository, image: Image, now: datetime) -> Image:
    parents = images.list_parents(tx, repository, image.digest, StorageClass.STANDARD)
    if parents:
        raise StorageClassUnchangeable(
            repository.registry,
            repository.name.text,
            image.digest.text,
            StorageClass.ARCHIVE,
            tuple(parent.text for parent in parents),
        )
    images.set_storage_class(tx, image, StorageClass.ARCHIVE, now)
    event = ImageArchived(
        repository=repository.name.text,
        digest=image.digest.text,
        tags=tuple(tag.text for tag in image.tags),
    )
    events.insert_event(tx, repository.registry, event, now)
    repositories.touch(tx, repository)
    return replace(image, storage_class=StorageClass.ARCHIVE, archived_at=now)


def activate_image(tx: Transaction, repository: Repository, image: Image, now: datetime) -> Image:
    """Bring an archived image back, and with an index those of its images that are archived."""
    waiting = [image]
    while waiting:
        one = waiting.pop()
        images.set_storage_class(tx, one, StorageClass.STANDARD, now)
        event = ImageActivated(
            repository=repository.name.text,
            digest=one.digest.text,
            tags=tuple(tag.text for tag in one.tags),
        )
        events.insert_event(tx, repository.registry, event, now)
        waiting += images.list_archived_children(tx, repository, one, limit=CHILDREN_MAX)
    repositories.touch(tx, repository)
    return replace(image, storage_class=StorageClass.STANDARD, activated_at=now)
