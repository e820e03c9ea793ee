"""Filling a data folder straight through the database: what pushes would take hours for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, update

from portside.metadata import repositories, tables
from portside.metadata.database import Transaction
from portside.metadata.sqlite import FILE_NAME, SQLiteDatabase
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.digests import Digest
from portside.names.media_types import OCI_MANIFEST
from portside.names.repositories import RepositoryName
from portside.registry.repositories import RepositorySettings

REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))
FULL_REPOSITORY = "growth/full"
CONFIG = b"{}"
CHUNK = 5000
UNTAGGED_EVERY = 5
"""Of five images one has no tag, and another is archived."""
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Size:
    """How much a registry holds: images in one repository, and repositories beside it."""

    images: int
    repositories: int


def manifest(number: int) -> bytes:
    """Return the manifest of an image of its own, made of the one config that is there."""
    config = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": Digest.of(CONFIG, "sha256").text,
        "size": len(CONFIG),
    }
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config,
        "layers": [],
        "annotations": {"number": str(number)},
    }
    return json.dumps(document).encode()


def fill(data: Path, size: Size) -> None:
    """Put the repositories and images into a data folder whose server does not run."""
    database = SQLiteDatabase(data / FILE_NAME)
    try:
        with database.write() as tx:
            names = [FULL_REPOSITORY, *(f"growth/r{n:06}" for n in range(size.repositories - 1))]
            for name in names:
                repositories.insert_repository(
                    tx, REGISTRY, RepositoryName(name), RepositorySettings(), BEGAN
                )
            full = repositories.find_repository(tx, REGISTRY, RepositoryName(FULL_REPOSITORY))
            if full is None:
                raise LookupError(FULL_REPOSITORY)
            _insert_images(tx, full.id, size.images)
    finally:
        database.close()


def _insert_images(tx: Transaction, repository_id: int, count: int) -> None:
    config = Digest.of(CONFIG, "sha256").text
    stored = {"digest": config, "created_at": BEGAN}
    tx.execute(insert(tables.blobs), {**stored, "size_bytes": len(CONFIG)})
    tx.execute(insert(tables.repository_blobs), {**stored, "repository_id": repository_id})
    of = {"repository_id": repository_id}
    numbers = range(1, count + 1)
    _insert(tx, tables.images, ({**of, **_image(number)} for number in numbers))
    _insert(tx, tables.manifests, ({"image_id": n, "body": manifest(n)} for n in numbers))
    _insert(tx, tables.image_blobs, ({**of, "image_id": n, "digest": config} for n in numbers))
    tags = (
        {**of, "name": f"v{n}", "image_id": n, "tagged_at": BEGAN} for n in numbers if _tagged(n)
    )
    _insert(tx, tables.tags, tags)
    tx.execute(
        update(tables.repositories)
        .where(tables.repositories.c.id == repository_id)
        .values(image_count=count)
    )


def _image(number: int) -> dict[str, Any]:
    body = manifest(number)
    archived = number % UNTAGGED_EVERY == 1
    pushed_at = BEGAN + timedelta(seconds=number)
    return {
        "id": number,
        "digest": Digest.of(body, "sha256").text,
        "media_type": OCI_MANIFEST,
        "artifact_type": None,
        "config_media_type": "application/vnd.oci.image.config.v1+json",
        "subject": None,
        "manifest_bytes": len(body),
        "image_bytes": len(body) + len(CONFIG),
        "pushed_at": pushed_at,
        "tagged": _tagged(number),
        "storage_class": "ARCHIVE" if archived else "STANDARD",
        "archived_at": pushed_at if archived else None,
    }


def _tagged(number: int) -> bool:
    return number % UNTAGGED_EVERY != 0


def _insert(tx: Transaction, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    while chunk := list(islice(rows, CHUNK)):
        tx.execute(insert(table), chunk)
