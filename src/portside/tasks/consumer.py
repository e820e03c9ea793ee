"""Huey's consumer over rows: threads that take what is due, until a signal stops them."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from huey import Huey  # type: ignore[import-untyped]  # Huey ships no types
from huey.consumer import Consumer  # type: ignore[import-untyped]  # as above

from portside.registry.refusals import DatabaseUnavailable
from portside.tasks.runner import Runner
from portside.tasks.storage import RowStorage

WATCH_SECONDS = 0.25
"""How often the database is asked (for 3 µs) whether anything was committed."""

RENEWED_EVERY_SECONDS = 15.0


class _Consumer(Consumer):  # type: ignore[misc]  # as above
    """Huey's, woken by commits, and stopped by either signal or its parent's death."""

    def __init__(self, huey: Huey, runner: Runner, watch: Watch, threads: int) -> None:
        super().__init__(huey, workers=threads, periodic=False, graceful_signal="TERM")
        self._stop_flag_timeout = WATCH_SECONDS
        # A terminal's Ctrl-C comes to the whole process group: it is a stop like any other.
        self._signal_actions = {signal.SIGTERM: (False, True), signal.SIGINT: (False, True)}
        self._runner = runner
        self._watch = watch
        self._seen: object = None
        self._renewed = time.monotonic()

    def loop(self, health_check_ts: float | None = None) -> Any:
        """One round of the main thread."""
        stamp = self._watch.stamp()
        if stamp != self._seen:
            self._seen = stamp
            self.huey.storage.wake()
        if time.monotonic() - self._renewed >= RENEWED_EVERY_SECONDS:
            self._renewed = time.monotonic()
            # Leases outlast a short outage; what outlasts them is done once more.
            with contextlib.suppress(DatabaseUnavailable):
                self._runner.renew()
        if not self._watch.parent_lives():
            self.stop(graceful=True)
        return super().loop(health_check_ts)

    def stop(self, graceful: bool = False) -> None:
        """End after the tasks under way."""
        self._runner.stop()
        self.huey.storage.stop()
        super().stop(graceful=graceful)


class Watch:
    """What the main thread looks at: whether anything was committed, and for whom it works."""

    def __init__(self, stamp: Callable[[], object], parent_lives: Callable[[], bool]) -> None:
        self.stamp = stamp
        self.parent_lives = parent_lives


def consume(runner: Runner, watch: Watch, clock: Callable[[], datetime], *, threads: int) -> None:
    """Run what is due until SIGTERM, SIGINT or the parent's death; call it in the main thread."""

    def take() -> bytes | None:
        taken = runner.take()
        if taken is None:
            return None
        key, holder = taken
        if key.kind == "schedule":
            return bytes(huey.serialize_task(run.s(key.name, holder)))
        return bytes(huey.serialize_task(react.s(key.name, key.lane, holder)))

    huey = Huey(
        "portside",
        results=False,
        storage_class=RowStorage,
        take=take,
        next_due_at=runner.next_due_at,
        clock=clock,
    )

    @huey.task()  # type: ignore[untyped-decorator]  # Huey ships no types
    def react(name: str, lane: str, holder: str) -> None:
        runner.react(name, lane, holder)

    @huey.task()  # type: ignore[untyped-decorator]  # as above
    def run(name: str, holder: str) -> None:
        runner.run(name, holder)

    runner.prepare()
    _Consumer(huey, runner, watch, threads).run()
