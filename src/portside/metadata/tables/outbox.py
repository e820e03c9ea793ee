"""Tables of what happened and waits to be told."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table

from portside.metadata.tables.columns import Instant, RowId, metadata

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", String(12), nullable=False),
    Column("region", String(40), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("document", JSON, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
