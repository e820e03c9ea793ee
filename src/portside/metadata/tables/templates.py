"""The table of repository creation templates."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, String, Table, Text

from portside.metadata.tables.columns import Instant, metadata

creation_templates = Table(
    "creation_templates",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("region", String(40), primary_key=True),
    Column("key", String(256), primary_key=True),
    Column("prefix", String(256), nullable=False),
    Column("description", String(256), nullable=True),
    Column("mutability", String(32), nullable=False),
    Column("mutability_exclusions", JSON, nullable=False),
    Column("encryption_type", String(16), nullable=False),
    Column("kms_key", String(2048), nullable=True),
    Column("resource_tags", JSON, nullable=False),
    Column("repository_policy", Text, nullable=True),
    Column("lifecycle_policy", Text, nullable=True),
    Column("applied_for", JSON, nullable=False),
    Column("custom_role_arn", String(2048), nullable=True),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
