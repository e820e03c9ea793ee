"""Rows of blobs: which there are, and which repository has which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Exists, bindparam, delete, exists, select

from portside.metadata import unreferenced
from portside.metadata.database import Transaction, insert_if_referenced
from portside.metadata.statements import upsert
from portside.metadata.tables import (
    blobs,
    image_blobs,
    images,
    repositories,
    repository_blobs,
)
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.registry.images import StorageClass
from portside.registry.repositories import Encryption, Repository

_BATCH = 500


# Built once: each stands on the path of every push or pull, and building one costs more than
# running it.
_FIND_SIZE = (
    select(blobs.c.size_bytes)
    .join(repository_blobs, repository_blobs.c.digest == blobs.c.digest)
    .where(
        repository_blobs.c.repository_id == bindparam("repository"),
        repository_blobs.c.digest == bindparam("wanted"),
    )
)


def _is_named_by(storage_class: StorageClass) -> Exists:
    return (
        exists()
        .select_from(image_blobs.join(images, images.c.id == image_blobs.c.image_id))
        .where(
            image_blobs.c.repository_id == bindparam("repository"),
            image_blobs.c.digest == bindparam("wanted"),
            images.c.storage_class == storage_class.value,
        )
    )


_IS_ARCHIVED = select(~_is_named_by(StorageClass.STANDARD) & _is_named_by(StorageClass.ARCHIVE))
_PUT = upsert(blobs).on_conflict_do_nothing()
_PUT_MEMBERSHIP = upsert(repository_blobs).on_conflict_do_nothing()


def find_blob_size(tx: Transaction, repository: Repository, digest: Digest) -> int | None:
    """The size in bytes of a blob that this repository has, or ``None``."""
    wanted = {"repository": repository.id, "wanted": digest.text}
    size: int | None = tx.scalar(_FIND_SIZE, wanted)
    return size


def find_blob_sizes(
    tx: Transaction, repository: Repository, digests: Sequence[Digest]
) -> dict[Digest, int]:
    """The sizes of those blobs that this repository has."""
    found: dict[Digest, int] = {}
    for start in range(0, len(digests), _BATCH):
        batch = [digest.text for digest in digests[start : start + _BATCH]]
        query = (
            select(blobs.c.digest, blobs.c.size_bytes)
            .join(repository_blobs, repository_blobs.c.digest == blobs.c.digest)
            .where(
                repository_blobs.c.repository_id == repository.id,
                repository_blobs.c.digest.in_(batch),
            )
        )
        found |= {Digest(row.digest): row.size_bytes for row in tx.execute(query)}
    return found


def is_archived(tx: Transaction, repository: Repository, digest: Digest) -> bool:
    """Whether only archived images of this repository have the blob."""
    wanted = {"repository": repository.id, "wanted": digest.text}
    return bool(tx.scalar(_IS_ARCHIVED, wanted))


def list_blob_holders(
    tx: Transaction,
    registry: RegistryId,
    digest: Digest,
    *,
    source: str | None,
    encryption: Encryption | None,
    limit: int,
) -> list[str]:
    """Names of up to ``limit`` repositories of the registry that have this blob.

    With ``encryption`` only those are looked at that are encrypted so.

    With ``source`` only the repository of that name, which may be any text, is looked at.
    """
    query = (
        select(repositories.c.name)
        .join(repository_blobs, repository_blobs.c.repository_id == repositories.c.id)
        .where(
            repository_blobs.c.digest == digest.text,
            repositories.c.account_id == registry.account.text,
            repositories.c.region == registry.region.text,
        )
        .limit(limit)
    )
    if encryption is not None:
        query = query.where(
            repositories.c.encryption_type == encryption.type,
            repositories.c.kms_key.is_not_distinct_from(encryption.kms_key),
        )
    if source is not None:
        query = query.where(repositories.c.name == source)
    return list(tx.scalars(query))


def put_blob(
    tx: Transaction, repository: Repository, digest: Digest, size_bytes: int, now: datetime
) -> bool:
    """Record that a blob is stored and that this repository has it; whether that is still there."""
    tx.execute(_PUT, {"digest": digest.text, "size_bytes": size_bytes, "created_at": now})
    if put_membership(tx, repository, digest, now):
        return True
    unreferenced.note_orphans(tx, [digest.text])
    return False


def put_membership(tx: Transaction, repository: Repository, digest: Digest, now: datetime) -> bool:
    """Record that this repository, if it is still there, has a blob that is stored already."""
    row = {"repository_id": repository.id, "digest": digest.text, "created_at": now}
    if not insert_if_referenced(tx, _PUT_MEMBERSHIP, row):
        return False
    unreferenced.note_membership(tx, repository.id, digest.text, now)
    return True


def delete_membership(tx: Transaction, repository: Repository, digest: Digest) -> bool:
    """Take a blob out of a repository; whether it was there."""
    gone = tx.execute(
        delete(repository_blobs).where(
            repository_blobs.c.repository_id == repository.id,
            repository_blobs.c.digest == digest.text,
        )
    )
    if gone.rowcount == 0:
        return False
    unreferenced.note_orphans(tx, [digest.text])
    return True
