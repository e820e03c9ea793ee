"""Slowing down whoever guesses: failed passwords, signatures and tokens cost ever more time.

Failures are counted by the address that they come from and by the principal that they name. A few
are free; then each doubles the time until the next may be answered, and answers stand in line, so
that many connections at once gain nothing. What proves itself is never made to wait, except for
passwords: there even the right one waits, or guessing would only have to look at the clock.

Each process counts for itself; several workers allow as many times more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from portside.registry.throttling import Throttled

FREE_PASSWORDS: Final = 5
FREE_KEYS: Final = 50
"""Of secrets that no guessing finds: a client with an old one must not slow its neighbours."""
FREE_ADDRESS: Final = 200
STEP_SECONDS: Final = 0.1
DELAY_SECONDS_MAX: Final = 10.0
LINE_SECONDS_MAX: Final = 15.0
"""Who would have to stand in line for longer is sent away at once."""
FORGOTTEN_AFTER: Final = timedelta(minutes=15)
REMEMBERED_MAX: Final = 10_000
_DOUBLINGS_MAX: Final = 30

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Key:
    """Under what failures are counted, and how many of them are free."""

    text: str
    free: int


@dataclass(slots=True)
class _Failures:
    count: int
    last_at: datetime
    free_at: datetime


class Slowing:
    """Counts failures, and says how long each must wait. Belongs to one thread."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def note_failure(self, *keys: Key) -> float:
        """Count a failure; how many seconds its answer has to wait.

        Raises:
            Throttled: longer than anybody may stand in line.
        """
        waits = [self._note(key, self._clock()) for key in dict.fromkeys(keys)]
        wait = max(waits, default=0.0)
        if wait > LINE_SECONDS_MAX:
            raise Throttled(wait)
        return wait

    def check(self, *keys: Key) -> None:
        """Let nobody try who would have to wait.

        Raises:
            Throttled: the last failure was too lately.
        """
        now = self._clock()
        held = [self._failures[key.text] for key in keys if key.text in self._failures]
        wait = max(((one.free_at - now).total_seconds() for one in held), default=0.0)
        if wait > 0:
            raise Throttled(wait)

    def forget(self, *keys: Key) -> None:
        """Count anew after a success."""
        for key in keys:
            self._failures.pop(key.text, None)

    async def hold(self, source: str | None, principal: str | None) -> None:
        """Log a failure and hold its answer back.

        Raises:
            Throttled: as :meth:`note_failure`.
        """
        keys = failure_keys(source, principal)
        _log.warning("authentication failed", source=source, principal=principal)
        wait = self.note_failure(*keys)
        if wait:
            await asyncio.sleep(wait)

    def _note(self, key: Key, now: datetime) -> float:
        held = self._failures.pop(key.text, None)
        if held is None or now - held.last_at >= FORGOTTEN_AFTER:
            held = _Failures(0, now, now)
        held.count += 1
        held.last_at = now
        self._failures[key.text] = held
        if len(self._failures) > REMEMBERED_MAX:
            self._failures.popitem(last=False)
        over = held.count - key.free
        if over <= 0:
            return 0.0
        doubled = STEP_SECONDS * 2.0 ** min(over - 1, _DOUBLINGS_MAX)
        free_at = max(now, held.free_at) + timedelta(seconds=min(doubled, DELAY_SECONDS_MAX))
        wait = (free_at - now).total_seconds()
        # Those who are sent away do not make the line longer.
        if wait <= LINE_SECONDS_MAX:
            held.free_at = free_at
        return wait


def failure_keys(
    source: str | None, principal: str | None, free: int = FREE_KEYS
) -> tuple[Key, ...]:
    """Under what a failure is counted: its address, and the principal as that address names it.

    Not the principal alone: else anybody could keep its owner out.
    """
    address = source or "unknown"
    keys = (Key(address, FREE_ADDRESS),)
    return keys if principal is None else (*keys, Key(f"{address} {principal[:256]}", free))
