"""Rows of the managed policies that accounts make, and of their versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from portside.identity.identities import name_key
from portside.identity.policies import ManagedPolicy, PolicyVersion
from portside.metadata.database import Transaction
from portside.metadata.principals import touch_identity
from portside.metadata.tables import managed_policies, policy_versions
from portside.names.accounts import AccountId


def insert_policy(tx: Transaction, policy: ManagedPolicy, document: str) -> None:
    """Add a policy with its first version; the caller has made sure that the name is free."""
    tx.execute(
        insert(managed_policies).values(
            id=policy.id,
            account_id=str(policy.account),
            name=policy.name,
            name_key=name_key(policy.name),
            path=policy.path,
            arn=policy.arn.text,
            description=policy.description,
            default_version=policy.default_version,
            newest_version=policy.newest_version,
            tags=dict(policy.tags),
            created_at=policy.created_at,
            updated_at=policy.updated_at,
        )
    )
    version = PolicyVersion(number=1, document=document, created_at=policy.created_at)
    insert_version(tx, policy, version)


def find_policy(tx: Transaction, arn: str) -> ManagedPolicy | None:
    """The policy of this ARN that an account made, or ``None``."""
    query = select(managed_policies).where(managed_policies.c.arn == arn)
    row = tx.execute(query).one_or_none()
    return _policy(row) if row else None


def is_name_taken(tx: Transaction, account: AccountId, name: str) -> bool:
    """Whether the account has a policy of this name, whatever its path and case."""
    query = select(managed_policies.c.id).where(
        managed_policies.c.account_id == account.text,
        managed_policies.c.name_key == name_key(name),
    )
    return tx.scalar(query) is not None


def list_policies(tx: Transaction, account: AccountId) -> list[ManagedPolicy]:
    """The policies that the account made, by name."""
    query = (
        select(managed_policies)
        .where(managed_policies.c.account_id == account.text)
        .order_by(managed_policies.c.name_key)
    )
    return [_policy(row) for row in tx.execute(query)]


def count_policies(tx: Transaction, account: AccountId) -> int:
    """How many policies the account made."""
    query = select(func.count()).where(managed_policies.c.account_id == account.text)
    return tx.scalar(query) or 0


def insert_version(tx: Transaction, policy: ManagedPolicy, version: PolicyVersion) -> None:
    """Add a version, which does not make it the default."""
    tx.execute(
        insert(policy_versions).values(
            policy_id=policy.id,
            number=version.number,
            document=version.document,
            created_at=version.created_at,
        )
    )
    _change(tx, policy, newest_version=version.number, updated_at=version.created_at)


def list_versions(tx: Transaction, policy: ManagedPolicy) -> list[PolicyVersion]:
    """The versions of a policy, the newest first."""
    query = (
        select(policy_versions)
        .where(policy_versions.c.policy_id == policy.id)
        .order_by(policy_versions.c.number.desc())
    )
    return [
        PolicyVersion(number=row.number, document=row.document, created_at=row.created_at)
        for row in tx.execute(query)
    ]


def delete_version(tx: Transaction, policy: ManagedPolicy, number: int) -> None:
    """Remove a version."""
    tx.execute(
        delete(policy_versions).where(
            policy_versions.c.policy_id == policy.id, policy_versions.c.number == number
        )
    )


def put_default_version(tx: Transaction, policy: ManagedPolicy, number: int, now: datetime) -> None:
    """Make a version the one in force."""
    _change(tx, policy, default_version=number, updated_at=now)


def put_policy_tags(tx: Transaction, policy: ManagedPolicy, tags: Mapping[str, str]) -> None:
    """Make these the policy's tags, all of them."""
    _change(tx, policy, tags=dict(tags))


def delete_policy(tx: Transaction, policy: ManagedPolicy) -> None:
    """Remove a policy with its versions."""
    tx.execute(delete(managed_policies).where(managed_policies.c.id == policy.id))
    touch_identity(tx)


def _change(tx: Transaction, policy: ManagedPolicy, **values: Any) -> None:
    tx.execute(update(managed_policies).where(managed_policies.c.id == policy.id).values(**values))
    touch_identity(tx)


def _policy(row: Any) -> ManagedPolicy:
    return ManagedPolicy(
        id=row.id,
        account=AccountId(row.account_id),
        name=row.name,
        path=row.path,
        description=row.description,
        default_version=row.default_version,
        newest_version=row.newest_version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        tags=dict(row.tags),
    )
