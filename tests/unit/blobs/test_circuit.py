"""Leaving a store alone that fails."""

import pytest

from portside.blobs.circuit import FAILURES_MAX, OPEN_SECONDS, Circuit
from portside.registry.refusals import StoreUnavailable


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_store_that_fails_is_left_alone_for_a_moment() -> None:
    """After five failures in a row it is not asked; then one that fails is enough."""
    clock = Clock()
    circuit = Circuit(clock)
    for _ in range(FAILURES_MAX):
        circuit.enter()
        circuit.failed("down")
    with pytest.raises(StoreUnavailable):
        circuit.enter()
    clock.now += OPEN_SECONDS
    circuit.enter()
    circuit.failed("still down")
    with pytest.raises(StoreUnavailable):
        circuit.enter()
    clock.now += OPEN_SECONDS
    circuit.enter()
    circuit.worked()
    circuit.failed("once")
    circuit.enter()


def test_failures_between_successes_do_no_harm() -> None:
    """A store that answers now and then is asked."""
    circuit = Circuit(Clock())
    for _ in range(3 * FAILURES_MAX):
        circuit.failed("once")
        circuit.worked()
        circuit.enter()
