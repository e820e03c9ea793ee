"""Repositories, images and their copies: made alike for requests and for tasks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from portside.blobs.store import BlobStore
from portside.metadata.caches import RepositoryCache
from portside.metadata.database import Database
from portside.registry.quotas import Quotas
from portside.registry.throttling import Rate, parse_rates
from portside.server.clock import now
from portside.server.preparation import open_store
from portside.services.backfills import Backfills
from portside.services.deletions import Deleting
from portside.services.images import Images
from portside.services.replication import Replication
from portside.services.repositories import Repositories
from portside.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What keeps repositories and images. ``repositories`` belongs to one thread."""

    blobs: BlobStore
    repositories: Repositories
    images: Images
    deleting: Deleting
    replication: Replication
    backfills: Backfills


def make_quotas(settings: Settings) -> Quotas:
    """The limits of every registry."""
    return Quotas(
        repositories_per_registry=settings.repositories_per_registry_max,
        images_per_repository=settings.images_per_repository_max,
        tags_per_image=settings.tags_per_image_max,
    )


def make_rates(setting: str | None) -> tuple[Rate, ...]:
    """The rates that a setting holds accounts or principals to, if it does."""
    return parse_rates(setting) if setting else ()


def make_stores(settings: Settings, database: Database, cache: RepositoryCache) -> Stores:
    """The services of repositories and images."""
    quotas = make_quotas(settings)
    blobs = open_store(settings)
    repositories = Repositories(
        database,
        blobs,
        cache,
        now,
        quotas=quotas,
        oci_strict=settings.oci_strict,
    )
    images = Images(database, repositories, now, quotas)
    deleting = Deleting(database, repositories, now)
    replication = Replication(database, repositories, images, deleting, now)
    return Stores(
        blobs=blobs,
        repositories=repositories,
        images=images,
        deleting=deleting,
        replication=replication,
        backfills=Backfills(database, replication, now, lambda: str(uuid4())),
    )
