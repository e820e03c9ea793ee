"""Storage classes of images, and what is counted instead of looked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COUNTED = (
    "UPDATE images SET tagged = EXISTS (SELECT 1 FROM tags WHERE tags.image_id = images.id)",
    """UPDATE repositories SET image_count =
        (SELECT count(*) FROM images WHERE images.repository_id = repositories.id)""",
    """INSERT INTO registries (account_id, region)
        SELECT DISTINCT account_id, region FROM repositories WHERE NOT EXISTS (
            SELECT 1 FROM registries WHERE registries.account_id = repositories.account_id
            AND registries.region = repositories.region)""",
    """UPDATE registries SET repository_count = (SELECT count(*) FROM repositories
        WHERE repositories.account_id = registries.account_id
        AND repositories.region = registries.region)""",
)


def upgrade() -> None:
    """Add the columns, and fill them for what is there."""
    op.add_column(
        "images",
        sa.Column("storage_class", sa.String(16), nullable=False, server_default="STANDARD"),
    )
    op.add_column("images", sa.Column("archived_at", sa.BigInteger(), nullable=True))
    op.add_column("images", sa.Column("activated_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "images", sa.Column("tagged", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("images_in_order", "images", ["repository_id", "storage_class", "tagged", "id"])
    op.add_column(
        "repositories",
        sa.Column("image_count", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.add_column(
        "registries",
        sa.Column("repository_count", sa.BigInteger(), nullable=False, server_default="0"),
    )
    for statement in _COUNTED:
        op.execute(statement)


def downgrade() -> None:
    """Remove the columns."""
    op.drop_column("registries", "repository_count")
    op.drop_column("repositories", "image_count")
    op.drop_index("images_in_order", table_name="images")
    for column in ("tagged", "activated_at", "archived_at", "storage_class"):
        op.drop_column("images", column)
