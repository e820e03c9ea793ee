"""Images: finding and listing them (ECR DescribeImages, ListImages, BatchGetImage)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from portside.metadata import images, listings
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.images import Image, ImageFilter, Target
from portside.registry.repositories import Repository
from portside.services.repositories import require


@dataclass(frozen=True, slots=True)
class Found:
    """What a request for an image came to.

    ``tag_names_another`` tells that there is an image of the digest or the tag, but not of both.
    """

    image: Image | None
    tag_names_another: bool = False
    body: bytes = b""


class Listings:
    """Reads images without changing anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self,
        registry: RegistryId,
        name: RepositoryName,
        wanted: Sequence[Target],
        *,
        bodies: bool = False,
    ) -> list[Found]:
        """For each wanted image what there is, in order; with ``bodies``, its manifest's bytes.

        Raises:
            RepositoryNotFound: there is no such repository.
        """

        def look() -> list[Found]:
            with self._database.read() as tx:
                repository = require(tx, registry, name)
                return [_find(tx, repository, one, bodies) for one in wanted]

        return await asyncio.to_thread(look)

    async def page(
        self,
        registry: RegistryId,
        name: RepositoryName,
        shown: ImageFilter,
        *,
        after: int,
        limit: int,
    ) -> list[Image]:
        """Up to ``limit`` images behind the id ``after``, oldest first.

        Raises:
            RepositoryNotFound: there is no such repository.
        """

        def look() -> list[Image]:
            with self._database.read() as tx:
                repository = require(tx, registry, name)
                return listings.list_images(tx, repository, shown, after=after, limit=limit)

        return await asyncio.to_thread(look)

    async def entries(
        self,
        registry: RegistryId,
        name: RepositoryName,
        shown: ImageFilter,
        *,
        after: tuple[int, str],
        limit: int,
    ) -> list[tuple[int, str, str | None]]:
        """Up to ``limit`` images with a tag each, behind an image's id and a tag, oldest first.

        Raises:
            RepositoryNotFound: there is no such repository.
        """

        def look() -> list[tuple[int, str, str | None]]:
            with self._database.read() as tx:
                repository = require(tx, registry, name)
                return listings.list_entries(tx, repository, shown, after=after, limit=limit)

        return await asyncio.to_thread(look)


def _find(tx: Transaction, repository: Repository, wanted: Target, bodies: bool) -> Found:
    if wanted.tag is not None:
        image = images.find_tagged_image(tx, repository, wanted.tag)
        if image is not None and wanted.digest not in (None, image.digest):
            return Found(None, tag_names_another=True)
    elif wanted.digest is not None:
        image = images.find_image(tx, repository, wanted.digest)
    else:
        image = None
    body = images.get_manifest_body(tx, image) if image and bodies else b""
    return Found(image, body=body)
