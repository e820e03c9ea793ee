"""Tables of lifecycle policies, their previews, and what they did."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from portside.metadata.tables.columns import Instant, RowId, metadata, repository_id

lifecycle_policies = Table(
    "lifecycle_policies",
    metadata,
    repository_id(),
    Column("text", Text, nullable=False),
    Column("evaluated_at", Instant, nullable=True),
    # Whoever runs the policy holds it until then; one who was killed loses it by the time.
    Column("holder", String(64), nullable=True),
    Column("held_until", Instant, nullable=True),
    Index("lifecycle_policies_in_turn", "evaluated_at", "repository_id"),
)

lifecycle_previews = Table(
    "lifecycle_previews",
    metadata,
    repository_id(),
    Column("text", Text, nullable=False),
    Column("status", String(16), nullable=False),
    # Who evaluates it: the answer of another one, which came too late, is not taken.
    Column("holder", String(64), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=True),
    Column("expiring_count", BigInteger, nullable=False),
    Column("transitioning_count", BigInteger, nullable=False),
)

lifecycle_preview_results = Table(
    "lifecycle_preview_results",
    metadata,
    repository_id(),
    Column("position", RowId, primary_key=True),
    Column("digest", String(135), nullable=False),
    Column("tags", JSON, nullable=False),
    Column("tagged", Boolean, nullable=False),
    Column("pushed_at", Instant, nullable=False),
    Column("storage_class", String(16), nullable=False),
    Column("action", String(16), nullable=False),
    Column("rule_priority", Integer, nullable=False),
    Index("lifecycle_preview_results_by_digest", "repository_id", "digest"),
)

lifecycle_acts = Table(
    "lifecycle_acts",
    metadata,
    Column("id", RowId, primary_key=True),
    repository_id(key=False),
    Column("digest", String(135), nullable=False),
    Column("tags", JSON, nullable=False),
    Column("pushed_at", Instant, nullable=False),
    Column("action", String(16), nullable=False),
    Column("rule_priority", Integer, nullable=False),
    Column("subject", String(135), nullable=True),
    Column("acted_at", Instant, nullable=False),
    Index("lifecycle_acts_of_repository", "repository_id", "id"),
    sqlite_autoincrement=True,
)
