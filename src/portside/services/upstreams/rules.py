"""Pull-through cache rules (ECR CreatePullThroughCacheRule …)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from portside.metadata import upstreams
from portside.metadata.database import Database, Transaction
from portside.metadata.freshness import Freshness
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.templates import prefix_key
from portside.registry.upstreams import (
    RULES_MAX,
    Endpoint,
    Rule,
    RuleAlreadyExists,
    RuleNotFound,
    SecretForbidden,
    SecretNotFound,
    SecretUnreadable,
    TooManyRules,
    UpstreamRefusal,
    UpstreamUnsupported,
    check_rule,
    identify,
    select,
    upstream_name,
)
from portside.services.upstreams.registries import Registries
from portside.services.upstreams.secrets import UpstreamSecrets
from portside.services.upstreams.sources import Source

REGISTRIES_REMEMBERED_MAX = 1024


@dataclass(frozen=True, slots=True)
class Validation:
    """A rule and why its upstream registry cannot be used; ``None`` if it can."""

    rule: Rule
    failure: str | None


class Rules:
    """The rules of every registry. ``allowed`` is what the operator adds to ECR's upstreams."""

    def __init__(
        self,
        database: Database,
        freshness: Freshness,
        secrets: UpstreamSecrets,
        registries: Registries,
        clock: Callable[[], datetime],
        *,
        allowed: Collection[Endpoint],
    ) -> None:
        self._database = database
        self._freshness = freshness
        self._secrets = secrets
        self._registries = registries
        self._clock = clock
        self._allowed = frozenset(allowed)
        self._remembered: dict[RegistryId, tuple[int, list[Rule]]] = {}

    def find_for(self, registry: RegistryId, name: RepositoryName) -> Rule | None:
        """The rule that covers a repository; from memory, so it may be called on the event loop."""
        generation = self._freshness.generation(upstreams.RULES)
        held = self._remembered.get(registry)
        if held is None or held[0] != generation:
            with self._database.read() as tx:
                held = (generation, upstreams.list_rules(tx, registry))
            if len(self._remembered) >= REGISTRIES_REMEMBERED_MAX:
                self._remembered.clear()
            self._remembered[registry] = held
        return select(held[1], name) if held[1] else None

    def source(self, registry: RegistryId, rule: Rule, name: RepositoryName) -> Source | None:
        """What a repository under a rule is a copy of; ``None`` if nothing can be. Blocks.

        Raises:
            UpstreamUnsupported: the operator does not allow the upstream any more.
            SecretForbidden, SecretNotFound, SecretUnreadable: its credentials are not to be had.
        """
        repository = upstream_name(rule, name)
        return None if repository is None else self._source(registry, rule, repository)

    def _source(self, registry: RegistryId, rule: Rule, repository: str) -> Source:
        upstream = identify(rule.url, rule.kind, self._allowed)
        if rule.credential_arn is None:
            return Source(upstream, repository, None)
        with self._database.read() as tx:
            credentials = self._secrets.get(tx, registry, rule.credential_arn)
        return Source(upstream, repository, credentials)

    async def create(self, registry: RegistryId, rule: Rule) -> Rule:
        """Add a rule; its times are set here.

        Raises:
            RuleAlreadyExists: the prefix has one.
            TooManyRules: the registry has as many as it may.
            UpstreamUnsupported: the URL is of no upstream that is allowed, or of another kind.
            InvalidRule: credentials that ECR asks for are missing.
            SecretForbidden, SecretNotFound, SecretUnreadable: they are not to be had.
        """

        def make() -> Rule:
            upstream = identify(rule.url, rule.kind, self._allowed)
            now = self._clock()
            made = replace(rule, kind=upstream.kind, created_at=now, updated_at=now)
            check_rule(made, upstream)
            with self._database.write() as tx:
                if upstreams.list_rules(tx, registry, keys=[made.key]):
                    raise RuleAlreadyExists(registry, made.prefix)
                if upstreams.count_rules(tx, registry) >= RULES_MAX:
                    raise TooManyRules(RULES_MAX)
                self._check_secret(tx, registry, made)
                upstreams.insert_rule(tx, registry, made)
            return made

        return await asyncio.to_thread(make)

    async def update(
        self,
        registry: RegistryId,
        prefix: str,
        credential_arn: str | None,
        custom_role_arn: str | None,
    ) -> Rule:
        """Give a rule other credentials; what is ``None`` stays.

        Raises:
            RuleNotFound: the prefix has no rule.
            SecretForbidden, SecretNotFound, SecretUnreadable: they are not to be had.
        """

        def change() -> Rule:
            with self._database.write() as tx:
                rule = _require(tx, registry, prefix)
                changed = replace(
                    rule,
                    credential_arn=credential_arn or rule.credential_arn,
                    custom_role_arn=custom_role_arn or rule.custom_role_arn,
                    updated_at=self._clock(),
                )
                self._check_secret(tx, registry, changed)
                upstreams.update_rule(tx, registry, changed)
            return changed

        return await asyncio.to_thread(change)

    async def delete(self, registry: RegistryId, prefix: str) -> Rule:
        """Remove a rule; what was cached under it stays.

        Raises:
            RuleNotFound: the prefix has no rule.
        """

        def drop() -> Rule:
            with self._database.write() as tx:
                rule = _require(tx, registry, prefix)
                upstreams.delete_rule(tx, registry, rule.key)
            return rule

        return await asyncio.to_thread(drop)

    async def named(self, registry: RegistryId, prefixes: Sequence[str]) -> list[Rule]:
        """The rules of these prefixes, in the order asked for.

        Raises:
            RuleNotFound: one of them has none.
        """

        def look() -> list[Rule]:
            with self._database.read() as tx:
                return [_require(tx, registry, prefix) for prefix in dict.fromkeys(prefixes)]

        return await asyncio.to_thread(look)

    async def page(self, registry: RegistryId, after: str, limit: int) -> list[Rule]:
        """Up to ``limit`` rules behind the key ``after``, by key."""

        def look() -> list[Rule]:
            with self._database.read() as tx:
                return upstreams.list_rules(tx, registry, after=after, limit=limit)

        return await asyncio.to_thread(look)

    async def validate(self, registry: RegistryId, prefix: str) -> Validation:
        """Try a rule's upstream registry with its credentials (ValidatePullThroughCacheRule).

        Raises:
            RuleNotFound: the prefix has no rule.
        """
        (rule,) = await self.named(registry, [prefix])

        def attempt() -> str | None:
            try:
                self._registries.ping(self._source(registry, rule, ""))
            except UpstreamRefusal as refusal:
                return f"The upstream registry {refusal.upstream} cannot be used: {refusal.reason}"
            except SecretNotFound:
                return "The secret that credentialArn names was not found"
            except (SecretForbidden, SecretUnreadable):
                return "The secret that credentialArn names cannot be read"
            except UpstreamUnsupported:
                return "The upstream registry is not supported"
            return None

        return Validation(rule, await self._registries.in_thread(attempt))

    def _check_secret(self, tx: Transaction, registry: RegistryId, rule: Rule) -> None:
        if rule.credential_arn is not None:
            self._secrets.get(tx, registry, rule.credential_arn)


def _require(tx: Transaction, registry: RegistryId, prefix: str) -> Rule:
    found = upstreams.list_rules(tx, registry, keys=[prefix_key(prefix)])
    if not found:
        raise RuleNotFound(registry, prefix)
    return found[0]
