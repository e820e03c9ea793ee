"""Signing in with a password: for a session, and ever more slowly for whoever guesses."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.stores.databases import open_database

from portside.access.sealing import Seal
from portside.access.sessions import SessionTokens
from portside.access.slowing import FREE_PASSWORDS, Slowing
from portside.identity.identities import Identity, Kind
from portside.metadata import identities, principals
from portside.metadata.migrations import upgrade
from portside.metadata.principals import Principal
from portside.names.accounts import AccountId
from portside.names.arns import root_arn
from portside.registry.throttling import Throttled
from portside.services.identity.passwords import Passwords
from portside.services.sessions import Sessions
from portside.services.sign_in import SignedIn, SignIn, SignInRefused

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ACCOUNT = AccountId("123456789012")
PASSWORD = "Correct-Horse-9"  # noqa: S105 - made up


class _World:
    def __init__(self, folder: Path) -> None:
        self.database = open_database(folder / "db")
        upgrade(self.database)
        self.now = NOW
        self.tokens = SessionTokens(Seal(b"s" * 32))
        passwords = Passwords(self.database, self._clock)
        root = Principal(arn=root_arn(ACCOUNT), account=ACCOUNT, kind="root", unique_id="AIDAROOT")
        user = Identity(
            id="AIDAANN",
            account=ACCOUNT,
            kind=Kind.USER,
            name="ann",
            path="/",
            created_at=NOW,
            tags={},
        )
        with self.database.write() as tx:
            principals.insert_account(tx, root, NOW)
            identities.insert_identity(tx, user)
        passwords.create(ACCOUNT, "ann", PASSWORD, reset_required=True)
        sessions = Sessions(self.database, self.tokens, self._clock)
        self.sign_in = SignIn(self.database, passwords, sessions, Slowing(self._clock))

    def _clock(self) -> datetime:
        return self.now

    async def enter(self, password: str, user: str = "ann", source: str = "10.0.0.1") -> SignedIn:
        return await self.sign_in.with_password(ACCOUNT, user, password, source)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[_World]:
    made = _World(tmp_path)
    with closing(made.database):
        yield made


def test_a_password_gives_a_session(world: _World) -> None:
    signed_in = asyncio.run(world.enter(PASSWORD))
    held = signed_in.credentials
    opened = world.tokens.open(held.access_key_id, held.session_token, NOW)
    assert opened.principal_arn.text == "arn:aws:iam::123456789012:user/ann"
    assert opened.unique_id == "AIDAANN"
    assert signed_in.caller.unique_id == "AIDAANN"
    assert held.expires_at == NOW + timedelta(hours=12)
    assert signed_in.reset_required


def test_wrong_passwords_and_unknown_users_are_refused_alike(world: _World) -> None:
    for password, user in (("wrong", "ann"), (PASSWORD, "bob"), ("", "ann")):
        with pytest.raises(SignInRefused):
            asyncio.run(world.enter(password, user))


def test_guessing_is_slowed_even_when_it_guesses_right(world: _World) -> None:
    async def run() -> None:
        for _ in range(FREE_PASSWORDS + 1):
            with pytest.raises(SignInRefused):
                await world.enter("wrong")
        with pytest.raises(Throttled):
            await world.enter(PASSWORD)
        # The owner signs in from elsewhere, and here a moment later.
        await world.enter(PASSWORD, source="10.0.0.2")
        world.now += timedelta(seconds=1)
        await world.enter(PASSWORD)

    asyncio.run(run())
