"""Tasks: reactions to events, what is to run and when, and leases.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITING = sa.text("waiting IS NOT NULL")


def upgrade() -> None:
    """Add the tables; events of before were nobody's to react to."""
    op.add_column("events", sa.Column("waiting", sa.Boolean(), nullable=True))
    op.create_index(
        "events_waiting", "events", ["id"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )
    op.create_index("events_by_time", "events", ["occurred_at"])
    op.create_table(
        "reactions",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("reaction", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.String(length=320), nullable=False),
        sa.Column("event_id", _ROW_ID, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "reactions_by_lane", "reactions", ["reaction", "lane", "failed_at", "id"], unique=False
    )
    op.create_index(op.f("ix_reactions_event_id"), "reactions", ["event_id"], unique=False)
    op.create_index(op.f("ix_reactions_failed_at"), "reactions", ["failed_at"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.String(length=320), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=1000), nullable=True),
        sa.PrimaryKeyConstraint("kind", "name", "lane"),
    )
    op.create_index(op.f("ix_tasks_due_at"), "tasks", ["due_at"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("leases")
    op.drop_table("tasks")
    op.drop_table("reactions")
    op.drop_index("events_by_time", table_name="events")
    op.drop_index("events_waiting", table_name="events")
    op.drop_column("events", "waiting")
