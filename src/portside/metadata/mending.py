"""Making rows agree with one another and with the store again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, exists, func, insert, select, update

from portside.metadata import generations, unreferenced
from portside.metadata.database import Transaction, insert_if_referenced
from portside.metadata.tables import (
    blobs,
    image_blobs,
    image_children,
    images,
    orphan_blobs,
    registries,
    repositories,
    repository_blobs,
    tags,
    unreferenced_blobs,
)


def forget_blob(tx: Transaction, digest: str) -> None:
    """Let nobody have a blob: who asks for it is told that it is not there, and may push it again.

    What images name stays.
    """
    holders = select(repository_blobs.c.repository_id).where(repository_blobs.c.digest == digest)
    generations.grow_repositories(tx, repositories.c.id.in_(holders))
    for table in (unreferenced_blobs, repository_blobs, orphan_blobs, blobs):
        tx.execute(delete(table).where(table.c.digest == digest))


def restore_membership(tx: Transaction, repository_id: int, digest: str, now: datetime) -> bool:
    """Let a repository have a blob that one of its images names; whether the blob is there."""
    held = select(repository_blobs.c.digest).where(
        repository_blobs.c.repository_id == repository_id, repository_blobs.c.digest == digest
    )
    if tx.scalar(held) is not None:
        return True
    if tx.scalar(select(blobs.c.digest).where(blobs.c.digest == digest)) is None:
        return False
    row = {"repository_id": repository_id, "digest": digest, "created_at": now}
    if not insert_if_referenced(tx, insert(repository_blobs), row):
        return False
    unreferenced.note_image_comes(tx, repository_id, [digest])
    _touch(tx, repository_id)
    return True


def replace_named(
    tx: Transaction,
    image_id: int,
    repository_id: int,
    named: tuple[Iterable[str], Iterable[str]],
) -> None:
    """Note of an image, if it is there, the blobs and children that it names, and nothing else."""
    if tx.scalar(select(images.c.id).where(images.c.id == image_id)) is None:
        return
    for table, digests in zip((image_blobs, image_children), named, strict=True):
        tx.execute(delete(table).where(table.c.image_id == image_id))
        rows = [
            {"image_id": image_id, "digest": digest, "repository_id": repository_id}
            for digest in digests
        ]
        if rows:
            tx.execute(insert(table), rows)
    unreferenced.note_image_comes(tx, repository_id, named[0])
    _touch(tx, repository_id)


def delete_tag(tx: Transaction, repository_id: int, tag: str) -> None:
    """Remove a tag that names nothing."""
    tx.execute(delete(tags).where(tags.c.repository_id == repository_id, tags.c.name == tag))
    _touch(tx, repository_id)


def mark_tagged(tx: Transaction, image_id: int) -> None:
    """Note of an image whether a tag names it."""
    named = exists().where(tags.c.image_id == image_id)
    tx.execute(update(images).where(images.c.id == image_id).values(tagged=named))


def recount(tx: Transaction) -> None:
    """Count the images of every repository and the repositories of every registry anew."""
    of_repository = (
        select(func.count())
        .select_from(images)
        .where(images.c.repository_id == repositories.c.id)
        .scalar_subquery()
    )
    generations.grow_repositories(tx, repositories.c.image_count != of_repository)
    tx.execute(
        update(repositories)
        .where(repositories.c.image_count != of_repository)
        .values(image_count=of_repository)
    )
    of_registry = (
        select(func.count())
        .select_from(repositories)
        .where(
            repositories.c.account_id == registries.c.account_id,
            repositories.c.region == registries.c.region,
        )
        .scalar_subquery()
    )
    tx.execute(
        update(registries)
        .where(registries.c.repository_count != of_registry)
        .values(repository_count=of_registry)
    )


def _touch(tx: Transaction, repository_id: int) -> None:
    generations.grow_repositories(tx, repositories.c.id == repository_id)
