"""Page tokens, resource tags, quotas and events."""

import base64
import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.registry.events import ImageDeleted, ImagePushed, RepositoryCreated, render_event
from portside.registry.pages import MalformedPageToken, parse_token, render_token
from portside.registry.quotas import Quotas
from portside.registry.refusals import InvalidResourceTags, TooManyResourceTags
from portside.registry.resource_tags import merge


@given(st.text(max_size=20), st.lists(st.text(max_size=30) | st.integers(0, 2**63 - 1), max_size=4))
def test_page_tokens_come_back(listing: str, position: list[str | int]) -> None:
    assert parse_token(listing, render_token(listing, *position)) == position


def test_no_token_is_the_start() -> None:
    assert parse_token("images", None) == []
    assert parse_token("images", "") == []


@given(st.text(max_size=100))
def test_junk_is_no_token(junk: str) -> None:
    with pytest.raises(MalformedPageToken):
        parse_token("images", "!" + junk)


@pytest.mark.parametrize(
    "held",
    [
        [],
        {},
        "images",
        ["other", 1],
        ["images", 1.5],
        ["images", True],
        ["images", -1],
        ["images", 2**63],
        ["images", None],
    ],
)
def test_tokens_of_another_shape(held: object) -> None:
    token = base64.urlsafe_b64encode(json.dumps(held).encode()).decode()
    with pytest.raises(MalformedPageToken):
        parse_token("images", token)
    with pytest.raises(MalformedPageToken):
        parse_token("images", "a" * 5000)


def test_tokens_hold_what_their_listing_gives_out() -> None:
    token = render_token("images", 7, "v1")
    assert parse_token("images", token, int, str) == [7, "v1"]
    assert parse_token("images", None, int, str) == []
    for kinds in ([int], [str, str], [int, str, str], [int, int]):
        with pytest.raises(MalformedPageToken):
            parse_token("images", token, *kinds)


def test_resource_tags_are_merged() -> None:
    assert merge({"a": "1", "b": "2"}, [("b", "3"), ("c", "4")]) == {"a": "1", "b": "3", "c": "4"}


@pytest.mark.parametrize(
    "added",
    [
        [("", "v")],
        [("k" * 129, "v")],
        [("k", "v" * 257)],
        [("aws:k", "v")],
        [("AWS:k", "v")],
        [("k", "1"), ("k", "2")],
    ],
)
def test_resource_tags_that_ecr_refuses(added: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidResourceTags):
        merge({}, added)


def test_fifty_resource_tags_and_no_more() -> None:
    fifty = [(str(n), "") for n in range(50)]
    assert len(merge({}, fifty)) == 50
    assert len(merge(dict(fifty), [("0", "new")])) == 50
    with pytest.raises(TooManyResourceTags):
        merge(dict(fifty), [("new", "")])


def test_tags_of_an_image() -> None:
    quotas = Quotas(tags_per_image=3)
    assert quotas.allows_tags(2, 1)
    assert not quotas.allows_tags(3, 1)
    assert quotas.allows_tags(9, 0)


def test_images_and_repositories() -> None:
    quotas = Quotas(repositories_per_registry=2, images_per_repository=1)
    assert [quotas.allows_repository(count) for count in (1, 2, 3)] == [True, False, False]
    assert [quotas.allows_image(count) for count in (0, 1)] == [True, False]


def test_events_are_rendered_whole() -> None:
    for event in (
        RepositoryCreated(repository="a/b"),
        ImagePushed(repository="a/b", digest="d", media_type="m", tags=("t",)),
        ImageDeleted(repository="a/b", digest="d", tags=(), image_gone=True),
    ):
        kind, document = render_event(event)
        assert kind == type(event).__name__
        assert set(document) == {field.name for field in fields(event)}
        assert json.loads(json.dumps(document)) == document
