"""Rows of what is to be done: reactions to events in their lanes, and schedules.

A row of ``tasks`` is something that may run from ``due_at`` on: a lane with reactions in it, or a
schedule. Whoever takes it moves ``due_at`` to where its lease ends and writes its name into
``holder``; if it dies, the row is due again by itself. A lane's row is there while reactions wait
in the lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, or_, select, update

from portside.metadata.database import Transaction
from portside.metadata.events import read_occurrence
from portside.metadata.statements import upsert
from portside.metadata.tables import events, reactions, tasks
from portside.registry.work import Failure, PendingReaction, Task, TaskKey

_DUE = select(tasks).order_by(tasks.c.due_at)
_ERROR_LENGTH_MAX = 1000
_BATCH = 500


def insert_reactions(tx: Transaction, rows: Iterable[tuple[str, str, int]], now: datetime) -> None:
    """Add reactions (name, lane, event id), and make their lanes due."""
    made = [
        {"reaction": name, "lane": lane, "event_id": event_id, "attempts": 0}
        for name, lane, event_id in rows
    ]
    if not made:
        return
    tx.execute(insert(reactions), made)
    lanes = dict.fromkeys((row["reaction"], row["lane"]) for row in made)
    tx.execute(
        upsert(tasks).on_conflict_do_nothing(),
        [{"kind": "reaction", "name": name, "lane": lane, "due_at": now} for name, lane in lanes],
    )


def find_due(tx: Transaction, now: datetime, passed_over: Sequence[str] = ()) -> Task | None:
    """What has been due longest and is no reaction of these names, or ``None``."""
    query = _DUE.where(tasks.c.due_at <= now, *_but(passed_over)).limit(1)
    row = tx.execute(query).one_or_none()
    return _task(row) if row else None


def next_due_at(tx: Transaction, passed_over: Sequence[str] = ()) -> datetime | None:
    """When the next row is due that is no reaction of these names; ``None`` where there is none."""
    query = select(func.min(tasks.c.due_at)).where(*_but(passed_over))
    due_at: datetime | None = tx.scalar(query)
    return due_at


def _but(reactions: Sequence[str]) -> list[ColumnElement[bool]]:
    if not reactions:
        return []
    return [or_(tasks.c.kind != "reaction", tasks.c.name.not_in(reactions))]


def take_task(tx: Transaction, key: TaskKey, holder: str, now: datetime, until: datetime) -> None:
    """Let a holder have a task until its lease ends."""
    tx.execute(update(tasks).where(*_is(key)).values(holder=holder, started_at=now, due_at=until))


def renew_task(tx: Transaction, key: TaskKey, holder: str, until: datetime) -> bool:
    """Let the lease last until then; whether the holder still has it."""
    held = update(tasks).where(*_is(key), tasks.c.holder == holder).values(due_at=until)
    return tx.execute(held).rowcount > 0


def finish_task(
    tx: Transaction,
    key: TaskKey,
    holder: str,
    *,
    now: datetime,
    due_at: datetime,
    error: str | None,
) -> bool:
    """Give a task back with what became of it; whether the holder still had it."""
    done = tx.execute(
        update(tasks)
        .where(*_is(key), tasks.c.holder == holder)
        .values(holder=None, finished_at=now, due_at=due_at, error=_shortened(error))
    )
    return done.rowcount > 0


def delete_task(tx: Transaction, key: TaskKey) -> None:
    """Remove a task: a lane that is empty, or a schedule that is no more."""
    tx.execute(delete(tasks).where(*_is(key)))


def release_tasks(tx: Transaction, holder_prefix: str, now: datetime) -> int:
    """Make due what holders of this prefix had: they are known to be dead."""
    held = func.substr(tasks.c.holder, 1, len(holder_prefix)) == holder_prefix
    return tx.execute(update(tasks).where(held).values(holder=None, due_at=now)).rowcount


def list_tasks(tx: Transaction) -> list[Task]:
    """Every task, schedules first, then lanes, by name."""
    query = select(tasks).order_by(tasks.c.kind.desc(), tasks.c.name, tasks.c.lane)
    return [_task(row) for row in tx.execute(query)]


def put_schedule(tx: Transaction, name: str, due_at: datetime) -> None:
    """Make sure that a schedule is there; one that is keeps its time, if that is not later."""
    key = TaskKey("schedule", name, "")
    tx.execute(
        upsert(tasks)
        .values(kind=key.kind, name=key.name, lane=key.lane, due_at=due_at)
        .on_conflict_do_nothing()
    )
    tx.execute(
        update(tasks)
        .where(*_is(key), tasks.c.holder.is_(None), tasks.c.due_at > due_at)
        .values(due_at=due_at)
    )


def find_pending(tx: Transaction, key: TaskKey) -> PendingReaction | None:
    """The next reaction of a lane, with its event, or ``None``."""
    query = (
        select(
            events,
            reactions.c.id.label("reaction_id"),
            reactions.c.attempts,
            reactions.c.reaction,
        )
        .join(events, events.c.id == reactions.c.event_id)
        .where(
            reactions.c.reaction == key.name,
            reactions.c.lane == key.lane,
            reactions.c.failed_at.is_(None),
        )
        .order_by(reactions.c.id)
        .limit(1)
    )
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    return PendingReaction(
        id=row.reaction_id, attempts=row.attempts, occurrence=read_occurrence(row)
    )


def delete_reaction(tx: Transaction, reaction_id: int) -> None:
    """Remove a reaction that is done."""
    tx.execute(delete(reactions).where(reactions.c.id == reaction_id))


def record_failure(
    tx: Transaction, reaction_id: int, error: str, failed_at: datetime | None
) -> None:
    """Count an attempt; with ``failed_at`` the reaction is given up."""
    tx.execute(
        update(reactions)
        .where(reactions.c.id == reaction_id)
        .values(attempts=reactions.c.attempts + 1, error=_shortened(error), failed_at=failed_at)
    )


def abandon_lane(tx: Transaction, key: TaskKey, error: str, now: datetime) -> None:
    """Give up everything that waits in a lane."""
    tx.execute(
        update(reactions)
        .where(
            reactions.c.reaction == key.name,
            reactions.c.lane == key.lane,
            reactions.c.failed_at.is_(None),
        )
        .values(failed_at=now, error=_shortened(error))
    )


def count_pending(tx: Transaction) -> dict[tuple[str, str], int]:
    """How many reactions wait in each lane."""
    query = (
        select(reactions.c.reaction, reactions.c.lane, func.count())
        .where(reactions.c.failed_at.is_(None))
        .group_by(reactions.c.reaction, reactions.c.lane)
    )
    return {(name, lane): count for name, lane, count in tx.execute(query)}


def list_failures(tx: Transaction, *, after: int, limit: int, prefix: str = "") -> list[Failure]:
    """Up to ``limit`` reactions that were given up, behind the id ``after``."""
    query = (
        select(
            events,
            reactions.c.id.label("reaction_id"),
            reactions.c.reaction,
            reactions.c.attempts,
            reactions.c.failed_at,
            reactions.c.error,
        )
        .join(events, events.c.id == reactions.c.event_id)
        .where(
            reactions.c.failed_at.is_not(None),
            reactions.c.id > after,
            func.substr(reactions.c.reaction, 1, len(prefix)) == prefix,
        )
        .order_by(reactions.c.id)
        .limit(limit)
    )
    return [
        Failure(
            id=row.reaction_id,
            reaction=row.reaction,
            attempts=row.attempts,
            failed_at=row.failed_at,
            error=row.error or "",
            occurrence=read_occurrence(row),
        )
        for row in tx.execute(query)
    ]


def revive_failures(tx: Transaction, ids: Sequence[int], now: datetime) -> int:
    """Have these reactions tried again, from the beginning; how many there were."""
    revived = 0
    for start in range(0, len(ids), _BATCH):
        batch = reactions.c.id.in_(ids[start : start + _BATCH]) & reactions.c.failed_at.is_not(None)
        lanes = tx.execute(select(reactions.c.reaction, reactions.c.lane).where(batch).distinct())
        rows = [
            {"kind": "reaction", "name": name, "lane": lane, "due_at": now} for name, lane in lanes
        ]
        if not rows:
            continue
        tx.execute(upsert(tasks).on_conflict_do_nothing(), rows)
        revived += tx.execute(
            update(reactions).where(batch).values(failed_at=None, attempts=0, error=None)
        ).rowcount
    return revived


def _is(key: TaskKey) -> tuple[Any, ...]:
    return tasks.c.kind == key.kind, tasks.c.name == key.name, tasks.c.lane == key.lane


def _shortened(error: str | None) -> str | None:
    return error if error is None else error[:_ERROR_LENGTH_MAX]


def _task(row: Row[Any]) -> Task:
    return Task(
        key=TaskKey(row.kind, row.name, row.lane),
        due_at=row.due_at,
        holder=row.holder,
        started_at=row.started_at,
        finished_at=row.finished_at,
        error=row.error,
    )
