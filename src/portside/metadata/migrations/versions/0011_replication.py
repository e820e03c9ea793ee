"""What was copied to other registries, and backfills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of replication."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "image_replications",
        sa.Column("image_id", row_id, nullable=False),
        sa.Column("destination_account", sa.String(length=12), nullable=False),
        sa.Column("destination_region", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("image_id", "destination_account", "destination_region"),
    )
    op.create_table(
        "replication_backfills",
        sa.Column("number", row_id, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("destination_account", sa.String(length=12), nullable=False),
        sa.Column("destination_region", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("completed", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("failure_codes", sa.JSON(), nullable=False),
        sa.Column("position_repository", sa.String(length=256), nullable=False),
        sa.Column("position_image", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "replication_backfills_of_registry", "replication_backfills", ["account_id", "region"]
    )
    op.create_table(
        "backfill_results",
        sa.Column("number", row_id, nullable=False),
        sa.Column("backfill", row_id, nullable=False),
        sa.Column("repository", sa.String(length=256), nullable=False),
        sa.Column("digest", sa.String(length=135), nullable=False),
        sa.Column("tag", sa.String(length=128), nullable=True),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("child_failure_codes", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["backfill"], ["replication_backfills.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("backfill_results_of_backfill", "backfill_results", ["backfill", "number"])


def downgrade() -> None:
    """Remove the tables of replication."""
    op.drop_table("backfill_results")
    op.drop_table("replication_backfills")
    op.drop_table("image_replications")
