"""Answers that take a while, remembered for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lately(Generic[T]):
    """What ``look`` gives, at most so old. Looks in a thread, one at a time. One event loop's."""

    def __init__(self, look: Callable[[], T], seconds: float) -> None:
        self._look = look
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._held: tuple[float, T] | None = None

    async def get(self) -> T:
        """The answer; raises what looking raises, which is not remembered."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if self._held is None or now - self._held[0] >= self._seconds:
                self._held = (now, await asyncio.to_thread(self._look))
            return self._held[1]
