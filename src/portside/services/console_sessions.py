"""Sessions of people who use the console: signing in, and going on after a page was loaded anew.

What the browser keeps is a sealed cookie that names a principal; each time it comes back it is
exchanged for new temporary credentials. It holds for twelve hours, and ends with the principal.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from portside.access.callers import Caller
from portside.access.credentials import Credentials
from portside.access.refusals import CredentialsUnknown
from portside.access.sealing import Seal, SealBroken, from_text, to_text
from portside.access.sessions import TEMPORARY_PREFIX, TemporaryCredentials
from portside.access.slowing import Slowing, failure_keys
from portside.metadata.database import Database
from portside.metadata.principals import find_principal
from portside.names.accounts import AccountId
from portside.names.arns import Arn
from portside.names.errors import Refusal
from portside.services.sessions import Sessions
from portside.services.sign_in import SignIn, SignInRefused

COOKIE_LIFETIME: Final = timedelta(hours=12)
COOKIE_LENGTH_MAX: Final = 4096
_PURPOSE: Final = "console-cookie"


class NotSignedIn(Refusal):
    """No cookie, or one whose time or principal is gone."""


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
        return self._open(found.caller, reset_required=found.reset_required)

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
            await asyncio.sleep(self._slowing.note_failure(*keys))
            raise SignInRefused
        return self._open(caller)

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
        caller = await asyncio.to_thread(self._find, Arn(held["sub"]), held["uid"])
        if caller is None or self._clock() >= expires_at:
            raise NotSignedIn
        return self._open(caller, expires_at=expires_at)

    def _find(self, arn: Arn, unique_id: str) -> Caller | None:
        with self._database.read() as tx:
            principal = find_principal(tx, arn)
        if principal is None or principal.unique_id != unique_id:
            return None
        return Caller(
            arn=principal.arn,
            account=principal.account,
            unique_id=principal.unique_id,
            is_root=principal.kind == "root",
        )

    def _open(
        self,
        caller: Caller,
        *,
        expires_at: datetime | None = None,
        reset_required: bool = False,
    ) -> ConsoleSession:
        ends = expires_at or self._clock().replace(microsecond=0) + COOKIE_LIFETIME
        held = {"sub": caller.arn.text, "uid": caller.unique_id, "exp": int(ends.timestamp())}
        return ConsoleSession(
            caller=caller,
            credentials=self._sessions.user_session(caller, None),
            cookie=to_text(self._seal.seal(json.dumps(held).encode(), _PURPOSE)),
            cookie_expires_at=ends,
            reset_required=reset_required,
        )
