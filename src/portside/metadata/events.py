"""The outbox: events wait here until everybody who reacts to them has, and a while longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, func, insert, select, update

from portside.metadata.database import Transaction
from portside.metadata.tables import events, reactions
from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.events import Event, Occurrence, render_event

# Built once: it stands on the path of every push, and building it costs more than running it.
_INSERT = insert(events)
_WAITING = (
    select(events).where(events.c.waiting.is_not(None)).order_by(events.c.id).limit(bindparam("n"))
)


def insert_event(tx: Transaction, registry: RegistryId, event: Event, now: datetime) -> None:
    """Write an event in the transaction of the change that it tells of."""
    kind, document = render_event(event)
    row = {
        "account_id": registry.account.text,
        "region": registry.region.text,
        "kind": kind,
        "document": document,
        "occurred_at": now,
        "waiting": True,
    }
    tx.execute(_INSERT, row)


def newest_event_id(tx: Transaction) -> int:
    """The id of the newest event, or 0: while it stays, nothing happens."""
    newest: int | None = tx.scalar(select(func.max(events.c.id)))
    return newest or 0


def list_waiting(tx: Transaction, limit: int) -> list[Occurrence]:
    """The oldest events of which no reactions were made yet."""
    return [read_occurrence(row) for row in tx.execute(_WAITING, {"n": limit})]


def mark_dispatched(tx: Transaction, ids: Sequence[int]) -> None:
    """Record that reactions were made of these events."""
    tx.execute(update(events).where(events.c.id.in_(ids)).values(waiting=None))


def list_events(
    tx: Transaction, *, after: int, limit: int, registry: RegistryId | None = None
) -> list[Occurrence]:
    """Up to ``limit`` events behind the id ``after``, oldest first."""
    query = select(events).where(events.c.id > after)
    if registry is not None:
        query = query.where(
            events.c.account_id == registry.account.text, events.c.region == registry.region.text
        )
    return [read_occurrence(row) for row in tx.execute(query.order_by(events.c.id).limit(limit))]


def find_event(tx: Transaction, event_id: int) -> Occurrence | None:
    """The event of this id, or ``None``."""
    row = tx.execute(select(events).where(events.c.id == event_id)).one_or_none()
    return read_occurrence(row) if row else None


def last_event_id(tx: Transaction) -> int:
    """The id of the newest event; 0 where there is none."""
    return tx.scalar(select(func.max(events.c.id))) or 0


def delete_events_before(tx: Transaction, before: datetime, limit: int) -> int:
    """Remove up to ``limit`` of the events of before to which nobody is still to react."""
    old = (
        select(events.c.id)
        .where(
            events.c.occurred_at < before,
            events.c.waiting.is_(None),
            ~exists().where(reactions.c.event_id == events.c.id),
        )
        .order_by(events.c.occurred_at)
        .limit(limit)
    )
    return tx.execute(delete(events).where(events.c.id.in_(old))).rowcount


def read_occurrence(row: Row[Any]) -> Occurrence:
    """An event from its row; ``id`` is the event's."""
    return Occurrence(
        id=row.id,
        registry=RegistryId(AccountId(row.account_id), Region(row.region)),
        kind=row.kind,
        document=row.document,
        occurred_at=row.occurred_at,
    )
