"""Huey's view of rows: it gives what is due, waits without asking, and stops."""

import threading
import time
from datetime import UTC, datetime, timedelta

from huey.constants import EmptyData  # type: ignore[import-untyped]  # Huey ships no types

from portside.tasks.storage import RowStorage

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def storage(messages: list[bytes], due_at: datetime | None = None) -> RowStorage:
    return RowStorage(
        "test", lambda: messages.pop(0) if messages else None, lambda: due_at, lambda: NOW
    )


def test_what_is_due_comes_at_once() -> None:
    held = storage([b"one", b"two"])
    assert [held.dequeue(), held.dequeue()] == [b"one", b"two"]


def test_a_worker_waits_until_the_next_is_due() -> None:
    began = time.monotonic()
    assert storage([], NOW + timedelta(milliseconds=50)).dequeue() is None
    assert 0.04 < time.monotonic() - began < 2


def test_a_commit_wakes_a_worker_that_waits() -> None:
    held = storage([])
    timer = threading.Timer(0.05, held.wake)
    timer.start()
    began = time.monotonic()
    assert held.dequeue() is None
    assert time.monotonic() - began < 2
    timer.join()


def test_a_stopped_storage_gives_nothing_out() -> None:
    held = storage([b"one"])
    held.stop()
    assert held.dequeue() is None


def test_nothing_is_kept_for_huey() -> None:
    held = storage([])
    assert held.read_schedule(NOW) == []
    assert held.peek_data("x") is held.pop_data("x") is EmptyData
    assert held.delete_data("x") is held.has_data_for_key("x") is False
