"""Whether the server can do its work: its parts are tried, at most once a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

FRESH_SECONDS: Final = 1.0
WAIT_SECONDS: Final = 2.0
"""A part that takes longer cannot be used."""

_log = structlog.get_logger()


class Part:
    """Something that is tried by calling ``check``, which raises where it cannot be used."""

    def __init__(self, name: str, check: Callable[[], None]) -> None:
        self.name = name
        self._check = check
        self._running: asyncio.Future[None] | None = None
        self._tried_at: float | None = None
        self._usable = True

    async def usable(self, threads: ThreadPoolExecutor) -> bool:
        """Whether it could be used when last tried; a trial under way is waited for."""
        loop = asyncio.get_running_loop()
        fresh = self._tried_at is not None and loop.time() - self._tried_at < FRESH_SECONDS
        if self._running is None and fresh:
            return self._usable
        if self._running is None:
            self._running = loop.run_in_executor(threads, self._check)
            self._running.add_done_callback(self._tried)
        done, _ = await asyncio.wait({self._running}, timeout=WAIT_SECONDS)
        return self._usable if done else False

    def _tried(self, trial: asyncio.Future[None]) -> None:
        self._running = None
        self._tried_at = asyncio.get_running_loop().time()
        error = trial.exception()
        if error is not None and self._usable:
            _log.error("not ready", part=self.name, error=f"{type(error).__name__}: {error}")
        self._usable = error is None


class Readiness:
    """The parts that a server cannot do without. Belongs to one event loop."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        # Threads of its own: requests that wait for disks must not make it look unready.
        self._threads = ThreadPoolExecutor(len(parts), thread_name_prefix="readiness")

    async def unusable(self) -> list[str]:
        """The names of the parts that cannot be used now."""
        found = await asyncio.gather(*(part.usable(self._threads) for part in self._parts))
        return [part.name for part, usable in zip(self._parts, found, strict=True) if not usable]
