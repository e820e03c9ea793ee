"""What a process remembers of repositories, manifests and blobs, and never serves stale.

A repository is remembered with the stamp at which it was read; everything else is remembered with
the repository's generation. Each look-up first makes sure of the repository, so a hit costs a
comparison and two dictionary look-ups. All methods belong to one thread.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

from portside.metadata import exclusions, repositories
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.exclusions import EXCLUSIONS_MAX
from portside.registry.repositories import Repository

T = TypeVar("T")
REPOSITORIES_MAX = 4096
REGISTRIES_MAX = 1024


@dataclass(slots=True)
class _Remembered:
    repository: Repository
    stamp: int


class RepositoryCache:
    """Repositories by registry and name, each proven fresh at every look-up."""

    def __init__(self, database: Database, freshness: Freshness) -> None:
        self._database = database
        self._freshness = freshness
        self._remembered: OrderedDict[tuple[str, str, str], _Remembered] = OrderedDict()

    def find(self, registry: RegistryId, name: RepositoryName) -> Repository | None:
        """The repository as it is now, or ``None``."""
        key = (registry.account.text, registry.region.text, name.text)
        stamp = self._freshness.stamp
        held = self._remembered.get(key)
        if held is not None:
            if held.stamp == stamp:
                return held.repository
            repository = held.repository
            if self._freshness.repository_generation(repository.id) == repository.generation:
                held.stamp = stamp
                return repository
            del self._remembered[key]
        return self._load(key, stamp, registry, name)

    def _load(
        self, key: tuple[str, str, str], stamp: int, registry: RegistryId, name: RepositoryName
    ) -> Repository | None:
        with self._database.read() as tx:
            repository = repositories.find_repository(tx, registry, name)
        if repository is not None:
            self._remembered[key] = _Remembered(repository, stamp)
            if len(self._remembered) > REPOSITORIES_MAX:
                self._remembered.popitem(last=False)
        return repository


@dataclass(slots=True)
class _RememberedExclusions:
    principals: frozenset[str]
    stamp: int
    generation: int


class ExclusionCache:
    """The principals whose pulls do not count, by registry, proven fresh at every look-up."""

    def __init__(self, database: Database, freshness: Freshness) -> None:
        self._database = database
        self._freshness = freshness
        self._remembered: OrderedDict[RegistryId, _RememberedExclusions] = OrderedDict()

    def find(self, registry: RegistryId) -> frozenset[str]:
        """The ARNs of users and roles that the registry excludes now."""
        stamp = self._freshness.stamp
        held = self._remembered.get(registry)
        if held is not None and held.stamp == stamp:
            return held.principals
        generation = self._freshness.identity_generation()
        if held is None or held.generation != generation:
            held = _RememberedExclusions(self._load(registry), stamp, generation)
            self._remembered[registry] = held
            if len(self._remembered) > REGISTRIES_MAX:
                self._remembered.popitem(last=False)
        held.stamp = stamp
        return held.principals

    def _load(self, registry: RegistryId) -> frozenset[str]:
        with self._database.read() as tx:
            found = exclusions.list_exclusions(tx, registry, after="", limit=EXCLUSIONS_MAX)
        return frozenset(found)


class GenerationCache(Generic[T]):
    """Values that hold for one generation of one repository; the least used go first.

    ``limit`` bounds the sum of the weights given to :meth:`put` (bytes, or 1 for a count).
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._weight = 0
        self._held: OrderedDict[tuple[int, str], tuple[int, int, T]] = OrderedDict()
        self.hits = 0
        """How often something was found."""
        self.misses = 0
        """How often nothing was."""

    def find(self, repository: Repository, key: str) -> T | None:
        """What was put for this key in the repository's present generation, or ``None``."""
        held = self._held.get((repository.id, key))
        if held is None:
            self.misses += 1
            return None
        if held[0] != repository.generation:
            self.misses += 1
            self._drop((repository.id, key))
            return None
        self.hits += 1
        self._held.move_to_end((repository.id, key))
        return held[2]

    def put(self, repository: Repository, key: str, value: T, weight: int = 1) -> None:
        """Remember a value that was read after ``repository`` was."""
        self._drop((repository.id, key))
        if weight > self._limit:
            return
        self._held[(repository.id, key)] = (repository.generation, weight, value)
        self._weight += weight
        while self._weight > self._limit:
            self._drop(next(iter(self._held)))

    def _drop(self, key: tuple[int, str]) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._weight -= held[1]
