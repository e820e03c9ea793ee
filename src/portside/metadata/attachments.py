"""Rows of who has which policy: inline ones, and attached managed ones."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, select

from portside.identity.identities import Identity
from portside.metadata.database import Transaction
from portside.metadata.identities import read_identity
from portside.metadata.principals import touch_identity
from portside.metadata.tables import attachments, identities, inline_policies
from portside.names.accounts import AccountId


def put_inline_policy(tx: Transaction, holder: Identity, name: str, document: str) -> None:
    """Add an inline policy, or give the one of this name another text."""
    delete_inline_policy(tx, holder, name)
    tx.execute(insert(inline_policies).values(identity_id=holder.id, name=name, document=document))


def list_inline_policies(tx: Transaction, holder: Identity) -> dict[str, str]:
    """The texts of an identity's inline policies by their names, in order."""
    query = (
        select(inline_policies)
        .where(inline_policies.c.identity_id == holder.id)
        .order_by(inline_policies.c.name)
    )
    return {row.name: row.document for row in tx.execute(query)}


def delete_inline_policy(tx: Transaction, holder: Identity, name: str) -> bool:
    """Remove an inline policy; whether it was there."""
    removed = tx.execute(
        delete(inline_policies).where(
            inline_policies.c.identity_id == holder.id, inline_policies.c.name == name
        )
    )
    touch_identity(tx)
    return removed.rowcount > 0


def attach_policy(tx: Transaction, holder: Identity, policy_arn: str, now: datetime) -> None:
    """Attach a managed policy; nothing changes where it is attached."""
    detach_policy(tx, holder, policy_arn)
    tx.execute(
        insert(attachments).values(identity_id=holder.id, policy_arn=policy_arn, attached_at=now)
    )


def detach_policy(tx: Transaction, holder: Identity, policy_arn: str) -> bool:
    """Detach a managed policy; whether it was attached."""
    removed = tx.execute(
        delete(attachments).where(
            attachments.c.identity_id == holder.id, attachments.c.policy_arn == policy_arn
        )
    )
    touch_identity(tx)
    return removed.rowcount > 0


def list_attached_arns(tx: Transaction, holder: Identity) -> list[str]:
    """The ARNs of an identity's attached policies, in order."""
    query = (
        select(attachments.c.policy_arn)
        .where(attachments.c.identity_id == holder.id)
        .order_by(attachments.c.policy_arn)
    )
    return list(tx.scalars(query))


def list_holders(tx: Transaction, account: AccountId, policy_arn: str) -> list[Identity]:
    """The account's identities that have a managed policy attached, by name."""
    query = (
        select(identities)
        .join(attachments, attachments.c.identity_id == identities.c.id)
        .where(identities.c.account_id == account.text, attachments.c.policy_arn == policy_arn)
        .order_by(identities.c.name_key)
    )
    return [read_identity(row) for row in tx.execute(query)]


def list_bounded(tx: Transaction, account: AccountId, policy_arn: str) -> list[Identity]:
    """The account's identities whose permissions boundary is this policy, by name."""
    query = (
        select(identities)
        .where(identities.c.account_id == account.text, identities.c.boundary_arn == policy_arn)
        .order_by(identities.c.name_key)
    )
    return [read_identity(row) for row in tx.execute(query)]


def count_uses(tx: Transaction, account: AccountId) -> tuple[dict[str, int], dict[str, int]]:
    """How often each policy is attached in the account, and how often it is a boundary."""
    attached = (
        select(attachments.c.policy_arn, func.count())
        .join(identities, identities.c.id == attachments.c.identity_id)
        .where(identities.c.account_id == account.text)
        .group_by(attachments.c.policy_arn)
    )
    bounding = (
        select(identities.c.boundary_arn, func.count())
        .where(identities.c.account_id == account.text, identities.c.boundary_arn.is_not(None))
        .group_by(identities.c.boundary_arn)
    )
    return (
        {row[0]: row[1] for row in tx.execute(attached)},
        {row[0]: row[1] for row in tx.execute(bounding)},
    )
