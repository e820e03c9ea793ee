"""Policies of repositories and registries as documents, and the history of who set them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime

from portside.access.callers import Caller
from portside.access.circumstances import Circumstances
from portside.access.gathering import Resource, gather
from portside.metadata import documents, registry_settings
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.policy.attached import parse_registry_policy, parse_repository_policy
from portside.policy.evaluate import evaluate
from portside.policy.statements import MalformedPolicy
from portside.registry.account_settings import SCOPE_OF_THREE, AccountSetting
from portside.registry.documents import (
    DocumentChange,
    DocumentKind,
    InvalidRegistryPolicy,
    InvalidRepositoryPolicy,
    PolicyWouldLockOut,
    RegistryPolicyNotFound,
    RepositoryPolicyNotFound,
    render_document,
)
from portside.registry.repositories import Repository
from portside.services.repositories import require


class Policies:
    """The policies of every repository and registry."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def set_repository_policy(
        self,
        registry: RegistryId,
        name: RepositoryName,
        text: str,
        caller: Caller,
        guard: Circumstances | None,
    ) -> str:
        """Give a repository its policy (ECR SetRepositoryPolicy); the text as it is shown.

        ``guard`` are the circumstances in which the caller must still be able to set another
        policy; ``None`` sets it whatever follows.

        Raises:
            RepositoryNotFound: there is no such repository.
            InvalidRepositoryPolicy: the text is no policy that a repository can have.
            PolicyWouldLockOut: the caller could not set another policy.
        """
        shown = show_repository_policy(text)

        def change() -> None:
            with self._database.write() as tx:
                repository = require(tx, registry, name)
                before = documents.find_repository_policy(tx, repository)
                documents.put_repository_policy(tx, repository, shown)
                if guard is not None:
                    self._refuse_lock_out(tx, repository, caller, guard)
                self._remember(tx, registry, repository, caller.arn.text, (before, shown))

        await asyncio.to_thread(change)
        return shown

    async def get_repository_policy(self, registry: RegistryId, name: RepositoryName) -> str:
        """A repository's policy.

        Raises:
            RepositoryNotFound: there is no such repository.
            RepositoryPolicyNotFound: it has no policy.
        """

        def look() -> str:
            with self._database.read() as tx:
                return _require_repository_policy(tx, require(tx, registry, name))

        return await asyncio.to_thread(look)

    async def delete_repository_policy(
        self, registry: RegistryId, name: RepositoryName, caller: Caller
    ) -> str:
        """Remove a repository's policy; what it was. Refuses as :meth:`get_repository_policy`."""
        return await asyncio.to_thread(self.remove, registry, name, caller.arn.text)

    async def put_registry_policy(self, registry: RegistryId, text: str, caller: Caller) -> str:
        """Give a registry its policy (ECR PutRegistryPolicy); the text as it is shown.

        Raises:
            InvalidRegistryPolicy: the text is no policy that a registry can have.
        """

        def change() -> str:
            with self._database.write() as tx:
                shown = _show_registry_policy(tx, registry, text)
                before = documents.find_registry_policy(tx, registry)
                documents.put_registry_policy(tx, registry, shown)
                self._remember(tx, registry, None, caller.arn.text, (before, shown))
            return shown

        return await asyncio.to_thread(change)

    async def get_registry_policy(self, registry: RegistryId) -> str:
        """A registry's policy.

        Raises:
            RegistryPolicyNotFound: it has none.
        """

        def look() -> str:
            with self._database.read() as tx:
                return _require_registry_policy(tx, registry)

        return await asyncio.to_thread(look)

    async def delete_registry_policy(self, registry: RegistryId, caller: Caller) -> str:
        """Remove a registry's policy; what it was. Refuses as :meth:`get_registry_policy`."""
        return await asyncio.to_thread(self.remove, registry, None, caller.arn.text)

    def remove(self, registry: RegistryId, name: RepositoryName | None, by: str) -> str:
        """Remove the policy of a repository, or of the registry itself; what it was.

        ``by`` is who the history will tell did it. Waits for the database: call it from a thread.

        Raises:
            RepositoryNotFound: there is no such repository.
            RepositoryPolicyNotFound: it has no policy.
            RegistryPolicyNotFound: the registry has none.
        """
        with self._database.write() as tx:
            if name is None:
                repository = None
                before = _require_registry_policy(tx, registry)
                documents.delete_registry_policy(tx, registry)
            else:
                repository = require(tx, registry, name)
                before = _require_repository_policy(tx, repository)
                documents.delete_repository_policy(tx, repository)
            self._remember(tx, registry, repository, by, (before, None))
        return before

    def history(self, registry: RegistryId, name: RepositoryName | None) -> list[DocumentChange]:
        """Who changed the policy of a repository, or of the registry itself; the newest first.

        Raises:
            RepositoryNotFound: there is no such repository.
        """
        with self._database.read() as tx:
            if name is None:
                return documents.list_changes(tx, registry, None, DocumentKind.REGISTRY_POLICY)
            repository = require(tx, registry, name)
            kind = DocumentKind.REPOSITORY_POLICY
            return documents.list_changes(tx, registry, repository, kind)

    def _refuse_lock_out(
        self, tx: Transaction, repository: Repository, caller: Caller, guard: Circumstances
    ) -> None:
        resource = Resource.of(repository.arn)
        now = self._clock()
        asked = gather(tx, caller, "ecr:SetRepositoryPolicy", resource, guard, now)
        if not evaluate(*asked).allowed:
            raise PolicyWouldLockOut

    def _remember(
        self,
        tx: Transaction,
        registry: RegistryId,
        repository: Repository | None,
        by: str,
        texts: tuple[str | None, str | None],
    ) -> None:
        kinds = DocumentKind
        change = DocumentChange(
            kind=kinds.REPOSITORY_POLICY if repository else kinds.REGISTRY_POLICY,
            principal=by,
            changed_at=self._clock(),
            before=texts[0],
            after=texts[1],
        )
        documents.insert_change(tx, registry, repository, change)


def show_repository_policy(text: str) -> str:
    """A repository's policy as it is stored and shown.

    Raises:
        InvalidRepositoryPolicy: the text is no policy that a repository can have.
    """
    try:
        parse_repository_policy(text)
    except MalformedPolicy as error:
        raise InvalidRepositoryPolicy(error.reason) from error
    return render_document(json.loads(text))


def _show_registry_policy(tx: Transaction, registry: RegistryId, text: str) -> str:
    scope = AccountSetting.REGISTRY_POLICY_SCOPE
    held = registry_settings.get_account_setting(tx, registry, scope)
    try:
        parse_registry_policy(text, every_action=held != SCOPE_OF_THREE)
    except MalformedPolicy as error:
        raise InvalidRegistryPolicy(error.reason) from error
    return render_document(json.loads(text))


def _require_repository_policy(tx: Transaction, repository: Repository) -> str:
    text = documents.find_repository_policy(tx, repository)
    if text is None:
        raise RepositoryPolicyNotFound(repository.registry, repository.name.text)
    return text


def _require_registry_policy(tx: Transaction, registry: RegistryId) -> str:
    text = documents.find_registry_policy(tx, registry)
    if text is None:
        raise RegistryPolicyNotFound(registry)
    return text
