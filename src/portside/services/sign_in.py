"""Signing in with a password: a console user's name and password for temporary credentials."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog

from portside.access.authenticate import caller_of
from portside.access.callers import Caller
from portside.access.sessions import TemporaryCredentials
from portside.access.slowing import FREE_PASSWORDS, Slowing, failure_keys
from portside.identity.credentials import LoginProfile
from portside.identity.identities import Kind
from portside.metadata.database import Database
from portside.metadata.identities import find_identity
from portside.metadata.principals import find_principal
from portside.names.accounts import AccountId
from portside.names.errors import Refusal
from portside.services.identity.passwords import Passwords
from portside.services.sessions import Sessions

CHECKS_AT_ONCE_MAX = 2
"""Argon2 takes 64 MiB and much of a core for each."""

_log = structlog.get_logger()


@dataclass(eq=False)
class SignInRefused(Refusal):
    """Account, name or password are wrong; which of them, nobody is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who signed in, and the credentials of the session."""

    caller: Caller
    credentials: TemporaryCredentials
    reset_required: bool
    """Whether the password must be changed before anything else."""
    password_set_at: datetime
    """When the password became what it is."""


class SignIn:
    """Exchanges passwords for sessions, and slows down whoever guesses."""

    def __init__(
        self, database: Database, passwords: Passwords, sessions: Sessions, slowing: Slowing
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._sessions = sessions
        self._slowing = slowing
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE_MAX)

    async def with_password(
        self, account: AccountId, user_name: str, password: str, source: str | None
    ) -> SignedIn:
        """Credentials for whoever knows a user's password; they last for twelve hours.

        Raises:
            SignInRefused: there is no such account or user, or the password is another.
            Throttled: too many failures lately, from this address or for this user.
        """
        keys = failure_keys(source, f"{account}/{user_name.lower()}", FREE_PASSWORDS)
        async with self._checks:
            self._slowing.check(*keys)
            found = await asyncio.to_thread(self._check, account, user_name, password)
            if found is None:
                _log.warning("sign-in failed", source=source, account=account.text, user=user_name)
                self._slowing.note_failure(*keys)
                raise SignInRefused
        self._slowing.forget(keys[-1])
        caller, profile = found
        return SignedIn(
            caller=caller,
            credentials=self._sessions.user_session(caller, None),
            reset_required=profile.reset_required,
            password_set_at=profile.changed_at,
        )

    def _check(
        self, account: AccountId, user_name: str, password: str
    ) -> tuple[Caller, LoginProfile] | None:
        profile = self._passwords.sign_in(account, user_name, password)
        if profile is None:
            return None
        with self._database.read() as tx:
            user = find_identity(tx, account, Kind.USER, user_name)
            principal = find_principal(tx, user.arn) if user else None
        if principal is None:
            return None
        return caller_of(principal, None), profile
