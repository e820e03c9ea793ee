"""Identity tokens: what proves one, and what is said of each that proves nothing."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.access.oidc import AUDIENCE, ISSUER, SUBJECT, Issuer

from portside.access.web_identity import (
    IdentityClaimRejected,
    IdentityTokenExpired,
    IdentityTokenInvalid,
    WebIdentity,
    read_unproven,
    verify,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RS = Issuer()


def _prove(token: str, key: dict[str, Any], now: datetime = NOW) -> WebIdentity:
    return verify(read_unproven(token), key, AUDIENCE, now)


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "ES256", "ES384"])
def test_a_token_names_whom_its_issuer_says(algorithm: str) -> None:
    issuer = Issuer(algorithm)
    identity = _prove(issuer.token(NOW, repository="team/app", amr=["a", "b"]), issuer.jwk())
    assert (identity.issuer, identity.subject, identity.audience) == (ISSUER, SUBJECT, AUDIENCE)
    context = identity.context()
    assert context["issuer.example:sub"] == (SUBJECT,)
    assert context["issuer.example:aud"] == (AUDIENCE,)
    assert context["issuer.example:repository"] == ("team/app",)
    assert context["issuer.example:amr"] == ("a", "b")


def test_tags_and_source_identity_of_an_issuer() -> None:
    tags = {"principal_tags": {"team": ["ci"]}, "transitive_tag_keys": ["team"]}
    claims = {
        "https://aws.amazon.com/tags": tags,
        "https://aws.amazon.com/source_identity": "ann",
    }
    identity = _prove(RS.token(NOW, **claims), RS.jwk())
    assert identity.tags == (("team", "ci"),)
    assert identity.transitive_tag_keys == ("team",)
    assert identity.source_identity == "ann"


@pytest.mark.parametrize("held", [[], {}, {"principal_tags": {"a": []}}, {"principal_tags": 1}])
def test_malformed_tags(held: Any) -> None:
    with pytest.raises(IdentityClaimRejected):
        _prove(RS.token(NOW, **{"https://aws.amazon.com/tags": held}), RS.jwk())


def test_a_token_ends() -> None:
    token = RS.token(NOW)
    _prove(token, RS.jwk(), NOW + timedelta(minutes=4, seconds=59))
    with pytest.raises(IdentityTokenExpired) as caught:
        _prove(token, RS.jwk(), NOW + timedelta(minutes=5))
    assert caught.value.expired_at == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": int(NOW.timestamp()) + 301},
        {"nbf": int(NOW.timestamp()) + 301},
    ],
)
def test_a_token_of_later(claims: dict[str, Any]) -> None:
    with pytest.raises(IdentityTokenInvalid) as caught:
        _prove(RS.token(NOW, **claims), RS.jwk())
    assert "not valid yet" in caught.value.reason


@pytest.mark.parametrize("claim", ["sub", "exp", "iat", "aud"])
def test_claims_that_must_be_there(claim: str) -> None:
    with pytest.raises(IdentityClaimRejected) as caught:
        _prove(RS.token(NOW, **{claim: None}), RS.jwk())
    assert caught.value.reason == f"Missing a required claim: {claim}"


@pytest.mark.parametrize("claims", [{"sub": ""}, {"sub": "x" * 256}, {"exp": -1}, {"exp": 1e12}])
def test_claims_that_are_not_what_they_must_be(claims: dict[str, Any]) -> None:
    with pytest.raises((IdentityClaimRejected, IdentityTokenInvalid)):
        _prove(RS.token(NOW, **claims), RS.jwk())


def test_another_key_proves_nothing() -> None:
    for other in (Issuer(), Issuer("ES256")):
        with pytest.raises(IdentityTokenInvalid):
            _prove(RS.token(NOW), other.jwk())


def test_no_algorithm_that_anybody_could_sign_with() -> None:
    """Neither ``none`` nor a shared secret, which a public key could be taken for (RFC 8725)."""
    unsigned = jwt.encode({"iss": ISSUER}, "", algorithm="none")
    shared = jwt.encode({"iss": ISSUER}, "k" * 32, algorithm="HS256")
    for token in (unsigned, shared):
        with pytest.raises(IdentityTokenInvalid) as caught:
            read_unproven(token)
        assert caught.value.reason == "Unsupported signature algorithm"


@given(st.integers(0, 5_000), st.characters(codec="ascii"))
def test_no_character_of_a_token_can_be_changed(at: int, other: str) -> None:
    token = RS.token(NOW)
    at %= len(token)
    changed = token[:at] + other + token[at + 1 :]
    head, body, mac = token.split(".")
    if changed == token or _same_bytes(changed, head, body, mac):
        return
    with pytest.raises((IdentityTokenInvalid, IdentityTokenExpired, IdentityClaimRejected)):
        _prove(changed, RS.jwk())


def _same_bytes(changed: str, head: str, body: str, mac: str) -> bool:
    """The last character of base64 has bits that mean nothing."""
    parts = changed.split(".")
    if len(parts) != 3 or parts[:2] != [head, body]:
        return False
    try:
        return base64.urlsafe_b64decode(parts[2] + "==") == base64.urlsafe_b64decode(mac + "==")
    except ValueError:
        return False


@given(st.text(max_size=300))
def test_junk_is_no_token(junk: str) -> None:
    with pytest.raises(IdentityTokenInvalid):
        read_unproven(junk)


def test_tokens_are_bounded_and_issuers_are_urls() -> None:
    for token in ("x" * 20_001, RS.token(NOW, iss="http://issuer.example")):
        with pytest.raises(IdentityTokenInvalid):
            read_unproven(token)


def test_the_authorized_party_goes_before_the_audience() -> None:
    token = read_unproven(RS.token(NOW, aud=["a", "b"], azp="party"))
    assert token.audiences == ("party", "a", "b")
