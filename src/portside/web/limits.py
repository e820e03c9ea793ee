"""What a worker takes at most: of one request's headers and time, and of requests at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from portside.names.errors import Refusal
from portside.web.bodies import Receive

BUSY_SECONDS: Final = 1
"""After so long whoever was turned away may try again."""

BODY_BYTES_MIN: Final = 1024
"""What a body must bring, until it ends, in each of its terms: else a byte a minute would do."""


class ServerBusy(Refusal):
    """The worker answers as many requests as it may; ``wait_seconds`` until another try."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"wait {wait_seconds} seconds")
        self.wait_seconds = wait_seconds


class HeadersTooLarge(Refusal):
    """The request's headers take more room than one may."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the headers are larger than {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


class BodyTooSlow(Refusal):
    """For ``seconds`` the body brought next to nothing."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the body brought next to nothing for {seconds:g} seconds")
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one worker takes at most."""

    requests: int
    header_bytes: int
    body_seconds: float

    def find_excess(self, headers: Sequence[tuple[bytes, bytes]], under_way: int) -> Refusal | None:
        """Why a request is turned away before it is looked at, if it is."""
        if under_way > self.requests:
            return ServerBusy(BUSY_SECONDS)
        size = 0
        for name, value in headers:
            size += len(name) + len(value)
        return HeadersTooLarge(self.header_bytes) if size > self.header_bytes else None


class TimedBody:
    """Receives as ``receive`` does, counts the body's bytes, and bounds the time between them."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._ends_at: float | None = None
        self._due_bytes = 0
        self.size_bytes = 0

    async def __call__(self) -> dict[str, Any]:
        """The next message.

        Raises:
            BodyTooSlow: the body brought next to nothing for too long.
        """
        now = asyncio.get_running_loop().time()
        if self._ends_at is None or self.size_bytes >= self._due_bytes:
            self._ends_at = now + self._seconds
            self._due_bytes = self.size_bytes + BODY_BYTES_MIN
        try:
            async with asyncio.timeout_at(self._ends_at):
                message = await self._receive()
        except TimeoutError as error:
            raise BodyTooSlow(self._seconds) from error
        self.size_bytes += len(message.get("body", b""))
        return message
