"""The tables, in SQLAlchemy Core; ``migrations/versions`` makes and changes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, kept as microseconds since 1970: exact, ordered, the same everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds."""
        del dialect
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From microseconds."""
        del dialect
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData()
_Id = BigInteger().with_variant(Integer, "sqlite")


def _repository_id(*, key: bool = True) -> Column[Any]:
    target = ForeignKey("repositories.id", ondelete="CASCADE")
    return Column("repository_id", _Id, target, primary_key=key, nullable=False)


def _image_id(*, key: bool = True) -> Column[Any]:
    target = ForeignKey("images.id", ondelete="CASCADE")
    return Column("image_id", _Id, target, primary_key=key, nullable=False, index=not key)


accounts = Table(
    "accounts",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("created_at", Instant, nullable=False),
)

principals = Table(
    "principals",
    metadata,
    Column("arn", String(2048), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("unique_id", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)

access_keys = Table(
    "access_keys",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("principal_arn", ForeignKey("principals.arn", ondelete="CASCADE"), nullable=False),
    Column("secret", String(512), nullable=False),
    Column("active", Boolean, nullable=False),
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

registries = Table(
    "registries",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("region", String(40), primary_key=True),
    Column("oci_strict", Boolean, nullable=True),
)

repositories = Table(
    "repositories",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("region", String(40), nullable=False),
    Column("name", String(256), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("mutability", String(32), nullable=False),
    Column("mutability_exclusions", JSON, nullable=False),
    Column("scan_on_push", Boolean, nullable=False),
    Column("encryption_type", String(16), nullable=False),
    Column("kms_key", String(2048), nullable=True),
    Column("generation", BigInteger, nullable=False, default=0),
    UniqueConstraint("account_id", "region", "name"),
    sqlite_autoincrement=True,
)

resource_tags = Table(
    "resource_tags",
    metadata,
    _repository_id(),
    Column("key", String(128), primary_key=True),
    Column("value", String(256), nullable=False),
)

blobs = Table(
    "blobs",
    metadata,
    Column("digest", String(135), primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
)

repository_blobs = Table(
    "repository_blobs",
    metadata,
    _repository_id(),
    Column("digest", ForeignKey("blobs.digest"), primary_key=True),
    Column("created_at", Instant, nullable=False),
    Index("repository_blobs_by_digest", "digest"),
)

images = Table(
    "images",
    metadata,
    Column("id", _Id, primary_key=True),
    _repository_id(key=False),
    Column("digest", String(135), nullable=False),
    Column("media_type", String(255), nullable=False),
    Column("artifact_type", String(255), nullable=True),
    Column("config_media_type", String(255), nullable=True),
    Column("subject", String(135), nullable=True),
    Column("manifest_bytes", BigInteger, nullable=False),
    Column("image_bytes", BigInteger, nullable=False),
    Column("pushed_at", Instant, nullable=False),
    Column("pulled_at", Instant, nullable=True),
    UniqueConstraint("repository_id", "digest"),
    Index("images_by_subject", "repository_id", "subject"),
    sqlite_autoincrement=True,
)

manifests = Table(
    "manifests",
    metadata,
    _image_id(),
    Column("body", LargeBinary, nullable=False),
)

image_blobs = Table(
    "image_blobs",
    metadata,
    _image_id(),
    Column("digest", String(135), primary_key=True),
    Column("repository_id", _Id, nullable=False),
    Index("image_blobs_by_digest", "repository_id", "digest"),
)

image_children = Table(
    "image_children",
    metadata,
    _image_id(),
    Column("digest", String(135), primary_key=True),
    Column("repository_id", _Id, nullable=False),
    Index("image_children_by_digest", "repository_id", "digest"),
)

tags = Table(
    "tags",
    metadata,
    _repository_id(),
    Column("name", String(128), primary_key=True),
    _image_id(key=False),
    Column("tagged_at", Instant, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(64), primary_key=True),
    _repository_id(key=False),
    Column("algorithm", String(16), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("digest", String(135), nullable=True),
    Column("last_part_bytes", BigInteger, nullable=False),
    Column("short_part", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("account_id", String(12), nullable=False),
    Column("region", String(40), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("document", JSON, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
