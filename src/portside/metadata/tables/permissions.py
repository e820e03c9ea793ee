"""Tables of what identities may do: managed and inline policies, and who has which."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from portside.metadata.tables.columns import Instant, metadata
from portside.metadata.tables.identity import account_id, identity_id

# The policies that accounts make; those of AWS are data, not rows.
managed_policies = Table(
    "managed_policies",
    metadata,
    Column("id", String(64), primary_key=True),
    account_id(),
    Column("name", String(128), nullable=False),
    Column("name_key", String(128), nullable=False),
    Column("path", String(512), nullable=False),
    Column("arn", String(2048), nullable=False, unique=True),
    Column("description", Text, nullable=True),
    Column("default_version", Integer, nullable=False),
    Column("newest_version", Integer, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("account_id", "name_key"),
)

policy_versions = Table(
    "policy_versions",
    metadata,
    Column(
        "policy_id",
        String(64),
        ForeignKey("managed_policies.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

inline_policies = Table(
    "inline_policies",
    metadata,
    identity_id(),
    Column("name", String(128), primary_key=True),
    Column("document", Text, nullable=False),
)

# ``policy_arn`` is no foreign key: the policies of AWS are no rows.
attachments = Table(
    "attachments",
    metadata,
    identity_id(),
    Column("policy_arn", String(2048), primary_key=True, index=True),
    Column("attached_at", Instant, nullable=False),
)
