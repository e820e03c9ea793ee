"""The images for platforms that an image consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from portside.manifests import documents
from portside.manifests.documents import Manifest
from portside.metadata import images
from portside.metadata.database import Database, Transaction
from portside.registry.images import Image
from portside.registry.repositories import Repository

CHILDREN_MAX: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """An image for one platform with its manifest's bytes."""

    image: Image
    body: bytes
    manifest: Manifest


def list_platforms(database: Database, repository: Repository, image: Image) -> list[Platform]:
    """An image itself, or those of an index that are there, :data:`CHILDREN_MAX` at most."""
    with database.read() as tx:
        whole = _platform(tx, image)
        if not whole.manifest.is_index:
            return [whole]
        children = [
            images.find_image(tx, repository, child.digest)
            for child in whole.manifest.children[:CHILDREN_MAX]
        ]
        found = [_platform(tx, child) for child in children if child is not None]
    return [one for one in found if not one.manifest.is_index]


def _platform(tx: Transaction, image: Image) -> Platform:
    body = images.get_manifest_body(tx, image)
    return Platform(image=image, body=body, manifest=documents.parse(body, image.media_type))
