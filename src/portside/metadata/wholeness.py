"""Rows that contradict one another: looked for a page at a time, each page one consistent view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, func, or_, select

from portside.metadata.database import Transaction
from portside.metadata.statements import total
from portside.metadata.tables import (
    blobs,
    image_blobs,
    image_children,
    images,
    manifests,
    registries,
    repositories,
    repository_blobs,
    tags,
    uploads,
)
from portside.names.accounts import AccountId, Region, RegistryId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow:
    """An image with all that is noted of it. ``body`` is ``None`` where there is no manifest."""

    id: int
    digest: str
    media_type: str
    tagged: bool
    has_tags: bool
    body: bytes | None
    blobs: frozenset[str]
    children: frozenset[str]
    missing_blobs: frozenset[str]
    missing_children: frozenset[str]
    repository_id: int
    registry: RegistryId
    repository: str
    pulls_through: bool
    oci_strict: bool | None


@dataclass(frozen=True, slots=True)
class Count:
    """A count as it is noted and as it is; ``repository`` is ``None`` where it is a registry's."""

    registry: RegistryId
    repository: str | None
    noted: int
    counted: int


def measure_blobs(tx: Transaction, after: str, since: datetime | None) -> tuple[int, int]:
    """How many blobs there are behind this digest, added since then, and their bytes."""
    query = select(func.count(), total(blobs.c.size_bytes))
    count, size = tx.execute(_behind(query.select_from(blobs), after, since)).one()
    return count, size


def list_blobs(
    tx: Transaction, after: str, since: datetime | None, limit: int
) -> list[tuple[str, int]]:
    """Up to ``limit`` blobs behind this digest, by digest, with their sizes."""
    query = _behind(select(blobs.c.digest, blobs.c.size_bytes), after, since)
    rows = tx.execute(query.order_by(blobs.c.digest).limit(limit))
    return [(row.digest, row.size_bytes) for row in rows]


def _behind(
    query: Select[*tuple[Any, ...]], after: str, since: datetime | None
) -> Select[*tuple[Any, ...]]:
    query = query.where(blobs.c.digest > after)
    return query if since is None else query.where(blobs.c.created_at >= since)


def find_size(tx: Transaction, digest: str) -> int | None:
    """The size that is noted of a blob, whoever has it; ``None`` where there is no such row."""
    size: int | None = tx.scalar(select(blobs.c.size_bytes).where(blobs.c.digest == digest))
    return size


def list_holders(tx: Transaction, digest: str) -> list[tuple[int, RegistryId, str]]:
    """The repositories that have a blob: their ids, registries and names."""
    query = (
        select(
            repositories.c.id,
            repositories.c.account_id,
            repositories.c.region,
            repositories.c.name,
        )
        .join(repository_blobs, repository_blobs.c.repository_id == repositories.c.id)
        .where(repository_blobs.c.digest == digest)
        .order_by(repositories.c.id)
    )
    return [(row.id, _registry(row), row.name) for row in tx.execute(query)]


def count_images(tx: Transaction) -> int:
    """How many images there are."""
    return tx.scalar(select(func.count()).select_from(images)) or 0


def list_images(tx: Transaction, after: int, limit: int) -> list[ImageRow]:
    """Up to ``limit`` images behind this id, by id."""
    query = (
        select(
            images.c.id,
            images.c.digest,
            images.c.media_type,
            images.c.tagged,
            exists().where(tags.c.image_id == images.c.id).label("has_tags"),
            manifests.c.body,
            images.c.repository_id,
            repositories.c.account_id,
            repositories.c.region,
            repositories.c.name,
            repositories.c.pulls_through,
            registries.c.oci_strict,
        )
        .join(repositories, repositories.c.id == images.c.repository_id)
        .outerjoin(manifests, manifests.c.image_id == images.c.id)
        .outerjoin(
            registries,
            (registries.c.account_id == repositories.c.account_id)
            & (registries.c.region == repositories.c.region),
        )
        .where(images.c.id > after)
        .order_by(images.c.id)
        .limit(limit)
    )
    rows = tx.execute(query).all()
    ids = [row.id for row in rows]
    named = _named(tx, ids)
    return [_image(row, named) for row in rows]


