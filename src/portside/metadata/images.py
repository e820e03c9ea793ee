"""Rows of images, their manifests' bytes and what they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, insert, or_, select, update

from portside.metadata import unreferenced
from portside.metadata.database import Transaction
from portside.metadata.tables import (
    image_blobs,
    image_children,
    images,
    manifests,
    repositories,
    tags,
)
from portside.names.digests import Digest
from portside.names.tags import Tag
from portside.registry.images import Image, StorageClass, StoredManifest
from portside.registry.repositories import Repository

_BATCH = 500


# Built once: they stand on the path of every pull, and building one costs more than running it.
_MANIFEST = (
    select(images.c.id, images.c.digest, images.c.media_type, manifests.c.body)
    .join(manifests, manifests.c.image_id == images.c.id)
    .where(images.c.storage_class == StorageClass.STANDARD.value)
)
_FIND_BY_DIGEST = _MANIFEST.where(
    images.c.repository_id == bindparam("repository"), images.c.digest == bindparam("wanted")
)
_FIND_BY_TAG = _MANIFEST.join(tags, tags.c.image_id == images.c.id).where(
    tags.c.repository_id == bindparam("repository"), tags.c.name == bindparam("wanted")
)

_COUNT = (
    update(repositories)
    .where(repositories.c.id == bindparam("repository"))
    .values(image_count=repositories.c.image_count + bindparam("more"))
)


def find_image(tx: Transaction, repository: Repository, digest: Digest) -> Image | None:
    """The image of this digest with its tags, or ``None``."""
    query = select(images).where(
        images.c.repository_id == repository.id, images.c.digest == digest.text
    )
    row = tx.execute(query).one_or_none()
    return with_tags(tx, [row])[0] if row else None


def find_image_by_id(tx: Transaction, image_id: int) -> tuple[int, Image] | None:
    """The id of an image's repository, and the image with its tags, or ``None``."""
    row = tx.execute(select(images).where(images.c.id == image_id)).one_or_none()
    return (row.repository_id, with_tags(tx, [row])[0]) if row else None


def find_tagged_image(tx: Transaction, repository: Repository, tag: Tag) -> Image | None:
    """The image that this tag names, with all its tags, or ``None``."""
    query = (
        select(images)
        .join(tags, tags.c.image_id == images.c.id)
        .where(tags.c.repository_id == repository.id, tags.c.name == tag.text)
    )
    row = tx.execute(query).one_or_none()
    return with_tags(tx, [row])[0] if row else None


def find_manifest(
    tx: Transaction, repository: Repository, reference: Tag | Digest
) -> StoredManifest | None:
    """The bytes that this tag or digest names, or ``None``; an archived image cannot be pulled."""
    statement = _FIND_BY_DIGEST if isinstance(reference, Digest) else _FIND_BY_TAG
    wanted = {"repository": repository.id, "wanted": reference.text}
    row = tx.execute(statement, wanted).one_or_none()
    if row is None:
        return None
    return StoredManifest(
        image_id=row.id, digest=Digest(row.digest), media_type=row.media_type, body=row.body
    )


def find_image_sizes(
    tx: Transaction, repository: Repository, digests: Sequence[Digest]
) -> dict[Digest, int]:
    """The sizes of those images that this repository has, archived ones left out."""
    found: dict[Digest, int] = {}
    for start in range(0, len(digests), _BATCH):
        batch = [digest.text for digest in digests[start : start + _BATCH]]
        query = select(images.c.digest, images.c.image_bytes).where(
            images.c.repository_id == repository.id,
            images.c.digest.in_(batch),
            images.c.storage_class == StorageClass.STANDARD.value,
        )
        found |= {Digest(row.digest): row.image_bytes for row in tx.execute(query)}
    return found


def insert_image(
    tx: Transaction,
    repository: Repository,
    image: Mapping[str, Any],
    body: bytes,
    named: tuple[Iterable[Digest], Iterable[Digest]],
) -> int:
    """Add an image with its manifest's bytes; ``named`` are its blobs and its children."""
    image_id: int = tx.execute(
        insert(images).values(repository_id=repository.id, **image).returning(images.c.id)
    ).scalar_one()
    tx.execute(insert(manifests).values(image_id=image_id, body=body))
    for target, digests in zip((image_blobs, image_children), named, strict=True):
        rows = [
            {"image_id": image_id, "digest": digest.text, "repository_id": repository.id}
            for digest in digests
        ]
        if rows:
            tx.execute(insert(target), rows)
        if target is image_blobs:
            unreferenced.note_image_comes(tx, repository.id, [str(row["digest"]) for row in rows])
    tx.execute(_COUNT, {"repository": repository.id, "more": 1})
    return image_id


