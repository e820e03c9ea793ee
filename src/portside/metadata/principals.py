"""Rows of accounts, principals, and their access keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from portside.identity.identities import Kind, name_key
from portside.metadata import generations
from portside.metadata.database import Transaction
from portside.metadata.statements import upsert
from portside.metadata.tables import access_keys, accounts, identities
from portside.names.accounts import AccountId
from portside.names.arns import Arn

IDENTITY = "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who may act: an account's root user, or one of its users or roles."""

    arn: Arn
    account: AccountId
    kind: str
    unique_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """A principal's long-lived credential, its secret sealed (:mod:`portside.access.sealing`)."""

    id: str
    sealed_secret: str
    active: bool
    principal: Principal


def find_access_key(tx: Transaction, key_id: str) -> AccessKey | None:
    """The access key of this id with its principal, or ``None``."""
    query = (
        select(
            access_keys.c.secret,
            access_keys.c.active,
            identities.c.id,
            identities.c.arn,
            identities.c.account_id,
            identities.c.kind,
        )
        .join(identities, identities.c.id == access_keys.c.identity_id)
        .where(access_keys.c.id == key_id)
    )
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    return AccessKey(
        id=key_id, sealed_secret=row.secret, active=row.active, principal=_principal(row)
    )


def find_principal(tx: Transaction, arn: Arn) -> Principal | None:
    """The root user, user or role of this ARN, or ``None``; a group is no principal."""
    query = select(identities).where(
        identities.c.arn == arn.text, identities.c.kind != Kind.GROUP.value
    )
    row = tx.execute(query).one_or_none()
    return _principal(row) if row else None


def insert_account(tx: Transaction, root: Principal, now: datetime) -> None:
    """Add an account with its root user."""
    tx.execute(insert(accounts).values(id=root.account.text, created_at=now))
    tx.execute(
        insert(identities).values(
            id=root.unique_id,
            account_id=root.account.text,
            kind=root.kind,
            name=root.kind,
            name_key=name_key(root.kind),
            path="/",
            arn=root.arn.text,
            tags={},
            created_at=now,
        )
    )
    touch_identity(tx)


def put_access_key(tx: Transaction, key: AccessKey, now: datetime) -> None:
    """Add an access key, or give the one of this id another secret or state."""
    values = {
        "identity_id": key.principal.unique_id,
        "secret": key.sealed_secret,
        "active": key.active,
    }
    tx.execute(
        upsert(access_keys)
        .values(id=key.id, created_at=now, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )
    touch_identity(tx)


def list_access_key_ids(tx: Transaction, arn: Arn) -> list[str]:
    """The ids of a principal's access keys."""
    query = (
        select(access_keys.c.id)
        .join(identities, identities.c.id == access_keys.c.identity_id)
        .where(identities.c.arn == arn.text)
        .order_by(access_keys.c.created_at, access_keys.c.id)
    )
    return list(tx.scalars(query))


def touch_identity(tx: Transaction) -> None:
    """Make every cached authentication stale: call it with each change of who may act."""
    generations.grow(tx, IDENTITY)


def _principal(row: Any) -> Principal:
    return Principal(
        arn=Arn(row.arn),
        account=AccountId(row.account_id),
        kind=row.kind,
        unique_id=row.id,
    )
