"""Issuers' keys: where they come from, how long they are believed, and how rarely asked for."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.access.oidc import ISSUER, Issuer

from portside.access.fetching import FetchFailed
from portside.access.issuers import FAILURES_HOLD, KEYS_HOLD, Issuers, IssuerUnreachable

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIRST, SECOND = Issuer(key_id="1"), Issuer(key_id="2")
KEYS_URL = "https://keys.example/jwks"
DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"


class _Web:
    """What URLs answer, and how often each was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {
            DISCOVERY: {"issuer": ISSUER, "jwks_uri": KEYS_URL},
            KEYS_URL: FIRST.jwks(),
        }
        self.asked: list[str] = []

    def fetch(self, url: str) -> Any:
        self.asked.append(url)
        if url not in self.pages:
            raise FetchFailed(f"{url} is gone")
        return self.pages[url]


class _World:
    def __init__(self, places: dict[str, str] | None = None) -> None:
        self.web = _Web()
        self.inside = _Web()
        self.now = NOW
        self.issuers = Issuers(
            places or {},
            lambda: self.now,
            fetch=self.web.fetch,
            fetch_trusted=self.inside.fetch,
        )

    def ids(self, key_id: str | None) -> list[str]:
        return [str(key["kid"]) for key in self.issuers.list_keys(ISSUER, key_id)]


def test_discovery_and_an_hour_of_belief() -> None:
    world = _World()
    assert [world.ids("1"), world.ids(None)] == [["1"], ["1"]]
    assert world.web.asked == [DISCOVERY, KEYS_URL]
    world.now += KEYS_HOLD
    assert world.ids("1") == ["1"]
    assert len(world.web.asked) == 4


def test_a_new_key_is_found_and_an_unknown_one_not_asked_for_at_once() -> None:
    """Whoever sends tokens of made-up keys cannot make the server knock at the issuer's door."""
    world = _World()
    assert world.ids("1") == ["1"]
    assert [world.ids("2") for _ in range(50)] == [[]] * 50
    assert len(world.web.asked) == 2
    world.web.pages[KEYS_URL] = {"keys": [FIRST.jwk(), SECOND.jwk()]}
    world.now += FAILURES_HOLD
    assert world.ids("2") == ["2"]


@pytest.mark.parametrize(
    "pages",
    [
        {},
        {DISCOVERY: {"issuer": "https://other.example", "jwks_uri": KEYS_URL}},
        {DISCOVERY: {"issuer": ISSUER}},
        {DISCOVERY: []},
        {DISCOVERY: {"issuer": ISSUER, "jwks_uri": KEYS_URL}, KEYS_URL: {"keys": 1}},
    ],
)
def test_failures_hold_for_a_while(pages: dict[str, Any]) -> None:
    world = _World()
    good, world.web.pages = world.web.pages, pages
    for _ in range(3):
        with pytest.raises(IssuerUnreachable):
            world.ids("1")
    asked = len(world.web.asked)
    assert asked <= 2
    world.web.pages = good
    world.now += FAILURES_HOLD
    assert world.ids("1") == ["1"]


def test_the_operator_says_where(tmp_path: Path) -> None:
    """A file or a URL, even inside the network; the issuer itself is not asked then."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(SECOND.jwks()))
    world = _World({ISSUER: str(file)})
    assert world.ids("2") == ["2"]
    assert world.web.asked == world.inside.asked == []
    world = _World({ISSUER: KEYS_URL})
    assert world.ids("1") == ["1"]
    assert (world.web.asked, world.inside.asked) == ([], [KEYS_URL])
    world = _World({ISSUER: str(tmp_path / "nowhere")})
    with pytest.raises(IssuerUnreachable):
        world.ids(None)


def test_keys_that_prove_nothing_are_passed_over() -> None:
    world = _World()
    encrypting = FIRST.jwk() | {"use": "enc"}
    shared = {"kty": "oct", "k": "AAAA", "kid": "1"}
    world.web.pages[KEYS_URL] = {"keys": [encrypting, shared, "junk", SECOND.jwk()]}
    assert world.ids(None) == ["2"]


def test_time_passes() -> None:
    """A failure after good keys is told, too: the keys may be the stolen ones."""
    world = _World()
    assert world.ids("1") == ["1"]
    world.web.pages = {}
    world.now += KEYS_HOLD + timedelta(seconds=1)
    with pytest.raises(IssuerUnreachable):
        world.ids("1")
