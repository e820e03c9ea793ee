"""Console passwords: login profiles, and the account's rules for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portside.identity.credentials import LoginProfile
from portside.identity.identities import Identity, Kind
from portside.identity.passwords import PasswordPolicy, check_password
from portside.identity.refusals import (
    EntityAlreadyExists,
    NoSuchEntity,
    OldPasswordWrong,
    PasswordChangeForbidden,
    PasswordRefused,
    Thing,
)
from portside.metadata import accounts, passwords
from portside.metadata.database import Database, Transaction
from portside.metadata.identities import find_identity
from portside.names.accounts import AccountId
from portside.services.identity.lookups import require_identity


class Passwords:
    """Login profiles and password policies; passwords are kept as Argon2id hashes alone."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._hasher = PasswordHasher()

    def create(
        self, account: AccountId, user_name: str, password: str, *, reset_required: bool
    ) -> LoginProfile:
        """Let a user sign in with a password (IAM CreateLoginProfile).

        Raises:
            NoSuchEntity: there is no such user.
            EntityAlreadyExists: it has a login profile.
            PasswordRefused: the account's policy does not take the password.
        """
        now = self._clock().replace(microsecond=0)
        made = LoginProfile(
            password_hash=self._hasher.hash(password),
            reset_required=reset_required,
            created_at=now,
            changed_at=now,
        )
        with self._database.write() as tx:
            user = require_identity(tx, account, Kind.USER, user_name)
            if passwords.find_login_profile(tx, user) is not None:
                raise EntityAlreadyExists(Thing.LOGIN_PROFILE, user_name)
            _check(tx, account, password)
            passwords.put_login_profile(tx, user, made)
        return made

    def get(self, account: AccountId, user_name: str) -> LoginProfile:
        """A user's login profile.

        Raises:
            NoSuchEntity: there is no such user, or it has none.
        """
        with self._database.read() as tx:
            return _require(tx, require_identity(tx, account, Kind.USER, user_name))

    def update(
        self, account: AccountId, user_name: str, password: str | None, reset: bool | None
    ) -> None:
        """Change a user's password or whether it must be changed (IAM UpdateLoginProfile).

        Raises:
            NoSuchEntity: there is no such user, or it has no login profile.
            PasswordRefused: the account's policy does not take the password.
        """
        with self._database.read() as tx:
            user = require_identity(tx, account, Kind.USER, user_name)
            former = self._former(tx, user) if password is not None else []
        if password is not None:
            self._refuse_reuse(password, former)
        password_hash = self._hasher.hash(password) if password is not None else None
        with self._database.write() as tx:
            user = require_identity(tx, account, Kind.USER, user_name)
            profile = _require(tx, user)
            if password_hash is not None and password is not None:
                _check(tx, account, password)
                profile = replace(profile, password_hash=password_hash, changed_at=self._clock())
            if reset is not None:
                profile = replace(profile, reset_required=reset)
            passwords.put_login_profile(tx, user, profile)

    def delete(self, account: AccountId, user_name: str) -> None:
        """Let a user no longer sign in with a password; refuses as :meth:`get`."""
        with self._database.write() as tx:
            user = require_identity(tx, account, Kind.USER, user_name)
            _require(tx, user)
            passwords.delete_login_profile(tx, user)

    def change_own(self, user: Identity, old: str, new: str) -> None:
        """Change one's own password (IAM ChangePassword).

        Raises:
            NoSuchEntity: the user has no login profile.
            OldPasswordWrong: the old password is another.
            PasswordChangeForbidden: the account's policy lets users not.
            PasswordRefused: the account's policy does not take the new one.
        """
        with self._database.read() as tx:
            profile = _require(tx, user)
            policy = passwords.find_password_policy(tx, user.account)
        if not self._matches(profile.password_hash, old):
            raise OldPasswordWrong
        allowed = policy is None or policy.users_may_change
        if not allowed and not profile.reset_required:
            raise PasswordChangeForbidden(user.arn.text)
        self.update(user.account, user.name, new, reset=False)

    def sign_in(self, account: AccountId, user_name: str, password: str) -> LoginProfile | None:
        """The login profile that a password opens, or ``None``; as slow for unknown users.

        A password that is too old opens one that must be changed, or none where the account's
        policy says that an administrator must set it anew.
        """
        now = self._clock()
        with self._database.read() as tx:
            user = find_identity(tx, account, Kind.USER, user_name)
            profile = passwords.find_login_profile(tx, user) if user else None
            policy = passwords.find_password_policy(tx, account)
        if user is None or profile is None:
            self._hasher.hash(password)
            return None
        if not self._matches(profile.password_hash, password):
            return None
        expires_at = policy.expires_at(profile.changed_at) if policy else None
        if policy is not None and expires_at is not None and now >= expires_at:
            if policy.hard_expiry:
                return None
            profile = replace(profile, reset_required=True)
        with self._database.write_progress() as tx:
            passwords.note_password_used(tx, user, now)
        return profile

    def policy(self, account: AccountId) -> PasswordPolicy:
        """The account's custom password policy.

        Raises:
            NoSuchEntity: it has none.
        """
        with self._database.read() as tx:
            held = passwords.find_password_policy(tx, account)
        if held is None:
            raise NoSuchEntity(Thing.PASSWORD_POLICY, account.text)
        return held

    def put_policy(self, account: AccountId, policy: PasswordPolicy) -> None:
        """Set the account's password policy, all of it (IAM UpdateAccountPasswordPolicy)."""
        with self._database.write() as tx:
            passwords.put_password_policy(tx, account, policy)

    def delete_policy(self, account: AccountId) -> None:
        """Remove the account's password policy; refuses as :meth:`policy`."""
        with self._database.write() as tx:
            if passwords.find_password_policy(tx, account) is None:
                raise NoSuchEntity(Thing.PASSWORD_POLICY, account.text)
            passwords.put_password_policy(tx, account, None)

    def _former(self, tx: Transaction, user: Identity) -> list[str]:
        policy = passwords.find_password_policy(tx, user.account)
        if policy is None or not policy.reuse_prevention:
            return []
        held = _require(tx, user).password_hash
        return [held, *passwords.list_former_hashes(tx, user, policy.reuse_prevention - 1)]

    def _refuse_reuse(self, password: str, former: list[str]) -> None:
        if any(self._matches(password_hash, password) for password_hash in former):
            raise PasswordRefused(
                f"Password should not be any of the last {len(former)} passwords used"
            )

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _require(tx: Transaction, user: Identity) -> LoginProfile:
    profile = passwords.find_login_profile(tx, user)
    if profile is None:
        raise NoSuchEntity(Thing.LOGIN_PROFILE, user.name)
    return profile


def _check(tx: Transaction, account: AccountId, password: str) -> None:
    policy = passwords.find_password_policy(tx, account)
    check_password(policy, password, accounts.find_alias(tx, account))
