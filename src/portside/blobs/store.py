"""The contract of a blob store; every store and every fake passes the same tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from portside.names.digests import Digest


class StagedBytesMissing(Exception):  # noqa: N818 - named for what it tells
    """The store has fewer bytes of an upload than were recorded: the upload cannot go on."""


class StagedBytesLocked(Exception):  # noqa: N818 - named for what it tells
    """Another writer holds the upload."""


@dataclass(frozen=True, slots=True)
class StagedUpload:
    """An upload's bytes as they lie in staging."""

    upload_id: str
    changed_at: datetime


class StagedBytes(Protocol):
    """The bytes of one upload, held exclusively until :meth:`close`."""

    def write(self, content: bytes) -> None:
        """Add bytes at the end."""
        ...

    def truncate(self, size_bytes: int) -> None:
        """Forget all bytes from this size on; the next ones are added there.

        Raises:
            StagedBytesMissing: fewer bytes are there.
        """
        ...

    def digest(self, algorithm: str) -> Digest:
        """Read all the bytes and tell their digest."""
        ...

    def close(self) -> None:
        """Let go of the upload; its bytes stay."""
        ...


class BlobStore(Protocol):
    """Where blobs live. All methods may block; none knows of repositories."""

    def check(self) -> None:
        """Write a little where uploads are staged; it leaves nothing behind.

        Raises:
            OSError: it cannot be done.
        """
        ...

    def begin(self, upload_id: str) -> None:
        """Make room for an upload, empty."""
        ...

    def stage(self, upload_id: str) -> StagedBytes:
        """Hold an upload that was begun, whatever bytes it has.

        The holder asks the metadata how many bytes were acknowledged and truncates to that before
        it adds any. It must ask while it holds: what it knew before may be old.

        Raises:
            StagedBytesMissing: there is no such upload, or not any more.
            StagedBytesLocked: another writer holds it.
        """
        ...

    def commit(self, upload_id: str, staged: StagedBytes, digest: Digest) -> None:
        """Make staged bytes, whose digest the caller has proven, the blob of that digest.

        Durable when it returns; the upload's bytes are gone from staging. The caller holds
        :meth:`keeping` from before until the metadata knows of the blob.

        Raises:
            StagedBytesMissing: the upload was discarded while it was held.
        """
        ...

    def discard(self, upload_id: str) -> None:
        """Drop an upload's bytes, if there are any."""
        ...

    def find_path(self, digest: Digest) -> Path | None:
        """The file of a blob, where the store has files; ``None`` where it has not."""
        ...

    def read(self, digest: Digest, first: int, last: int) -> Iterator[bytes]:
        """The bytes ``first`` to ``last``, inclusive, in pieces."""
        ...

    def size(self, digest: Digest) -> int:
        """How many bytes a blob has; 0 where it is not there."""
        ...

    def keeping(self, digest: Digest) -> AbstractContextManager[None]:
        """While the block runs, nobody is in :meth:`removing` with this blob; many may keep it.

        Whoever makes a blob holds this until the metadata knows of it.
        """
        ...

    def removing(self, digests: Sequence[Digest]) -> AbstractContextManager[None]:
        """While the block runs, nobody is in :meth:`keeping` with one of these blobs.

        Whoever removes blobs asks the metadata within the block whether somebody has them, and
        deletes them within it. Waits for those who keep one; take no lock that they wait for.
        """
        ...

    def delete(self, digest: Digest) -> None:
        """Remove a blob, if it is there."""
        ...

    def list_staged(self) -> Iterator[StagedUpload]:
        """All uploads that have bytes in staging."""
        ...

    def parts(self) -> Sequence[str]:
        """Beginnings of digests that divide all blobs into parts of about the same size."""
        ...

    def list_part(self, beginning: str) -> Iterator[Digest]:
        """The blobs that are there whose digests begin so."""
        ...
