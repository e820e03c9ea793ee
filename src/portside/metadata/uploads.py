"""Rows of upload sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from portside.metadata.database import Transaction
from portside.metadata.tables import uploads
from portside.names.digests import Digest
from portside.registry.repositories import Repository
from portside.registry.uploads import Upload


def find_upload(tx: Transaction, repository: Repository, upload_id: str) -> Upload | None:
    """The upload of this id in this repository, or ``None``."""
    query = select(uploads).where(
        uploads.c.id == upload_id, uploads.c.repository_id == repository.id
    )
    row = tx.execute(query).one_or_none()
    return _upload(row) if row else None


def insert_upload(tx: Transaction, upload: Upload) -> None:
    """Add an upload."""
    tx.execute(insert(uploads).values(**_values(upload), updated_at=upload.created_at))


def update_upload(tx: Transaction, upload: Upload, now: datetime) -> bool:
    """Record how far an upload has come; whether it is still there."""
    changed = tx.execute(
        update(uploads).where(uploads.c.id == upload.id).values(**_values(upload), updated_at=now)
    )
    return changed.rowcount > 0


def delete_upload(tx: Transaction, upload_id: str) -> bool:
    """Remove an upload; whether it was there."""
    return tx.execute(delete(uploads).where(uploads.c.id == upload_id)).rowcount > 0


def list_upload_ids(tx: Transaction, repository: Repository) -> list[str]:
    """The ids of a repository's open uploads."""
    return list(tx.scalars(select(uploads.c.id).where(uploads.c.repository_id == repository.id)))


def _values(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.id,
        "repository_id": upload.repository_id,
        "algorithm": upload.algorithm,
        "size_bytes": upload.size_bytes,
        "digest": upload.digest.text if upload.digest else None,
        "last_part_bytes": upload.last_part_bytes,
        "short_part": upload.short_part,
        "created_at": upload.created_at,
    }


def _upload(row: Row[Any]) -> Upload:
    return Upload(
        id=row.id,
        repository_id=row.repository_id,
        algorithm=row.algorithm,
        size_bytes=row.size_bytes,
        digest=Digest(row.digest) if row.digest else None,
        last_part_bytes=row.last_part_bytes,
        short_part=row.short_part,
        created_at=row.created_at,
    )