_Named = tuple[dict[int, set[str]], ...]


def _named(tx: Transaction, ids: Sequence[int]) -> _Named:
    """Of each image: its blobs, its children, and those of both that are not there."""
    held = exists().where(
        repository_blobs.c.repository_id == image_blobs.c.repository_id,
        repository_blobs.c.digest == image_blobs.c.digest,
    )
    child = images.alias("child")
    there = or_(
        exists().where(
            child.c.repository_id == image_children.c.repository_id,
            child.c.digest == image_children.c.digest,
        ),
        exists().where(
            repository_blobs.c.repository_id == image_children.c.repository_id,
            repository_blobs.c.digest == image_children.c.digest,
        ),
    )
    of_blobs = select(image_blobs.c.image_id, image_blobs.c.digest).where(
        image_blobs.c.image_id.in_(ids)
    )
    of_children = select(image_children.c.image_id, image_children.c.digest).where(
        image_children.c.image_id.in_(ids)
    )
    queries = (of_blobs, of_children, of_blobs.where(~held), of_children.where(~there))
    return tuple(_grouped(tx, query) for query in queries)


def _grouped(tx: Transaction, query: Select[Any]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for row in tx.execute(query):
        found.setdefault(row.image_id, set()).add(row.digest)
    return found


def _image(row: Row[Any], named: _Named) -> ImageRow:
    of_blobs, of_children, missing_blobs, missing_children = (
        frozenset(group.get(row.id, ())) for group in named
    )
    return ImageRow(
        id=row.id,
        digest=row.digest,
        media_type=row.media_type,
        tagged=row.tagged,
        has_tags=row.has_tags,
        body=row.body,
        blobs=of_blobs,
        children=of_children,
        missing_blobs=missing_blobs,
        missing_children=missing_children,
        repository_id=row.repository_id,
        registry=_registry(row),
        repository=row.name,
        pulls_through=row.pulls_through,
        oci_strict=row.oci_strict,
    )


def list_dangling_tags(tx: Transaction, limit: int) -> list[tuple[int, str, str]]:
    """Repository ids, repositories' names and tags that name no image of their repository."""
    own = exists().where(
        images.c.id == tags.c.image_id, images.c.repository_id == tags.c.repository_id
    )
    query = (
        select(tags.c.repository_id, repositories.c.name, tags.c.name.label("tag"))
        .join(repositories, repositories.c.id == tags.c.repository_id)
        .where(~own)
        .limit(limit)
    )
    return [(row.repository_id, row.name, row.tag) for row in tx.execute(query)]


def list_wrong_counts(tx: Transaction, limit: int) -> list[Count]:
    """Counts of repositories and registries that are not what can be counted."""
    of_repository = (
        select(func.count())
        .select_from(images)
        .where(images.c.repository_id == repositories.c.id)
        .scalar_subquery()
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
    queries = (
        select(
            repositories.c.account_id,
            repositories.c.region,
            repositories.c.name,
            repositories.c.image_count.label("noted"),
            of_repository.label("counted"),
        ).where(repositories.c.image_count != of_repository),
        select(
            registries.c.account_id,
            registries.c.region,
            registries.c.repository_count.label("noted"),
            of_registry.label("counted"),
        ).where(registries.c.repository_count != of_registry),
    )
    return [
        Count(_registry(row), row._mapping.get("name"), row.noted, row.counted)  # noqa: SLF001 - rows name it so
        for query in queries
        for row in tx.execute(query.limit(limit))
    ]


def list_uploads(tx: Transaction, before: datetime) -> list[str]:
    """The ids of all open uploads that have bytes and were last written to before then."""
    query = select(uploads.c.id).where(uploads.c.updated_at <= before, uploads.c.size_bytes > 0)
    return list(tx.scalars(query))


def has_upload(tx: Transaction, upload_id: str) -> bool:
    """Whether there is such an upload."""
    return tx.scalar(select(uploads.c.id).where(uploads.c.id == upload_id)) is not None


def _registry(row: Any) -> RegistryId:
    return RegistryId(AccountId(row.account_id), Region(row.region))
