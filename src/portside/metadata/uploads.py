"""Rows of upload sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from portside.metadata.database import Transaction, insert_if_referenced
from portside.metadata.tables import uploads
from portside.names.digests import Digest
from portside.registry.repositories import Repository
from portside.registry.uploads import Upload

# Built once: each stands on the path of every push, and building one costs more than running it.
_FIND = select(uploads).where(
    uploads.c.id == bindparam("upload_id"), uploads.c.repository_id == bindparam("repository")
)
_INSERT = insert(uploads)
_UPDATE = (
    update(uploads)
    .where(
        uploads.c.id == bindparam("upload_id"),
        uploads.c.size_bytes == bindparam("known_bytes"),
        uploads.c.receipt == bindparam("known_receipt"),
    )
    .values(
        receipt=bindparam("receipt"),
        size_bytes=bindparam("size_bytes"),
        digest=bindparam("digest"),
        last_part_bytes=bindparam("last_part_bytes"),
        short_part=bindparam("short_part"),
        updated_at=bindparam("updated_at"),
    )
)
_DELETE = delete(uploads).where(uploads.c.id == bindparam("upload_id"))


def find_upload(tx: Transaction, repository: Repository, upload_id: str) -> Upload | None:
    """The upload of this id in this repository, or ``None``."""
    wanted = {"upload_id": upload_id, "repository": repository.id}
    row = tx.execute(_FIND, wanted).one_or_none()
    return _upload(row) if row else None


def insert_upload(tx: Transaction, upload: Upload) -> bool:
    """Add an upload; whether its repository is still there."""
    row = {
        "id": upload.id,
        "repository_id": upload.repository_id,
        "algorithm": upload.algorithm,
        "created_at": upload.created_at,
        **_progress(upload, upload.created_at),
    }
    return insert_if_referenced(tx, _INSERT, row)


def update_upload(tx: Transaction, known: Upload, grown: Upload, now: datetime) -> bool:
    """Record how far an upload has come; whether it still stood where it was ``known`` to."""
    wanted = {
        "upload_id": known.id,
        "known_bytes": known.size_bytes,
        "known_receipt": known.receipt,
    }
    return tx.execute(_UPDATE, {**wanted, **_progress(grown, now)}).rowcount > 0


def delete_upload(tx: Transaction, upload_id: str) -> bool:
    """Remove an upload; whether it was there."""
    return tx.execute(_DELETE, {"upload_id": upload_id}).rowcount > 0


def forget_digests(tx: Transaction) -> None:
    """Let every open upload's digest be unknown, so that completing it reads its bytes."""
    tx.execute(update(uploads).where(uploads.c.digest.is_not(None)).values(digest=None))


def list_receipts(tx: Transaction, repository: Repository) -> list[tuple[str, str]]:
    """The ids of a repository's open uploads, each with its receipt."""
    query = select(uploads.c.id, uploads.c.receipt)
    rows = tx.execute(query.where(uploads.c.repository_id == repository.id))
    return [(row.id, row.receipt) for row in rows]


def list_abandoned(tx: Transaction, before: datetime, limit: int) -> list[str]:
    """The ids of up to ``limit`` uploads to which nothing was added since then."""
    query = (
        select(uploads.c.id)
        .where(uploads.c.updated_at <= before)
        .order_by(uploads.c.updated_at)
        .limit(limit)
    )
    return list(tx.scalars(query))


def is_abandoned(tx: Transaction, upload_id: str, before: datetime) -> bool:
    """Whether nothing was added to an upload since then; also of one that is not there."""
    found: datetime | None = tx.scalar(
        select(uploads.c.updated_at).where(uploads.c.id == upload_id)
    )
    return found is None or found <= before


def _progress(upload: Upload, now: datetime) -> dict[str, Any]:
    return {
        "receipt": upload.receipt,
        "size_bytes": upload.size_bytes,
        "digest": upload.digest.text if upload.digest else None,
        "last_part_bytes": upload.last_part_bytes,
        "short_part": upload.short_part,
        "updated_at": now,
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
        receipt=row.receipt,
    )
