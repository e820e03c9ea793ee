"""Tables of who may act."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, String, Table

from portside.metadata.tables.columns import Instant, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("created_at", Instant, nullable=False),
)

principals = Table(
    "principals",
    metadata,
    Column("arn", String(2048), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("unique_id", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)

access_keys = Table(
    "access_keys",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("principal_arn", ForeignKey("principals.arn", ondelete="CASCADE"), nullable=False),
    Column("secret", String(512), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

generations = Table(
    "generations",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
