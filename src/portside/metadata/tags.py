"""Rows of image tags."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from portside.metadata.database import Transaction
from portside.metadata.tables import images, tags
from portside.names.digests import Digest
from portside.names.tags import Tag
from portside.registry.repositories import Repository


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
    values = {"image_id": image_id, "tagged_at": now}
    tx.execute(
        insert(tags)
        .values(repository_id=repository.id, name=tag.text, **values)
        .on_conflict_do_update(index_elements=["repository_id", "name"], set_=values)
    )


def delete_tag(tx: Transaction, repository: Repository, tag: Tag) -> None:
    """Remove a tag; its image stays."""
    tx.execute(delete(tags).where(tags.c.repository_id == repository.id, tags.c.name == tag.text))


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
