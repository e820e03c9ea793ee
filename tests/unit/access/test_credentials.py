"""Access keys: whom they name, when they are dead, and what is remembered of them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.stores.databases import open_database

from portside.access.authenticate import Authenticator
from portside.access.callers import Session
from portside.access.credentials import Credentials
from portside.access.refusals import CredentialsUnknown, SessionExpired, TokenInvalid
from portside.access.sealing import Seal, access_key_purpose
from portside.access.sessions import SessionTokens
from portside.access.tokens import Tokens
from portside.metadata import principals
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.metadata.migrations import upgrade
from portside.metadata.principals import AccessKey, Principal
from portside.names.accounts import AccountId
from portside.names.arns import Arn

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROOT = Principal(
    arn=Arn("arn:aws:iam::123456789012:root"),
    account=AccountId("123456789012"),
    kind="root",
    unique_id="AIDAROOT",
)
KEY = "AKIAEXAMPLE123456"
SEAL = Seal(b"k" * 32)
SESSIONS = SessionTokens(Seal(b"s" * 32))
SESSION = Session(name="", role_arn=None, issued_at=NOW, expires_at=NOW + timedelta(hours=1))


class _World(NamedTuple):
    database: Database
    freshness: Freshness
    credentials: Credentials
    times: list[datetime]

    def put(self, secret: str, *, active: bool = True) -> None:
        sealed = SEAL.seal_text(secret, access_key_purpose(KEY))
        key = AccessKey(id=KEY, sealed_secret=sealed, active=active, principal=ROOT)
        with self.database.write() as tx:
            principals.put_access_key(tx, key, NOW)
        self.freshness.renew()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[_World]:
    with closing(open_database(tmp_path / "db")) as database:
        upgrade(database)
        with database.write() as tx:
            principals.insert_account(tx, ROOT, NOW)
        with closing(database.freshness()) as freshness:
            times = [NOW]
            made = Credentials(database, freshness, SEAL, SESSIONS, lambda: times[-1])
            yield _World(database, freshness, made, times)


def test_a_lasting_key(world: _World) -> None:
    """Its caller and secret are found, whatever session token comes with it."""
    world.put("first")
    caller, secret = world.credentials.find(KEY, None)
    assert (caller.arn, caller.access_key_id, caller.session) == (ROOT.arn, KEY, None)
    assert caller.is_root
    assert [secret] == ["first"]
    assert world.credentials.find(KEY, "anything") == (caller, "first")


def test_what_is_remembered_is_never_stale(world: _World) -> None:
    """Another secret, an inactive key: the next request knows."""
    for secret in ("first", "second"):
        world.put(secret)
        assert [world.credentials.find(KEY, None)[1] for _ in range(2)] == [secret] * 2
    world.put("second", active=False)
    with pytest.raises(CredentialsUnknown):
        world.credentials.find(KEY, None)
    with pytest.raises(CredentialsUnknown):
        world.credentials.find("AKIANOBODY0000000", None)


def test_temporary_credentials(world: _World) -> None:
    """They need their token, name their principal, and end."""
    made = SESSIONS.issue(ROOT.arn, ROOT.unique_id, SESSION)
    for _ in range(2):
        caller, secret = world.credentials.find(made.access_key_id, made.session_token)
        assert (caller.arn, caller.session) == (ROOT.arn, SESSION)
        assert secret == made.secret_access_key
    for token in (None, "", made.session_token[:-4]):
        with pytest.raises(CredentialsUnknown):
            world.credentials.find(made.access_key_id, token)
    world.times.append(SESSION.expires_at)
    with pytest.raises(SessionExpired):
        world.credentials.find(made.access_key_id, made.session_token)


def test_a_session_is_dead_when_its_principal_was_made_anew(world: _World) -> None:
    """The unique id decides, not the name; registry tokens of the session die with it too."""
    made = SESSIONS.issue(ROOT.arn, "AIDABEFORE", SESSION)
    with pytest.raises(CredentialsUnknown):
        world.credentials.find(made.access_key_id, made.session_token)
    gone = Arn("arn:aws:iam::123456789012:user/gone")
    made = SESSIONS.issue(gone, "AIDAGONE", SESSION)
    with pytest.raises(CredentialsUnknown):
        world.credentials.find(made.access_key_id, made.session_token)


def test_registry_tokens_of_sessions(world: _World) -> None:
    """The caller of such a token has the session; one of an unknown principal is nobody."""
    tokens = Tokens(b"t" * 32)
    authenticator = Authenticator(world.database, world.freshness, tokens, lambda: NOW)
    made = SESSIONS.issue(ROOT.arn, ROOT.unique_id, SESSION)
    caller, _ = world.credentials.find(made.access_key_id, made.session_token)
    grant = tokens.issue_layer_grant(caller, "a", "d", NOW)
    assert authenticator.layer_grant(grant, "a", "d").session == SESSION
    with pytest.raises(TokenInvalid):
        authenticator.layer_grant(grant, "b", "d")
