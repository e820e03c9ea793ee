"""Tables of blobs, images, tags and uploads."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from portside.metadata.tables.columns import Instant, RowId, image_id, metadata, repository_id

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
    repository_id(),
    Column("digest", ForeignKey("blobs.digest"), primary_key=True),
    Column("created_at", Instant, nullable=False),
    Index("repository_blobs_by_digest", "digest"),
)

# Memberships that no image of their repository needs, and since when. Every transaction that ends
# or begins such a need writes here, so that collecting never looks at what is needed.
unreferenced_blobs = Table(
    "unreferenced_blobs",
    metadata,
    Column("repository_id", RowId, primary_key=True),
    Column("digest", String(135), primary_key=True),
    Column("since", Instant, nullable=False, index=True),
    ForeignKeyConstraint(
        ["repository_id", "digest"],
        ["repository_blobs.repository_id", "repository_blobs.digest"],
        ondelete="CASCADE",
    ),
)

# Blobs that the last repository has lost: their bytes go next. A row outlives the blob's own row
# until the bytes are gone, so that a crash in between is made good.
orphan_blobs = Table(
    "orphan_blobs",
    metadata,
    Column("digest", String(135), primary_key=True),
)

images = Table(
    "images",
    metadata,
    Column("id", RowId, primary_key=True),
    repository_id(key=False),
    Column("digest", String(135), nullable=False),
    Column("media_type", String(255), nullable=False),
    Column("artifact_type", String(255), nullable=True),
    Column("config_media_type", String(255), nullable=True),
    Column("subject", String(135), nullable=True),
    Column("manifest_bytes", BigInteger, nullable=False),
    Column("image_bytes", BigInteger, nullable=False),
    Column("pushed_at", Instant, nullable=False),
    Column("pulled_at", Instant, nullable=True),
    Column("storage_class", String(16), nullable=False, server_default="STANDARD"),
    Column("archived_at", Instant, nullable=True),
    Column("activated_at", Instant, nullable=True),
    # Whether a tag names it: kept with the tags, so that no listing has to look for them.
    Column("tagged", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("repository_id", "digest"),
    Index("images_by_subject", "repository_id", "subject"),
    Index("images_in_order", "repository_id", "storage_class", "tagged", "id"),
    sqlite_autoincrement=True,
)

manifests = Table(
    "manifests",
    metadata,
    image_id(),
    Column("body", LargeBinary, nullable=False),
)

image_blobs = Table(
    "image_blobs",
    metadata,
    image_id(),
    Column("digest", String(135), primary_key=True),
    Column("repository_id", RowId, nullable=False),
    Index("image_blobs_by_digest", "repository_id", "digest"),
)

image_children = Table(
    "image_children",
    metadata,
    image_id(),
    Column("digest", String(135), primary_key=True),
    Column("repository_id", RowId, nullable=False),
    Index("image_children_by_digest", "repository_id", "digest"),
)

tags = Table(
    "tags",
    metadata,
    repository_id(),
    Column("name", String(128), primary_key=True),
    image_id(key=False),
    Column("tagged_at", Instant, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(64), primary_key=True),
    repository_id(key=False),
    Column("algorithm", String(16), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("digest", String(135), nullable=True),
    Column("last_part_bytes", BigInteger, nullable=False),
    Column("short_part", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    # Where the store has the bytes that count; in a folder the upload's id tells.
    Column("receipt", Text, nullable=False, server_default=""),
)
