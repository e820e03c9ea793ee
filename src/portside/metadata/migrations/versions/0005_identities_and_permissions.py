"""Identities of every kind, their credentials and their policies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Turn principals into identities, and make the tables of IAM."""
    op.add_column("accounts", sa.Column("alias", sa.String(length=63), nullable=True))
    op.add_column("accounts", sa.Column("password_policy", sa.JSON(), nullable=True))
    op.create_index("accounts_by_alias", "accounts", ["alias"], unique=True)
    _make_identities()
    _move_principals()
    _make_credentials()
    _make_policies()


def _make_identities() -> None:
    op.create_table(
        "identities",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_key", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("arn", sa.String(length=2048), nullable=False),
        sa.Column("boundary_arn", sa.String(length=2048), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "kind", "name_key"),
        sa.UniqueConstraint("arn"),
    )
    op.create_index("ix_identities_boundary_arn", "identities", ["boundary_arn"])
    op.create_table(
        "roles",
        sa.Column("identity_id", sa.String(length=64), nullable=False),
        sa.Column("trust_policy", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("session_seconds_max", sa.Integer(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_region", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("identity_id"),
    )
    op.create_table(
        "memberships",
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["identities.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id"], ["identities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "group_id"),
    )
    op.create_index("ix_memberships_group_id", "memberships", ["group_id"])


def _move_principals() -> None:
    op.execute(
        "INSERT INTO identities"
        " (id, account_id, kind, name, name_key, path, arn, tags, created_at)"
        " SELECT unique_id, account_id, kind, 'root', 'root', '/', arn, '{}', created_at"
        " FROM principals"
    )
    op.rename_table("access_keys", "former_access_keys")
    op.create_table(
        "access_keys",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("identity_id", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.String(length=512), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_region", sa.String(length=40), nullable=True),
        sa.Column("last_used_service", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_access_keys_identity_id", "access_keys", ["identity_id"])
    op.execute(
        "INSERT INTO access_keys (id, identity_id, secret, active, created_at)"
        " SELECT k.id, p.unique_id, k.secret, k.active, k.created_at"
        " FROM former_access_keys k JOIN principals p ON p.arn = k.principal_arn"
    )
    op.drop_table("former_access_keys")
    op.drop_table("principals")


def _make_credentials() -> None:
    op.create_table(
        "login_profiles",
        sa.Column("identity_id", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("reset_required", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("identity_id"),
    )
    op.create_table(
        "former_passwords",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("identity_id", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_former_passwords_identity_id", "former_passwords", ["identity_id"])
    op.create_table(
        "oidc_providers",
        sa.Column("arn", sa.String(length=2048), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("url", sa.String(length=255), nullable=False),
        sa.Column("client_ids", sa.JSON(), nullable=False),
        sa.Column("thumbprints", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("arn"),
    )


def _make_policies() -> None:
    op.create_table(
        "managed_policies",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_key", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("arn", sa.String(length=2048), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("default_version", sa.Integer(), nullable=False),
        sa.Column("newest_version", sa.Integer(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "name_key"),
        sa.UniqueConstraint("arn"),
    )
    op.create_table(
        "policy_versions",
        sa.Column("policy_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["managed_policies.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("policy_id", "number"),
    )
    op.create_table(
        "inline_policies",
        sa.Column("identity_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("identity_id", "name"),
    )
    op.create_table(
        "attachments",
        sa.Column("identity_id", sa.String(length=64), nullable=False),
        sa.Column("policy_arn", sa.String(length=2048), nullable=False),
        sa.Column("attached_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("identity_id", "policy_arn"),
    )
    op.create_index("ix_attachments_policy_arn", "attachments", ["policy_arn"])


def downgrade() -> None:
    """Keep the principals and their access keys; nothing else has a place in the older schema."""
    op.create_table(
        "principals",
        sa.Column("arn", sa.String(length=2048), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("unique_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("arn"),
        sa.UniqueConstraint("unique_id"),
    )
    op.execute(
        "INSERT INTO principals (arn, account_id, kind, unique_id, created_at)"
        " SELECT arn, account_id, kind, id, created_at FROM identities WHERE kind <> 'group'"
    )
    op.rename_table("access_keys", "former_access_keys")
    op.create_table(
        "access_keys",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("principal_arn", sa.String(length=2048), nullable=False),
        sa.Column("secret", sa.String(length=512), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["principal_arn"], ["principals.arn"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        "INSERT INTO access_keys (id, principal_arn, secret, active, created_at)"
        " SELECT k.id, i.arn, k.secret, k.active, k.created_at"
        " FROM former_access_keys k JOIN identities i ON i.id = k.identity_id"
    )
    for table in (
        "former_access_keys",
        "attachments",
        "inline_policies",
        "policy_versions",
        "managed_policies",
        "oidc_providers",
        "former_passwords",
        "login_profiles",
        "memberships",
        "roles",
        "identities",
    ):
        op.drop_table(table)
    op.drop_index("accounts_by_alias", "accounts")
    op.drop_column("accounts", "password_policy")
    op.drop_column("accounts", "alias")
