"""Repository creation templates, and the repositories that they make."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from portside.lifecycle.documents import MalformedLifecyclePolicy, parse
from portside.metadata import documents, repositories, templates
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.policy.attached import parse_repository_policy
from portside.policy.statements import MalformedPolicy
from portside.registry.documents import DocumentChange, DocumentKind, render_document
from portside.registry.refusals import RepositoryNotFound
from portside.registry.repositories import Repository, RepositorySettings
from portside.registry.resource_tags import merge
from portside.registry.templates import (
    TEMPLATES_MAX,
    InvalidTemplate,
    Purpose,
    Template,
    TemplateAlreadyExists,
    TemplateNotFound,
    TemplateParts,
    TooManyTemplates,
    check_role,
    prefix_key,
    prefix_keys,
    select,
)
from portside.services.lifecycles import put_lifecycle_policy
from portside.services.repositories import Repositories, check_mutability

T = TypeVar("T")

HISTORY_NAME = "repository creation template"
"""Who histories tell set a policy that came with a repository; its prefix follows."""


class Templates:
    """The creation templates of every registry."""

    def __init__(
        self, database: Database, repositories_: Repositories, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._repositories = repositories_
        self._clock = clock

    async def create(self, registry: RegistryId, prefix: str, parts: TemplateParts) -> Template:
        """Add a template (ECR CreateRepositoryCreationTemplate).

        Raises:
            TemplateAlreadyExists: the prefix has one.
            TooManyTemplates: the registry has as many as it may.
            InvalidTemplate: a part is not what ECR takes.
            InvalidMutability: the exclusion filters do not fit the mode.
            InvalidResourceTags: a resource tag is malformed.
            TooManyResourceTags: more than fifty resource tags.
        """

        def make() -> Template:
            now = self._clock()
            empty = Template(prefix=prefix, applied_for=(), created_at=now, updated_at=now)
            template = parts.applied_to(empty, now)
            _check(registry, template)
            with self._database.write() as tx:
                if templates.find_template(tx, registry, template.key) is not None:
                    raise TemplateAlreadyExists(registry, prefix)
                if templates.count_templates(tx, registry) >= TEMPLATES_MAX:
                    raise TooManyTemplates(TEMPLATES_MAX)
                templates.insert_template(tx, registry, template)
            return template

        return await asyncio.to_thread(make)

    async def update(self, registry: RegistryId, prefix: str, parts: TemplateParts) -> Template:
        """Change a template (ECR UpdateRepositoryCreationTemplate); refuses as :meth:`create` does.

        Raises:
            TemplateNotFound: the prefix has none.
        """

        def change() -> Template:
            with self._database.write() as tx:
                template = parts.applied_to(_require(tx, registry, prefix), self._clock())
                _check(registry, template)
                templates.update_template(tx, registry, template)
            return template

        return await asyncio.to_thread(change)

    async def delete(self, registry: RegistryId, prefix: str) -> Template:
        """Remove a template; what it made stays.

        Raises:
            TemplateNotFound: the prefix has none.
        """

        def drop() -> Template:
            with self._database.write() as tx:
                template = _require(tx, registry, prefix)
                templates.delete_template(tx, registry, template.key)
            return template

        return await asyncio.to_thread(drop)

    async def page(
        self, registry: RegistryId, prefixes: Sequence[str] | None, after: str, limit: int
    ) -> list[Template]:
        """Up to ``limit`` templates behind the key ``after``; with ``prefixes`` only theirs."""
        keys = None if prefixes is None else [prefix_key(prefix) for prefix in prefixes]

        def look() -> list[Template]:
            with self._database.read() as tx:
                return templates.list_templates(tx, registry, keys=keys, after=after, limit=limit)

        return await asyncio.to_thread(look)

    async def create_on_push(self, registry: RegistryId, name: RepositoryName) -> None:
        """Make the repository that a push is to by its template, unless it is there.

        Raises:
            RepositoryNotFound: no template is for that.
        """

        def make() -> None:
            with self._database.write() as tx:
                ensure_repository(tx, self._repositories, registry, name, Purpose.CREATE_ON_PUSH)

        await asyncio.to_thread(make)


async def pushing(push: Callable[[bool], Awaitable[T]], may_create: Callable[[], bool]) -> T:
    """Push; where the repository is not there, push again with ``True``: make it first.

    Source: ECR user guide, "Creating a repository on push": the pusher needs ecr:CreateRepository.

    Raises:
        RepositoryNotFound: it is not there, and the caller may not make it or no template does.
    """
    try:
        return await push(False)
    except RepositoryNotFound:
        if not may_create():
            raise
    return await push(True)


def find_for(
    tx: Transaction, registry: RegistryId, name: RepositoryName, purpose: Purpose
) -> Template | None:
    """The template by which a repository of this name would be made, or ``None``."""
    return select(templates.list_templates(tx, registry, keys=prefix_keys(name)), name, purpose)


def ensure_repository(
    tx: Transaction,
    repositories_: Repositories,
    registry: RegistryId,
    name: RepositoryName,
    purpose: Purpose,
) -> Repository:
    """The repository of this name, made by its template if it is not there.

    Without a template replication and pull-through make one with ECR's defaults; a push makes none.

    Raises:
        RepositoryNotFound: a push to what is not there, and no template is for that.
        TooManyRepositories: the registry is full.
    """
    repository = repositories.find_repository(tx, registry, name)
    if repository is not None:
        return repository
    template = find_for(tx, registry, name, purpose)
    if template is None:
        if purpose is Purpose.CREATE_ON_PUSH:
            raise RepositoryNotFound(registry, name.text)
        return repositories_.add(tx, registry, name, RepositorySettings(), {})
    tags = dict(template.resource_tags)
    repository = repositories_.add(tx, registry, name, template.settings, tags)
    _put_policies(tx, repository, template)
    return repository


def _put_policies(tx: Transaction, repository: Repository, template: Template) -> None:
    """Give a repository that was just made its template's policies; histories tell whose."""
    by = f"{HISTORY_NAME} {template.prefix}"
    if template.repository_policy is not None:
        text = render_document(json.loads(template.repository_policy))
        documents.put_repository_policy(tx, repository, text)
        change = DocumentChange(
            kind=DocumentKind.REPOSITORY_POLICY,
            principal=by,
            changed_at=repository.created_at,
            before=None,
            after=text,
        )
        documents.insert_change(tx, repository.registry, repository, change)
    if template.lifecycle_policy is not None:
        text = parse(template.lifecycle_policy).text
        put_lifecycle_policy(tx, repository, text, by, repository.created_at)


def _require(tx: Transaction, registry: RegistryId, prefix: str) -> Template:
    template = templates.find_template(tx, registry, prefix_key(prefix))
    if template is None:
        raise TemplateNotFound(registry, prefix)
    return template


def _check(registry: RegistryId, template: Template) -> None:
    if not template.applied_for:
        raise InvalidTemplate("appliedFor", "at least one scenario must be given")
    check_mutability(template.settings.mutability)
    merge({}, template.resource_tags)
    check_role(template, registry)
    if template.repository_policy is not None:
        _check_repository_policy(template.repository_policy)
    if template.lifecycle_policy is not None:
        _check_lifecycle_policy(template.lifecycle_policy)


def _check_lifecycle_policy(text: str) -> None:
    try:
        parse(text)
    except MalformedLifecyclePolicy as error:
        reason = f"Lifecycle policy validation failure: {error.reason}"
        raise InvalidTemplate("lifecyclePolicy", reason) from error


def _check_repository_policy(text: str) -> None:
    try:
        parse_repository_policy(text)
    except MalformedPolicy as error:
        reason = f"Invalid repository policy provided: {error.reason}"
        raise InvalidTemplate("repositoryPolicy", reason) from error
