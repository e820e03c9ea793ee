"""Waiting for what only one process may do at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from portside.cli.exits import UNUSABLE, fail

WAIT_SECONDS_MAX = 300.0
_POLL_SECONDS = 0.2

T = TypeVar("T")


def when_free(work: Callable[[], T]) -> T:
    """Do it as soon as nobody else is at it; end the command where that takes too long."""
    from portside.services.leases import LeaseHeld  # noqa: PLC0415 - only commands that wait

    end = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        try:
            return work()
        except LeaseHeld as held:
            if time.monotonic() >= end:
                fail(f"another {held.name} or backup has been running for five minutes", UNUSABLE)
            time.sleep(_POLL_SECONDS)
