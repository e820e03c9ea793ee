"""Tables of who may act: accounts, their identities, and what these prove themselves with."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from portside.metadata.tables.columns import Instant, RowId, metadata


def identity_id(name: str = "identity_id", *, key: bool = True) -> Column[str]:
    """The identity that a row belongs to and goes with."""
    target = ForeignKey("identities.id", ondelete="CASCADE")
    return Column(name, String(64), target, primary_key=key, nullable=False, index=not key)


def account_id(*, key: bool = False) -> Column[str]:
    """The account that a row belongs to and goes with."""
    target = ForeignKey("accounts.id", ondelete="CASCADE")
    return Column("account_id", String(12), target, primary_key=key, nullable=False)


accounts = Table(
    "accounts",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("alias", String(63), nullable=True),
    Column("password_policy", JSON(none_as_null=True), nullable=True),
    Index("accounts_by_alias", "alias", unique=True),
)

# Root users, users, groups and roles: IAM's identities. ``id`` stays with one for good and is
# never given to another; its name and ARN may change. Names that differ only in case are one name.
identities = Table(
    "identities",
    metadata,
    Column("id", String(64), primary_key=True),
    account_id(),
    Column("kind", String(16), nullable=False),
    Column("name", String(128), nullable=False),
    Column("name_key", String(128), nullable=False),
    Column("path", String(512), nullable=False),
    Column("arn", String(2048), nullable=False, unique=True),
    Column("boundary_arn", String(2048), nullable=True, index=True),
    Column("tags", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("account_id", "kind", "name_key"),
)

roles = Table(
    "roles",
    metadata,
    identity_id(),
    Column("trust_policy", Text, nullable=False),
    Column("description", Text, nullable=True),
    Column("session_seconds_max", Integer, nullable=False),
    Column("last_used_at", Instant, nullable=True),
    Column("last_used_region", String(40), nullable=True),
)

memberships = Table(
    "memberships",
    metadata,
    identity_id("user_id"),
    Column(
        "group_id",
        String(64),
        ForeignKey("identities.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)

access_keys = Table(
    "access_keys",
    metadata,
    Column("id", String(128), primary_key=True),
    identity_id(key=False),
    Column("secret", String(512), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant, nullable=True),
    Column("last_used_region", String(40), nullable=True),
    Column("last_used_service", String(40), nullable=True),
)

login_profiles = Table(
    "login_profiles",
    metadata,
    identity_id(),
    Column("password_hash", String(255), nullable=False),
    Column("reset_required", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("last_used_at", Instant, nullable=True),
)

# Hashes of earlier passwords, which an account's password policy may forbid to come again.
former_passwords = Table(
    "former_passwords",
    metadata,
    Column("id", RowId, primary_key=True),
    identity_id(key=False),
    Column("password_hash", String(255), nullable=False),
    sqlite_autoincrement=True,
)

oidc_providers = Table(
    "oidc_providers",
    metadata,
    Column("arn", String(2048), primary_key=True),
    account_id(),
    Column("url", String(255), nullable=False),
    Column("client_ids", JSON, nullable=False),
    Column("thumbprints", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

generations = Table(
    "generations",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
