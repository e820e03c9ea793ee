"""What a task process shows of itself."""

import os
import struct
import time

import pytest

from portside.server.pulse import QUIET_SECONDS_MAX, Pulse, TasksQuiet
from portside.web.board import Board


def test_a_process_that_beats_goes_on() -> None:
    """The one that listens hears of a beat in another process."""
    pulse = Pulse(Board(1))
    struct.pack_into("d", pulse._beaten, 0, time.monotonic() - QUIET_SECONDS_MAX - 1)
    with pytest.raises(TasksQuiet, match="no sign for 16 s"):
        pulse.check()
    child = os.fork()
    if child == 0:
        pulse.beat()
        os._exit(0)
    os.waitpid(child, 0)
    pulse.check()


def test_what_was_run_is_on_the_board() -> None:
    board = Board(1)
    pulse = Pulse(board)
    pulse.tally("scan", False, 0.2)
    pulse.tally("scan", True, 3.0)
    rows = [row for row in board.rows() if row.face == "task"]
    assert [(row.route, row.status, sum(row.buckets), row.seconds) for row in rows] == [
        ("scan", 0, 1, 0.2),
        ("scan", 1, 1, 3.0),
    ]
