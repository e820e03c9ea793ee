"""Where imported images are kept: this registry, through the doors that pushes come through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from portside.metadata import blobs, images, repositories
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.images import StoredManifest
from portside.registry.refusals import RepositoryNotFound
from portside.registry.repositories import Repository, RepositorySettings
from portside.registry.templates import Purpose
from portside.services.images import Images, PushedImage
from portside.services.repositories import Repositories
from portside.services.templates import ensure_repository
from portside.services.uploads import Uploads


class Keeping:
    """One registry of this server. Belongs to the event loop's thread."""

    def __init__(
        self,
        registry: RegistryId,
        database: Database,
        freshness: Freshness,
        repositories_: Repositories,
        images_: Images,
        uploads: Uploads,
    ) -> None:
        self._registry = registry
        self._database = database
        self._freshness = freshness
        self._repositories = repositories_
        self._images = images_
        self._uploads = uploads

    async def find_repository(self, name: RepositoryName) -> Repository | None:
        """The repository of this name, or ``None``."""

        def look() -> Repository | None:
            with self._database.read() as tx:
                return repositories.find_repository(tx, self._registry, name)

        return await asyncio.to_thread(look)

    async def ensure_repository(self, name: RepositoryName) -> Repository:
        """The repository of this name, made if it is not there, as a push would make it.

        Raises:
            TooManyRepositories: the registry is full.
        """

        def ensure() -> Repository:
            with self._database.write() as tx:
                try:
                    return ensure_repository(
                        tx, self._repositories, self._registry, name, Purpose.CREATE_ON_PUSH
                    )
                except RepositoryNotFound:
                    # No template is for it: with ECR's defaults, as replication makes it.
                    return self._repositories.add(
                        tx, self._registry, name, RepositorySettings(), {}
                    )

        made = await asyncio.to_thread(ensure)
        self._freshness.renew()
        return made

    async def find_digest(self, repository: Repository, tag: Tag) -> Digest | None:
        """What a tag names here, or ``None``."""

        def look() -> Digest | None:
            with self._database.read() as tx:
                image = images.find_tagged_image(tx, repository, tag)
            return image.digest if image else None

        return await asyncio.to_thread(look)

    async def find_manifest(self, repository: Repository, digest: Digest) -> StoredManifest | None:
        """An image that is here whole, or ``None``."""

        def look() -> StoredManifest | None:
            with self._database.read() as tx:
                return images.find_manifest(tx, repository, digest)

        return await asyncio.to_thread(look)

    async def has_blob(self, repository: Repository, digest: Digest) -> bool:
        """Whether the repository has the blob, or can have it from another one of the registry."""

        def look() -> bool:
            with self._database.read() as tx:
                return blobs.find_blob_size(tx, repository, digest) is not None

        if await asyncio.to_thread(look):
            return True
        return await self._uploads.mount(
            self._registry, repository.name, digest, None, lambda _: True
        )

    async def put_blob(
        self, repository: Repository, digest: Digest, pieces: AsyncIterator[bytes]
    ) -> None:
        """Keep a blob; refuses as :meth:`Uploads.put_whole` does."""
        await self._uploads.put_whole(self._registry, repository.name, digest, pieces)

    async def put_image(self, repository: Repository, pushed: PushedImage) -> None:
        """Keep an image; refuses as :meth:`Images.put_image` does."""
        await self._images.put_image(self._registry, repository.name, pushed)
