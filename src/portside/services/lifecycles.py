"""Lifecycle policies as documents, and the history of who set them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from portside.access.callers import Caller
from portside.lifecycle.documents import parse
from portside.lifecycle.records import StoredPolicy
from portside.metadata import documents, lifecycles
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.documents import DocumentChange, DocumentKind
from portside.registry.lifecycles import LifecyclePolicyNotFound
from portside.registry.repositories import Repository
from portside.services.repositories import require


class Lifecycles:
    """The lifecycle policies of every repository."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def put(
        self, registry: RegistryId, name: RepositoryName, text: str, caller: Caller
    ) -> str:
        """Give a repository its policy (ECR PutLifecyclePolicy); the text as it is shown.

        Raises:
            RepositoryNotFound: there is no such repository.
            MalformedLifecyclePolicy: the text is no lifecycle policy.
        """
        shown = parse(text).text

        def change() -> None:
            with self._database.write() as tx:
                repository = require(tx, registry, name)
                put_lifecycle_policy(tx, repository, shown, caller.arn.text, self._clock())

        await asyncio.to_thread(change)
        return shown

    async def get(self, registry: RegistryId, name: RepositoryName) -> StoredPolicy:
        """A repository's policy.

        Raises:
            RepositoryNotFound: there is no such repository.
            LifecyclePolicyNotFound: it has no policy.
        """

        def look() -> StoredPolicy:
            with self._database.read() as tx:
                return require_policy(tx, require(tx, registry, name))

        return await asyncio.to_thread(look)

    async def delete(
        self, registry: RegistryId, name: RepositoryName, caller: Caller
    ) -> StoredPolicy:
        """Remove a repository's policy; what it was. Refuses as :meth:`get` does."""

        def change() -> StoredPolicy:
            with self._database.write() as tx:
                repository = require(tx, registry, name)
                held = require_policy(tx, repository)
                lifecycles.delete_policy(tx, repository)
                texts = (held.text, None)
                _remember(tx, repository, texts, caller.arn.text, self._clock())
            return held

        return await asyncio.to_thread(change)

    def history(self, registry: RegistryId, name: RepositoryName) -> list[DocumentChange]:
        """Who changed a repository's lifecycle policy; the newest change first.

        Raises:
            RepositoryNotFound: there is no such repository.
        """
        with self._database.read() as tx:
            repository = require(tx, registry, name)
            kind = DocumentKind.LIFECYCLE_POLICY
            return documents.list_changes(tx, registry, repository, kind)


def put_lifecycle_policy(
    tx: Transaction, repository: Repository, text: str, principal: str, now: datetime
) -> None:
    """Give a repository a policy, already read, within the caller's transaction; remember who."""
    held = lifecycles.find_policy(tx, repository)
    lifecycles.put_policy(tx, repository, text)
    _remember(tx, repository, (held.text if held else None, text), principal, now)


def require_policy(tx: Transaction, repository: Repository) -> StoredPolicy:
    """The repository's policy.

    Raises:
        LifecyclePolicyNotFound: it has none.
    """
    held = lifecycles.find_policy(tx, repository)
    if held is None:
        raise LifecyclePolicyNotFound(repository.registry, repository.name.text)
    return held


def _remember(
    tx: Transaction,
    repository: Repository,
    texts: tuple[str | None, str | None],
    principal: str,
    now: datetime,
) -> None:
    change = DocumentChange(
        kind=DocumentKind.LIFECYCLE_POLICY,
        principal=principal,
        changed_at=now,
        before=texts[0],
        after=texts[1],
    )
    documents.insert_change(tx, repository.registry, repository, change)
