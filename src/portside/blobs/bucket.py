"""Blobs in a bucket of an object store (layout: see the package).

Nothing is kept on this machine, and nothing that a request does lists the bucket.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from itertools import groupby
from typing import Final

from portside.blobs.locks import BlobLocks
from portside.blobs.objects import Listed, ObjectMissing, Objects
from portside.blobs.pieces import Receipt, StagedPieces, drop
from portside.blobs.store import (
    Keeping,
    StagedBytes,
    StagedBytesLocked,
    StagedBytesMissing,
    StagedUpload,
)
from portside.names.digests import HEX_LENGTHS, Digest
from portside.names.errors import MalformedName
from portside.registry.refusals import StoreUnavailable

THREADS_MAX: Final = 16
"""How many pieces of all uploads of this process are sent at a time."""

_UPLOADS: Final = "uploads/"
_CHECK: Final = "check"
_RETRIES_MAX: Final = 3


class BucketBlobStore:
    """Keeps blobs as objects under one prefix of a bucket.

    ``address_seconds`` is how long an address of a blob can be used, or ``None`` where none is to
    be given out.
    """

    is_remote = True
    is_settled_durable = True

    def __init__(
        self, objects: Objects, locks: BlobLocks, address_seconds: int | None = None
    ) -> None:
        self._address_seconds = address_seconds
        self._objects = objects
        self._locks = locks
        self._threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="pieces")

    def prepare(self) -> None:
        """See :meth:`BlobStore.prepare`; a bucket needs nothing, and may be away for a moment."""

    def check(self) -> None:
        """See :meth:`BlobStore.check`."""
        try:
            self._objects.put(_CHECK, b"usable")
        except StoreUnavailable as error:
            raise OSError(error.reason) from error

    def begin(self, upload_id: str) -> None:
        """See :meth:`BlobStore.begin`: the metadata knows of it, and that is all there is."""

    def stage(self, upload_id: str) -> StagedPieces:
        """See :meth:`BlobStore.stage`."""
        held = self._locks.hold(upload_id)
        if held is None:
            raise StagedBytesLocked(upload_id)
        return StagedPieces(self._objects, self._threads, upload_id, held, _new_name)

    def commit(self, upload_id: str, staged: StagedBytes, digest: Digest) -> None:  # noqa: ARG002 - the staged pieces know it
        """See :meth:`BlobStore.commit`."""
        if not isinstance(staged, StagedPieces):
            raise TypeError(staged)
        staged.commit(_key(digest))

    def discard(self, upload_id: str, receipt: str = "") -> None:
        """See :meth:`BlobStore.discard`."""
        with suppress(StagedBytesMissing):
            drop(self._objects, Receipt.parse(receipt).keys(upload_id))

    def purge(self, upload_id: str) -> None:
        """See :meth:`BlobStore.purge`."""
        listed = self._objects.list(f"{_UPLOADS}{upload_id}/")
        self._objects.delete([one.key for one in listed])

    def abort_unfinished(self, before: datetime) -> int:
        """See :meth:`BlobStore.abort_unfinished`."""
        return self._objects.abort_unfinished(before)

    def find_address(self, digest: Digest) -> str | None:
        """See :meth:`BlobStore.find_address`."""
        seconds = self._address_seconds
        return None if seconds is None else self._objects.sign(_key(digest), seconds)

    def find_path(self, digest: Digest) -> None:
        """See :meth:`BlobStore.find_path`: there are no files."""

    def read(self, digest: Digest, first: int, last: int) -> Iterator[bytes]:
        """See :meth:`BlobStore.read`; goes on where a connection broke."""
        failures = 0
        while first <= last:
            try:
                for piece in self._objects.read(_key(digest), first, last):
                    first += len(piece)
                    failures = 0
                    yield piece
            except ObjectMissing as error:
                raise FileNotFoundError(digest.text) from error
            except StoreUnavailable:
                failures += 1
                if failures >= _RETRIES_MAX:
                    raise
                continue
            if first <= last:
                raise EOFError(f"blob {digest} ends {last - first + 1} bytes early")

    def size(self, digest: Digest) -> int:
        """See :meth:`BlobStore.size`."""
        return self._objects.size(_key(digest)) or 0

    def keeping(self, digest: Digest) -> AbstractContextManager[Keeping]:
        """See :meth:`BlobStore.keeping`."""
        return self._locks.keeping(digest)

    def removing(self, digests: Sequence[Digest]) -> AbstractContextManager[Keeping]:
        """See :meth:`BlobStore.removing`."""
        return self._locks.removing(digests)

    def delete(self, digest: Digest) -> None:
        """See :meth:`BlobStore.delete`."""
        self._objects.delete([_key(digest)])

    def list_staged(self) -> Iterator[StagedUpload]:
        """See :meth:`BlobStore.list_staged`."""
        for upload_id, pieces in groupby(self._objects.list(_UPLOADS), _upload_of):
            yield StagedUpload(upload_id, max(piece.changed_at for piece in pieces))

    def close(self) -> None:
        """See :meth:`BlobStore.close`; what is still to be dropped is dropped first."""
        self._threads.shutdown()
        self._objects.close()
        self._locks.close()

    def parts(self) -> Sequence[str]:
        """See :meth:`BlobStore.parts`."""
        return [
            f"{algorithm}:{shard:02x}" for algorithm in sorted(HEX_LENGTHS) for shard in range(256)
        ]

    def list_part(self, beginning: str) -> Iterator[Digest]:
        """See :meth:`BlobStore.list_part`."""
        algorithm, _, shard = beginning.partition(":")
        for one in self._objects.list(f"blobs/{algorithm}/{shard}/"):
            try:
                yield Digest(f"{algorithm}:{one.key.rpartition('/')[2]}")
            except MalformedName:
                # Somebody else's object: not ours to remove.
                continue


def _key(digest: Digest) -> str:
    return f"blobs/{digest.algorithm}/{digest.encoded[:2]}/{digest.encoded}"


def _upload_of(piece: Listed) -> str:
    return piece.key.removeprefix(_UPLOADS).partition("/")[0]


def _new_name() -> str:
    return secrets.token_hex(8)
