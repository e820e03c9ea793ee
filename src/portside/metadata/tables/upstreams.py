"""Tables of pull-through cache rules, of upstream secrets, and of what was looked up when."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text

from portside.metadata.tables.columns import Instant, metadata, repository_id

pull_through_rules = Table(
    "pull_through_rules",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("region", String(40), primary_key=True),
    Column("key", String(256), primary_key=True),
    Column("prefix", String(256), nullable=False),
    Column("url", String(1024), nullable=False),
    Column("kind", String(64), nullable=True),
    Column("credential_arn", String(612), nullable=True),
    Column("custom_role_arn", String(2048), nullable=True),
    Column("upstream_prefix", String(256), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

upstream_secrets = Table(
    "upstream_secrets",
    metadata,
    Column("arn", String(612), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

upstream_checks = Table(
    "upstream_checks",
    metadata,
    repository_id(),
    Column("reference", String(256), primary_key=True),
    Column("checked_at", Instant, nullable=False),
)
