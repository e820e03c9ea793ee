"""Rows of previews of lifecycle policies and of their results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from portside.lifecycle.policies import Action, StorageClass
from portside.lifecycle.records import Preview, PreviewResult, PreviewStatus
from portside.metadata.database import Transaction
from portside.metadata.statements import upsert
from portside.metadata.tables import lifecycle_preview_results as results
from portside.metadata.tables import lifecycle_previews as previews
from portside.names.digests import Digest
from portside.registry.repositories import Repository

_BATCH = 1000


def find_preview(tx: Transaction, repository: Repository) -> Preview | None:
    """The repository's newest preview, or ``None``."""
    row = tx.execute(
        select(previews).where(previews.c.repository_id == repository.id)
    ).one_or_none()
    if row is None:
        return None
    return Preview(
        text=row.text,
        status=PreviewStatus(row.status),
        holder=row.holder,
        started_at=row.started_at,
        finished_at=row.finished_at,
        expiring_count=row.expiring_count,
        transitioning_count=row.transitioning_count,
    )


def put_preview(
    tx: Transaction, repository: Repository, text: str, holder: str, now: datetime
) -> None:
    """Begin a preview in the place of the one before, whose results go."""
    values = {
        "text": text,
        "status": PreviewStatus.IN_PROGRESS.value,
        "holder": holder,
        "started_at": now,
        "finished_at": None,
        "expiring_count": 0,
        "transitioning_count": 0,
    }
    tx.execute(
        upsert(previews)
        .values(repository_id=repository.id, **values)
        .on_conflict_do_update(index_elements=["repository_id"], set_=values)
    )
    delete_results(tx, repository)


def take_over(
    tx: Transaction, repository: Repository, preview: Preview, holder: str, now: datetime
) -> bool:
    """Let ``holder`` evaluate a preview that another one left; whether nobody else was first."""
    return _change(tx, repository, preview.holder, {"holder": holder, "started_at": now})


def finish_preview(
    tx: Transaction, repository: Repository, holder: str, status: PreviewStatus, now: datetime
) -> bool:
    """Say what became of a preview; whether ``holder`` was still the one to say it."""
    return _change(tx, repository, holder, {"status": status.value, "finished_at": now})


def _change(tx: Transaction, repository: Repository, holder: str, values: dict[str, Any]) -> bool:
    changed = tx.execute(
        update(previews)
        .where(
            previews.c.repository_id == repository.id,
            previews.c.holder == holder,
            previews.c.status == PreviewStatus.IN_PROGRESS.value,
        )
        .values(values)
    )
    return bool(changed.rowcount)


def insert_results(tx: Transaction, repository: Repository, found: Sequence[PreviewResult]) -> None:
    """Add a preview's results, in their order, and count them."""
    expiring = sum(one.action is Action.EXPIRE for one in found)
    counts = {"expiring_count": expiring, "transitioning_count": len(found) - expiring}
    tx.execute(update(previews).where(previews.c.repository_id == repository.id).values(counts))
    for start in range(0, len(found), _BATCH):
        rows = [
            {
                "repository_id": repository.id,
                "position": position,
                "digest": one.digest.text,
                "tags": list(one.tags),
                "tagged": bool(one.tags),
                "pushed_at": one.pushed_at,
                "storage_class": one.storage_class.value,
                "action": one.action.value,
                "rule_priority": one.rule_priority,
            }
            for position, one in enumerate(found[start : start + _BATCH], start=start + 1)
        ]
        tx.execute(insert(results), rows)


def delete_results(tx: Transaction, repository: Repository) -> None:
    """Remove the results of the repository's preview."""
    tx.execute(delete(results).where(results.c.repository_id == repository.id))


def list_results(
    tx: Transaction, repository: Repository, *, tagged: bool | None, after: int, limit: int
) -> list[tuple[int, PreviewResult]]:
    """Up to ``limit`` results behind the position ``after``; with ``tagged`` only such images."""
    query = select(results).where(
        results.c.repository_id == repository.id, results.c.position > after
    )
    if tagged is not None:
        query = query.where(results.c.tagged == tagged)
    rows = tx.execute(query.order_by(results.c.position).limit(limit))
    return [(row.position, _result(row)) for row in rows]


def find_results(
    tx: Transaction, repository: Repository, digests: Sequence[Digest]
) -> list[PreviewResult]:
    """The results that are of these images, in the order of the results."""
    query = (
        select(results)
        .where(
            results.c.repository_id == repository.id,
            results.c.digest.in_([digest.text for digest in digests]),
        )
        .order_by(results.c.position)
    )
    return [_result(row) for row in tx.execute(query)]


def _result(row: Row[Any]) -> PreviewResult:
    return PreviewResult(
        digest=Digest(row.digest),
        tags=tuple(row.tags),
        pushed_at=row.pushed_at,
        storage_class=StorageClass(row.storage_class),
        action=Action(row.action),
        rule_priority=row.rule_priority,
    )
