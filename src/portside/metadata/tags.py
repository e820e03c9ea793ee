"""Rows of image tags."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, exists, select, update

from portside.metadata.database import Transaction
from portside.metadata.statements import upsert
from portside.metadata.tables import images, tags
from portside.names.digests import Digest
from portside.names.tags import Tag
from portside.registry.repositories import Repository

# Marks an image with whether a tag names it.
_MARK = (
    update(images)
    .where(images.c.id == bindparam("image"))
    .values(tagged=exists().where(tags.c.image_id == bindparam("image")))
)


def find_tag(tx: Transaction, repository: Repository, tag: Tag) -> Digest | None:
    """The digest that a tag names, or ``None``."""
    text = tx.scalar(
        select(images.c.digest)
        .join(tags, tags.c.image_id == images.c.id)
        .where(tags.c.repository_id == repository.id, tags.c.name == tag.text)
    )
    return Digest(text) if text else None


def put_tag(
    tx: Transaction, repository: Repository, tag: Tag, image_id: int, now: datetime
) -> None:
    """Let a tag name this image, whatever it named before."""
    held = select(tags.c.image_id).where(
        tags.c.repository_id == repository.id, tags.c.name == tag.text
    )
    before = tx.scalar(held)
    values = {"image_id": image_id, "tagged_at": now}
    tx.execute(
        upsert(tags)
        .values(repository_id=repository.id, name=tag.text, **values)
        .on_conflict_do_update(index_elements=["repository_id", "name"], set_=values)
    )
    for changed in {before, image_id} - {None}:
        tx.execute(_MARK, {"image": changed})


def delete_tag(tx: Transaction, repository: Repository, tag: Tag) -> None:
    """Remove a tag; its image stays."""
    gone = (
        delete(tags)
        .where(tags.c.repository_id == repository.id, tags.c.name == tag.text)
        .returning(tags.c.image_id)
    )
    for image_id in tx.scalars(gone).all():
        tx.execute(_MARK, {"image": image_id})


def list_tags(
    tx: Transaction, repository: Repository, *, after: str, limit: int | None
) -> list[str]:
    """Up to ``limit`` tags behind ``after``, in the order of their bytes."""
    query = (
        select(tags.c.name)
        .where(tags.c.repository_id == repository.id, tags.c.name > after)
        .order_by(tags.c.name)
    )
    return list(tx.scalars(query if limit is None else query.limit(limit)))
