"""What may be collected: memberships that no image needs, blobs that no repository has.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, with what of before may be collected."""
    op.create_table(
        "unreferenced_blobs",
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("digest", sa.String(length=135), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id", "digest"],
            ["repository_blobs.repository_id", "repository_blobs.digest"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("repository_id", "digest"),
    )
    op.create_index(
        op.f("ix_unreferenced_blobs_since"), "unreferenced_blobs", ["since"], unique=False
    )
    op.create_table(
        "orphan_blobs",
        sa.Column("digest", sa.String(length=135), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.execute(
        "INSERT INTO unreferenced_blobs (repository_id, digest, since) "
        "SELECT repository_id, digest, created_at FROM repository_blobs WHERE NOT EXISTS ("
        "SELECT 1 FROM image_blobs WHERE image_blobs.digest = repository_blobs.digest "
        "AND image_blobs.repository_id = repository_blobs.repository_id)"
    )
    op.execute(
        "INSERT INTO orphan_blobs (digest) SELECT digest FROM blobs WHERE NOT EXISTS ("
        "SELECT 1 FROM repository_blobs WHERE repository_blobs.digest = blobs.digest)"
    )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("orphan_blobs")
    op.drop_table("unreferenced_blobs")
