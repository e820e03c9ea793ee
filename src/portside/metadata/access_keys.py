"""Rows of access keys as their owners see them: without the secret, with the last use."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select, update

from portside.identity.credentials import AccessKeyRecord, KeyUse
from portside.identity.identities import Identity
from portside.metadata.database import Transaction
from portside.metadata.identities import read_identity
from portside.metadata.principals import touch_identity
from portside.metadata.tables import access_keys, identities
from portside.names.accounts import AccountId

_RECORD = (
    access_keys.c.id,
    access_keys.c.active,
    access_keys.c.created_at,
    access_keys.c.last_used_at,
    access_keys.c.last_used_region,
    access_keys.c.last_used_service,
)


def list_access_keys(tx: Transaction, owner: Identity) -> list[AccessKeyRecord]:
    """An identity's access keys, the oldest first."""
    query = (
        select(*_RECORD)
        .where(access_keys.c.identity_id == owner.id)
        .order_by(access_keys.c.created_at, access_keys.c.id)
    )
    return [_record(row) for row in tx.execute(query)]


def find_access_key_owner(tx: Transaction, key_id: str) -> tuple[Identity, AccessKeyRecord] | None:
    """An access key with whose it is, or ``None``."""
    query = select(access_keys.c.identity_id, *_RECORD).where(access_keys.c.id == key_id)
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    owner = tx.execute(select(identities).where(identities.c.id == row.identity_id)).one()
    return read_identity(owner), _record(row)


def put_access_key_active(tx: Transaction, key_id: str, *, active: bool) -> None:
    """Let an access key sign, or not."""
    tx.execute(update(access_keys).where(access_keys.c.id == key_id).values(active=active))
    touch_identity(tx)


def delete_access_key(tx: Transaction, key_id: str) -> None:
    """Remove an access key."""
    tx.execute(delete(access_keys).where(access_keys.c.id == key_id))
    touch_identity(tx)


def note_access_key_used(tx: Transaction, key_id: str, use: KeyUse) -> None:
    """Record an access key's use, unless a newer one is known; it changes nobody's rights."""
    tx.execute(
        update(access_keys)
        .where(
            access_keys.c.id == key_id,
            access_keys.c.last_used_at.is_(None) | (access_keys.c.last_used_at < use.at),
        )
        .values(last_used_at=use.at, last_used_region=use.region, last_used_service=use.service)
    )


def count_access_keys_of_root(tx: Transaction, account: AccountId) -> int:
    """How many access keys the account's root user has."""
    query = (
        select(func.count())
        .select_from(access_keys)
        .join(identities, identities.c.id == access_keys.c.identity_id)
        .where(identities.c.account_id == account.text, identities.c.kind == "root")
    )
    return tx.scalar(query) or 0


def _record(row: Any) -> AccessKeyRecord:
    last_use = None
    if row.last_used_at is not None:
        last_use = KeyUse(
            at=row.last_used_at, region=row.last_used_region, service=row.last_used_service
        )
    return AccessKeyRecord(
        id=row.id, active=row.active, created_at=row.created_at, last_use=last_use
    )
