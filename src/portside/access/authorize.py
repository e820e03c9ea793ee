"""May this caller do this, and why."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from portside.access.callers import Caller
from portside.access.circumstances import Circumstances, Context, is_lasting, request_keys
from portside.access.gathering import Place, Resource, find_place, gather, pose
from portside.access.refusals import AccessDenied
from portside.access.standing import (
    Ownership,
    RegistrySay,
    Rights,
    load_identity_ownership,
    load_registry_say,
    load_repository_ownership,
    load_rights,
)
from portside.metadata.caches import GenerationCache, RepositoryCache
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.names.accounts import RegistryId
from portside.policy.evaluate import Decision, evaluate
from portside.policy.variables import Reading
from portside.registry.repositories import Repository

__all__ = ["Authorizer", "Look", "Resource"]

DECISIONS_REMEMBERED_MAX = 16_384
RIGHTS_REMEMBERED_MAX = 2_048
OWNERSHIPS_REMEMBERED_MAX = 4_096

Look = Callable[[], Circumstances]
"""Looks at the request: asked only where a decision is not remembered."""


_K = TypeVar("_K")
_V = TypeVar("_V")
_Key = tuple[Caller, str, Resource]
_Seen = tuple[tuple[str, tuple[str, ...] | None], ...]
"""Keys of the request that a decision looked at, each with its values."""


@dataclass(slots=True)
class _Remembered:
    decision: Decision
    stamp: int
    identity_generation: int
    place: Place | None
    repository: tuple[int, int] | None
    """The id and generation of the repository that was there, if one was."""
    seen: _Seen
    """What conditions found in the request."""


class Authorizer:
    """Decides by the policies as they are now, and remembers what it decided.

    A decision is remembered until anything changes among identities and their policies, or in the
    repository; where conditions looked at the request itself, it holds for requests in which they
    would find the same. Belongs to one thread; :meth:`decide_anew` is for all.
    """

    def __init__(
        self,
        database: Database,
        freshness: Freshness,
        repositories_: RepositoryCache,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._freshness = freshness
        self._repositories = repositories_
        self._clock = clock
        self._decisions: OrderedDict[_Key, _Remembered] = OrderedDict()
        self._rights: OrderedDict[Caller, tuple[int, Rights]] = OrderedDict()
        self._registries: OrderedDict[RegistryId, tuple[int, RegistrySay]] = OrderedDict()
        self._ownerships: GenerationCache[Ownership] = GenerationCache(OWNERSHIPS_REMEMBERED_MAX)
        self.hits = 0
        """How often a remembered decision still held."""
        self.misses = 0
        """How often a decision was made anew."""

    def authorize(self, caller: Caller, action: str, resource: Resource, look: Look) -> None:
        """Let pass what is allowed.

        Raises:
            AccessDenied: nothing allows it, or something denies it.
        """
        decision = self.explain(caller, action, resource, look)
        if not decision.allowed:
            raise AccessDenied(caller.arn.text, action, resource.text, decision.because)

    def explain(self, caller: Caller, action: str, resource: Resource, look: Look) -> Decision:
        """The decision with its reason; nothing is refused here."""
        key = (caller, action, resource)
        held = self._decisions.get(key)
        context: Context | None = None
        if held is not None and self._still_holds(held):
            if not held.seen:
                self.hits += 1
                return held.decision
            context = self._request(look)
            if held.seen == _see(context, dict(held.seen)):
                self.hits += 1
                return held.decision
        self.misses += 1
        stamp, generation = self._freshness.stamp, self._freshness.identity_generation()
        place = find_place(resource)
        repository = self._find(place)
        standing = (
            self._rights_of(caller, generation),
            self._ownership(action, resource, place, repository, generation),
        )
        context = self._request(look) if context is None else context
        decision = evaluate(*pose(caller, action, resource, standing, context))
        version = None if repository is None else (repository.id, repository.generation)
        seen = _see(context, (one for one in decision.asked if not is_lasting(one)))
        held = _Remembered(decision, stamp, generation, place, version, seen)
        _remember(self._decisions, key, held, DECISIONS_REMEMBERED_MAX)
        return decision

    def _request(self, look: Look) -> Context:
        return request_keys(look(), self._clock())

    def decide_anew(self, caller: Caller, action: str, resource: Resource, look: Look) -> Decision:
        """As :meth:`explain`, from the database alone and from any thread."""
        with self._database.read() as tx:
            return evaluate(*gather(tx, caller, action, resource, look(), self._clock()))

    def _still_holds(self, held: _Remembered) -> bool:
        stamp = self._freshness.stamp
        if held.stamp == stamp:
            return True
        if self._freshness.identity_generation() != held.identity_generation:
            return False
        repository = self._find(held.place)
        if held.repository != (repository and (repository.id, repository.generation)):
            return False
        held.stamp = stamp
        return True

    def _find(self, place: Place | None) -> Repository | None:
        if place is None or place[1] is None:
            return None
        return self._repositories.find(place[0], place[1])

    def _rights_of(self, caller: Caller, generation: int) -> Rights:
        held = self._rights.get(caller)
        if held is not None and held[0] == generation:
            return held[1]
        with self._database.read() as tx:
            rights = load_rights(tx, caller)
        _remember(self._rights, caller, (generation, rights), RIGHTS_REMEMBERED_MAX)
        return rights

    def _ownership(
        self,
        action: str,
        resource: Resource,
        place: Place | None,
        repository: Repository | None,
        generation: int,
    ) -> Ownership:
        if place is None:
            with self._database.read() as tx:
                return load_identity_ownership(tx, resource.text)
        own = Ownership()
        if repository is not None:
            found = self._ownerships.find(repository, "")
            if found is None:
                with self._database.read() as tx:
                    found = load_repository_ownership(tx, repository)
                self._ownerships.put(repository, "", found)
            own = found
        registry = self._registry_say(place[0], generation).on(action)
        return replace(own, policies=(*own.policies, *registry)) if registry else own

    def _registry_say(self, registry: RegistryId, generation: int) -> RegistrySay:
        held = self._registries.get(registry)
        if held is not None and held[0] == generation:
            return held[1]
        with self._database.read() as tx:
            found = load_registry_say(tx, registry)
        _remember(self._registries, registry, (generation, found), RIGHTS_REMEMBERED_MAX)
        return found


def _see(context: Context, keys: Iterable[str]) -> _Seen:
    """What conditions that ask for these keys find in a request."""
    reading = Reading(context)
    return tuple((key, reading.find(key)) for key in keys)


def _remember(held: OrderedDict[_K, _V], key: _K, value: _V, limit: int) -> None:
    held[key] = value
    if len(held) > limit:
        held.popitem(last=False)
