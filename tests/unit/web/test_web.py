"""Ranges, addressing, headers, request ids and bodies."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.names.accounts import AccountId, Region, RegistryId
from portside.web.addressing import Addressing
from portside.web.bodies import BodyTooLarge, ClientGone, read
from portside.web.context import RequestHeaders, RequestIds
from portside.web.ranges import Unsatisfiable, parse_range

DEFAULT = RegistryId(AccountId("123456789012"), Region("us-east-1"))
CONTENT = bytes(range(100))


@given(st.integers(0, 130), st.integers(0, 130))
def test_closed_ranges(first: int, last: int) -> None:
    expected = CONTENT[first : last + 1] if first <= last else b""
    try:
        found = parse_range(f"bytes={first}-{last}", len(CONTENT))
    except Unsatisfiable:
        assert not expected
        return
    assert found is not None
    assert CONTENT[found.first : found.last + 1] == expected
    assert found.length == len(expected)


@given(st.integers(0, 130))
def test_open_ranges(number: int) -> None:
    for header, expected in (
        (f"bytes={number}-", CONTENT[number:]),
        (f"bytes=-{number}", CONTENT[-number:] if number else b""),
    ):
        try:
            found = parse_range(header, len(CONTENT))
        except Unsatisfiable:
            assert not expected
            continue
        assert found is not None
        assert CONTENT[found.first : found.last + 1] == expected


@given(st.text(max_size=30))
def test_other_headers_are_ignored_or_refused(header: str) -> None:
    try:
        found = parse_range(header, 10)
    except Unsatisfiable:
        return
    if found is not None:
        assert 0 <= found.first <= found.last < 10


def test_of_nothing_no_range_can_be_had() -> None:
    for header in ("bytes=0-", "bytes=0-0", "bytes=-1"):
        with pytest.raises(Unsatisfiable):
            parse_range(header, 0)


@pytest.mark.parametrize(
    ("host", "account", "region"),
    [
        ("210987654321.dkr.ecr.eu-west-1.amazonaws.com", "210987654321", "eu-west-1"),
        ("210987654321.DKR.ECR.eu-west-1.localhost:5000", "210987654321", "eu-west-1"),
        ("localhost:5000", "123456789012", "us-east-1"),
        ("[::1]:5000", "123456789012", "us-east-1"),
        ("12.dkr.ecr.eu-west-1.amazonaws.com", "123456789012", "us-east-1"),
        ("210987654321.dkr.ecr.nowhere.amazonaws.com", "123456789012", "us-east-1"),
        ("", "123456789012", "us-east-1"),
        ("x" * 100_000, "123456789012", "us-east-1"),
    ],
)
def test_hosts_name_registries(host: str, account: str, region: str) -> None:
    found = Addressing(DEFAULT, 5000).registry(host)
    assert (found.account.text, found.region.text) == (account, region)


def test_the_host_that_is_shown() -> None:
    plain = Addressing(DEFAULT, 5000)
    assert plain.shown_host(DEFAULT, "registry.example:8443") == "registry.example:8443"
    assert plain.shown_host(DEFAULT, "[::1]:5000") == "[::1]:5000"
    for hostile in ("", "a b", 'x"y', "a/b", "a\r\nb", "x" * 300):
        assert plain.shown_host(DEFAULT, hostile) == "localhost:5000"
    named = "123456789012.dkr.ecr.us-east-1.example.com"
    assert Addressing(DEFAULT, 5000, "example.com").shown_host(DEFAULT, "x") == f"{named}:5000"
    assert Addressing(DEFAULT, 443, "example.com").shown_host(DEFAULT, "x") == named


def test_headers() -> None:
    headers = RequestHeaders([(b"accept", b"a"), (b"x", b"1"), (b"accept", b"b, c")])
    assert headers.list("accept") == ["a", "b, c"]
    assert headers.get("x") == "1"
    assert headers.get("y") is None
    assert "x" in headers
    assert list(headers)[1] == ("x", "1")


def test_request_ids_have_awss_form_and_never_repeat() -> None:
    ids = RequestIds()
    made = [ids() for _ in range(1000)] + [RequestIds()() for _ in range(100)]
    assert len(set(made)) == len(made)
    form = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}")
    assert all(form.fullmatch(one) for one in made)


def receiver(*messages: dict[str, Any]) -> Callable[[], Awaitable[dict[str, Any]]]:
    queue = list(messages)

    async def receive() -> dict[str, Any]:
        return queue.pop(0)

    return receive


def test_bodies_are_read_within_their_limit() -> None:
    whole = (
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.request", "body": b"cd"},
    )
    assert asyncio.run(read(receiver(*whole), 4)) == b"abcd"
    with pytest.raises(BodyTooLarge):
        asyncio.run(read(receiver(*whole), 3))
    with pytest.raises(BodyTooLarge):
        asyncio.run(read(receiver(), 3, "4"))
    gone = (whole[0], {"type": "http.disconnect"})
    with pytest.raises(ClientGone):
        asyncio.run(read(receiver(*gone), 100))
