"""Tokens: what they prove, for how long, and for what use."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portside.access.callers import Caller
from portside.access.refusals import TokenExpired, TokenInvalid
from portside.access.tokens import LAYER_GRANT_LIFETIME, TOKEN_LIFETIME, Tokens
from portside.names.accounts import AccountId
from portside.names.arns import Arn

NOW = datetime(2026, 11, 24, 12, 0, 0, 123, tzinfo=UTC)
TOKENS = Tokens(b"k" * 32)
CALLER = Caller(
    arn=Arn("arn:aws:iam::123456789012:root"),
    account=AccountId("123456789012"),
    unique_id="AIDA1",
    is_root=True,
)


def test_a_token_names_its_principal_for_twelve_hours() -> None:
    token, expires_at = TOKENS.issue(CALLER, NOW)
    assert expires_at == NOW.replace(microsecond=0) + TOKEN_LIFETIME
    claim = TOKENS.verify(token, NOW + TOKEN_LIFETIME - timedelta(seconds=1))
    assert (claim.principal_arn, claim.unique_id) == (CALLER.arn.text, "AIDA1")
    with pytest.raises(TokenExpired):
        TOKENS.verify(token, expires_at)


def test_a_token_of_another_key_is_nothing() -> None:
    token, _ = Tokens(b"x" * 32).issue(CALLER, NOW)
    with pytest.raises(TokenInvalid):
        TOKENS.verify(token, NOW)


@given(st.text(st.characters(), max_size=300))
@example("\ud800.")
@example(".\udfff")
def test_junk_is_no_token(junk: str) -> None:
    with pytest.raises(TokenInvalid):
        TOKENS.verify(junk, NOW)


@given(st.integers(0, 10_000), st.characters())
@example(0, "\ud800")
def test_no_character_of_a_token_can_be_changed(at: int, other: str) -> None:
    token, _ = TOKENS.issue(CALLER, NOW)
    at %= len(token)
    if token[at] == other:
        return
    with pytest.raises(TokenInvalid):
        TOKENS.verify(token[:at] + other + token[at + 1 :], NOW)


def test_a_layer_grant_is_for_one_layer_and_no_login() -> None:
    grant = TOKENS.issue_layer_grant(CALLER, "a/b", "sha256:1", NOW)
    assert TOKENS.verify_layer_grant(grant, "a/b", "sha256:1", NOW).unique_id == "AIDA1"
    for name, digest in (("a/c", "sha256:1"), ("a/b", "sha256:2")):
        with pytest.raises(TokenInvalid):
            TOKENS.verify_layer_grant(grant, name, digest, NOW)
    with pytest.raises(TokenInvalid):
        TOKENS.verify(grant, NOW)
    token, _ = TOKENS.issue(CALLER, NOW)
    with pytest.raises(TokenInvalid):
        TOKENS.verify_layer_grant(token, "a/b", "sha256:1", NOW)
    with pytest.raises(TokenExpired):
        TOKENS.verify_layer_grant(grant, "a/b", "sha256:1", NOW + LAYER_GRANT_LIFETIME)
