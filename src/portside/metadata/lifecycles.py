"""Rows of lifecycle policies: their texts, whose turn it is to apply them, what they did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update

from portside.lifecycle.policies import Action
from portside.lifecycle.records import Act, StoredPolicy
from portside.metadata.database import Transaction
from portside.metadata.statements import upsert
from portside.metadata.tables import (
    lifecycle_acts,
    lifecycle_policies,
    repositories,
)
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.registry.repositories import Repository


def find_policy(tx: Transaction, repository: Repository) -> StoredPolicy | None:
    """A repository's lifecycle policy, or ``None``."""
    query = select(lifecycle_policies.c.text, lifecycle_policies.c.evaluated_at).where(
        lifecycle_policies.c.repository_id == repository.id
    )
    row = tx.execute(query).one_or_none()
    return StoredPolicy(row.text, row.evaluated_at) if row else None


def put_policy(tx: Transaction, repository: Repository, text: str) -> None:
    """Let this be the repository's lifecycle policy: not evaluated yet, so its turn comes first."""
    values = {"text": text, "evaluated_at": None}
    tx.execute(
        upsert(lifecycle_policies)
        .values(repository_id=repository.id, **values)
        .on_conflict_do_update(index_elements=["repository_id"], set_=values)
    )


def delete_policy(tx: Transaction, repository: Repository) -> None:
    """Remove the repository's lifecycle policy; who applies it just now stops."""
    tx.execute(
        delete(lifecycle_policies).where(lifecycle_policies.c.repository_id == repository.id)
    )


def list_policies(
    tx: Transaction, *, after: int, limit: int, evaluated_before: datetime | None = None
) -> list[tuple[int, RegistryId, RepositoryName]]:
    """Up to ``limit`` repositories that have a policy, behind the id ``after``, by id.

    With ``evaluated_before`` only those whose policy was not evaluated since.
    """
    query = (
        select(repositories.c.id, repositories.c.account_id, repositories.c.region)
        .add_columns(repositories.c.name)
        .join(lifecycle_policies, lifecycle_policies.c.repository_id == repositories.c.id)
        .where(repositories.c.id > after)
        .order_by(repositories.c.id)
        .limit(limit)
    )
    if evaluated_before is not None:
        evaluated_at = lifecycle_policies.c.evaluated_at
        query = query.where(or_(evaluated_at.is_(None), evaluated_at <= evaluated_before))
    return [
        (
            row.id,
            RegistryId(AccountId(row.account_id), Region(row.region)),
            RepositoryName(row.name),
        )
        for row in tx.execute(query)
    ]


def take(
    tx: Transaction, repository: Repository, holder: str, now: datetime, until: datetime
) -> bool:
    """Let ``holder`` apply the policy until then; whether nobody else does, and there is one."""
    mine = (
        lifecycle_policies.c.holder.is_(None)
        | (lifecycle_policies.c.holder == holder)
        | (lifecycle_policies.c.held_until <= now)
    )
    taken = tx.execute(
        update(lifecycle_policies)
        .where(lifecycle_policies.c.repository_id == repository.id, mine)
        .values(holder=holder, held_until=until)
    )
    return bool(taken.rowcount)


def find_holder(tx: Transaction, repository: Repository) -> str | None:
    """Who applies the policy now, or died while applying it; ``None`` where nobody does."""
    query = select(lifecycle_policies.c.holder).where(
        lifecycle_policies.c.repository_id == repository.id
    )
    found: str | None = tx.scalar(query)
    return found


def is_held(tx: Transaction, repository: Repository, holder: str, text: str) -> bool:
    """Whether ``holder`` still holds the policy, and that is still this text."""
    query = select(lifecycle_policies.c.repository_id).where(
        lifecycle_policies.c.repository_id == repository.id,
        lifecycle_policies.c.holder == holder,
        lifecycle_policies.c.text == text,
    )
    return tx.scalar(query) is not None


def extend(
    tx: Transaction, repository: Repository, holder: str, text: str, until: datetime
) -> bool:
    """Let ``holder`` go on; whether it still holds the policy, and that is still this text."""
    extended = tx.execute(
        update(lifecycle_policies)
        .where(
            lifecycle_policies.c.repository_id == repository.id,
            lifecycle_policies.c.holder == holder,
            lifecycle_policies.c.text == text,
        )
        .values(held_until=until)
    )
    return bool(extended.rowcount)


def release(
    tx: Transaction, repository: Repository, holder: str, evaluated_at: datetime | None
) -> None:
    """Let go of the policy; with ``evaluated_at`` it was applied whole."""
    values = {} if evaluated_at is None else {"evaluated_at": evaluated_at}
    tx.execute(
        update(lifecycle_policies)
        .where(
            lifecycle_policies.c.repository_id == repository.id,
            lifecycle_policies.c.holder == holder,
        )
        .values(holder=None, held_until=None, **values)
    )


def insert_acts(tx: Transaction, repository: Repository, acts: Iterable[Act]) -> None:
    """Remember what a policy did, in the transaction in which it did it."""
    rows = [
        {
            "repository_id": repository.id,
            "digest": act.digest.text,
            "tags": list(act.tags),
            "pushed_at": act.pushed_at,
            "action": act.action.value,
            "rule_priority": act.rule_priority,
            "subject": act.subject.text if act.subject else None,
            "acted_at": act.acted_at,
        }
        for act in acts
    ]
    if rows:
        tx.execute(insert(lifecycle_acts), rows)


def list_acts(
    tx: Transaction, repository: Repository, *, before: int | None, limit: int
) -> list[tuple[int, Act]]:
    """Up to ``limit`` things that policies did, the newest first, each behind the id ``before``."""
    query = select(lifecycle_acts).where(lifecycle_acts.c.repository_id == repository.id)
    if before is not None:
        query = query.where(lifecycle_acts.c.id < before)
    rows = tx.execute(query.order_by(lifecycle_acts.c.id.desc()).limit(limit))
    return [
        (
            row.id,
            Act(
                digest=Digest(row.digest),
                tags=tuple(row.tags),
                pushed_at=row.pushed_at,
                action=Action(row.action),
                rule_priority=row.rule_priority,
                subject=Digest(row.subject) if row.subject else None,
                acted_at=row.acted_at,
            ),
        )
        for row in rows
    ]


def forget_acts(tx: Transaction, repository: Repository, *, kept: int) -> None:
    """Forget the oldest things that policies did, all but ``kept`` of them."""
    oldest = (
        select(lifecycle_acts.c.id)
        .where(lifecycle_acts.c.repository_id == repository.id)
        .order_by(lifecycle_acts.c.id.desc())
        .offset(kept)
        .limit(1)
    )
    last = tx.scalar(oldest)
    if last is not None:
        tx.execute(
            delete(lifecycle_acts).where(
                lifecycle_acts.c.repository_id == repository.id, lifecycle_acts.c.id <= last
            )
        )
