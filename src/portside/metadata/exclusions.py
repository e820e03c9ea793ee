"""Rows of whose pulls do not count as pulls."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, insert, select

from portside.metadata import principals
from portside.metadata.database import Transaction
from portside.metadata.tables import pull_time_exclusions
from portside.names.accounts import RegistryId
from portside.registry.exclusions import PullTimeExclusion


def find_exclusion(
    tx: Transaction, registry: RegistryId, principal: str
) -> PullTimeExclusion | None:
    """The exclusion of this principal, or ``None``."""
    query = select(pull_time_exclusions).where(
        _of(registry), pull_time_exclusions.c.principal == principal
    )
    row = tx.execute(query).one_or_none()
    return PullTimeExclusion(principal=principal, created_at=row.created_at) if row else None


def count_exclusions(tx: Transaction, registry: RegistryId) -> int:
    """How many principals the registry excludes."""
    query = select(func.count()).select_from(pull_time_exclusions).where(_of(registry))
    return int(tx.scalar(query) or 0)


def insert_exclusion(tx: Transaction, registry: RegistryId, exclusion: PullTimeExclusion) -> None:
    """Exclude a principal, for every process at once."""
    tx.execute(
        insert(pull_time_exclusions).values(
            account_id=registry.account.text,
            region=registry.region.text,
            principal=exclusion.principal,
            created_at=exclusion.created_at,
        )
    )
    principals.touch_identity(tx)


def delete_exclusion(tx: Transaction, registry: RegistryId, principal: str) -> None:
    """Let a principal's pulls count again, for every process at once."""
    tx.execute(
        delete(pull_time_exclusions).where(
            _of(registry), pull_time_exclusions.c.principal == principal
        )
    )
    principals.touch_identity(tx)


def list_exclusions(tx: Transaction, registry: RegistryId, *, after: str, limit: int) -> list[str]:
    """Up to ``limit`` excluded principals behind ``after``, in order."""
    query = (
        select(pull_time_exclusions.c.principal)
        .where(_of(registry), pull_time_exclusions.c.principal > after)
        .order_by(pull_time_exclusions.c.principal)
        .limit(limit)
    )
    return list(tx.scalars(query))


def _of(registry: RegistryId) -> ColumnElement[bool]:
    return (pull_time_exclusions.c.account_id == registry.account.text) & (
        pull_time_exclusions.c.region == registry.region.text
    )
