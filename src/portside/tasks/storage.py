"""Huey's queue, seen through rows: what is due in the database is what Huey takes.

Huey's own SQLite storage deletes a message when a worker takes it, so a killed worker loses it.
Here taking is a lease on a row, and only what was done removes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from huey.constants import EmptyData  # type: ignore[import-untyped]  # Huey ships no types
from huey.storage import BaseStorage  # type: ignore[import-untyped]  # as above

WAIT_SECONDS: Final = 5.0
"""How long a worker waits before it looks again unasked."""


class RowStorage(BaseStorage):  # type: ignore[misc]  # as above
    """Gives Huey's workers a message for each due row.

    ``take`` returns the message of what is due, or ``None``; ``next_due_at`` when to ask again.
    """

    blocking = True

    def __init__(
        self,
        name: str,
        take: Callable[[], bytes | None],
        next_due_at: Callable[[], datetime | None],
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(name)
        self._take = take
        self._next_due_at = next_due_at
        self._clock = clock
        self._changed = threading.Condition()
        self._changes = 0
        self._stopped = False

    def wake(self) -> None:
        """Something was committed: have a worker look what is due."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Give out nothing more, and let those who wait go."""
        self._stopped = True
        self.wake()

    def dequeue(self) -> bytes | None:
        """The next message; ``None`` after a while without one."""
        with self._changed:
            seen = self._changes
        if self._stopped:
            return None
        message = self._take()
        if message is None:
            seconds = self._seconds_to_wait()
            with self._changed:
                self._changed.wait_for(lambda: self._changes != seen, seconds)
        return message

    def _seconds_to_wait(self) -> float:
        due_at = self._next_due_at()
        if due_at is None:
            return WAIT_SECONDS
        left = (due_at - self._clock()).total_seconds()
        return min(max(left, 0.01), WAIT_SECONDS)

    def read_schedule(self, ts: Any) -> list[Any]:
        """Nothing: what is to run later is a row with a later time."""
        del ts
        return []

    def peek_data(self, key: str) -> Any:
        """Nothing: no results are kept, and nothing is revoked."""
        del key
        return EmptyData

    def pop_data(self, key: str) -> Any:
        """Nothing, as :meth:`peek_data`."""
        return self.peek_data(key)

    def delete_data(self, key: str) -> bool:
        """Whether anything was kept under the key: never."""
        return self.peek_data(key) is not EmptyData

    def has_data_for_key(self, key: str) -> bool:
        """Whether anything is kept under the key: never."""
        return self.peek_data(key) is not EmptyData
