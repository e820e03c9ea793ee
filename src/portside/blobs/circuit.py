"""Leaving a store alone for a moment that has failed several times in a row."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import structlog

from portside.registry.refusals import StoreUnavailable

FAILURES_MAX: Final = 5
OPEN_SECONDS: Final = 2.0

_log = structlog.get_logger()


class Circuit:
    """Counts failures; refuses at once for two seconds after five of them without a success.

    Requests that would each wait for a store that is down do not pile up so, and it is not met by
    all of them when it comes back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until = 0.0

    def enter(self) -> None:
        """Before each request.

        Raises:
            StoreUnavailable: the store has just failed several times.
        """
        if self._open_until and self._clock() < self._open_until:
            raise StoreUnavailable("it did not answer a moment ago")

    def worked(self) -> None:
        """The store has answered."""
        if self._failures:
            with self._lock:
                recovered, self._failures, self._open_until = self._failures, 0, 0.0
            if recovered >= FAILURES_MAX:
                _log.info("the blob store answers again")

    def failed(self, reason: str) -> None:
        """The store has not answered, or with a fault of its own."""
        with self._lock:
            self._failures += 1
            failures = self._failures
            if failures >= FAILURES_MAX:
                self._open_until = self._clock() + OPEN_SECONDS
        if failures in (1, FAILURES_MAX):
            _log.error("the blob store fails", reason=reason, failures=failures)