def delete_image(tx: Transaction, image: Image, now: datetime) -> None:
    """Remove an image with its tags; blobs that nothing else needs may be collected later."""
    unreferenced.note_image_goes(tx, image.id, now)
    gone = delete(images).where(images.c.id == image.id).returning(images.c.repository_id)
    for repository_id in tx.scalars(gone).all():
        tx.execute(_COUNT, {"repository": repository_id, "more": -1})


def set_storage_class(
    tx: Transaction, image: Image, storage_class: StorageClass, now: datetime
) -> None:
    """Record that an image was moved to this storage class."""
    moved_at = "archived_at" if storage_class is StorageClass.ARCHIVE else "activated_at"
    values = {"storage_class": storage_class.value, moved_at: now}
    tx.execute(update(images).where(images.c.id == image.id).values(values))


def list_archived_children(
    tx: Transaction, repository: Repository, image: Image, *, limit: int
) -> list[Image]:
    """Up to ``limit`` of the index's images that are archived, with their tags."""
    query = (
        select(images)
        .join(
            image_children,
            (image_children.c.repository_id == images.c.repository_id)
            & (image_children.c.digest == images.c.digest),
        )
        .where(
            image_children.c.image_id == image.id,
            images.c.repository_id == repository.id,
            images.c.storage_class == StorageClass.ARCHIVE.value,
        )
        .limit(limit)
    )
    return with_tags(tx, tx.execute(query).all())


def list_children(tx: Transaction, repository: Repository, image: Image) -> list[Image]:
    """Those images of the repository that an index names, without their tags."""
    query = (
        select(images)
        .join(image_children, image_children.c.digest == images.c.digest)
        .where(image_children.c.image_id == image.id, images.c.repository_id == repository.id)
    )
    return [read_image(row, ()) for row in tx.execute(query)]


def has_images(tx: Transaction, repository: Repository) -> bool:
    """Whether the repository holds any image."""
    return bool(tx.scalar(select(exists().where(images.c.repository_id == repository.id))))


def list_parents(
    tx: Transaction,
    repository: Repository,
    digest: Digest,
    storage_class: StorageClass | None = None,
) -> list[Digest]:
    """The indexes of this repository, or of one storage class, that name the image as a child."""
    query = (
        select(images.c.digest)
        .join(image_children, image_children.c.image_id == images.c.id)
        .where(
            image_children.c.repository_id == repository.id,
            image_children.c.digest == digest.text,
        )
    )
    if storage_class is not None:
        query = query.where(images.c.storage_class == storage_class.value)
    return [Digest(text) for text in tx.scalars(query)]


def get_manifest_body(tx: Transaction, image: Image) -> bytes:
    """The exact bytes of an image's manifest."""
    body: bytes = tx.execute(
        select(manifests.c.body).where(manifests.c.image_id == image.id)
    ).scalar_one()
    return body


def record_pulls(tx: Transaction, pulls: Mapping[int, datetime]) -> None:
    """Set when images were last pulled; images that went since are passed over."""
    for image_id, pulled_at in pulls.items():
        newer = or_(images.c.pulled_at.is_(None), images.c.pulled_at < pulled_at)
        tx.execute(update(images).where(images.c.id == image_id, newer).values(pulled_at=pulled_at))


def with_tags(tx: Transaction, rows: Sequence[Row[Any]]) -> list[Image]:
    """The images of these rows, each with all its tags."""
    names: dict[int, list[Tag]] = {row.id: [] for row in rows}
    ids = list(names)
    for start in range(0, len(ids), _BATCH):
        query = select(tags.c.image_id, tags.c.name).where(
            tags.c.image_id.in_(ids[start : start + _BATCH])
        )
        for row in tx.execute(query.order_by(tags.c.name)):
            names[row.image_id].append(Tag(row.name))
    return [read_image(row, tuple(names[row.id])) for row in rows]


def read_image(row: Row[Any], names: tuple[Tag, ...]) -> Image:
    """The image of a row of the table, with these tags."""
    return Image(
        id=row.id,
        digest=Digest(row.digest),
        media_type=row.media_type,
        artifact_type=row.artifact_type,
        config_media_type=row.config_media_type,
        subject=Digest(row.subject) if row.subject else None,
        manifest_bytes=row.manifest_bytes,
        image_bytes=row.image_bytes,
        pushed_at=row.pushed_at,
        pulled_at=row.pulled_at,
        storage_class=StorageClass(row.storage_class),
        archived_at=row.archived_at,
        activated_at=row.activated_at,
        tags=names,
    )
