"""Where a store that is no folder has the bytes of an upload."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the receipts of uploads."""
    op.add_column("uploads", sa.Column("receipt", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Remove the receipts of uploads."""
    op.drop_column("uploads", "receipt")
