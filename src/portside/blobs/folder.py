"""Blobs in a folder of a local file system (layout: see the package)."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from portside.blobs.locks import BlobLocks, FileLocks
from portside.blobs.store import (
    Keeping,
    StagedBytes,
    StagedBytesLocked,
    StagedBytesMissing,
    StagedUpload,
)
from portside.names.digests import HEX_LENGTHS, Digest
from portside.names.errors import MalformedName

PIECE_BYTES = 1024 * 1024


class FolderBlobStore:
    """Keeps blobs as files; ``root`` is made if it is not there.

    Only the processes of one machine share it, unless ``locks`` hold between several.
    """

    is_remote = False
    is_settled_durable = False

    def __init__(self, root: Path, locks: BlobLocks | None = None) -> None:
        self._root = root
        self._uploads = root / "uploads"
        self._locks = locks or FileLocks(root / "locks")

    def prepare(self) -> None:
        """Make the folders, durably; safe to repeat."""
        for algorithm in HEX_LENGTHS:
            for shard in range(256):
                (self._root / algorithm / f"{shard:02x}").mkdir(parents=True, exist_ok=True)
            _sync_folder(self._root / algorithm)
        self._uploads.mkdir(exist_ok=True)
        _sync_folder(self._root)

    def check(self) -> None:
        """See :meth:`BlobStore.check`."""
        with tempfile.TemporaryFile(dir=self._uploads) as file:
            file.write(b"usable")
            file.flush()

    def begin(self, upload_id: str) -> None:
        """See :meth:`BlobStore.begin`."""
        os.close(os.open(self._uploads / upload_id, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))

    def stage(self, upload_id: str) -> StagedFile:
        """See :meth:`BlobStore.stage`."""
        return StagedFile(self._uploads / upload_id)

    def commit(self, upload_id: str, staged: StagedBytes, digest: Digest) -> None:
        """See :meth:`BlobStore.commit`."""
        if not isinstance(staged, StagedFile):
            raise TypeError(staged)
        final = self._path(digest)
        staged.sync()
        try:
            (self._uploads / upload_id).rename(final)
        except FileNotFoundError as error:
            raise StagedBytesMissing(upload_id) from error
        _sync_folder(final.parent)

    def discard(self, upload_id: str, receipt: str = "") -> None:  # noqa: ARG002 - its name tells
        """See :meth:`BlobStore.discard`."""
        (self._uploads / upload_id).unlink(missing_ok=True)

    def purge(self, upload_id: str) -> None:
        """See :meth:`BlobStore.purge`."""
        self.discard(upload_id)

    def abort_unfinished(self, before: datetime) -> int:  # noqa: ARG002 - see below
        """See :meth:`BlobStore.abort_unfinished`; a rename is one step."""
        return 0

    def find_address(self, digest: Digest) -> None:
        """See :meth:`BlobStore.find_address`: the files have none."""

    def find_path(self, digest: Digest) -> Path:
        """See :meth:`BlobStore.find_path`."""
        return self._path(digest)

    def read(self, digest: Digest, first: int, last: int) -> Iterator[bytes]:
        """See :meth:`BlobStore.read`."""
        left = last - first + 1
        with self._path(digest).open("rb") as file:
            file.seek(first)
            while left > 0:
                piece = file.read(min(PIECE_BYTES, left))
                if not piece:
                    raise EOFError(f"blob {digest} ends {left} bytes early")
                left -= len(piece)
                yield piece

    def size(self, digest: Digest) -> int:
        """See :meth:`BlobStore.size`."""
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            return 0

    def keeping(self, digest: Digest) -> AbstractContextManager[Keeping]:
        """See :meth:`BlobStore.keeping`."""
        return self._locks.keeping(digest)

    def removing(self, digests: Sequence[Digest]) -> AbstractContextManager[Keeping]:
        """See :meth:`BlobStore.removing`."""
        return self._locks.removing(digests)

    def delete(self, digest: Digest) -> None:
        """See :meth:`BlobStore.delete`."""
        self._path(digest).unlink(missing_ok=True)

    def list_staged(self) -> Iterator[StagedUpload]:
        """See :meth:`BlobStore.list_staged`."""
        with os.scandir(self._uploads) as entries:
            for entry in entries:
                try:
                    changed = entry.stat(follow_symlinks=False).st_mtime
                except FileNotFoundError:
                    continue
                yield StagedUpload(entry.name, datetime.fromtimestamp(changed, UTC))

    def close(self) -> None:
        """See :meth:`BlobStore.close`."""
        self._locks.close()

    def parts(self) -> Sequence[str]:
        """See :meth:`BlobStore.parts`."""
        return [
            f"{algorithm}:{shard:02x}" for algorithm in sorted(HEX_LENGTHS) for shard in range(256)
        ]

    def list_part(self, beginning: str) -> Iterator[Digest]:
        """See :meth:`BlobStore.list_part`."""
        algorithm, _, shard = beginning.partition(":")
        with os.scandir(self._root / algorithm / shard) as entries:
            for entry in entries:
                try:
                    digest = Digest(f"{algorithm}:{entry.name}")
                except MalformedName:
                    # Somebody else's file: not ours to remove.
                    continue
                yield digest

    def _path(self, digest: Digest) -> Path:
        return self._root / digest.algorithm / digest.encoded[:2] / digest.encoded


class StagedFile:
    """An upload's file, locked against every other process and thread while it is open."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except (FileNotFoundError, ValueError) as error:
            raise StagedBytesMissing(path.name) from error
        try:
            _lock(self._file)
            _check_in_place(path, os.fstat(self._file))
        except BaseException:
            os.close(self._file)
            raise

    def write(self, content: bytes) -> None:
        """Add bytes at the end."""
        left = memoryview(content)
        while left:
            left = left[os.write(self._file, left) :]

    def resume(self, size_bytes: int, receipt: str) -> None:  # noqa: ARG002 - the file's size tells
        """See :meth:`StagedBytes.resume`."""
        held = os.fstat(self._file).st_size
        if held < size_bytes:
            raise StagedBytesMissing(held)
        if held > size_bytes:
            os.ftruncate(self._file, size_bytes)
        os.lseek(self._file, size_bytes, os.SEEK_SET)

    def settle(self) -> str:
        """See :meth:`StagedBytes.settle`; other processes see what is written at once."""
        return ""

    def kept(self) -> None:
        """See :meth:`StagedBytes.kept`."""

    def digest(self, algorithm: str) -> Digest:
        """Read all the bytes and tell their digest."""
        hasher = hashlib.new(algorithm)
        position = 0
        while piece := os.pread(self._file, PIECE_BYTES, position):
            hasher.update(piece)
            position += len(piece)
        return Digest(f"{algorithm}:{hasher.hexdigest()}")

    def sync(self) -> None:
        """Wait until the bytes are on the disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Let go of the upload; its bytes stay."""
        os.close(self._file)


def _lock(file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StagedBytesLocked from error


def _check_in_place(path: Path, held: os.stat_result) -> None:
    # A writer that finished between our open and our lock has renamed the file away.
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise StagedBytesMissing(path.name) from error
    if (found.st_ino, found.st_dev) != (held.st_ino, held.st_dev):
        raise StagedBytesMissing(path.name)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
