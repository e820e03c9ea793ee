"""What a task process shows to the process beside it: that it goes on, and what it has done."""

from __future__ import annotations

import mmap
import struct
import threading
import time

from portside.monitoring.exposition import TASK_FACE
from portside.web.board import Board, Meter

QUIET_SECONDS_MAX = 15.0
"""A process that has not been heard of for so long does no tasks."""

_TIME = struct.Struct("d")


class TasksQuiet(RuntimeError):  # noqa: N818 - named for what it tells
    """Nothing was heard of the task process for a while."""


class Pulse:
    """Made before the processes part; the one that runs tasks beats, the other listens."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._meter: Meter | None = None
        self._counting = threading.Lock()
        # The clock that is read is one for all processes of a machine, and is never set.
        self._beaten = mmap.mmap(-1, _TIME.size)
        self.beat()

    def beat(self) -> None:
        """The process goes on."""
        _TIME.pack_into(self._beaten, 0, time.monotonic())

    def check(self) -> None:
        """Nothing, while the other process goes on.

        Raises:
            TasksQuiet: it does not.
        """
        quiet = time.monotonic() - _TIME.unpack_from(self._beaten)[0]
        if quiet > QUIET_SECONDS_MAX:
            raise TasksQuiet(f"no sign for {quiet:.0f} s")

    def tally(self, name: str, failed: bool, seconds: float) -> None:
        """Count a task that was run, in any thread of the process that runs them."""
        with self._counting:
            if self._meter is None:
                self._meter = self._board.join()
            self._meter.count((TASK_FACE, name, int(failed)), seconds, 0, 0)
