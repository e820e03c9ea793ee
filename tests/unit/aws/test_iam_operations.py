"""The table of IAM's operations: complete in itself, and true to the model and the reference."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.aws.errors.identity import ANSWERS
from portside.aws.iam.operations import OPERATIONS
from portside.aws.iam.pages import paginate
from portside.aws.protocol.errors import AWSError
from portside.aws.protocol.models import find_operation
from portside.identity import refusals
from portside.identity.refusals import (
    DeleteConflict,
    EntityAlreadyExists,
    NoSuchEntity,
    Obstacle,
    Thing,
)

some = settings(deadline=None, database=None)
REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "iam.md"
NAMES = [operation.name for operation in OPERATIONS]
UNTAKEABLE = {
    Thing.POLICY_VERSION,
    Thing.USER_POLICY,
    Thing.GROUP_POLICY,
    Thing.ROLE_POLICY,
    Thing.ATTACHMENT,
    Thing.ACCESS_KEY,
    Thing.PASSWORD_POLICY,
    Thing.PRINCIPAL,
}
"""Of these nothing is made under a name that could be taken."""


def test_each_operation_stands_once_under_its_own_action() -> None:
    assert len(set(NAMES)) == len(NAMES)
    for operation in OPERATIONS:
        assert operation.action == f"iam:{operation.name}"
        assert find_operation("iam", operation.name) is not None


def test_the_reference_names_exactly_these() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    named = {name.strip(" `") for row in rows for name in row.split("|")[1].split(",")}
    assert named == set(NAMES)


def test_every_refusal_has_words() -> None:
    assert set(ANSWERS) == refusals.REFUSALS
    for thing in Thing:
        told = ANSWERS[NoSuchEntity](NoSuchEntity(thing, "the-name"))
        assert isinstance(told, AWSError)
        assert (told.code, told.status) == ("NoSuchEntity", 404)
        assert "the-name" in told.message
    for thing in set(Thing) - UNTAKEABLE:
        told = ANSWERS[EntityAlreadyExists](EntityAlreadyExists(thing, "the-name"))
        assert isinstance(told, AWSError)
        assert (told.code, told.status) == ("EntityAlreadyExists", 409)
    for obstacle in Obstacle:
        told = ANSWERS[DeleteConflict](DeleteConflict(obstacle))
        assert isinstance(told, AWSError)
        assert (told.code, told.status) == ("DeleteConflict", 409)


def page_of(entries: list[str], **params: Any) -> tuple[list[str], dict[str, Any]]:
    return paginate(cast("Any", SimpleNamespace(params=params)), entries, str)


@some
@given(st.sets(st.text(max_size=4), max_size=30), st.integers(1, 10))
def test_pages_hold_everything_once_in_order(entries: set[str], limit: int) -> None:
    shown: list[str] = []
    marker: dict[str, str] = {}
    while True:
        page, more = page_of(list(entries), MaxItems=limit, **marker)
        assert len(page) <= limit
        shown += page
        assert more["IsTruncated"] is ("Marker" in more)
        if "Marker" not in more:
            break
        marker = {"Marker": more["Marker"]}
    assert shown == sorted(entries)


@some
@given(st.sets(st.text("abc", min_size=1, max_size=3), min_size=2), st.data())
def test_what_changes_between_two_pages_moves_nothing_else(
    entries: set[str], data: st.DataObject
) -> None:
    first, more = page_of(list(entries), MaxItems=1)
    gone = data.draw(st.sampled_from(sorted(entries)))
    rest, _ = page_of([*(entries - {gone}), "b0"], Marker=more["Marker"])
    expected = sorted({one for one in {*entries, "b0"} if one > first[0]} - {gone})
    assert rest == expected


@pytest.mark.parametrize("marker", ["", "x", "bnVsbA==", "WyJlY3IiLCJhIl0=", "WyJpYW0iXQ=="])
def test_markers_of_nobody(marker: str) -> None:
    if not marker:
        marker = "W10="
    with pytest.raises(AWSError) as caught:
        page_of(["a"], Marker=marker)
    assert (caught.value.code, caught.value.message) == ("ValidationError", "Invalid Marker.")
