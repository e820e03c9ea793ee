"""Tables of policies as documents, and of who set them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from portside.metadata.tables.columns import Instant, RowId, metadata, repository_id

repository_policies = Table(
    "repository_policies",
    metadata,
    repository_id(),
    Column("text", Text, nullable=False),
)

registry_policies = Table(
    "registry_policies",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("region", String(40), primary_key=True),
    Column("text", Text, nullable=False),
)

# A repository's changes go with it; a registry's have no repository.
document_changes = Table(
    "document_changes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("region", String(40), nullable=False),
    Column("repository_id", ForeignKey("repositories.id", ondelete="CASCADE"), nullable=True),
    Column("kind", String(32), nullable=False),
    Column("principal", String(2048), nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("before", Text, nullable=True),
    Column("after", Text, nullable=True),
    Index("document_changes_of_repository", "repository_id", "kind"),
    Index("document_changes_of_registry", "account_id", "region", "kind"),
    sqlite_autoincrement=True,
)
