"""Tables of what was copied to other registries, and of backfills."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, String, Table

from portside.metadata.tables.columns import Instant, RowId, image_id, metadata

image_replications = Table(
    "image_replications",
    metadata,
    image_id(),
    Column("destination_account", String(12), primary_key=True),
    Column("destination_region", String(40), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("failure_code", String(64), nullable=True),
    Column("changed_at", Instant, nullable=False),
)

# What came from another registry goes no further by itself.
image_origins = Table(
    "image_origins",
    metadata,
    image_id(),
    Column("account_id", String(12), nullable=False),
    Column("region", String(40), nullable=False),
)

replication_backfills = Table(
    "replication_backfills",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("region", String(40), nullable=False),
    Column("destination_account", String(12), nullable=False),
    Column("destination_region", String(40), nullable=False),
    Column("status", String(16), nullable=False),
    Column("failure_code", String(64), nullable=True),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=True),
    Column("total", BigInteger, nullable=True),
    Column("completed", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("failure_codes", JSON, nullable=False),
    Column("position_repository", String(256), nullable=False),
    Column("position_image", BigInteger, nullable=False),
    Index("replication_backfills_of_registry", "account_id", "region"),
    sqlite_autoincrement=True,
)

backfill_results = Table(
    "backfill_results",
    metadata,
    Column("number", RowId, primary_key=True),
    Column(
        "backfill", ForeignKey("replication_backfills.number", ondelete="CASCADE"), nullable=False
    ),
    Column("repository", String(256), nullable=False),
    Column("digest", String(135), nullable=False),
    Column("tag", String(128), nullable=True),
    Column("failure_code", String(64), nullable=True),
    Column("child_failure_codes", JSON(none_as_null=True), nullable=True),
    Index("backfill_results_of_backfill", "backfill", "number"),
    sqlite_autoincrement=True,
)
