"""Filters, page tokens and resource tags against slow and obvious readings of them."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.registry.mutability import WILDCARDS_MAX, MutabilityMode, TagMutability
from portside.registry.pages import (
    TOKEN_LENGTH_MAX,
    MalformedPageToken,
    parse_token,
    render_token,
)
from portside.registry.refusals import InvalidResourceTags, TooManyResourceTags
from portside.registry.resource_tags import merge
from portside.registry.wildcards import matches

IMMUTABLE_MODES = (MutabilityMode.IMMUTABLE, MutabilityMode.IMMUTABLE_WITH_EXCLUSION)
SPECIAL = r".^$+?{}[]()|\-_#&~ "


@pytest.mark.parametrize("piece", ["a", "ab", "aa", "a" * 40])
def test_filters_that_ecr_takes_end_on_hostile_tags(piece: str) -> None:
    """A matcher that goes back over each star would not be done within any test's patience."""
    for filter_ in (f"*{piece}*b", f"{piece}*{piece}*b", f"*{piece}*!"):
        assert filter_.count("*") <= WILDCARDS_MAX
        assert not matches(filter_, "a" * 128)


@pytest.mark.parametrize("stars", [1, 2, 64, 127])
def test_runs_of_stars_are_one(stars: int) -> None:
    assert not matches("*" * stars + "b", "a" * 128)
    assert matches("v" + "*" * stars + "1", "v1")
    assert matches("*" * stars, "")


@given(st.text(SPECIAL, max_size=6), st.text(SPECIAL, max_size=6))
def test_only_the_star_is_special(filter_: str, tag: str) -> None:
    assert matches(filter_, tag) is (filter_ == tag)


@given(st.sampled_from(MutabilityMode), st.lists(st.text("ab", max_size=2), max_size=3))
def test_each_mode_over_each_tag(mode: MutabilityMode, exclusions: list[str]) -> None:
    rule = TagMutability(mode, tuple(exclusions))
    for tag in ("", "a", "b", "ab", "abc"):
        is_mutable = mode not in IMMUTABLE_MODES
        if "EXCLUSION" in mode.value and tag in exclusions:
            is_mutable = not is_mutable
        assert rule.may_move(tag) is is_mutable


def is_position(held: Any, listing: str) -> bool:
    if type(held) is not list or not held or held[0] != listing:
        return False
    return all(type(part) is str or (type(part) is int and 0 <= part < 2**63) for part in held[1:])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(JSON | st.lists(JSON, max_size=3).map(lambda tail: ["images", *tail]))
def test_tokens_of_any_json(held: Any) -> None:
    text = json.dumps(held)
    token = base64.urlsafe_b64encode(text.encode()).decode()
    if is_position(json.loads(text), "images"):
        assert parse_token("images", token) == held[1:]
    else:
        with pytest.raises(MalformedPageToken):
            parse_token("images", token)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_json_are_no_token(content: bytes) -> None:
    token = base64.urlsafe_b64encode(b"\xff" + content).decode()
    with pytest.raises(MalformedPageToken):
        parse_token("images", token)


@given(st.text(max_size=3), st.integers(0, 60), st.text(max_size=3))
def test_damaged_tokens_are_read_or_refused(position: str, place: int, noise: str) -> None:
    token = render_token("images", 7, position)
    damaged = token[:place] + noise + token[place + 1 :]
    try:
        found = parse_token("images", damaged)
    except MalformedPageToken:
        return
    assert all(type(part) in (str, int) for part in found)
    assert render_token("images", *found)


def test_deep_and_long_tokens() -> None:
    for content in (b"[" * 3000, b'{"a":' * 600, b'["images",' + b"[" * 2900):
        token = base64.urlsafe_b64encode(content).decode()
        assert len(token) <= TOKEN_LENGTH_MAX
        with pytest.raises(MalformedPageToken):
            parse_token("images", token)
    with pytest.raises(MalformedPageToken):
        parse_token("images", render_token("images", "x" * TOKEN_LENGTH_MAX))


@given(st.text(max_size=10), st.text(max_size=10), st.integers(0, 2**63 - 1))
def test_one_listings_tokens_are_not_anothers(one: str, other: str, position: int) -> None:
    token = render_token(one, position)
    if one == other:
        assert parse_token(other, token) == [position]
    else:
        with pytest.raises(MalformedPageToken):
            parse_token(other, token)


def test_the_longest_position_fits_a_token() -> None:
    for position in (("a" * 256,), (2**63 - 1, "a" * 128)):
        assert parse_token("repositories", render_token("repositories", *position)) == [*position]


KEYS = st.sampled_from(["a", "A", "b", "aw", "aws", "aws:", "AwS:x", "x-aws:", "", "k" * 128])
VALUES = st.sampled_from(["", "v", "é" * 256, "v" * 257])
PAIRS = st.lists(st.tuples(KEYS | st.just("k" * 129), VALUES), max_size=3)


def is_refused(added: list[tuple[str, str]]) -> bool:
    if len({key for key, _ in added}) < len(added):
        return True
    return any(
        key == "" or len(key) > 128 or len(value) > 256 or key[:4].lower() == "aws:"
        for key, value in added
    )


@given(st.dictionaries(KEYS, st.just("old"), max_size=4), PAIRS)
def test_resource_tags_are_merged_or_refused(
    current: dict[str, str], added: list[tuple[str, str]]
) -> None:
    before = dict(current)
    if is_refused(added):
        with pytest.raises(InvalidResourceTags):
            merge(current, added)
    else:
        merged = merge(current, added)
        assert set(merged) == {*current, *(key for key, _ in added)}
        for key, value in merged.items():
            assert (key, value) in added or (value == current[key] and key not in dict(added))
    assert current == before


@pytest.mark.parametrize(("held", "added"), [(0, 50), (50, 0), (25, 25), (1, 50), (50, 1), (0, 51)])
def test_what_counts_is_the_sum(held: int, added: int) -> None:
    current = {f"old{n}": "" for n in range(held)}
    pairs = [(f"new{n}", "") for n in range(added)]
    if held + added <= 50:
        assert len(merge(current, pairs)) == held + added
        return
    with pytest.raises(TooManyResourceTags) as caught:
        merge(current, pairs)
    assert caught.value.count == held + added
