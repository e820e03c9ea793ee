"""Rows of login profiles, of the hashes of earlier passwords, and of password policies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from portside.identity.credentials import LoginProfile
from portside.identity.identities import Identity
from portside.identity.passwords import PasswordPolicy
from portside.metadata.database import Transaction
from portside.metadata.principals import touch_identity
from portside.metadata.tables import accounts, former_passwords, login_profiles
from portside.names.accounts import AccountId

REMEMBERED_MAX = 24
"""The most earlier passwords that a password policy may forbid."""


def find_login_profile(tx: Transaction, user: Identity) -> LoginProfile | None:
    """A user's login profile, or ``None``."""
    query = select(login_profiles).where(login_profiles.c.identity_id == user.id)
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    return LoginProfile(
        password_hash=row.password_hash,
        reset_required=row.reset_required,
        created_at=row.created_at,
        changed_at=row.changed_at,
        last_used_at=row.last_used_at,
    )


def put_login_profile(tx: Transaction, user: Identity, profile: LoginProfile) -> None:
    """Give a user a login profile, or another one; the password before is remembered."""
    held = find_login_profile(tx, user)
    if held is not None and held.password_hash != profile.password_hash:
        _remember(tx, user, held.password_hash)
    tx.execute(delete(login_profiles).where(login_profiles.c.identity_id == user.id))
    tx.execute(
        insert(login_profiles).values(
            identity_id=user.id,
            password_hash=profile.password_hash,
            reset_required=profile.reset_required,
            created_at=profile.created_at,
            changed_at=profile.changed_at,
            last_used_at=profile.last_used_at,
        )
    )
    touch_identity(tx)


def delete_login_profile(tx: Transaction, user: Identity) -> None:
    """Let a user no longer sign in with a password."""
    tx.execute(delete(login_profiles).where(login_profiles.c.identity_id == user.id))
    touch_identity(tx)


def note_password_used(tx: Transaction, user: Identity, now: datetime) -> None:
    """Record when a user last signed in with the password."""
    tx.execute(
        update(login_profiles)
        .where(login_profiles.c.identity_id == user.id)
        .values(last_used_at=now)
    )


def list_former_hashes(tx: Transaction, user: Identity, limit: int) -> list[str]:
    """The hashes of a user's earlier passwords, the latest first."""
    query = (
        select(former_passwords.c.password_hash)
        .where(former_passwords.c.identity_id == user.id)
        .order_by(former_passwords.c.id.desc())
        .limit(limit)
    )
    return list(tx.scalars(query))


def find_password_policy(tx: Transaction, account: AccountId) -> PasswordPolicy | None:
    """The account's custom password policy, or ``None``."""
    query = select(accounts.c.password_policy).where(accounts.c.id == account.text)
    record = tx.scalar(query)
    return PasswordPolicy.from_record(record) if record else None


def put_password_policy(tx: Transaction, account: AccountId, policy: PasswordPolicy | None) -> None:
    """Set or remove the account's custom password policy."""
    record = policy.as_record() if policy else None
    tx.execute(update(accounts).where(accounts.c.id == account.text).values(password_policy=record))
    touch_identity(tx)


def _remember(tx: Transaction, user: Identity, password_hash: str) -> None:
    tx.execute(insert(former_passwords).values(identity_id=user.id, password_hash=password_hash))
    kept = (
        select(former_passwords.c.id)
        .where(former_passwords.c.identity_id == user.id)
        .order_by(former_passwords.c.id.desc())
        .limit(REMEMBERED_MAX)
    )
    tx.execute(
        delete(former_passwords).where(
            former_passwords.c.identity_id == user.id, former_passwords.c.id.not_in(kept)
        )
    )
