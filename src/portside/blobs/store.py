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
    """The bytes of one upload, held exclusively until :meth:`close`.

    Bytes count once :meth:`settle` has returned and the metadata has recorded, with their number,
    the receipt that it gave: whoever continues the upload, on whatever node, goes on from what is
    recorded, and anything beyond that is as if it had never come.
    """

    def resume(self, size_bytes: int, receipt: str) -> None:
        """Go on from what is recorded; bytes beyond it are forgotten. Before any other method.

        Raises:
            StagedBytesMissing: the recorded bytes are not there.
        """
        ...

    def write(self, content: bytes) -> None:
        """Add bytes at the end."""
        ...

    def settle(self) -> str:
        """Have all bytes where every process that continues the upload finds them.

        Returns the receipt that tells where: a short text that only the store understands.
        """
        ...

    def kept(self) -> None:
        """The metadata has recorded the receipt: what only older ones tell of may go."""
        ...

    def digest(self, algorithm: str) -> Digest:
        """Read all the bytes and tell their digest.

        Raises:
            StagedBytesMissing: the upload was discarded meanwhile.
        """
        ...

    def close(self) -> None:
        """Let go of the upload; what is recorded of it stays. Never waits."""
        ...


class Keeping(Protocol):
    """A lock that is held; the lock's owner may have lost it without noticing."""

    def confirm(self) -> None:
        """Make sure that it is still held.

        Raises:
            StoreUnavailable: it may not be, for its owner restarted or its network failed: what it
                guarded must not be done.
        """
        ...


class BlobStore(Protocol):
    """Where blobs live. All methods may block; none knows of repositories.

    What cannot be done because the store does not answer raises
    :class:`~portside.registry.refusals.StoreUnavailable`, whichever method it is.
    """

    is_remote: bool
    """Whether even the smallest call waits for a network: the event loop must not make it then."""

    is_settled_durable: bool
    """Whether settled bytes outlive a power failure."""

    def prepare(self) -> None:
        """Make it ready, durably, when a server starts; safe to repeat.

        Raises:
            OSError: it can never be used as it is set.
        """
        ...

    def check(self) -> None:
        """Write a little where blobs are kept; no upload and no blob comes of it.

        Raises:
            OSError: it cannot be done.
        """
        ...

    def begin(self, upload_id: str) -> None:
        """Make room for an upload, empty."""
        ...

    def stage(self, upload_id: str) -> StagedBytes:
        """Hold an upload that was begun, whatever bytes it has.

        The holder asks the metadata what is recorded and resumes from that before it adds any. It
        must ask while it holds: what it knew before may be old.

        Raises:
            StagedBytesMissing: there is no such upload, or not any more, as far as the store can
                tell at once; where it cannot, resuming, reading or committing tells.
            StagedBytesLocked: another writer holds it.
        """
        ...

    def commit(self, upload_id: str, staged: StagedBytes, digest: Digest) -> None:
        """Make staged bytes, whose digest the caller has proven, the blob of that digest.

        Durable when it returns. The upload's bytes are gone from staging then, or go when it is
        discarded. The caller holds :meth:`keeping` from before until the metadata knows of the
        blob.

        Raises:
            StagedBytesMissing: the upload was discarded while it was held.
        """
        ...

    def discard(self, upload_id: str, receipt: str = "") -> None:
        """Drop the bytes of an upload that has ended, as far as the receipt tells of them.

        What cannot be dropped now is left to :meth:`purge`: this never raises for a store that
        does not answer, and never lists.
        """
        ...

    def purge(self, upload_id: str) -> None:
        """Drop everything of an upload that has ended; may list."""
        ...

    def abort_unfinished(self, before: datetime) -> int:
        """End what was begun before then to make a blob and never came to one; how many it was.

        May list. A store has such things where making a blob takes several steps of its own.
        """
        ...

    def find_address(self, digest: Digest) -> str | None:
        """Where anybody can read a blob for a while; ``None`` where nobody is to.

        Tells nothing of whether the blob is there.
        """
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

    def keeping(self, digest: Digest) -> AbstractContextManager[Keeping]:
        """While the block runs, nobody is in :meth:`removing` with this blob; many may keep it.

        Whoever makes a blob holds this until the metadata knows of it, and confirms it as the last
        thing before the metadata does.
        """
        ...

    def removing(self, digests: Sequence[Digest]) -> AbstractContextManager[Keeping]:
        """While the block runs, nobody is in :meth:`keeping` with one of these blobs.

        Whoever removes blobs asks the metadata within the block whether somebody has them, and
        deletes them within it, each after confirming. Waits for those who keep one; take no lock
        that they wait for.
        """
        ...

    def delete(self, digest: Digest) -> None:
        """Remove a blob, if it is there."""
        ...

    def list_staged(self) -> Iterator[StagedUpload]:
        """All uploads that have bytes in staging."""
        ...

    def close(self) -> None:
        """End what runs in the background, and every connection."""
        ...

    def parts(self) -> Sequence[str]:
        """Beginnings of digests that divide all blobs into parts of about the same size."""
        ...

    def list_part(self, beginning: str) -> Iterator[Digest]:
        """The blobs that are there whose digests begin so."""
        ...
