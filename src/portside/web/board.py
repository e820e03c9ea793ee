"""Numbers of requests that all worker processes of a server add to, and any of them can tell.

The board is memory that the processes share, made before they are forked. Each worker adds in a
segment of its own, so that nobody waits for anybody; who tells them adds the segments up. A worker
that dies leaves its segment, with what is counted there, to the one that is started in its place.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

BOUNDS: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)
"""Where the buckets of durations end, in seconds; one more is for whatever lasts longer."""

_BUCKETS: Final = len(BOUNDS) + 1
_SECONDS: Final = _BUCKETS
_BYTES_IN: Final = _BUCKETS + 1
_BYTES_OUT: Final = _BUCKETS + 2
_CELLS: Final = _BUCKETS + 3
_CELL_BYTES: Final = 8
_KEY_BYTES: Final = 168
_ROW_BYTES: Final = _KEY_BYTES + _CELLS * _CELL_BYTES
ROWS_MAX: Final = 2048
"""More routes and statuses than that are counted in the first row, which names none."""
_SEGMENT_BYTES: Final = ROWS_MAX * _ROW_BYTES

Key = tuple[str, str, int]
"""Face, route and status of requests."""

CLIENT_GONE: Final = 499
"""The status, as proxies have it, of a request whose client went away before it was answered."""

REST: Final[Key] = ("other", "other", 0)


class Served(NamedTuple):
    """What a face answered: on which of its routes, how, with how many bytes, and to whom."""

    route: str
    status: int
    bytes_out: int
    account: str = ""
    """The caller's account, where it is known."""


class Row(NamedTuple):
    """The requests of one face, route and status. ``buckets`` are not cumulative."""

    face: str
    route: str
    status: int
    buckets: tuple[float, ...]
    seconds: float
    bytes_in: float
    bytes_out: float


class BoardFull(RuntimeError):  # noqa: N818 - named for what it tells
    """More processes count at a time than there are segments."""


class Meter:
    """Counts the requests of one process in its segment. Belongs to one thread."""

    def __init__(self, segment: memoryview) -> None:
        self._segment = segment
        self._cells = segment.cast("d")
        self._places: dict[Key, int] = {REST: 0}
        self._rows = 1
        for row, key in _read_keys(segment):
            self._places[key] = row
            self._rows = row + 1
        if self._rows == 1:
            self._write_key(0, REST)

    def count(self, key: Key, seconds: float, bytes_in: int, bytes_out: int) -> None:
        """Count a request."""
        row = self._places.get(key)
        if row is None:
            row = self._begin(key)
        cells = self._cells
        at = (row * _ROW_BYTES + _KEY_BYTES) // _CELL_BYTES
        cells[at + bisect_left(BOUNDS, seconds)] += 1
        cells[at + _SECONDS] += seconds
        cells[at + _BYTES_OUT] += bytes_out
        if bytes_in:
            cells[at + _BYTES_IN] += bytes_in

    def add(self, key: Key, first: int, second: int) -> None:
        """Add to the first two cells of a row whose buckets are no durations."""
        row = self._places.get(key)
        if row is None:
            row = self._begin(key)
        at = (row * _ROW_BYTES + _KEY_BYTES) // _CELL_BYTES
        self._cells[at] += first
        self._cells[at + 1] += second

    def _begin(self, key: Key) -> int:
        if self._rows >= ROWS_MAX or len(_encode(key)) > _KEY_BYTES:
            return 0
        row = self._rows
        self._write_key(row, key)
        self._rows = row + 1
        self._places[key] = row
        return row

    def _write_key(self, row: int, key: Key) -> None:
        at, text = row * _ROW_BYTES, _encode(key)
        # The first byte comes last: who reads meanwhile sees the whole key or the end of the rows.
        self._segment[at + 1 : at + len(text)] = text[1:]
        self._segment[at : at + 1] = text[:1]


class Board:
    """The segments of a server's processes. Made by the process that the others are forked from."""

    def __init__(self, segments: int) -> None:
        self._segments = segments
        # Memory with a descriptor: locks on it tell which segments have a living owner.
        self._descriptor = os.memfd_create("portside-metrics", os.MFD_CLOEXEC)
        os.ftruncate(self._descriptor, segments * _SEGMENT_BYTES)
        self._memory = memoryview(mmap.mmap(self._descriptor, segments * _SEGMENT_BYTES))

    def join(self) -> Meter:
        """A meter on a segment that no living process has; this process has it until it ends.

        Raises:
            BoardFull: every segment has a living owner.
        """
        for number in range(self._segments):
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
            except OSError:
                continue
            return Meter(self._segment(number))
        raise BoardFull(f"{self._segments} processes count already")

    def rows(self) -> list[Row]:
        """What was counted so far, in all segments together."""
        sums: dict[Key, list[float]] = {}
        for number in range(self._segments):
            segment = self._segment(number)
            cells = segment.cast("d")
            for row, key in _read_keys(segment):
                at = (row * _ROW_BYTES + _KEY_BYTES) // _CELL_BYTES
                held = sums.setdefault(key, [0.0] * _CELLS)
                for cell in range(_CELLS):
                    held[cell] += cells[at + cell]
        return [
            Row(
                *key,
                buckets=tuple(held[:_BUCKETS]),
                seconds=held[_SECONDS],
                bytes_in=held[_BYTES_IN],
                bytes_out=held[_BYTES_OUT],
            )
            for key, held in sorted(sums.items())
        ]

    def _segment(self, number: int) -> memoryview:
        return self._memory[number * _SEGMENT_BYTES : (number + 1) * _SEGMENT_BYTES]


def _encode(key: Key) -> bytes:
    face, route, status = key
    return f"{face}\t{route}\t{status}".encode()


def _read_keys(segment: memoryview) -> Iterator[tuple[int, Key]]:
    for row in range(ROWS_MAX):
        at = row * _ROW_BYTES
        if not segment[at]:
            return
        text = bytes(segment[at : at + _KEY_BYTES]).rstrip(b"\0").decode()
        face, route, status = text.split("\t")
        yield row, (face, route, int(status))
