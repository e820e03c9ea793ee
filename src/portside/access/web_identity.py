"""Identity tokens of OpenID Connect issuers: JWTs that prove who somebody is elsewhere.

OpenID Connect Core 1.0, section 3.1.3.7, as far as STS AssumeRoleWithWebIdentity goes with it. A
token is bounded before it is read, only asymmetric signatures count, and what it says is believed
only after :func:`verify`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from portside.names.errors import Refusal

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
TOKEN_LENGTH_MAX: Final = 20_000
CLAIMS_MAX: Final = 100
NO_KEY: Final = (
    "Couldn't retrieve verification key from your identity provider, please reference "
    "AssumeRoleWithWebIdentity documentation for requirements"
)
"""STS's sentence where an issuer's keys cannot be had, or lack the one that a token names."""
_REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat")
_VALUES_MAX: Final = 50
_TAGS_CLAIM: Final = "https://aws.amazon.com/tags"
_SOURCE_CLAIM: Final = "https://aws.amazon.com/source_identity"


@dataclass(eq=False)
class IdentityTokenInvalid(Refusal):
    """Not a token that its issuer made for us; ``reason`` is STS's sentence."""

    reason: str


@dataclass(eq=False)
class IdentityTokenExpired(Refusal):
    """The token's time is over."""

    expired_at: datetime
    now: datetime


@dataclass(eq=False)
class IdentityClaimRejected(Refusal):
    """The token's claims are not what STS takes; ``reason`` is its sentence."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnprovenToken:
    """What a token says of itself, to find the key that may prove it."""

    issuer: str
    audiences: tuple[str, ...]
    key_id: str | None
    algorithm: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIdentity:
    """Whom a proven token names."""

    issuer: str
    subject: str
    audience: str
    claims: Mapping[str, tuple[str, ...]]
    """Its claims that are texts, numbers, truths or lists of them: keys for trust policies."""
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None

    def context(self) -> dict[str, tuple[str, ...]]:
        """Condition keys as IAM names them: the issuer without scheme, a colon, the claim."""
        prefix = self.issuer.removeprefix("https://")
        return {f"{prefix}:{name}": values for name, values in self.claims.items()}


def read_unproven(text: str) -> UnprovenToken:
    """Look into a token without believing it.

    Raises:
        IdentityTokenInvalid: it is no JWT, or signed by an algorithm that proves nothing.
    """
    # Few servers ever see a web identity: the others start without what reads them.
    import jwt  # noqa: PLC0415 - see above

    if len(text) > TOKEN_LENGTH_MAX:
        raise _no_jwt()
    try:
        header = jwt.get_unverified_header(text)
        claims = jwt.decode(text, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise _no_jwt() from error
    issuer, algorithm = claims.get("iss"), header.get("alg")
    if not isinstance(issuer, str) or not issuer.startswith("https://"):
        raise IdentityTokenInvalid("Issuer must be a valid URL")
    if algorithm not in ALGORITHMS:
        raise IdentityTokenInvalid("Unsupported signature algorithm")
    key_id = header.get("kid")
    return UnprovenToken(
        issuer=issuer,
        audiences=_audiences(claims),
        key_id=key_id if isinstance(key_id, str) else None,
        algorithm=algorithm,
        text=text,
    )


def verify(
    token: UnprovenToken, key: Mapping[str, Any], audience: str, now: datetime
) -> WebIdentity:
    """Prove a token by a JSON web key of its issuer, for one of the audiences that it names.

    Raises:
        IdentityTokenInvalid: the signature is not this key's, or the token is not for now.
        IdentityTokenExpired: its time is over.
        IdentityClaimRejected: a claim that must be there is not, or is not what it must be.
    """
    import jwt  # noqa: PLC0415 - as above

    try:
        claims = jwt.decode(
            token.text,
            jwt.PyJWK(dict(key), token.algorithm),
            algorithms=[token.algorithm],
            issuer=token.issuer,
            # The caller has found the audience; times are checked below, by our clock.
            options={
                "require": list(_REQUIRED),
                "verify_aud": False,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.MissingRequiredClaimError as error:
        raise IdentityClaimRejected(f"Missing a required claim: {error.claim}") from error
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise IdentityTokenInvalid("The ID Token provided is not a valid JWT signature.") from error
    _check_times(claims, now)
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise IdentityClaimRejected("The sub claim must have 1 to 255 characters")
    tags, transitive = _tags(claims)
    source = claims.get(_SOURCE_CLAIM)
    return WebIdentity(
        issuer=token.issuer,
        subject=subject,
        audience=audience,
        claims={**_claims(claims), "aud": (audience,)},
        tags=tags,
        transitive_tag_keys=transitive,
        source_identity=source if isinstance(source, str) else None,
    )


def _no_jwt() -> IdentityTokenInvalid:
    return IdentityTokenInvalid(
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access "
        "Token)"
    )


def _audiences(claims: Mapping[str, Any]) -> tuple[str, ...]:
    held = claims.get("aud")
    texts = held if isinstance(held, list) else [held]
    audiences = [one for one in texts[:_VALUES_MAX] if isinstance(one, str)]
    # AWS: a token for several is ours where the authorized party is.
    party = claims.get("azp")
    return tuple([party, *audiences] if isinstance(party, str) else audiences)


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    present = now.timestamp()
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    if present >= expires:
        raise IdentityTokenExpired(datetime.fromtimestamp(expires, tz=now.tzinfo), now)
    # Clocks differ; what was issued minutes ahead was not issued by this clock's world.
    if issued > present + 300 or ("nbf" in claims and _time(claims, "nbf") > present + 300):
        raise IdentityTokenInvalid("The ID Token provided is not valid yet.")


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims[name]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1e11:
        raise IdentityClaimRejected(f"The {name} claim must be a time in seconds since 1970")
    return float(value)


def _claims(claims: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, value in list(claims.items())[:CLAIMS_MAX]:
        values = value[:_VALUES_MAX] if isinstance(value, list) else [value]
        texts = tuple(text for text in map(_text, values) if text is not None)
        if texts and len(texts) == len(values):
            found[name] = texts
    return found


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None


def _tags(claims: Mapping[str, Any]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Session tags that an issuer sets (IAM user guide, "Passing session tags using … OIDC")."""
    held = claims.get(_TAGS_CLAIM)
    if held is None:
        return (), ()
    try:
        tags = tuple((str(key), str(values[0])) for key, values in held["principal_tags"].items())
        transitive = tuple(str(key) for key in held.get("transitive_tag_keys", ()))
    except (TypeError, KeyError, IndexError, AttributeError) as error:
        raise IdentityClaimRejected(f"The {_TAGS_CLAIM} claim is malformed") from error
    if len(tags) > _VALUES_MAX:
        raise IdentityClaimRejected("The token has more than 50 session tags")
    return tags, transitive
