"""How much room repositories take, from rows."""

from __future__ import annotations

from sqlalchemy import func, select

from portside.metadata.database import Transaction
from portside.metadata.statements import total
from portside.metadata.tables import blobs, image_blobs, images, repository_blobs
from portside.registry.repositories import Repository
from portside.registry.usage import Usage


def measure_repository(tx: Transaction, repository: Repository) -> Usage:
    """The usage of a repository; looks at its rows only."""
    count, manifests = tx.execute(
        select(func.count(), total(images.c.manifest_bytes)).where(
            images.c.repository_id == repository.id
        )
    ).one()
    size = total(blobs.c.size_bytes)
    named = tx.scalar(
        select(size)
        .select_from(image_blobs)
        .join(blobs, blobs.c.digest == image_blobs.c.digest)
        .where(image_blobs.c.repository_id == repository.id)
    )
    held = tx.scalar(
        select(size)
        .select_from(repository_blobs)
        .join(blobs, blobs.c.digest == repository_blobs.c.digest)
        .where(repository_blobs.c.repository_id == repository.id)
    )
    return Usage(
        repository=repository.name.text,
        image_count=count,
        logical_bytes=manifests + (named or 0),
        unique_bytes=manifests + (held or 0),
    )


def measure_everything(tx: Transaction) -> int:
    """The bytes of all blobs and manifests that are there, each blob counted once."""
    size = tx.scalar(select(total(blobs.c.size_bytes)))
    manifests = tx.scalar(select(total(images.c.manifest_bytes)))
    return (size or 0) + (manifests or 0)
