"""Pages of images: what they show is found through indexes, however many images there are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, Select, or_, select, union_all

from portside.metadata.database import Transaction
from portside.metadata.images import read_image, with_tags
from portside.metadata.tables import images, tags
from portside.registry.images import Image, ImageFilter, ReferrerFilter
from portside.registry.repositories import Repository


def list_images(
    tx: Transaction, repository: Repository, shown: ImageFilter, *, after: int, limit: int
) -> list[Image]:
    """Up to ``limit`` images behind the id ``after``, oldest first, with their tags."""
    ids = _ids(repository, shown, after, limit)
    if ids is None:
        return []
    query = select(images).where(images.c.id.in_(ids.order_by("id").limit(limit)))
    return with_tags(tx, tx.execute(query.order_by(images.c.id)).all())


def list_entries(
    tx: Transaction,
    repository: Repository,
    shown: ImageFilter,
    *,
    after: tuple[int, str],
    limit: int,
) -> list[tuple[int, str, str | None]]:
    """Up to ``limit`` pairs of an image and a tag of it, behind ``after``: an id and a tag.

    Each is the image's id, its digest and the tag; an image without tags is one pair without one.
    """
    after_id, after_tag = after
    # The image that the last page ended with may have more tags, so it is looked at again.
    ids = _ids(repository, shown, after_id - 1, limit + 1)
    if ids is None:
        return []
    query = (
        select(images.c.id, images.c.digest, tags.c.name)
        .outerjoin(tags, tags.c.image_id == images.c.id)
        .where(
            images.c.id.in_(ids.order_by("id").limit(limit + 1)),
            or_(images.c.id > after_id, tags.c.name > after_tag),
        )
        .order_by(images.c.id, tags.c.name)
        .limit(limit)
    )
    return [(row.id, row.digest, row.name) for row in tx.execute(query)]


def list_referrers(
    tx: Transaction,
    repository: Repository,
    shown: ReferrerFilter,
    *,
    after: int,
    limit: int,
) -> list[Image]:
    """Up to ``limit`` images behind the id ``after`` that name a subject, without their tags."""
    query = select(images).where(
        images.c.repository_id == repository.id,
        images.c.subject == shown.subject.text,
        images.c.storage_class.in_([one.value for one in shown.storage_classes]),
        images.c.id > after,
    )
    if shown.artifact_types:
        query = query.where(
            or_(
                images.c.artifact_type.in_(shown.artifact_types),
                images.c.artifact_type.is_(None)
                & images.c.config_media_type.in_(shown.artifact_types),
            )
        )
    return [read_image(row, ()) for row in tx.execute(query.order_by(images.c.id).limit(limit))]


def _ids(
    repository: Repository, shown: ImageFilter, after: int, limit: int
) -> CompoundSelect[Any] | None:
    """The ids of enough images: the first of each stretch of the index that may hold some.

    Asked for at once, the database would sort all images of the repository.
    """
    stretches = [
        _stretch(repository, storage_class.value, tagged, after, limit)
        for storage_class in shown.storage_classes
        for tagged in shown.tagged
    ]
    return union_all(*stretches) if stretches else None


def _stretch(
    repository: Repository, storage_class: str, tagged: bool, after: int, limit: int
) -> Select[Any]:
    stretch = (
        select(images.c.id)
        .where(
            images.c.repository_id == repository.id,
            images.c.storage_class == storage_class,
            images.c.tagged == tagged,
            images.c.id > after,
        )
        .order_by(images.c.id)
        .limit(limit)
        .subquery()
    )
    return select(stretch.c.id)
