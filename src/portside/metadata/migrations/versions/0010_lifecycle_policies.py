"""Lifecycle policies with their previews and their history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _of_repository() -> list[sa.Column[int] | sa.ForeignKeyConstraint]:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return [
        sa.Column("repository_id", row_id, nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], ondelete="CASCADE"),
    ]


def upgrade() -> None:
    """Make the tables of lifecycle policies, previews, their results, and what was done."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "lifecycle_policies",
        *_of_repository(),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("evaluated_at", sa.BigInteger(), nullable=True),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("repository_id"),
    )
    op.create_index(
        "lifecycle_policies_in_turn", "lifecycle_policies", ["evaluated_at", "repository_id"]
    )
    op.create_table(
        "lifecycle_previews",
        *_of_repository(),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("expiring_count", sa.BigInteger(), nullable=False),
        sa.Column("transitioning_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("repository_id"),
    )
    op.create_table(
        "lifecycle_preview_results",
        *_of_repository(),
        sa.Column("position", row_id, nullable=False),
        sa.Column("digest", sa.String(length=135), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("tagged", sa.Boolean(), nullable=False),
        sa.Column("pushed_at", sa.BigInteger(), nullable=False),
        sa.Column("storage_class", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("rule_priority", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", "position"),
    )
    op.create_index(
        "lifecycle_preview_results_by_digest",
        "lifecycle_preview_results",
        ["repository_id", "digest"],
    )
    op.create_table(
        "lifecycle_acts",
        sa.Column("id", row_id, nullable=False),
        *_of_repository(),
        sa.Column("digest", sa.String(length=135), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("pushed_at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("rule_priority", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=135), nullable=True),
        sa.Column("acted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("lifecycle_acts_of_repository", "lifecycle_acts", ["repository_id", "id"])


def downgrade() -> None:
    """Remove the tables of lifecycle policies."""
    op.drop_table("lifecycle_acts")
    op.drop_table("lifecycle_preview_results")
    op.drop_table("lifecycle_previews")
    op.drop_table("lifecycle_policies")
