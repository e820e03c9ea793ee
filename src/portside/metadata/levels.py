"""How much there is of what, from rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from portside.metadata.database import Transaction
from portside.metadata.statements import total
from portside.metadata.tables import (
    blobs,
    events,
    generations,
    images,
    reactions,
    repositories,
    scans,
    tasks,
    uploads,
)
from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.levels import RegistryLevel, StorageLevels, WorkLevels

_KEPT = (
    select(
        repositories.c.account_id,
        repositories.c.region,
        func.count().label("repository_count"),
        total(repositories.c.image_count).label("image_count"),
    )
    .group_by(repositories.c.account_id, repositories.c.region)
    .order_by(repositories.c.account_id, repositories.c.region)
)


def check_readable(tx: Transaction) -> None:
    """Read a row. Any error says that the database cannot be used."""
    tx.execute(select(generations.c.value).limit(1)).all()


def list_registries(tx: Transaction, limit: int) -> tuple[RegistryLevel, ...]:
    """Up to ``limit`` registries that have repositories; looks at the repositories' rows."""
    return tuple(
        RegistryLevel(
            registry=RegistryId(AccountId(row.account_id), Region(row.region)),
            repository_count=row.repository_count,
            image_count=row.image_count,
        )
        for row in tx.execute(_KEPT.limit(limit))
    )


def measure_storage(
    tx: Transaction, advisories_at: datetime | None, registries_max: int
) -> StorageLevels:
    """What is stored; looks at every row of blobs, images and scans."""
    blob_count, blob_bytes = tx.execute(
        select(func.count(), total(blobs.c.size_bytes)).select_from(blobs)
    ).one()
    states = select(scans.c.state, func.count()).group_by(scans.c.state)
    return StorageLevels(
        registries=list_registries(tx, registries_max),
        blob_count=blob_count,
        blob_bytes=blob_bytes,
        manifest_bytes=tx.scalar(select(total(images.c.manifest_bytes))) or 0,
        scans={state: count for state, count in tx.execute(states)},  # noqa: C416 - rows are no pairs to mypy
        advisories_at=advisories_at,
    )


def measure_work(tx: Transaction) -> WorkLevels:
    """What is to be done; looks only at what waits or was given up."""
    waiting = events.c.waiting.is_not(None)
    pending = reactions.c.failed_at.is_(None)
    # Ids grow with time, so the least id is the oldest event.
    first = tx.scalar(select(func.min(events.c.id)).where(waiting))
    second = tx.scalar(select(func.min(reactions.c.event_id)).where(pending))
    oldest = min((one for one in (first, second) if one is not None), default=None)
    return WorkLevels(
        uploads_open=tx.scalar(select(func.count()).select_from(uploads)) or 0,
        events_waiting=tx.scalar(select(func.count()).select_from(events).where(waiting)) or 0,
        oldest_event_at=(
            None
            if oldest is None
            else tx.scalar(select(events.c.occurred_at).where(events.c.id == oldest))
        ),
        reactions_waiting=_by_name(tx, failed=False),
        reactions_failed=_by_name(tx, failed=True),
        schedules_failing=tx.scalar(
            select(func.count())
            .select_from(tasks)
            .where(tasks.c.kind == "schedule", tasks.c.error.is_not(None))
        )
        or 0,
    )


def _by_name(tx: Transaction, *, failed: bool) -> dict[str, int]:
    state = reactions.c.failed_at.is_not(None) if failed else reactions.c.failed_at.is_(None)
    query = select(reactions.c.reaction, func.count()).where(state).group_by(reactions.c.reaction)
    return {name: count for name, count in tx.execute(query)}  # noqa: C416 - as above
