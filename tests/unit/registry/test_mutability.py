"""Which tags may move: the four modes, and wildcards against a naive reading of them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.registry.mutability import MutabilityMode, TagMutability
from portside.registry.wildcards import matches


def naive(filter_: str, tag: str) -> bool:
    """The meaning of a filter, slow and obvious."""
    if not filter_:
        return not tag
    if filter_[0] == "*":
        return naive(filter_[1:], tag) or (bool(tag) and naive(filter_, tag[1:]))
    return bool(tag) and tag[0] == filter_[0] and naive(filter_[1:], tag[1:])


@given(st.text("ab.*", max_size=7), st.text("ab.\n", max_size=8))
def test_filters_mean_what_they_say(filter_: str, tag: str) -> None:
    assert matches(filter_, tag) is naive(filter_, tag)


def test_hostile_filters_are_quick() -> None:
    began = time.perf_counter()
    assert not matches("*" * 126 + "x", "a" * 128)
    assert not matches("a*" * 2 + "x", "a" * 128)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("mode", "plain", "excluded"),
    [
        (MutabilityMode.MUTABLE, True, True),
        (MutabilityMode.IMMUTABLE, False, False),
        (MutabilityMode.MUTABLE_WITH_EXCLUSION, True, False),
        (MutabilityMode.IMMUTABLE_WITH_EXCLUSION, False, True),
    ],
)
def test_modes(mode: MutabilityMode, plain: bool, excluded: bool) -> None:
    rule = TagMutability(mode, ("dev-*", "latest"))
    assert rule.may_move("v1") is plain
    assert rule.may_move("dev-7") is excluded
    assert rule.may_move("latest") is excluded
    assert rule.may_move("latest2") is plain
