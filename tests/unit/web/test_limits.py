"""What a worker takes at most."""

import asyncio
from typing import Any

import pytest

from portside.web.limits import (
    BODY_BYTES_MIN,
    BodyTooSlow,
    HeadersTooLarge,
    Limits,
    ServerBusy,
    TimedBody,
)

LIMITS = Limits(requests=2, header_bytes=20, body_seconds=0.2)


def test_requests_at_a_time() -> None:
    assert LIMITS.find_excess([], 2) is None
    refusal = LIMITS.find_excess([], 3)
    assert isinstance(refusal, ServerBusy)
    assert refusal.wait_seconds == 1


def test_bytes_of_headers() -> None:
    """Names count as values do, and all headers together."""
    assert LIMITS.find_excess([(b"a" * 5, b"b" * 5), (b"c" * 5, b"d" * 5)], 1) is None
    assert isinstance(LIMITS.find_excess([(b"a" * 10, b"b" * 11)], 1), HeadersTooLarge)
    assert isinstance(LIMITS.find_excess([(b"a", b"b")] * 11, 1), HeadersTooLarge)


class Sender:
    """Sends pieces of a body, each after a pause."""

    def __init__(self, size: int, pause: float, count: int = 100) -> None:
        self.size = size
        self.pause = pause
        self.left = count

    async def __call__(self) -> dict[str, Any]:
        await asyncio.sleep(self.pause)
        self.left -= 1
        return {"type": "http.request", "body": b"x" * self.size, "more_body": self.left > 0}


async def read_all(sender: Sender) -> int:
    body = TimedBody(sender, LIMITS.body_seconds)
    while (await body())["more_body"]:
        pass
    return body.size_bytes


def test_a_body_that_goes_on_may_take_its_time() -> None:
    """What brings enough in each term is never cut, however long it takes in all."""
    sent = asyncio.run(read_all(Sender(BODY_BYTES_MIN, 0.1, count=6)))
    assert sent == 6 * BODY_BYTES_MIN


@pytest.mark.parametrize("sender", [Sender(BODY_BYTES_MIN, 0.5), Sender(1, 0.03)])
def test_a_body_that_brings_next_to_nothing(sender: Sender) -> None:
    """Silence is one way, a byte now and then another."""
    with pytest.raises(BodyTooSlow, match=r"for 0\.2 seconds"):
        asyncio.run(read_all(sender))
