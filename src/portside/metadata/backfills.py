"""Rows of backfills and of what became of each image."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, or_, select, update

from portside.metadata.database import Transaction
from portside.metadata.images import with_tags
from portside.metadata.tables import (
    backfill_results,
    images,
    replication_backfills,
    repositories,
    tags,
)
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.backfills import Backfill, BackfillResult, BackfillStatus, Progress
from portside.registry.images import Image, StorageClass
from portside.registry.repositories import Repository

_columns = replication_backfills.c
_UNDER_WAY = _columns.status.in_(
    [status.value for status in BackfillStatus if not status.has_ended]
)


def insert_backfill(tx: Transaction, backfill: Backfill) -> None:
    """Add a backfill that has copied nothing yet."""
    tx.execute(
        insert(replication_backfills).values(
            id=backfill.id,
            account_id=backfill.registry.account.text,
            region=backfill.registry.region.text,
            destination_account=backfill.destination.account.text,
            destination_region=backfill.destination.region.text,
            status=backfill.status.value,
            started_at=backfill.started_at,
            completed=0,
            failed=0,
            failure_codes=[],
            position_repository="",
            position_image=0,
        )
    )


def update_backfill(tx: Transaction, backfill: Backfill) -> None:
    """Record how far a backfill has come."""
    progress = backfill.progress or Progress(total=0, completed=0, failed=0)
    tx.execute(
        update(replication_backfills)
        .where(_columns.id == backfill.id)
        .values(
            status=backfill.status.value,
            ended_at=backfill.ended_at,
            failure_code=backfill.failure_code,
            total=progress.total if backfill.progress else None,
            completed=progress.completed,
            failed=progress.failed,
            failure_codes=list(progress.failure_codes),
            position_repository=backfill.position[0],
            position_image=backfill.position[1],
        )
    )


def find_backfill(tx: Transaction, registry: RegistryId, backfill_id: str) -> Backfill | None:
    """The registry's backfill of this id, or ``None``."""
    query = select(replication_backfills).where(_of(registry), _columns.id == backfill_id)
    row = tx.execute(query).one_or_none()
    return _backfill(row) if row else None


def list_under_way(tx: Transaction, registry: RegistryId) -> list[Backfill]:
    """The registry's backfills that have not ended."""
    query = select(replication_backfills).where(_of(registry), _UNDER_WAY)
    return [_backfill(row) for row in tx.execute(query)]


def list_backfills(
    tx: Transaction, registry: RegistryId, *, since: datetime, before: int | None, limit: int
) -> list[tuple[int, Backfill]]:
    """Up to ``limit`` backfills under way or ended ``since``, the newest first, with numbers.

    ``before`` is the number of the last one of the page before.
    """
    query = select(replication_backfills).where(
        _of(registry), or_(_columns.ended_at.is_(None), _columns.ended_at >= since)
    )
    if before is not None:
        query = query.where(_columns.number < before)
    rows = tx.execute(query.order_by(_columns.number.desc()).limit(limit))
    return [(row.number, _backfill(row)) for row in rows]


def delete_backfills_before(tx: Transaction, registry: RegistryId, before: datetime) -> None:
    """Forget the registry's backfills that ended before this moment, with their results."""
    tx.execute(delete(replication_backfills).where(_of(registry), _columns.ended_at < before))


def insert_results(tx: Transaction, backfill: Backfill, results: Iterable[BackfillResult]) -> None:
    """Record what became of images."""
    number = select(_columns.number).where(_columns.id == backfill.id).scalar_subquery()
    for result in results:
        codes = result.child_failure_codes
        tx.execute(
            insert(backfill_results).values(
                backfill=number,
                repository=result.repository,
                digest=result.digest,
                tag=result.tag,
                failure_code=result.failure_code,
                child_failure_codes=None if codes is None else list(codes),
            )
        )


def list_results(
    tx: Transaction, backfill: Backfill, *, failed: bool | None, after: int, limit: int
) -> list[tuple[int, BackfillResult]]:
    """Up to ``limit`` results behind the number ``after``, with their numbers, in order.

    ``failed`` chooses those that failed or those that did not; ``None`` all.
    """
    held = backfill_results.c
    query = (
        select(backfill_results)
        .join(replication_backfills, _columns.number == held.backfill)
        .where(_columns.id == backfill.id, held.number > after)
    )
    if failed is not None:
        query = query.where(
            held.failure_code.is_not(None) if failed else held.failure_code.is_(None)
        )
    return [
        (row.number, _result(row)) for row in tx.execute(query.order_by(held.number).limit(limit))
    ]


def count_replications(tx: Transaction, repository: Repository) -> int:
    """How many replications its images at hand make: one for each tag and each untagged image."""
    at_hand = (images.c.repository_id == repository.id) & (
        images.c.storage_class == StorageClass.STANDARD.value
    )
    tagged = (
        select(func.count())
        .select_from(tags)
        .join(images, images.c.id == tags.c.image_id)
        .where(at_hand)
    )
    untagged = select(func.count()).select_from(images).where(at_hand, ~images.c.tagged)
    return int(tx.scalar(tagged) or 0) + int(tx.scalar(untagged) or 0)


def list_images_behind(
    tx: Transaction, registry: RegistryId, position: tuple[str, int], limit: int
) -> list[tuple[RepositoryName, Image]]:
    """Up to ``limit`` of the registry's images behind a repository's name and an image's id."""
    name, image_id = position
    query = (
        select(images, repositories.c.name.label("repository_name"))
        .join(repositories, repositories.c.id == images.c.repository_id)
        .where(
            repositories.c.account_id == registry.account.text,
            repositories.c.region == registry.region.text,
            or_(
                repositories.c.name > name,
                and_(repositories.c.name == name, images.c.id > image_id),
            ),
        )
        .order_by(repositories.c.name, images.c.id)
        .limit(limit)
    )
    rows = tx.execute(query).all()
    names = [RepositoryName(row.repository_name) for row in rows]
    return list(zip(names, with_tags(tx, rows), strict=True))


def _of(registry: RegistryId) -> ColumnElement[bool]:
    return (_columns.account_id == registry.account.text) & (
        _columns.region == registry.region.text
    )


def _backfill(row: Row[Any]) -> Backfill:
    progress = None
    if row.total is not None:
        progress = Progress(
            total=row.total,
            completed=row.completed,
            failed=row.failed,
            failure_codes=tuple(row.failure_codes),
        )
    return Backfill(
        id=row.id,
        registry=RegistryId(AccountId(row.account_id), Region(row.region)),
        destination=RegistryId(AccountId(row.destination_account), Region(row.destination_region)),
        status=BackfillStatus(row.status),
        started_at=row.started_at,
        ended_at=row.ended_at,
        failure_code=row.failure_code,
        progress=progress,
        position=(row.position_repository, row.position_image),
    )


def _result(row: Row[Any]) -> BackfillResult:
    codes = row.child_failure_codes
    return BackfillResult(
        repository=row.repository,
        digest=row.digest,
        tag=row.tag,
        failure_code=row.failure_code,
        child_failure_codes=None if codes is None else tuple(codes),
    )
