"""Rows of users, groups and roles, and who is in which group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from portside.identity.identities import Identity, Kind, RoleTerms, identity_arn, name_key
from portside.metadata.database import Transaction
from portside.metadata.principals import touch_identity
from portside.metadata.tables import identities, memberships, roles
from portside.names.accounts import AccountId
from portside.names.arns import Arn


def insert_identity(tx: Transaction, identity: Identity) -> None:
    """Add an identity; the caller has made sure that the name is free."""
    tx.execute(
        insert(identities).values(
            id=identity.id,
            account_id=identity.account.text,
            kind=identity.kind.value,
            name=identity.name,
            name_key=name_key(identity.name),
            path=identity.path,
            arn=identity.arn.text,
            boundary_arn=identity.boundary_arn,
            tags=dict(identity.tags),
            created_at=identity.created_at,
        )
    )
    touch_identity(tx)


def find_identity(tx: Transaction, account: AccountId, kind: Kind, name: str) -> Identity | None:
    """The account's identity of this kind and name, whatever the name's case, or ``None``."""
    query = select(identities).where(
        identities.c.account_id == account.text,
        identities.c.kind == kind.value,
        identities.c.name_key == name_key(name),
    )
    row = tx.execute(query).one_or_none()
    return read_identity(row) if row else None


def find_identity_of_arn(tx: Transaction, arn: str) -> Identity | None:
    """The identity of this ARN, or ``None``."""
    row = tx.execute(select(identities).where(identities.c.arn == arn)).one_or_none()
    return read_identity(row) if row else None


def list_identities(
    tx: Transaction, account: AccountId, kind: Kind, path_prefix: str = "/"
) -> list[Identity]:
    """The account's identities of this kind below a path, by name."""
    query = (
        select(identities)
        .where(
            identities.c.account_id == account.text,
            identities.c.kind == kind.value,
            func.substr(identities.c.path, 1, len(path_prefix)) == path_prefix,
        )
        .order_by(identities.c.name_key)
    )
    return [read_identity(row) for row in tx.execute(query)]


def count_identities(tx: Transaction, account: AccountId, kind: Kind) -> int:
    """How many identities of this kind the account has."""
    query = select(func.count()).where(
        identities.c.account_id == account.text, identities.c.kind == kind.value
    )
    return tx.scalar(query) or 0


def rename_identity(tx: Transaction, identity: Identity, path: str, name: str) -> None:
    """Give an identity another path and name, and so another ARN."""
    arn = identity_arn(identity.account, identity.kind, path, name)
    _change(tx, identity, path=path, name=name, name_key=name_key(name), arn=arn.text)


def put_tags(tx: Transaction, identity: Identity, tags: Mapping[str, str]) -> None:
    """Make these the identity's tags, all of them."""
    _change(tx, identity, tags=dict(tags))


def put_boundary(tx: Transaction, identity: Identity, policy_arn: str | None) -> None:
    """Set or remove an identity's permissions boundary."""
    _change(tx, identity, boundary_arn=policy_arn)


def delete_identity(tx: Transaction, identity: Identity) -> None:
    """Remove an identity with all that belongs to it."""
    tx.execute(delete(identities).where(identities.c.id == identity.id))
    touch_identity(tx)


def find_role_terms(tx: Transaction, role_id: str) -> RoleTerms | None:
    """What a role is beside an identity, or ``None``."""
    row = tx.execute(select(roles).where(roles.c.identity_id == role_id)).one_or_none()
    if row is None:
        return None
    return RoleTerms(
        trust_policy=row.trust_policy,
        description=row.description,
        session_seconds_max=row.session_seconds_max,
        last_used_at=row.last_used_at,
        last_used_region=row.last_used_region,
    )


def put_role_terms(tx: Transaction, role_id: str, terms: RoleTerms) -> None:
    """Set what a role is beside an identity."""
    tx.execute(delete(roles).where(roles.c.identity_id == role_id))
    tx.execute(
        insert(roles).values(
            identity_id=role_id,
            trust_policy=terms.trust_policy,
            description=terms.description,
            session_seconds_max=terms.session_seconds_max,
            last_used_at=terms.last_used_at,
            last_used_region=terms.last_used_region,
        )
    )
    touch_identity(tx)


def note_role_used(tx: Transaction, role_id: str, region: str, now: datetime) -> None:
    """Record when and where a role was last used; it changes nobody's rights.

    Workers write what they noted at times of their own: an older use never hides a newer one.
    """
    tx.execute(
        update(roles)
        .where(
            roles.c.identity_id == role_id,
            roles.c.last_used_at.is_(None) | (roles.c.last_used_at < now),
        )
        .values(last_used_at=now, last_used_region=region)
    )


def add_member(tx: Transaction, group_id: str, user_id: str) -> None:
    """Put a user into a group; nothing changes where the user is in it."""
    remove_member(tx, group_id, user_id)
    tx.execute(insert(memberships).values(group_id=group_id, user_id=user_id))


def remove_member(tx: Transaction, group_id: str, user_id: str) -> bool:
    """Take a user out of a group; whether the user was in it."""
    removed = tx.execute(
        delete(memberships).where(
            memberships.c.group_id == group_id, memberships.c.user_id == user_id
        )
    )
    touch_identity(tx)
    return removed.rowcount > 0


def list_members(tx: Transaction, group_id: str) -> list[Identity]:
    """The users of a group, by name."""
    query = (
        select(identities)
        .join(memberships, memberships.c.user_id == identities.c.id)
        .where(memberships.c.group_id == group_id)
        .order_by(identities.c.name_key)
    )
    return [read_identity(row) for row in tx.execute(query)]


def list_groups_of(tx: Transaction, user_id: str) -> list[Identity]:
    """The groups of a user, by name."""
    query = (
        select(identities)
        .join(memberships, memberships.c.group_id == identities.c.id)
        .where(memberships.c.user_id == user_id)
        .order_by(identities.c.name_key)
    )
    return [read_identity(row) for row in tx.execute(query)]


def read_identity(row: Row[Any]) -> Identity:
    """The identity that a row of the table is."""
    return Identity(
        id=row.id,
        account=AccountId(row.account_id),
        kind=Kind(row.kind),
        name=row.name,
        path=row.path,
        created_at=row.created_at,
        boundary_arn=row.boundary_arn,
        tags=dict(row.tags),
    )


def find_arn(tx: Transaction, identity_id: str) -> Arn | None:
    """The ARN that an identity has now, or ``None``."""
    text = tx.scalar(select(identities.c.arn).where(identities.c.id == identity_id))
    return Arn(text) if text else None


def _change(tx: Transaction, identity: Identity, **values: Any) -> None:
    tx.execute(update(identities).where(identities.c.id == identity.id).values(**values))
    touch_identity(tx)
