"""Slowing: a few failures are free, then each costs more, and many connections gain nothing."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from portside.access.slowing import (
    FORGOTTEN_AFTER,
    FREE_ADDRESS,
    FREE_KEYS,
    LINE_SECONDS_MAX,
    REMEMBERED_MAX,
    Key,
    Slowing,
    failure_keys,
)
from portside.registry.throttling import Throttled

FREE = 5
A, B = Key("a", FREE), Key("b", FREE)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class _World:
    def __init__(self) -> None:
        self.now = NOW
        self.slowing = Slowing(lambda: self.now)

    def fail(self, times: int, *keys: Key) -> list[float]:
        """The waits of failures that follow each other as soon as they are answered."""
        waits = []
        for _ in range(times):
            waits.append(self.slowing.note_failure(*keys))
            self.now += timedelta(seconds=waits[-1])
        return waits


def test_each_failure_costs_twice_the_one_before() -> None:
    waits = _World().fail(FREE + 9, A)
    assert waits[:FREE] == [0.0] * FREE
    assert waits[FREE:] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0])


def test_many_connections_at_once_stand_in_one_line() -> None:
    """All at the same moment: the waits add up, and soon everybody is sent away."""
    slowing = Slowing(lambda: NOW)
    answered, sent_away = [], []
    for _ in range(1000):
        try:
            answered.append(slowing.note_failure(A))
        except Throttled as refused:
            sent_away.append(refused.wait_seconds)
    assert min(sent_away) > LINE_SECONDS_MAX
    assert len(answered) < FREE + 10
    assert answered == sorted(answered)


def test_others_do_not_wait() -> None:
    world = _World()
    world.fail(FREE_KEYS + 5, *failure_keys("10.0.0.1", "ann"))
    assert world.fail(1, *failure_keys("10.0.0.2", "ann")) == [0.0]
    assert world.fail(1, *failure_keys("10.0.0.1", "bob")) == [0.0]
    world.fail(FREE_ADDRESS, *failure_keys("10.0.0.1", None))
    assert world.fail(1, *failure_keys("10.0.0.1", "bob")) > [0.0]


def test_who_must_wait_may_not_try() -> None:
    world = _World()
    for _ in range(FREE):
        world.slowing.check(A)
        world.slowing.note_failure(A)
    world.slowing.check(A)
    wait = world.slowing.note_failure(A)
    with pytest.raises(Throttled):
        world.slowing.check(A, B)
    world.now += timedelta(seconds=wait)
    world.slowing.check(A, B)


def test_a_success_and_time_make_it_forget() -> None:
    world = _World()
    world.fail(FREE + 3, A)
    world.slowing.forget(A, B)
    assert world.fail(1, A) == [0.0]
    world.fail(FREE + 3, A)
    world.now += FORGOTTEN_AFTER
    assert world.fail(1, A) == [0.0]


def test_memory_is_bounded() -> None:
    world = _World()
    for number in range(REMEMBERED_MAX + 100):
        world.slowing.note_failure(Key(f"address-{number}", FREE))
    assert len(world.slowing._failures) == REMEMBERED_MAX


def test_answers_are_held_back() -> None:
    async def run() -> float:
        world = _World()
        loop = asyncio.get_running_loop()
        for _ in range(FREE_KEYS):
            await world.slowing.hold("10.0.0.1", "ann")
        begun = loop.time()
        await world.slowing.hold("10.0.0.1", "ann")
        return loop.time() - begun

    assert asyncio.run(run()) >= 0.09
