"""Sessions of people who use the console: signing in, and going on after a page was loaded anew.

What the browser keeps is a sealed cookie that names a principal; each time it comes back it is
exchanged for new temporary credentials. It holds for twelve hours, and ends with the principal,
and with what was shown for it: a password that is another now, or an access key that is inactive
or gone, opens nothing any more.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from portside.access.authenticate import caller_of
from portside.access.callers import Caller
from portside.access.credentials import Credentials
from portside.access.refusals import CredentialsUnknown
from portside.access.sealing import Seal, SealBroken, from_text, to_text
from portside.access.sessions import TEMPORARY_PREFIX, TemporaryCredentials
from portside.access.slowing import Slowing, failure_keys
from portside.metadata.database import Database
from portside.metadata.identities import find_identity_of_arn
from portside.metadata.passwords import find_login_profile
from portside.metadata.principals import find_access_key, find_principal
from portside.names.accounts import AccountId
from portside.names.arns import Arn
from portside.names.errors import Refusal
from portside.services.sessions import Sessions
from portside.services.sign_in import SignIn, SignInRefused

COOKIE_LIFETIME: Final = timedelta(hours=12)
COOKIE_LENGTH_MAX: Final = 4096
_PURPOSE: Final = "console-cookie"


_log = structlog.get_logger()


class NotSignedIn(Refusal):
    """No cookie, or one whose time, principal, password or access key is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """What somebody showed to sign in."""

    access_key_id: str | None = None
    password_set_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSession:
    """Who is signed in, credentials for the page's memory, and the cookie to come back with."""

    caller: Caller
    credentials: TemporaryCredentials
    cookie: str
    cookie_expires_at: datetime
    reset_required: bool = False


class ConsoleSessions:
    """Opens and renews the console's sessions. Belongs to the event loop's thread."""

    def __init__(
        self,
        database: Database,
        seal: Seal,
        credentials: Credentials,
        sessions: Sessions,
        guards: tuple[SignIn, Slowing],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._seal = seal
        self._credentials = credentials
        self._sessions = sessions
        self._sign_in, self._slowing = guards
        self._clock = clock

    async def with_password(
        self, account: str, user_name: str, password: str, source: str | None
    ) -> ConsoleSession:
        """Sign in an IAM user by password.

        Raises:
            MalformedName: the account is none.
            SignInRefused: no such user, or another password.
            Throttled: too many failures lately.
        """
        found = await self._sign_in.with_password(AccountId(account), user_name, password, source)
        proof = _Proof(password_set_at=found.password_set_at)
        return self._open(found.caller, proof, reset_required=found.reset_required)

    async def with_keys(
        self, access_key_id: str, secret: str, source: str | None
    ) -> ConsoleSession:
        """Sign in whoever has a long-lived access key, the root user too.

        Raises:
            SignInRefused: no such key, or another secret.
            Throttled: too many failures lately.
        """
        keys = failure_keys(source, access_key_id)
        self._slowing.check(*keys)
        caller = self._prove(access_key_id, secret)
        if caller is None:
            _log.warning("sign-in failed", source=source, access_key_id=access_key_id[:128])
            await asyncio.sleep(self._slowing.note_failure(*keys))
            raise SignInRefused
        return self._open(caller, _Proof(access_key_id=access_key_id))

    def _prove(self, access_key_id: str, secret: str) -> Caller | None:
        # Temporary credentials end by themselves: no longer session may come of them.
        if access_key_id.startswith(TEMPORARY_PREFIX):
            return None
        try:
            caller, known = self._credentials.find(access_key_id, None)
        except CredentialsUnknown:
            return None
        return caller if hmac.compare_digest(known.encode(), secret.encode()) else None

    async def renew(self, cookie: str) -> ConsoleSession:
        """Go on with the session that a cookie names.

        Raises:
            NotSignedIn: it names none that still holds.
        """
        if not cookie or len(cookie) > COOKIE_LENGTH_MAX:
            raise NotSignedIn
        try:
            held: dict[str, Any] = json.loads(self._seal.open(from_text(cookie), _PURPOSE))
        except SealBroken as error:
            raise NotSignedIn from error
        expires_at = datetime.fromtimestamp(held["exp"], tz=UTC)
        set_at = held.get("set")
        proof = _Proof(
            access_key_id=held.get("key"),
            password_set_at=None if set_at is None else datetime.fromisoformat(set_at),
        )
        found = await asyncio.to_thread(self._find, Arn(held["sub"]), held["uid"], proof)
        if found is None or self._clock() >= expires_at:
            raise NotSignedIn
        caller, reset_required = found
        return self._open(caller, proof, expires_at=expires_at, reset_required=reset_required)

    def _find(self, arn: Arn, unique_id: str, proof: _Proof) -> tuple[Caller, bool] | None:
        """Who is signed in, and whether the password must be changed; ``None``: not any more."""
        with self._database.read() as tx:
            principal = find_principal(tx, arn)
            if principal is None or principal.unique_id != unique_id:
                return None
            reset_required = False
            if proof.access_key_id is not None:
                key = find_access_key(tx, proof.access_key_id)
                holds = key is not None and key.active and key.principal == principal
            else:
                user = find_identity_of_arn(tx, arn.text)
                profile = find_login_profile(tx, user) if user else None
                holds = profile is not None and profile.changed_at == proof.password_set_at
                reset_required = profile is not None and profile.reset_required
        return (caller_of(principal, None), reset_required) if holds else None

    def _open(
        self,
        caller: Caller,
        proof: _Proof,
        *,
        expires_at: datetime | None = None,
        reset_required: bool = False,
    ) -> ConsoleSession:
        ends = expires_at or self._clock().replace(microsecond=0) + COOKIE_LIFETIME
        set_at = proof.password_set_at
        held = {
            "sub": caller.arn.text,
            "uid": caller.unique_id,
            "exp": int(ends.timestamp()),
            "key": proof.access_key_id,
            "set": None if set_at is None else set_at.isoformat(),
        }
        return ConsoleSession(
            caller=caller,
            credentials=self._sessions.user_session(caller, None),
            cookie=to_text(self._seal.seal(json.dumps(held).encode(), _PURPOSE)),
            cookie_expires_at=ends,
            reset_required=reset_required,
        )
