"""Tables of registries, repositories and what is set for them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    String,
    Table,
    UniqueConstraint,
)

from portside.metadata.tables.columns import Instant, RowId, metadata, repository_id

registries = Table(
    "registries",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("region", String(40), primary_key=True),
    Column("oci_strict", Boolean, nullable=True),
    Column("repository_count", BigInteger, nullable=False, server_default="0"),
)

repositories = Table(
    "repositories",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("region", String(40), nullable=False),
    Column("name", String(256), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("mutability", String(32), nullable=False),
    Column("mutability_exclusions", JSON, nullable=False),
    Column("scan_on_push", Boolean, nullable=False),
    Column("encryption_type", String(16), nullable=False),
    Column("kms_key", String(2048), nullable=True),
    Column("generation", BigInteger, nullable=False, default=0),
    Column("image_count", BigInteger, nullable=False, server_default="0"),
    Column("pulls_through", Boolean, nullable=False, server_default="0"),
    UniqueConstraint("account_id", "region", "name"),
    sqlite_autoincrement=True,
)

resource_tags = Table(
    "resource_tags",
    metadata,
    repository_id(),
    Column("key", String(128), primary_key=True),
    Column("value", String(256), nullable=False),
)
