"""Pulls: manifests, blobs, tags and referrers, from memory where memory is proven fresh."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portside.blobs.store import BlobStore
from portside.manifests import documents
from portside.metadata import blobs, images, listings, tags
from portside.metadata.caches import ExclusionCache, GenerationCache
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.arns import Arn
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.images import (
    Image,
    ImageIdentifier,
    Referrer,
    ReferrerFilter,
    StoredManifest,
)
from portside.registry.refusals import BlobNotFound, ImageNotFound
from portside.services.repositories import Repositories

BLOBS_REMEMBERED_MAX = 65_536
REFERRERS_BYTES_MAX = 4 * 1024 * 1024
"""How many bytes of manifests one page of referrers is made of (annotations are shown whole)."""


@dataclass(frozen=True, slots=True)
class BlobOnDisk:
    """A blob that the repository has. ``path`` is its file, where the store has files."""

    digest: Digest
    size_bytes: int
    path: Path | None
    archived: bool = False
    """Whether only archived images have it: it is there, but cannot be pulled."""


class Pulls:
    """What clients read. Methods that are not coroutines answer on the event loop."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        repositories: Repositories,
        clock: Callable[[], datetime],
        exclusions: ExclusionCache,
        *,
        manifest_cache_bytes: int,
    ) -> None:
        self._database = database
        self._store = store
        self._repositories = repositories
        self._clock = clock
        self._exclusions = exclusions
        self._manifests: GenerationCache[StoredManifest] = GenerationCache(manifest_cache_bytes)
        self._blobs: GenerationCache[tuple[int, bool]] = GenerationCache(BLOBS_REMEMBERED_MAX)
        self._pulled: dict[int, datetime] = {}

    def manifest(
        self, registry: RegistryId, name: RepositoryName, reference: Tag | Digest
    ) -> StoredManifest:
        """The manifest that a tag or digest names.

        Raises:
            RepositoryNotFound: there is no such repository.
            ImageNotFound: it has no such image.
        """
        repository = self._repositories.get(registry, name)
        held = self._manifests.find(repository, reference.text)
        if held is None:
            with self._database.read() as tx:
                held = images.find_manifest(tx, repository, reference)
            if held is None:
                raise ImageNotFound(registry, name.text, _identifier(reference))
            self._manifests.put(repository, reference.text, held, len(held.body) + 512)
        return held

    def cache_uses(self) -> dict[str, tuple[int, int]]:
        """How often each cache had what was looked for, and how often it had not."""
        return {
            "manifests": (self._manifests.hits, self._manifests.misses),
            "blobs": (self._blobs.hits, self._blobs.misses),
        }

    def record(self, registry: RegistryId, manifest: StoredManifest, principal: Arn) -> None:
        """Note that a principal pulled an image; written later, by :meth:`write_pulls`.

        The pulls of those whom the registry excludes leave no trace.
        """
        if principal.text in self._exclusions.find(registry):
            return
        self._pulled[manifest.image_id] = self._clock()

    async def write_pulls(self) -> None:
        """Write down the pulls noted so far; what cannot be written waits for the next time."""
        pulled, self._pulled = self._pulled, {}

        def write() -> None:
            with self._database.write() as tx:
                images.record_pulls(tx, pulled)

        if not pulled:
            return
        try:
            await asyncio.to_thread(write)
        except BaseException:
            self._pulled = pulled | self._pulled
            raise

    def blob(self, registry: RegistryId, name: RepositoryName, digest: Digest) -> BlobOnDisk:
        """A blob of this repository, whatever others have.

        Raises:
            RepositoryNotFound: there is no such repository.
            BlobNotFound: it has no such blob.
        """
        repository = self._repositories.get(registry, name)
        held = self._blobs.find(repository, digest.text)
        if held is None:
            with self._database.read() as tx:
                size = blobs.find_blob_size(tx, repository, digest)
                archived = size is not None and blobs.is_archived(tx, repository, digest)
            if size is None:
                raise BlobNotFound(registry, name.text, digest.text)
            held = (size, archived)
            self._blobs.put(repository, digest.text, held)
        size, archived = held
        return BlobOnDisk(digest, size, self._store.find_path(digest), archived)

    async def find_address(self, digest: Digest) -> str | None:
        """Where anybody can read a blob for a while, past this server; ``None`` if nowhere.

        Raises:
            StoreUnavailable: the store cannot say now.
        """
        if not self._store.is_remote:
            return None
        return await asyncio.to_thread(self._store.find_address, digest)

    async def open(self, blob: BlobOnDisk, first: int, last: int) -> AsyncIterator[bytes]:
        """A blob's bytes ``first`` to ``last``, inclusive, in pieces; the first is there already.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        pieces = self._store.read(blob.digest, first, last)
        beginning = await asyncio.to_thread(next, pieces, b"")
        return _follow(beginning, pieces)

    async def tags(
        self, registry: RegistryId, name: RepositoryName, after: str, limit: int | None
    ) -> list[str]:
        """Up to ``limit`` tags that follow ``after`` in the order of their bytes.

        Raises:
            RepositoryNotFound: there is no such repository.
        """
        repository = self._repositories.get(registry, name)

        def look() -> list[str]:
            with self._database.read() as tx:
                return tags.list_tags(tx, repository, after=after, limit=limit)

        return await asyncio.to_thread(look)

    async def referrers(
        self,
        registry: RegistryId,
        name: RepositoryName,
        shown: ReferrerFilter,
        *,
        after: int,
        limit: int,
    ) -> tuple[list[Referrer], int | None]:
        """Up to ``limit`` images that name a subject, and where the next page begins.

        The subject need not be there (distribution-spec "Listing Referrers").

        Raises:
            RepositoryNotFound: there is no such repository.
        """
        repository = self._repositories.get(registry, name)

        def look() -> tuple[list[Referrer], int | None]:
            with self._database.read() as tx:
                found = listings.list_referrers(tx, repository, shown, after=after, limit=limit + 1)
                return _page(tx, found, limit)

        return await asyncio.to_thread(look)


async def _follow(piece: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while piece:
        yield piece
        piece = await asyncio.to_thread(next, pieces, b"")


def _page(tx: Transaction, found: list[Image], limit: int) -> tuple[list[Referrer], int | None]:
    page: list[Referrer] = []
    room = REFERRERS_BYTES_MAX
    for image in found[:limit]:
        body = images.get_manifest_body(tx, image)
        room -= len(body)
        # The page ends before it grows past the bound, but never empty: it must lead on.
        if room < 0 and page:
            return page, found[len(page) - 1].id
        page.append(
            Referrer(
                digest=image.digest,
                media_type=image.media_type,
                manifest_bytes=image.manifest_bytes,
                artifact_type=image.artifact_type or image.config_media_type,
                status=image.status,
                annotations=documents.parse(body, image.media_type).annotations,
            )
        )
    return page, found[limit - 1].id if len(found) > limit else None


def _identifier(reference: Tag | Digest) -> ImageIdentifier:
    if isinstance(reference, Tag):
        return ImageIdentifier(tag=reference.text)
    return ImageIdentifier(digest=reference.text)
