"""Writing the audit trail: off the requests' way, in batches, into files that are rotated by size.

Every process appends whole batches to one file under a lock of the kernel's. What is lost where a
process is killed is at most what it noted in the last second; where the disk refuses, what is
beyond the bound on entries that wait; and of requests that prove nobody, what is beyond ten a
second. The last two are counted and logged.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import structlog

from portside.services.audit.records import Entry, Renderer, is_read_only

FILE_NAME: Final = "audit.jsonl"
FLUSH_EVERY_SECONDS: Final = 1.0
FILE_BYTES_MAX: Final = 64 * 1024 * 1024
WAITING_MAX: Final = 100_000
STRANGERS_PER_SECOND: Final = 10
STRANGERS_AT_ONCE_MAX: Final = 1_000
_BATCH_MAX: Final = 2_000
_LOCK_NAME: Final = ".lock"

_log = structlog.get_logger()


class Scope(StrEnum):
    """Which requests are recorded."""

    ALL = "all"
    CHANGES = "changes"
    """Those that change something, and all that are refused."""
    OFF = "off"


class AuditTrail:
    """The audit trail of one process, in a folder that all share.

    ``bytes_max`` bounds the folder: the oldest files go first. :meth:`record` belongs to the event
    loop; :meth:`flush` does its work in a thread.
    """

    def __init__(
        self, folder: Path, scope: Scope, *, bytes_max: int, file_bytes: int = FILE_BYTES_MAX
    ) -> None:
        self._folder = folder
        self._scope = scope
        self._bytes_max = bytes_max
        self._file_bytes = file_bytes
        self._waiting: deque[Entry] = deque(maxlen=WAITING_MAX)
        self._lost = 0
        self._strangers = _Allowance()
        self._renderer = Renderer()
        self._flushing = asyncio.Lock()

    def record(self, entry: Entry) -> None:
        """Note a request; it is written within a second."""
        if self._scope is not Scope.ALL and (
            self._scope is Scope.OFF or (entry.error is None and is_read_only(entry.event))
        ):
            return
        if entry.caller is None and entry.error and not self._strangers.take(entry.at):
            self._lost += 1
            return
        if len(self._waiting) == WAITING_MAX:
            self._lost += 1
        self._waiting.append(entry)

    def write(self, entries: Sequence[Entry]) -> None:
        """Write what the service did by itself, at once; from one thread at a time.

        Raises:
            OSError: the folder cannot be written.
        """
        if self._scope is not Scope.OFF and entries:
            self._write(list(entries))

    async def run(self) -> None:
        """Flush every second, until cancelled; what a disk refuses is tried again."""
        while True:
            await asyncio.sleep(FLUSH_EVERY_SECONDS)
            try:
                await self.flush()
            except OSError:
                _log.exception("audit records could not be written", waiting=len(self._waiting))

    async def flush(self) -> None:
        """Write all that waits.

        Raises:
            OSError: the folder cannot be written; what was to be written waits on.
        """
        async with self._flushing:
            while self._waiting:
                # Small batches, so that rendering never keeps requests waiting for long.
                batch = [self._waiting.popleft() for _ in range(min(_BATCH_MAX, len(self)))]
                try:
                    await asyncio.to_thread(self._write, batch)
                except OSError:
                    self._put_back(batch)
                    raise
            if self._lost:
                _log.error("audit records were lost", count=self._lost)
                self._lost = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def _put_back(self, batch: list[Entry]) -> None:
        room = WAITING_MAX - len(self._waiting)
        self._lost += max(0, len(batch) - room)
        self._waiting.extendleft(reversed(batch[max(0, len(batch) - room) :]))

    def _write(self, batch: list[Entry]) -> None:
        content = "".join(map(self._renderer.render, batch)).encode(errors="replace")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self._folder):
            path = self._folder / FILE_NAME
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(content)
                file.flush()
                os.fdatasync(file.fileno())
                size = file.tell()
            if size >= self._file_bytes:
                self._rotate(path, batch[-1])

    def _rotate(self, path: Path, last: Entry) -> None:
        stem = f"audit-{last.at:%Y%m%dT%H%M%S%f}"
        path.rename(self._folder / f"{stem}-{last.request_id[-12:]}.jsonl")
        held = list_files(self._folder)
        total = sum(file.stat().st_size for file in held)
        for file in held[:-1]:
            if total <= self._bytes_max:
                break
            total -= file.stat().st_size
            file.unlink()


class _Allowance:
    """How many records those may make who prove nothing: else they could push all others out."""

    def __init__(self) -> None:
        self._left = float(STRANGERS_AT_ONCE_MAX)
        self._at: datetime | None = None

    def take(self, at: datetime) -> bool:
        """Whether there is room for another one now."""
        passed = 0.0 if self._at is None else (at - self._at).total_seconds()
        self._at = at
        gained = max(0.0, passed) * STRANGERS_PER_SECOND
        self._left = min(float(STRANGERS_AT_ONCE_MAX), self._left + gained)
        if self._left < 1:
            return False
        self._left -= 1
        return True


def list_files(folder: Path) -> list[Path]:
    """The trail's files, the oldest first; the one that grows is the last."""
    rotated = sorted(folder.glob("audit-*.jsonl"))
    current = folder / FILE_NAME
    return [*rotated, current] if current.exists() else rotated


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
