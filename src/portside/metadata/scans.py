"""Rows of scans, their findings, and what layers hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from portside.metadata.database import Transaction, insert_if_referenced
from portside.metadata.statements import upsert
from portside.metadata.tables import images, layer_contents, scan_findings, scans
from portside.names.digests import Digest
from portside.registry.images import Image
from portside.registry.scans import Scan, ScanState, StoredFinding

_BATCH = 500


def find_scan(tx: Transaction, image: Image) -> Scan | None:
    """The newest scan of an image, or ``None``."""
    row = tx.execute(select(scans).where(scans.c.image_id == image.id)).one_or_none()
    return _scan(row) if row else None


def find_scans(tx: Transaction, image_ids: Sequence[int]) -> dict[int, Scan]:
    """The newest scans of those images that have any."""
    found: dict[int, Scan] = {}
    for start in range(0, len(image_ids), _BATCH):
        batch = image_ids[start : start + _BATCH]
        query = select(scans).where(scans.c.image_id.in_(batch))
        found |= {row.image_id: _scan(row) for row in tx.execute(query)}
    return found


def request_scan(tx: Transaction, image_id: int, now: datetime) -> None:
    """Let an image wait for a scan; what an earlier one found stays until then."""
    values = {
        "state": ScanState.WAITING.value,
        "description": "",
        "requested_at": now,
    }
    tx.execute(
        upsert(scans)
        .values(image_id=image_id, database="", counts={}, **values)
        .on_conflict_do_update(index_elements=["image_id"], set_=values)
    )


def put_result(tx: Transaction, scan: Scan, findings: Iterable[StoredFinding]) -> None:
    """Record how a scan went, in the place of what the one before it found."""
    tx.execute(delete(scan_findings).where(scan_findings.c.image_id == scan.image_id))
    tx.execute(
        update(scans)
        .where(scans.c.image_id == scan.image_id)
        .values(
            state=scan.state.value,
            description=scan.description[:1024],
            completed_at=scan.completed_at,
            source_updated_at=scan.source_updated_at,
            database=scan.database,
            counts=dict(scan.counts),
        )
    )
    rows = [
        {
            "image_id": scan.image_id,
            "position": finding.position,
            "severity": finding.severity,
            "document": finding.document,
        }
        for finding in findings
    ]
    if rows:
        tx.execute(insert(scan_findings), rows)


def list_findings(tx: Transaction, image: Image, *, after: int, limit: int) -> list[StoredFinding]:
    """Up to ``limit`` findings behind a position, in their order."""
    query = (
        select(scan_findings)
        .where(scan_findings.c.image_id == image.id, scan_findings.c.position > after)
        .order_by(scan_findings.c.position)
        .limit(limit)
    )
    return [
        StoredFinding(position=row.position, severity=row.severity, document=row.document)
        for row in tx.execute(query)
    ]


def list_outdated(
    tx: Transaction, database: str, *, after: int, limit: int
) -> list[tuple[int, int]]:
    """Ids of images behind one, and of their repositories, scanned with other advisories."""
    query = (
        select(scans.c.image_id, images.c.repository_id)
        .join(images, images.c.id == scans.c.image_id)
        .where(
            scans.c.state == ScanState.COMPLETE.value,
            scans.c.database != database,
            scans.c.image_id > after,
        )
        .order_by(scans.c.image_id)
        .limit(limit)
    )
    return [(row.image_id, row.repository_id) for row in tx.execute(query)]


def find_layer_documents(
    tx: Transaction, digests: Sequence[Digest], reader: int
) -> Mapping[str, bytes]:
    """What this reader found in those layers that it has read, by digest."""
    found: dict[str, bytes] = {}
    for start in range(0, len(digests), _BATCH):
        batch = [digest.text for digest in digests[start : start + _BATCH]]
        query = select(layer_contents.c.digest, layer_contents.c.document).where(
            layer_contents.c.digest.in_(batch), layer_contents.c.reader == reader
        )
        found |= {row.digest: row.document for row in tx.execute(query)}
    return found


def put_layer_document(
    tx: Transaction, digest: Digest, reader: int, document: bytes, now: datetime
) -> bool:
    """Remember what a layer holds; whether the layer is still there."""
    values: dict[str, Any] = {"reader": reader, "document": document, "read_at": now}
    statement = upsert(layer_contents).on_conflict_do_update(index_elements=["digest"], set_=values)
    return insert_if_referenced(tx, statement, {"digest": digest.text, **values})


def _scan(row: Row[Any]) -> Scan:
    return Scan(
        image_id=row.image_id,
        state=ScanState(row.state),
        description=row.description,
        requested_at=row.requested_at,
        completed_at=row.completed_at,
        source_updated_at=row.source_updated_at,
        database=row.database,
        counts=row.counts,
    )
