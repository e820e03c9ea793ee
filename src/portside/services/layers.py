"""Layers as ECR's API knows them (BatchCheckLayerAvailability, UploadLayerPart …)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from portside.metadata import blobs
from portside.metadata.database import Database
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.registry.refusals import (
    BlobNotFound,
    DigestMismatch,
    LayerArchived,
    PartLengthMismatch,
    PartTooSmall,
    UploadEmpty,
)
from portside.registry.uploads import PART_BYTES_MIN, Upload
from portside.services.repositories import require
from portside.services.uploads import Part, Uploads


class Layers:
    """Layer operations; an upload begun here is the same as one begun on ``/v2/``."""

    def __init__(self, database: Database, uploads: Uploads) -> None:
        self._database = database
        self._uploads = uploads

    async def sizes(
        self, registry: RegistryId, name: RepositoryName, digests: Sequence[Digest]
    ) -> dict[Digest, int]:
        """The sizes of those layers that the repository has.

        Raises:
            RepositoryNotFound: there is no such repository.
        """

        def look() -> dict[Digest, int]:
            with self._database.read() as tx:
                return blobs.find_blob_sizes(tx, require(tx, registry, name), digests)

        return await asyncio.to_thread(look)

    async def archived(
        self, registry: RegistryId, name: RepositoryName, digests: Sequence[Digest]
    ) -> set[Digest]:
        """Those layers that only archived images of the repository have.

        Raises:
            RepositoryNotFound: there is no such repository.
        """

        def look() -> set[Digest]:
            with self._database.read() as tx:
                repository = require(tx, registry, name)
                return {one for one in digests if blobs.is_archived(tx, repository, one)}

        return await asyncio.to_thread(look)

    async def require(self, registry: RegistryId, name: RepositoryName, digest: Digest) -> int:
        """The size of a layer.

        Raises:
            RepositoryNotFound: there is no such repository.
            BlobNotFound: it has no such layer.
            LayerArchived: only archived images have it.
        """
        held = await self.sizes(registry, name, [digest])
        if digest not in held:
            raise BlobNotFound(registry, name.text, digest.text)
        if await self.archived(registry, name, [digest]):
            raise LayerArchived(registry, name.text, digest.text)
        return held[digest]

    async def upload_part(
        self,
        registry: RegistryId,
        name: RepositoryName,
        upload_id: str,
        place: tuple[int, int],
        content: bytes,
    ) -> Upload:
        """Add the part that lies at ``place``, first and last byte, inclusive.

        Raises:
            PartLengthMismatch: the part is not as long as its place.
            RepositoryNotFound, UploadNotFound, PartOutOfOrder: as :meth:`Uploads.append`.
        """
        first, last = place
        if last - first + 1 != len(content):
            upload = await self._uploads.get(registry, name, upload_id)
            raise PartLengthMismatch(registry, name.text, upload, last - first + 1, len(content))
        part = Part(_once(content), first, len(content))
        return await self._uploads.append(registry, name, upload_id, part)

    async def complete(
        self,
        registry: RegistryId,
        name: RepositoryName,
        upload_id: str,
        digests: Sequence[Digest],
    ) -> None:
        """Make an upload a layer whose digest is every one of ``digests``, at least one.

        Raises:
            UploadEmpty: no part was uploaded.
            PartTooSmall: a part that was not the last is below ECR's least size.
            DigestMismatch: one of the digests is another.
            RepositoryNotFound, UploadNotFound, LayerAlreadyExists: as :meth:`Uploads.finish`.
        """
        upload = await self._uploads.get(registry, name, upload_id)
        if upload.size_bytes == 0:
            raise UploadEmpty(registry, name.text, upload_id)
        if upload.short_part:
            raise PartTooSmall(registry, name.text, upload_id, PART_BYTES_MIN)
        first = digests[0]
        others = [digest for digest in digests if digest != first]
        if others:
            raise DigestMismatch(registry, name.text, others[0].text, first.text)
        await self._uploads.finish(registry, name, upload_id, first, refuse_known=True)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
