"""Signed tokens: what GetAuthorizationToken and GetDownloadUrlForLayer hand out.

A token is two base64url parts joined by a dot: a JSON claim, and its HMAC-SHA256 under the
server's own key. It names a principal and grants nothing by itself: the principal's present rights
decide at each use. One that a session asked for carries the session, acts as it and ends with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from portside.access.callers import Caller, Session
from portside.access.refusals import TokenExpired, TokenInvalid
from portside.access.sealing import from_text, to_text
from portside.access.sessions import compress, expand, pack, unpack

TOKEN_LIFETIME: Final = timedelta(hours=12)
"""GetAuthorizationToken: "The authorization token is valid for 12 hours"."""

LAYER_GRANT_LIFETIME: Final = timedelta(hours=1)
GRANT_PARAMETER: Final = "X-Portside-Grant"
"""The query parameter that carries a layer's grant."""
TOKEN_LENGTH_MAX: Final = 8192
_REGISTRY_USE: Final = "registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Whom a token names, for what use, and until when."""

    principal_arn: str
    unique_id: str
    use: str
    expires_at: datetime
    session: Session | None = None
    access_key_id: str | None = None
    """The long-lived key that asked for the token, which dies with it."""


class Tokens:
    """Issues and verifies tokens under one key of at least 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, caller: Caller, now: datetime) -> tuple[str, datetime]:
        """A registry token for this caller, and when it expires."""
        expires_at = _end(caller, now.replace(microsecond=0) + TOKEN_LIFETIME)
        return self._sign(caller, _REGISTRY_USE, expires_at), expires_at

    def issue_layer_grant(self, caller: Caller, repository: str, digest: str, now: datetime) -> str:
        """A token that reads one layer of one repository."""
        expires_at = _end(caller, now + LAYER_GRANT_LIFETIME)
        return self._sign(caller, _layer_use(repository, digest), expires_at)

    def verify(self, token: str, now: datetime) -> Claim:
        """The claim of a registry token.

        Raises:
            TokenInvalid: not issued under this key, or not for this use.
            TokenExpired: its time is over.
        """
        return self._verify(token, _REGISTRY_USE, now)

    def verify_layer_grant(self, token: str, repository: str, digest: str, now: datetime) -> Claim:
        """The claim of a token for this layer; raises as :meth:`verify` does."""
        return self._verify(token, _layer_use(repository, digest), now)

    def _sign(self, caller: Caller, use: str, expires_at: datetime) -> str:
        claim: dict[str, Any] = {
            "sub": caller.principal_arn.text,
            "uid": caller.unique_id,
            "use": use,
            "exp": int(expires_at.timestamp()),
        }
        if caller.session is not None:
            claim["ses"] = to_text(compress(pack(caller.session)))
        elif caller.access_key_id is not None:
            claim["key"] = caller.access_key_id
        payload = _encode(json.dumps(claim, separators=(",", ":")).encode())
        return f"{payload}.{self._mac(payload)}"

    def _verify(self, token: str, use: str, now: datetime) -> Claim:
        payload, _, mac = token.partition(".")
        # What is not ASCII was issued by nobody, and lone surrogates could not even be encoded.
        if len(token) > TOKEN_LENGTH_MAX or not token.isascii():
            raise TokenInvalid
        if not hmac.compare_digest(mac, self._mac(payload)):
            raise TokenInvalid
        held = _decode(payload)
        if held.get("use") != use:
            raise TokenInvalid
        claim = Claim(
            principal_arn=held["sub"],
            unique_id=held["uid"],
            use=held["use"],
            expires_at=datetime.fromtimestamp(held["exp"], tz=UTC),
            session=unpack(expand(from_text(held["ses"]))) if "ses" in held else None,
            access_key_id=held.get("key"),
        )
        if now >= claim.expires_at:
            raise TokenExpired
        return claim

    def _mac(self, payload: str) -> str:
        return _encode(hmac.new(self._key, payload.encode(), hashlib.sha256).digest())


def _end(caller: Caller, wanted: datetime) -> datetime:
    return min(wanted, caller.session.expires_at) if caller.session else wanted


def _layer_use(repository: str, digest: str) -> str:
    return f"layer {repository} {digest}"


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(payload: str) -> dict[str, Any]:
    try:
        held = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error) as error:
        raise TokenInvalid from error
    if not isinstance(held, dict):
        raise TokenInvalid
    return held
