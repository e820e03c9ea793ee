"""Repositories: creating, finding, changing, tagging, deleting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from portside.blobs.store import BlobStore
from portside.metadata import events, images, repositories, uploads
from portside.metadata.caches import RepositoryCache
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.events import RepositoryCreated, RepositoryDeleted
from portside.registry.mutability import WILDCARDS_MAX, TagMutability
from portside.registry.quotas import Quotas
from portside.registry.refusals import (
    CatalogUnsupported,
    InvalidMutability,
    RepositoryAlreadyExists,
    RepositoryNotEmpty,
    RepositoryNotFound,
    TooManyRepositories,
)
from portside.registry.repositories import Repository, RepositorySettings
from portside.registry.resource_tags import merge

Clock = Callable[[], datetime]


class Repositories:
    """The repositories of every registry. ``oci_strict`` is what unset registries follow."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        cache: RepositoryCache,
        clock: Clock,
        *,
        quotas: Quotas,
        oci_strict: bool,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._cache = cache
        self._clock = clock
        self._quotas = quotas
        self._oci_strict = oci_strict

    def get(self, registry: RegistryId, name: RepositoryName) -> Repository:
        """The repository as it is now; from memory, so it may be called on the event loop.

        Raises:
            RepositoryNotFound: there is none.
        """
        repository = self._cache.find(registry, name)
        if repository is None:
            raise RepositoryNotFound(registry, name.text)
        return repository

    def follows_oci(self, repository: Repository) -> bool:
        """Whether OCI's rules hold for it where ECR's differ."""
        strict = repository.oci_strict
        return self._oci_strict if strict is None else strict

    async def catalog(self, registry: RegistryId, after: str, limit: int) -> list[Repository]:
        """As :meth:`page`, for registries that follow OCI; ECR has no catalog.

        Raises:
            CatalogUnsupported: ECR's rules hold.
        """

        def look() -> bool | None:
            with self._database.read() as tx:
                return repositories.find_registry_strictness(tx, registry)

        strict = await asyncio.to_thread(look)
        if not (self._oci_strict if strict is None else strict):
            raise CatalogUnsupported
        return await self.page(registry, after, limit)

    async def create(
        self,
        registry: RegistryId,
        name: RepositoryName,
        settings: RepositorySettings,
        resource_tags: Sequence[tuple[str, str]] = (),
    ) -> Repository:
        """Make a repository (ECR CreateRepository).

        Raises:
            RepositoryAlreadyExists: the name is taken.
            InvalidMutability: the exclusion filters do not fit the mode.
            InvalidResourceTags: a resource tag is malformed.
            TooManyRepositories: the registry is full.
            TooManyResourceTags: more than fifty resource tags.
        """
        check_mutability(settings.mutability)
        held = merge({}, resource_tags)
        return await asyncio.to_thread(self._create, registry, name, settings, held)

    def _create(
        self,
        registry: RegistryId,
        name: RepositoryName,
        settings: RepositorySettings,
        held: dict[str, str],
    ) -> Repository:
        with self._database.write() as tx:
            if repositories.find_repository(tx, registry, name) is not None:
                raise RepositoryAlreadyExists(registry, name.text)
            return self.add(tx, registry, name, settings, held)

    def add(
        self,
        tx: Transaction,
        registry: RegistryId,
        name: RepositoryName,
        settings: RepositorySettings,
        held: Mapping[str, str],
    ) -> Repository:
        """Make a repository, with its resource tags and its event, where there is none.

        Raises:
            TooManyRepositories: the registry is full.
        """
        if not self._quotas.allows_repository(repositories.count_repositories(tx, registry)):
            raise TooManyRepositories(registry, self._quotas.repositories_per_registry)
        now = self._clock()
        repositories.insert_repository(tx, registry, name, settings, now)
        repository = require(tx, registry, name)
        repositories.put_resource_tags(tx, repository, held)
        events.insert_event(tx, registry, RepositoryCreated(repository=name.text), now)
        return repository

    async def describe(
        self, registry: RegistryId, names: Sequence[RepositoryName]
    ) -> list[Repository]:
        """These repositories, in the order asked for.

        Raises:
            RepositoryNotFound: one of them is not there.
        """

        def look() -> list[Repository]:
            with self._database.read() as tx:
                return [require(tx, registry, name) for name in names]

        return await asyncio.to_thread(look)

    async def page(self, registry: RegistryId, after: str, limit: int) -> list[Repository]:
        """Up to ``limit`` repositories whose names follow ``after``, by name."""

        def look() -> list[Repository]:
            with self._database.read() as tx:
                return repositories.list_repositories(tx, registry, after=after, limit=limit)

        return await asyncio.to_thread(look)

    async def delete(
        self, registry: RegistryId, name: RepositoryName, *, force: bool
    ) -> Repository:
        """Remove a repository; with ``force`` also one that holds images.

        Raises:
            RepositoryNotFound: there is none.
            RepositoryNotEmpty: it holds images and ``force`` is not set.
        """
        return await asyncio.to_thread(self._delete, registry, name, force)

    def _delete(self, registry: RegistryId, name: RepositoryName, force: bool) -> Repository:
        with self._database.write() as tx:
            repository = require(tx, registry, name)
            if not force and images.has_images(tx, repository):
                raise RepositoryNotEmpty(registry, name.text)
            open_uploads = uploads.list_receipts(tx, repository)
            repositories.delete_repository(tx, repository)
            event = RepositoryDeleted(repository=name.text)
            events.insert_event(tx, registry, event, self._clock())
        for upload_id, receipt in open_uploads:
            self._blobs.discard(upload_id, receipt)
        return repository

    async def put_mutability(
        self, registry: RegistryId, name: RepositoryName, mutability: TagMutability
    ) -> Repository:
        """Change which tags may move (ECR PutImageTagMutability).

        Raises:
            RepositoryNotFound: there is none.
            InvalidMutability: the exclusion filters do not fit the mode.
        """
        check_mutability(mutability)

        def change() -> Repository:
            with self._database.write() as tx:
                repository = require(tx, registry, name)
                repositories.set_mutability(tx, repository, mutability)
            return repository.with_mutability(mutability)

        return await asyncio.to_thread(change)

    async def resource_tags(self, registry: RegistryId, name: RepositoryName) -> dict[str, str]:
        """A repository's resource tags; refuses as :meth:`get` does."""

        def look() -> dict[str, str]:
            with self._database.read() as tx:
                return repositories.get_resource_tags(tx, require(tx, registry, name))

        return await asyncio.to_thread(look)

    async def add_resource_tags(
        self, registry: RegistryId, name: RepositoryName, added: Sequence[tuple[str, str]]
    ) -> None:
        """Put resource tags on a repository; refuses as :meth:`create` does."""

        def change() -> None:
            with self._database.write() as tx:
                repository = require(tx, registry, name)
                current = repositories.get_resource_tags(tx, repository)
                repositories.put_resource_tags(tx, repository, merge(current, added))

        await asyncio.to_thread(change)

    async def remove_resource_tags(
        self, registry: RegistryId, name: RepositoryName, keys: Sequence[str]
    ) -> None:
        """Take resource tags off a repository; keys that are not there are passed over."""

        def change() -> None:
            with self._database.write() as tx:
                repository = require(tx, registry, name)
                repositories.remove_resource_tags(tx, repository, keys)

        await asyncio.to_thread(change)


def require(tx: Transaction, registry: RegistryId, name: RepositoryName) -> Repository:
    """The repository of this name.

    Raises:
        RepositoryNotFound: there is none.
    """
    repository = repositories.find_repository(tx, registry, name)
    if repository is None:
        raise RepositoryNotFound(registry, name.text)
    return repository


def check_mutability(mutability: TagMutability) -> None:
    """Refuse filters without a mode for them, a mode without filters, and too many wildcards.

    Raises:
        InvalidMutability: with ECR's reason.
    """
    mode, exclusions = mutability.mode, mutability.exclusions
    if mode.has_exclusions and not exclusions:
        raise InvalidMutability(
            "ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as "
            f"{mode}"
        )
    if exclusions and not mode.has_exclusions:
        raise InvalidMutability(
            "ImageTagMutabilityExclusionFilters can only be set when imageTagMutability is "
            "IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION"
        )
    if any(filter_.count("*") > WILDCARDS_MAX for filter_ in exclusions):
        raise InvalidMutability(f"an exclusion filter can have at most {WILDCARDS_MAX} wildcards")
