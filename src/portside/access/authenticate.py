"""From a credential to the caller whom it names."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portside.access.callers import Caller, Session
from portside.access.refusals import CredentialsMissing, TokenInvalid
from portside.access.tokens import TOKEN_LENGTH_MAX, Claim, Tokens
from portside.metadata import principals
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.metadata.principals import Principal
from portside.names.arns import Arn, assumed_role_arn

USER = "AWS"
REMEMBERED_MAX = 4096
HEADER_LENGTH_MAX = 2 * TOKEN_LENGTH_MAX


@dataclass(slots=True)
class _Remembered:
    caller: Caller
    expires_at: datetime
    stamp: int
    generation: int


class Authenticator:
    """Knows callers by tokens and access keys, and remembers the tokens it has proven.

    A remembered token holds until it expires or until anything changes among accounts, principals
    and credentials. Tokens are remembered by the hash of their header, never as they are. Belongs
    to one thread.
    """

    def __init__(
        self,
        database: Database,
        freshness: Freshness,
        tokens: Tokens,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._freshness = freshness
        self._tokens = tokens
        self._clock = clock
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()

    def basic(self, header: str | None) -> Caller:
        """The caller of an ``Authorization`` header ``Basic base64(AWS:TOKEN)`` (RFC 7617).

        Raises:
            CredentialsMissing: no header, or another scheme.
            TokenInvalid: malformed, forged, or its principal or access key is gone or inactive.
            TokenExpired: its twelve hours are over.
        """
        if not header or header[:6].lower() != "basic ":
            raise CredentialsMissing
        if len(header) > HEADER_LENGTH_MAX:
            raise TokenInvalid
        key = hashlib.sha256(header.encode()).digest()
        held = self._remembered.get(key)
        if held is not None and self._still_holds(held):
            return held.caller
        return self._prove(key, header)

    def layer_grant(self, token: str, repository: str, digest: str) -> Caller:
        """The caller in whose name a layer's download URL was made; raises as :meth:`basic`."""
        claim = self._tokens.verify_layer_grant(token, repository, digest, self._clock())
        return self._caller_of(claim)

    def _still_holds(self, held: _Remembered) -> bool:
        if self._clock() >= held.expires_at:
            return False
        stamp = self._freshness.stamp
        if held.stamp != stamp:
            if self._freshness.identity_generation() != held.generation:
                return False
            held.stamp = stamp
        return True

    def _prove(self, key: bytes, header: str) -> Caller:
        self._remembered.pop(key, None)
        stamp = self._freshness.stamp
        generation = self._freshness.identity_generation()
        claim = self._tokens.verify(_password(header), self._clock())
        caller = self._caller_of(claim)
        self._remembered[key] = _Remembered(caller, claim.expires_at, stamp, generation)
        if len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)
        return caller

    def _caller_of(self, claim: Claim) -> Caller:
        with self._database.read() as tx:
            principal = principals.find_principal(tx, Arn(claim.principal_arn))
            key_id = claim.access_key_id
            key = None if key_id is None else principals.find_access_key(tx, key_id)
        if principal is None or principal.unique_id != claim.unique_id:
            raise TokenInvalid
        if key_id is not None and (key is None or not key.active):
            raise TokenInvalid
        return caller_of(principal, claim.session, key_id)


def caller_of(
    principal: Principal, session: Session | None, access_key_id: str | None = None
) -> Caller:
    """A principal as the caller that acts, in a session of its own or of its role."""
    arn = principal.arn
    if session is not None and session.role_arn is not None:
        arn = assumed_role_arn(session.role_arn, session.name)
    return Caller(
        arn=arn,
        account=principal.account,
        unique_id=principal.unique_id,
        is_root=principal.kind == "root",
        access_key_id=access_key_id,
        session=session,
    )


def _password(header: str) -> str:
    try:
        pair = base64.b64decode(header[6:].strip(), validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise TokenInvalid from error
    user, colon, password = pair.partition(":")
    # A login without user and password is how some clients ask whether one is needed at all.
    if not user and not password:
        raise CredentialsMissing
    if not colon or user != USER:
        raise TokenInvalid
    return password
