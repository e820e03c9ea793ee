"""Tables of what happened and waits to be told, and of what is to be done about it."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, text

from portside.metadata.tables.columns import Instant, RowId, metadata

_WAITING = text("waiting IS NOT NULL")

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", String(12), nullable=False),
    Column("region", String(40), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("document", JSON, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    # Set until reactions were made of the event, then null: the index holds only those few.
    Column("waiting", Boolean, nullable=True),
    Index("events_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("events_by_time", "occurred_at"),
    sqlite_autoincrement=True,
)

reactions = Table(
    "reactions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("reaction", String(64), nullable=False),
    Column("lane", String(320), nullable=False),
    Column("event_id", ForeignKey("events.id"), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("failed_at", Instant, nullable=True, index=True),
    Column("error", String(1000), nullable=True),
    Index("reactions_by_lane", "reaction", "lane", "failed_at", "id"),
    sqlite_autoincrement=True,
)

tasks = Table(
    "tasks",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("lane", String(320), primary_key=True),
    Column("due_at", Instant, nullable=False, index=True),
    Column("holder", String(128), nullable=True),
    Column("started_at", Instant, nullable=True),
    Column("finished_at", Instant, nullable=True),
    Column("error", String(1000), nullable=True),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(400), primary_key=True),
    Column("holder", String(128), nullable=False),
    Column("expires_at", Instant, nullable=False),
)
