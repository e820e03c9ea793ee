"""Images as lifecycle rules see them, and what must be known before one is acted on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from portside.lifecycle.policies import StorageClass
from portside.lifecycle.select import Candidate
from portside.metadata.database import Transaction
from portside.metadata.images import with_tags
from portside.metadata.tables import image_children, images, repositories, tags
from portside.names.digests import Digest
from portside.registry.images import Image
from portside.registry.repositories import Repository


@dataclass(frozen=True, slots=True)
class Candidates:
    """The images of a repository as rules see them, and what tells whether that still holds."""

    images: list[Candidate]
    digests: dict[int, str]
    generation: int
    newest_id: int


def list_candidates(tx: Transaction, repository: Repository) -> Candidates:
    """All images of a repository, as the transaction sees them."""
    c = images.c
    columns = (c.id, c.digest, c.pushed_at, c.pulled_at, c.archived_at, c.activated_at)
    query = select(*columns, c.storage_class, c.subject).where(c.repository_id == repository.id)
    rows = tx.execute(query).all()
    ids = {row.digest: row.id for row in rows}
    names, children = _tags(tx, repository), _children(tx, repository, ids)
    found = [
        Candidate(
            id=row.id,
            pushed_at=row.pushed_at,
            tags=tuple(names.get(row.id, ())),
            storage_class=StorageClass[row.storage_class],
            pulled_at=row.pulled_at,
            archived_at=row.archived_at,
            activated_at=row.activated_at,
            children=tuple(children.get(row.id, ())),
            subject=ids.get(row.subject) if row.subject else None,
        )
        for row in rows
    ]
    digests = {image_id: digest for digest, image_id in ids.items()}
    return Candidates(found, digests, repository.generation, max(digests, default=0))


def _tags(tx: Transaction, repository: Repository) -> dict[int, list[str]]:
    query = select(tags.c.image_id, tags.c.name).where(tags.c.repository_id == repository.id)
    names: dict[int, list[str]] = defaultdict(list)
    for row in tx.execute(query.order_by(tags.c.name)):
        names[row.image_id].append(row.name)
    return names


def _children(tx: Transaction, repository: Repository, ids: dict[str, int]) -> dict[int, list[int]]:
    query = select(image_children.c.image_id, image_children.c.digest).where(
        image_children.c.repository_id == repository.id
    )
    children: dict[int, list[int]] = defaultdict(list)
    for row in tx.execute(query):
        if row.digest in ids:
            children[row.image_id].append(ids[row.digest])
    return children


def count_images(tx: Transaction, repository: Repository, *, up_to: int) -> int:
    """How many images the repository has that are no newer than the id ``up_to``."""
    newer = select(func.count()).where(images.c.id > up_to, images.c.repository_id == repository.id)
    query = select(repositories.c.image_count).where(repositories.c.id == repository.id)
    total: int = tx.execute(query).scalar_one()
    later: int = tx.execute(newer).scalar_one()
    return total - later


def find_images(tx: Transaction, ids: Sequence[int]) -> dict[int, Image]:
    """Those of these images that are still there, with their tags."""
    rows = tx.execute(select(images).where(images.c.id.in_(ids))).all()
    return {image.id: image for image in with_tags(tx, rows)}


def list_listings(
    tx: Transaction, repository: Repository, digests: Sequence[Digest]
) -> list[tuple[Digest, int, StorageClass]]:
    """Which indexes list these images now: the image, the index's id and its storage class."""
    query = (
        select(image_children.c.digest, images.c.id, images.c.storage_class)
        .join(images, images.c.id == image_children.c.image_id)
        .where(
            image_children.c.repository_id == repository.id,
            image_children.c.digest.in_([digest.text for digest in digests]),
        )
    )
    return [
        (Digest(row.digest), row.id, StorageClass[row.storage_class]) for row in tx.execute(query)
    ]


def list_referring(
    tx: Transaction, repository: Repository, subject: Digest, *, limit: int
) -> list[Image]:
    """Up to ``limit`` images that refer to this one, with their tags."""
    query = (
        select(images)
        .where(images.c.repository_id == repository.id, images.c.subject == subject.text)
        .limit(limit)
    )
    return with_tags(tx, tx.execute(query).all())
