"""Locks on blobs and uploads, apart from where the bytes are.

A lock is a place on a line of numbers: the digest of what is locked. Two names that fall on one
place only wait for each other needlessly.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import IntEnum
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol

from portside.blobs.store import Keeping
from portside.names.digests import Digest

_PLACE_BYTES: Final = 7


class Kind(IntEnum):
    """What is locked; each has a line of its own."""

    BLOB = 1
    UPLOAD = 2


class Held(Keeping, Protocol):
    """The hold on an upload."""

    def release(self) -> None:
        """Let go of it."""
        ...


class BlobLocks(Protocol):
    """Locks that hold between all processes that use a store, on whatever node.

    Whoever dies has let go of all.
    """

    def keeping(self, digest: Digest) -> AbstractContextManager[Keeping]:
        """See :meth:`BlobStore.keeping`."""
        ...

    def removing(self, digests: Sequence[Digest]) -> AbstractContextManager[Keeping]:
        """See :meth:`BlobStore.removing`."""
        ...

    def hold(self, upload_id: str) -> Held | None:
        """Hold an upload alone; ``None`` where somebody else does."""
        ...


def place(kind: Kind, name: str) -> int:
    """Where the lock of this name is: below 2^60."""
    number = int.from_bytes(blake2b(name.encode(), digest_size=_PLACE_BYTES).digest(), "big")
    return kind << (8 * _PLACE_BYTES) | number


class FileLocks:
    """Locks between the processes of one machine: ranges of one file that holds nothing.

    They belong to an open file (``F_OFD_SETLK``, Linux), so that threads exclude each other, too,
    and the kernel takes them back when a process dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def keeping(self, digest: Digest) -> Iterator[Keeping]:
        """See :meth:`BlobStore.keeping`."""
        with self._opened() as opened:
            opened.take(fcntl.F_RDLCK, place(Kind.BLOB, digest.text))
            yield opened

    @contextmanager
    def removing(self, digests: Sequence[Digest]) -> Iterator[Keeping]:
        """See :meth:`BlobStore.removing`."""
        with ExitStack() as stack:
            opened = stack.enter_context(self._opened())
            # Always in the same order, so that two who remove never wait for each other.
            for wanted in sorted({place(Kind.BLOB, digest.text) for digest in digests}):
                opened.take(fcntl.F_WRLCK, wanted)
            yield opened

    def hold(self, upload_id: str) -> Held | None:
        """See :meth:`BlobLocks.hold`."""
        opened = _Opened(self._path)
        try:
            if opened.try_to_take(place(Kind.UPLOAD, upload_id)):
                return opened
        except BaseException:
            opened.release()
            raise
        opened.release()
        return None

    @contextmanager
    def _opened(self) -> Iterator[_Opened]:
        opened = _Opened(self._path)
        try:
            yield opened
        finally:
            opened.release()


class _Opened:
    """The file, open; its locks go when it is closed."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, kind: int, start: int) -> None:
        """Lock a place; waits for it."""
        fcntl.fcntl(self._file, fcntl.F_OFD_SETLKW, _range(kind, start))

    def try_to_take(self, start: int) -> bool:
        """Lock a place alone, if nobody else has it."""
        try:
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, _range(fcntl.F_WRLCK, start))
        except (BlockingIOError, PermissionError):
            return False
        return True

    def confirm(self) -> None:
        """The kernel takes no lock from a process that lives."""

    def release(self) -> None:
        """Let go of everything."""
        os.close(self._file)


def _range(kind: int, start: int) -> bytes:
    # struct flock: type, whence, start, length, and a process id that must be 0.
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, start, 1, 0)
