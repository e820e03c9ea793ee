"""Session tokens: they carry a session whole, prove it, and end with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.access.callers import Caller, Session
from portside.access.refusals import CredentialsUnknown, SessionExpired, TokenExpired
from portside.access.sealing import Seal
from portside.access.sessions import SessionTokens, account_of_temporary_id, new_temporary_id
from portside.access.tokens import Tokens
from portside.names.accounts import AccountId
from portside.names.arns import Arn

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROLE = Arn("arn:aws:iam::123456789012:role/ci/builder")
TOKENS = SessionTokens(Seal(b"k" * 32))
SESSION = Session(
    name="run-7",
    role_arn=ROLE,
    issued_at=NOW,
    expires_at=NOW + timedelta(hours=1),
    policies=('{"Version":"2012-10-17"}',),
    policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
    tags={"team": "ci", "größe": "ü"},
    transitive_tag_keys=("team",),
    source_identity="ann",
    provider="arn:aws:iam::123456789012:oidc-provider/issuer.example",
)
OWN = Session(name="", role_arn=None, issued_at=NOW, expires_at=NOW + timedelta(hours=1))


@pytest.mark.parametrize("session", [SESSION, OWN])
def test_a_token_carries_its_session(session: Session) -> None:
    made = TOKENS.issue(ROLE, "AROA1", session)
    opened = TOKENS.open(made.access_key_id, made.session_token, NOW)
    assert (opened.principal_arn, opened.unique_id, opened.session) == (ROLE, "AROA1", session)
    assert opened.secret == made.secret_access_key
    assert made.expires_at == session.expires_at
    assert made.access_key_id.startswith("ASIA")
    assert len(made.access_key_id) == 20
    assert made.secret_access_key not in repr(made) + repr(opened)


def test_a_token_ends() -> None:
    made = TOKENS.issue(ROLE, "AROA1", SESSION)
    TOKENS.open(made.access_key_id, made.session_token, NOW + timedelta(minutes=59, seconds=59))
    with pytest.raises(SessionExpired):
        TOKENS.open(made.access_key_id, made.session_token, NOW + timedelta(hours=1))


def test_a_token_belongs_to_one_access_key_and_one_server() -> None:
    made, other = (TOKENS.issue(ROLE, "AROA1", SESSION) for _ in range(2))
    for tokens, token in (
        (TOKENS, None),
        (TOKENS, other.session_token),
        (TOKENS, made.session_token + "A" * 8192),
        (SessionTokens(Seal(b"x" * 32)), made.session_token),
    ):
        with pytest.raises(CredentialsUnknown):
            tokens.open(made.access_key_id, token, NOW)


@given(st.text(max_size=300))
def test_junk_is_no_session_token(junk: str) -> None:
    with pytest.raises(CredentialsUnknown):
        TOKENS.open("ASIAAAAAAAAAAAAAAAAA", junk, NOW)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_the_id_tells_the_account(account: str) -> None:
    found = account_of_temporary_id(new_temporary_id(AccountId(account)))
    assert found == AccountId(account)


@given(st.text(max_size=30))
def test_any_id_may_be_asked_for_its_account(text: str) -> None:
    account_of_temporary_id(f"ASIA{text}")


def test_a_registry_token_of_a_session_acts_as_it_and_ends_with_it() -> None:
    caller = Caller(
        arn=Arn("arn:aws:sts::123456789012:assumed-role/builder/run-7"),
        account=AccountId("123456789012"),
        unique_id="AROA1",
        is_root=False,
        session=SESSION,
    )
    tokens = Tokens(b"k" * 32)
    token, expires_at = tokens.issue(caller, NOW)
    assert expires_at == SESSION.expires_at
    claim = tokens.verify(token, NOW)
    assert (claim.principal_arn, claim.unique_id, claim.session) == (ROLE.text, "AROA1", SESSION)
    with pytest.raises(TokenExpired):
        tokens.verify(token, SESSION.expires_at)
    long = replace(caller, session=replace(SESSION, expires_at=NOW + timedelta(hours=36)))
    assert tokens.issue(long, NOW)[1] == NOW + timedelta(hours=12)
