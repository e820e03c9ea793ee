"""Tables of what is configured for a whole registry."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, String, Table

from portside.metadata.tables.columns import Instant, metadata

registry_settings = Table(
    "registry_settings",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("region", String(40), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("set_at", Instant, nullable=False),
)

pull_time_exclusions = Table(
    "pull_time_exclusions",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("region", String(40), primary_key=True),
    Column("principal", String(200), primary_key=True),
    Column("created_at", Instant, nullable=False),
)
