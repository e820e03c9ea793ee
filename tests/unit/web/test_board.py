"""The board: every process's counts add up, outlive it, and are never mixed up."""

import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.web.board import BOUNDS, REST, ROWS_MAX, Board, BoardFull, Row

KEY = ("distribution", "GET manifest", 200)


def in_a_process(deed: Callable[[], None]) -> None:
    """Do it in a fork, which must end well."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            deed()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0


def row_of(board: Board, key: tuple[str, str, int] = KEY) -> Row:
    return next(row for row in board.rows() if row[:3] == key)


def test_processes_add_up() -> None:
    """Two that live at the same time have a segment each; the board tells the sum."""
    board = Board(2)
    board.join().count(KEY, 0.002, 10, 700)
    in_a_process(lambda: board.join().count(KEY, 0.0005, 1, 300))
    row = row_of(board)
    assert row.buckets[:3] == (1, 1, 0)
    assert sum(row.buckets) == 2
    assert row.seconds == pytest.approx(0.0025)
    assert (row.bytes_in, row.bytes_out) == (11, 1000)


def test_a_successor_goes_on_where_a_dead_process_was() -> None:
    """However many workers die, no segment is used up and no count is lost."""
    board = Board(1)
    for _ in range(5):
        in_a_process(lambda: board.join().count(KEY, 0.1, 0, 1))
    in_a_process(lambda: board.join().count(("aws", "ecr:PutImage", 400), 0.1, 0, 1))
    assert sum(row_of(board).buckets) == 5
    assert sum(row_of(board, ("aws", "ecr:PutImage", 400)).buckets) == 1


def test_too_many_processes_are_refused() -> None:
    """Two processes never write into one segment."""
    board = Board(1)
    board.join()

    def second() -> None:
        with pytest.raises(BoardFull, match="1 processes"):
            board.join()

    in_a_process(second)


def test_rows_are_bounded() -> None:
    """What finds no room, or has too long a name, is counted without a name."""
    board = Board(1)
    meter = board.join()
    for number in range(ROWS_MAX + 9):
        meter.count(("aws", f"ecr:{number}", 200), 0.1, 0, 1)
    meter.count(("aws", "x" * 200, 200), 0.1, 0, 1)
    rows = board.rows()
    assert len(rows) == ROWS_MAX
    assert sum(sum(row.buckets) for row in rows) == ROWS_MAX + 10
    assert sum(row_of(board, REST).buckets) == 11


@given(st.floats(min_value=0, max_value=100))
def test_a_duration_is_in_the_first_bucket_that_it_does_not_pass(seconds: float) -> None:
    """As Prometheus has it: a bucket holds what is less than or equal to its bound."""
    board = Board(1)
    board.join().count(KEY, seconds, 0, 0)
    fits = [seconds <= bound for bound in BOUNDS] + [True]
    assert row_of(board).buckets.index(1) == fits.index(True)


def test_cells_that_are_no_durations() -> None:
    board = Board(1)
    meter = board.join()
    meter.add(("cache", "manifests", 0), 5, 2)
    meter.add(("cache", "manifests", 0), 1, 0)
    assert row_of(board, ("cache", "manifests", 0)).buckets[:2] == (6, 2)
