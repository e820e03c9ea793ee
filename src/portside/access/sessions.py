"""Temporary credentials that nobody has to keep: the session token carries all that they are.

A token is a sealed document: key id, secret, principal and session. Only this server can read or
make one, and opening it proves it. Nothing is stored, so any number of sessions costs nothing, and
every node that has the key knows them all.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from portside.access.callers import Session
from portside.access.refusals import CredentialsUnknown, SessionExpired
from portside.access.sealing import Seal, SealBroken, from_text, to_text
from portside.names.accounts import AccountId
from portside.names.arns import Arn

TEMPORARY_PREFIX: Final = "ASIA"
"""IAM user guide, "Understanding unique ID prefixes"."""
SESSION_TOKEN_LENGTH_MAX: Final = 8192
_PURPOSE: Final = "session-token"
_ACCOUNT_SHIFT: Final = 7
_HEAD_BITS: Final = 48
_TAIL_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryCredentials:
    """What AssumeRole and its kin answer."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedToken:
    """What a session token says, proven: whose session it is, and the secret that signs."""

    principal_arn: Arn
    unique_id: str
    session: Session
    secret: str = field(repr=False)


class SessionTokens:
    """Issues and opens session tokens under one seal."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def issue(
        self, principal_arn: Arn, unique_id: str, session: Session, *, characters_min: int = 0
    ) -> TemporaryCredentials:
        """Credentials of a session of this principal; the token has at least so many characters."""
        key_id = new_temporary_id(AccountId(principal_arn.account))
        secret = base64.b64encode(secrets.token_bytes(30)).decode()
        document = {
            "id": key_id,
            "secret": secret,
            "principal": principal_arn.text,
            "uid": unique_id,
            "session": pack(session),
        }
        # What stands behind the compressed document is passed over when it is read.
        packed = compress(document).ljust(characters_min * 3 // 4 - Seal.OVERHEAD_BYTES, b"\0")
        return TemporaryCredentials(
            access_key_id=key_id,
            secret_access_key=secret,
            session_token=to_text(self._seal.seal(packed, _PURPOSE)),
            expires_at=session.expires_at,
        )

    def open(self, access_key_id: str, token: str | None, now: datetime) -> OpenedToken:
        """What a token says that came with a request signed by this access key.

        Raises:
            CredentialsUnknown: no token, not one of ours, or one of another access key.
            SessionExpired: its time is over.
        """
        if token is None or len(token) > SESSION_TOKEN_LENGTH_MAX:
            raise CredentialsUnknown(access_key_id)
        try:
            document = expand(self._seal.open(from_text(token), _PURPOSE))
        except SealBroken as error:
            raise CredentialsUnknown(access_key_id) from error
        if not hmac.compare_digest(document["id"].encode(), access_key_id.encode()):
            raise CredentialsUnknown(access_key_id)
        session = unpack(document["session"])
        if now >= session.expires_at:
            raise SessionExpired
        return OpenedToken(
            principal_arn=Arn(document["principal"]),
            unique_id=document["uid"],
            session=session,
            secret=document["secret"],
        )


def pack(session: Session) -> dict[str, Any]:
    """A session as a JSON document; absent things are left out."""
    packed = {
        "name": session.name,
        "role": session.role_arn.text if session.role_arn else None,
        "from": int(session.issued_at.timestamp()),
        "to": int(session.expires_at.timestamp()),
        "policies": list(session.policies),
        "arns": list(session.policy_arns),
        "tags": dict(session.tags),
        "transitive": list(session.transitive_tag_keys),
        "source": session.source_identity,
        "provider": session.provider,
    }
    return {name: value for name, value in packed.items() if value}


def unpack(packed: Mapping[str, Any]) -> Session:
    """What :meth:`pack` was given, in whole seconds."""
    role = packed.get("role")
    return Session(
        name=packed.get("name", ""),
        role_arn=Arn(role) if role else None,
        issued_at=datetime.fromtimestamp(packed["from"], tz=UTC),
        expires_at=datetime.fromtimestamp(packed["to"], tz=UTC),
        policies=tuple(packed.get("policies", ())),
        policy_arns=tuple(packed.get("arns", ())),
        tags=packed.get("tags", {}),
        transitive_tag_keys=tuple(packed.get("transitive", ())),
        source_identity=packed.get("source"),
        provider=packed.get("provider"),
    )


def compress(document: Mapping[str, Any]) -> bytes:
    """A document in few bytes; only for what is sealed or signed afterwards."""
    plain = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return zlib.compress(plain, 9)


def expand(compressed: bytes) -> dict[str, Any]:
    """What :func:`compress` made short. Give it nothing that is not proven to be ours."""
    document: dict[str, Any] = json.loads(zlib.decompressobj().decompress(compressed))
    return document


def new_temporary_id(account: AccountId) -> str:
    """A new id of temporary credentials, with the account in it where AWS's ids have it."""
    head = (secrets.randbits(1) << (_HEAD_BITS - 1)) | (int(account.text) << _ACCOUNT_SHIFT)
    head |= secrets.randbits(_ACCOUNT_SHIFT)
    raw = head.to_bytes(_HEAD_BITS // 8) + secrets.token_bytes(_TAIL_BYTES)
    return TEMPORARY_PREFIX + base64.b32encode(raw).decode()


def account_of_temporary_id(access_key_id: str) -> AccountId | None:
    """The account that a temporary access key's id holds, or ``None`` where it holds none."""
    try:
        raw = base64.b32decode(access_key_id.removeprefix(TEMPORARY_PREFIX))
    except ValueError:
        return None
    head = int.from_bytes(raw[: _HEAD_BITS // 8]) & ((1 << (_HEAD_BITS - 1)) - 1)
    account = f"{head >> _ACCOUNT_SHIFT:012d}"
    return AccountId(account) if len(raw) == 10 and len(account) == 12 else None
