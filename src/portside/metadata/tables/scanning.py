"""Tables of scans: what layers hold, how scans went, what they found."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, String, Table

from portside.metadata.tables.columns import Instant, image_id, metadata

layer_contents = Table(
    "layer_contents",
    metadata,
    Column("digest", ForeignKey("blobs.digest", ondelete="CASCADE"), primary_key=True),
    # Of the reader that made it: a better one reads the layer again.
    Column("reader", Integer, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("read_at", Instant, nullable=False),
)

scans = Table(
    "scans",
    metadata,
    image_id(),
    Column("state", String(16), nullable=False),
    Column("description", String(1024), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("completed_at", Instant, nullable=True),
    Column("source_updated_at", Instant, nullable=True),
    Column("database", String(128), nullable=False),
    Column("counts", JSON, nullable=False),
)

scan_findings = Table(
    "scan_findings",
    metadata,
    image_id(),
    Column("position", Integer, primary_key=True),
    Column("severity", String(16), nullable=False),
    Column("document", JSON, nullable=False),
)
