"""Rows of images, their manifests' bytes and what they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, insert, or_, select, update

from portside.metadata.database import Transaction
from portside.metadata.tables import image_blobs, image_children, images, manifests, tags
from portside.names.digests import Digest
from portside.names.tags import Tag
from portside.registry.images import Image, StoredManifest, TagStatus
from portside.registry.repositories import Repository

_BATCH = 500


# Built once: they stand on the path of every pull, and building one costs more than running it.
_MANIFEST = select(images.c.id, images.c.digest, images.c.media_type, manifests.c.body).join(
    manifests, manifests.c.image_id == images.c.id
)
_FIND_BY_DIGEST = _MANIFEST.where(
    images.c.repository_id == bindparam("repository"), images.c.digest == bindparam("wanted")
)
_FIND_BY_TAG = _MANIFEST.join(tags, tags.c.image_id == images.c.id).where(
    tags.c.repository_id == bindparam("repository"), tags.c.name == bindparam("wanted")
)


def find_image(tx: Transaction, repository: Repository, digest: Digest) -> Image | None:
    """The image of this digest with its tags, or ``None``."""
    query = select(images).where(
        images.c.repository_id == repository.id, images.c.digest == digest.text
    )
    row = tx.execute(query).one_or_none()
    return _with_tags(tx, [row])[0] if row else None


def find_tagged_image(tx: Transaction, repository: Repository, tag: Tag) -> Image | None:
    """The image that this tag names, with all its tags, or ``None``."""
    query = (
        select(images)
        .join(tags, tags.c.image_id == images.c.id)
        .where(tags.c.repository_id == repository.id, tags.c.name == tag.text)
    )
    row = tx.execute(query).one_or_none()
    return _with_tags(tx, [row])[0] if row else None


def find_manifest(
    tx: Transaction, repository: Repository, reference: Tag | Digest
) -> StoredManifest | None:
    """The bytes that this tag or digest names, or ``None``."""
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
    """The sizes of those images that this repository has."""
    found: dict[Digest, int] = {}
    for start in range(0, len(digests), _BATCH):
        batch = [digest.text for digest in digests[start : start + _BATCH]]
        query = select(images.c.digest, images.c.image_bytes).where(
            images.c.repository_id == repository.id, images.c.digest.in_(batch)
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
    return image_id


def delete_image(tx: Transaction, image: Image) -> None:
    """Remove an image with its tags."""
    tx.execute(delete(images).where(images.c.id == image.id))


def has_images(tx: Transaction, repository: Repository) -> bool:
    """Whether the repository holds any image."""
    return bool(tx.scalar(select(exists().where(images.c.repository_id == repository.id))))


def list_parents(tx: Transaction, repository: Repository, digest: Digest) -> list[Digest]:
    """The indexes of this repository that name the image as their child."""
    query = (
        select(images.c.digest)
        .join(image_children, image_children.c.image_id == images.c.id)
        .where(
            image_children.c.repository_id == repository.id,
            image_children.c.digest == digest.text,
        )
    )
    return [Digest(text) for text in tx.scalars(query)]


def list_images(
    tx: Transaction, repository: Repository, status: TagStatus, *, after: int, limit: int
) -> list[Image]:
    """Up to ``limit`` images behind the id ``after``, oldest first, with their tags."""
    query = select(images).where(images.c.repository_id == repository.id, images.c.id > after)
    tagged = exists().where(tags.c.image_id == images.c.id)
    if status is not TagStatus.ANY:
        query = query.where(tagged if status is TagStatus.TAGGED else ~tagged)
    return _with_tags(tx, tx.execute(query.order_by(images.c.id).limit(limit)).all())


def list_referrers(
    tx: Transaction,
    repository: Repository,
    subject: Digest,
    artifact_type: str | None,
    *,
    after: int,
    limit: int,
) -> list[Image]:
    """Up to ``limit`` images behind the id ``after`` whose subject this is, without their tags."""
    query = select(images).where(
        images.c.repository_id == repository.id,
        images.c.subject == subject.text,
        images.c.id > after,
    )
    if artifact_type is not None:
        query = query.where(
            or_(
                images.c.artifact_type == artifact_type,
                images.c.artifact_type.is_(None) & (images.c.config_media_type == artifact_type),
            )
        )
    return [_image(row, ()) for row in tx.execute(query.order_by(images.c.id).limit(limit))]


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


def _with_tags(tx: Transaction, rows: Sequence[Row[Any]]) -> list[Image]:
    names: dict[int, list[Tag]] = {row.id: [] for row in rows}
    ids = list(names)
    for start in range(0, len(ids), _BATCH):
        query = select(tags.c.image_id, tags.c.name).where(
            tags.c.image_id.in_(ids[start : start + _BATCH])
        )
        for row in tx.execute(query.order_by(tags.c.name)):
            names[row.image_id].append(Tag(row.name))
    return [_image(row, tuple(names[row.id])) for row in rows]


def _image(row: Row[Any], names: tuple[Tag, ...]) -> Image:
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
        tags=names,
    )
