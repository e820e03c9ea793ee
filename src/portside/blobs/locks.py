"""Locks on blobs and uploads, apart from where the bytes are.

A lock is a place on a line of numbers: the digest of what is locked. Two names that fall on one
place only wait for each other needlessly.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol

from portside.blobs.store import Keeping
from portside.names.digests import Digest
from portside.registry.refusals import StoreUnavailable

WAIT_SECONDS_MAX: Final = 60.0
"""How long to wait for those who make or remove a blob."""

POLL_SECONDS: Final = 0.01
POLL_SECONDS_MAX: Final = 0.25
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

    def close(self) -> None:
        """Let go of everything and of whatever it takes to lock."""
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

    def close(self) -> None:
        """See :meth:`BlobLocks.close`: each is closed by whoever took it."""

    @contextmanager
    def _opened(self) -> Iterator[_Opened]:
        opened = _Opened(self._path)
        try:
            yield opened
        finally:
            opened.release()


class Places(Protocol):
    """Locks on numbers between all nodes, each held in a session that may end by itself."""

    def try_take(self, place: int, *, alone: bool) -> int | None:
        """Lock a number, alone or with others; the session, or ``None`` if it is locked."""
        ...

    def give_back(self, place: int, session: int) -> None:
        """Unlock a number."""
        ...

    def is_held(self, session: int) -> bool:
        """Whether what was locked in a session still is."""
        ...

    def close(self) -> None:
        """End the session."""
        ...


class SharedLocks:
    """Locks between all nodes, by numbers that something locks which all of them reach."""

    def __init__(self, places: Places) -> None:
        self._places = places

    @contextmanager
    def keeping(self, digest: Digest) -> Iterator[Keeping]:
        """See :meth:`BlobStore.keeping`."""
        held = self._wait_for(place(Kind.BLOB, digest.text), alone=False)
        try:
            yield held
        finally:
            held.release()

    @contextmanager
    def removing(self, digests: Sequence[Digest]) -> Iterator[Keeping]:
        """See :meth:`BlobStore.removing`."""
        with ExitStack() as stack:
            # Always in the same order, as above.
            found = []
            for wanted in sorted({place(Kind.BLOB, digest.text) for digest in digests}):
                held = self._wait_for(wanted, alone=True)
                stack.callback(held.release)
                found.append(held)
            yield _All(found)

    def hold(self, upload_id: str) -> Held | None:
        """See :meth:`BlobLocks.hold`."""
        return self._try(place(Kind.UPLOAD, upload_id), alone=True)

    def close(self) -> None:
        """See :meth:`BlobLocks.close`."""
        self._places.close()

    def _wait_for(self, wanted: int, *, alone: bool) -> _InSession:
        waited, pause = 0.0, POLL_SECONDS
        while waited < WAIT_SECONDS_MAX:
            held = self._try(wanted, alone=alone)
            if held is not None:
                return held
            time.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, POLL_SECONDS_MAX)
        raise StoreUnavailable("a blob is made or removed for too long")

    def _try(self, wanted: int, *, alone: bool) -> _InSession | None:
        session = self._places.try_take(wanted, alone=alone)
        if session is None:
            return None
        return _InSession(self._places, wanted, session)


@dataclass(frozen=True, slots=True)
class _InSession:
    """A number that is locked."""

    places: Places
    place: int
    session: int

    def confirm(self) -> None:
        """See :meth:`Keeping.confirm`."""
        if not self.places.is_held(self.session):
            raise StoreUnavailable("a lock was lost")

    def release(self) -> None:
        """Unlock it: a small query, or none where the session has ended."""
        self.places.give_back(self.place, self.session)


@dataclass(frozen=True, slots=True)
class _All:
    """Several locks that are held."""

    held: Sequence[Keeping]

    def confirm(self) -> None:
        """See :meth:`Keeping.confirm`; all are of one session, or some are lost."""
        for one in {self.held[0], self.held[-1]} if self.held else ():
            one.confirm()


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
