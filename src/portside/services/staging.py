"""Taking bytes in: from a stream to staged bytes, hashed on the way, in constant memory."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any

from portside.blobs.store import BlobStore, StagedBytes, StagedBytesLocked
from portside.names.digests import Digest
from portside.registry.refusals import BlobTooLarge, UploadBusy
from portside.registry.repositories import Repository

BLOB_BYTES_MAX = 52_000 * 1024 * 1024
"""The largest layer (ECR service quotas, "Maximum layer size")."""

PIECE_BYTES = 1024 * 1024
"""How much is gathered before a thread writes and hashes it: bounds memory, amortizes the hop."""

PIECES_MAX = 8
HASHERS_MAX = 1024
LOCK_WAIT_SECONDS = 10.0
_LOCK_POLL_SECONDS = 0.02

Chunks = AsyncIterator[bytes]


class RunningDigest:
    """The digest of a growing run of bytes under one algorithm."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self.size_bytes = 0
        self._hasher: Any = hashlib.new(algorithm)

    def update(self, content: bytes) -> None:
        """Take in the next bytes."""
        self._hasher.update(content)
        self.size_bytes += len(content)

    def digest(self) -> Digest:
        """The digest so far."""
        return Digest(f"{self.algorithm}:{self._hasher.hexdigest()}")

    def copy(self) -> RunningDigest:
        """An independent digest that goes on from here."""
        twin = RunningDigest.__new__(RunningDigest)
        twin.algorithm = self.algorithm
        twin.size_bytes = self.size_bytes
        twin._hasher = self._hasher.copy()  # noqa: SLF001 - its own kind
        return twin


class Hashers:
    """The running digests of this process's open uploads; the longest unused is forgotten.

    A forgotten one costs a second reading of the upload when it is completed, nothing else.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[str, RunningDigest] = OrderedDict()

    def take(self, upload_id: str, algorithm: str, size_bytes: int) -> RunningDigest | None:
        """A copy of the upload's digest if it stands exactly here, else ``None``."""
        held = self._held.get(upload_id)
        if held is None and size_bytes == 0:
            return RunningDigest(algorithm)
        if held is None or held.size_bytes != size_bytes or held.algorithm != algorithm:
            return None
        return held.copy()

    def put(self, upload_id: str, running: RunningDigest) -> None:
        """Remember how far an upload has come."""
        self._held[upload_id] = running
        self._held.move_to_end(upload_id)
        if len(self._held) > HASHERS_MAX:
            self._held.popitem(last=False)

    def forget(self, upload_id: str) -> None:
        """Drop what is held of an upload that ended."""
        self._held.pop(upload_id, None)


async def hold(store: BlobStore, repository: Repository, upload_id: str) -> StagedBytes:
    """Hold an upload's bytes, waiting a while for whoever holds them.

    Raises:
        StagedBytesMissing: the bytes are gone.
        UploadBusy: the other writer does not finish.
    """
    waited = 0.0
    while True:
        try:
            return await _stage(store, upload_id)
        except StagedBytesLocked as error:
            if waited >= LOCK_WAIT_SECONDS:
                raise UploadBusy(repository.registry, repository.name.text, upload_id) from error
            await asyncio.sleep(_LOCK_POLL_SECONDS)
            waited += _LOCK_POLL_SECONDS


async def _stage(store: BlobStore, upload_id: str) -> StagedBytes:
    if not store.is_remote:
        return store.stage(upload_id)
    staging = asyncio.ensure_future(asyncio.to_thread(store.stage, upload_id))
    try:
        return await asyncio.shield(staging)
    except asyncio.CancelledError:
        # Nobody would ever let go of what the thread is about to hold.
        staging.add_done_callback(_let_go)
        raise


def _let_go(staging: asyncio.Future[StagedBytes]) -> None:
    if not staging.cancelled() and staging.exception() is None:
        staging.result().close()


class Intake:
    """Bytes on their way into staging. While one piece is written the next is gathered."""

    def __init__(
        self,
        repository: Repository,
        staged: StagedBytes,
        running: RunningDigest | None,
        held_bytes: int,
    ) -> None:
        self._repository = repository
        self._staged = staged
        self._room = BLOB_BYTES_MAX - held_bytes
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._writing: asyncio.Future[None] | None = None
        self.running = running
        self.received = 0

    async def take(self, chunks: Chunks) -> None:
        """Take in a whole stream; its last piece waits for :meth:`flush`.

        Raises:
            BlobTooLarge: the blob would be larger than ECR takes.
        """
        try:
            async for chunk in chunks:
                self._gather(chunk)
                if self._waiting_bytes >= PIECE_BYTES:
                    await self._settle()
                    self._writing = asyncio.ensure_future(
                        asyncio.to_thread(self._absorb, self._hand_over())
                    )
        finally:
            await self._settle()

    def flush(self) -> None:
        """Write and hash what was gathered; blocks."""
        self._absorb(self._hand_over())

    def _hand_over(self) -> list[bytes]:
        pieces, self._waiting, self._waiting_bytes = self._waiting, [], 0
        return pieces

    def _absorb(self, pieces: list[bytes]) -> None:
        # Large pieces go as they are; a copy is only worth it to make many small ones one.
        contents = [b"".join(pieces)] if len(pieces) > PIECES_MAX else pieces
        for content in contents:
            self._staged.write(content)
            if self.running is not None:
                self.running.update(content)

    def _gather(self, chunk: bytes) -> None:
        self.received += len(chunk)
        if self.received > self._room:
            raise BlobTooLarge(
                self._repository.registry, self._repository.name.text, BLOB_BYTES_MAX
            )
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)

    async def _settle(self) -> None:
        if self._writing is not None:
            await self._writing
            self._writing = None
