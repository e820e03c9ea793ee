"""Repository creation templates: what repositories are like that ECR makes by itself.

Source: ECR user guide, "Templates to control repositories created during a pull through cache,
create on push, or replication action".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from portside.names.accounts import RegistryId
from portside.names.errors import Refusal
from portside.names.repositories import RepositoryName
from portside.registry.mutability import TagMutability
from portside.registry.repositories import Encryption, RepositorySettings

T = TypeVar("T")

ROOT: Final = "ROOT"
"""The prefix of whatever has no more specific one."""

TEMPLATES_MAX: Final = 100
"""How many templates a registry holds."""


class Purpose(StrEnum):
    """What makes a repository that nobody created (``appliedFor``)."""

    REPLICATION = "REPLICATION"
    PULL_THROUGH_CACHE = "PULL_THROUGH_CACHE"
    CREATE_ON_PUSH = "CREATE_ON_PUSH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template of a registry. ``prefix`` is as it was given, with or without a final slash."""

    prefix: str
    applied_for: tuple[Purpose, ...]
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    settings: RepositorySettings = RepositorySettings()
    resource_tags: tuple[tuple[str, str], ...] = ()
    repository_policy: str | None = None
    lifecycle_policy: str | None = None
    custom_role_arn: str | None = None

    @property
    def key(self) -> str:
        """What the prefix is known by."""
        return prefix_key(self.prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateParts:
    """What a request sets of a template; ``None`` leaves what is there."""

    applied_for: tuple[Purpose, ...] | None = None
    description: str | None = None
    mutability: TagMutability | None = None
    encryption: Encryption | None = None
    resource_tags: tuple[tuple[str, str], ...] | None = None
    repository_policy: str | None = None
    lifecycle_policy: str | None = None
    custom_role_arn: str | None = None

    def applied_to(self, template: Template, now: datetime) -> Template:
        """The template after these parts were set; an empty text unsets what may be absent."""
        settings = template.settings
        return replace(
            template,
            applied_for=_chosen(self.applied_for, template.applied_for),
            description=_chosen(self.description, template.description) or None,
            settings=replace(
                settings,
                mutability=_chosen(self.mutability, settings.mutability),
                encryption=_chosen(self.encryption, settings.encryption),
            ),
            resource_tags=_chosen(self.resource_tags, template.resource_tags),
            repository_policy=_chosen(self.repository_policy, template.repository_policy) or None,
            lifecycle_policy=_chosen(self.lifecycle_policy, template.lifecycle_policy) or None,
            custom_role_arn=_chosen(self.custom_role_arn, template.custom_role_arn) or None,
            updated_at=now,
        )


def _chosen(given: T | None, present: T) -> T:
    return present if given is None else given


@dataclass(eq=False)
class TemplateRefusal(Refusal):
    """A refusal that concerns the template of one prefix."""

    registry: RegistryId
    prefix: str


@dataclass(eq=False)
class TemplateNotFound(TemplateRefusal):
    """The registry has no template of this prefix."""


@dataclass(eq=False)
class TemplateAlreadyExists(TemplateRefusal):
    """The registry has a template of this prefix."""


@dataclass(eq=False)
class TooManyTemplates(Refusal):
    """The registry has as many templates as it may."""

    limit: int


@dataclass(eq=False)
class InvalidTemplate(Refusal):
    """A part of a template that ECR does not take; ``reason`` says why."""

    parameter: str
    reason: str


def prefix_key(prefix: str) -> str:
    """What a prefix is known by: "There is always an assumed / applied to the end"."""
    return prefix.removesuffix("/")


def prefix_keys(name: RepositoryName) -> list[str]:
    """The keys of every prefix that covers a repository, the most specific first."""
    parts = name.text.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)] + [ROOT]


def select(
    templates: Iterable[Template], name: RepositoryName, purpose: Purpose
) -> Template | None:
    """The template by which a repository is made: the most specific one for the purpose."""
    by_key = {template.key: template for template in templates if purpose in template.applied_for}
    return next((by_key[key] for key in prefix_keys(name) if key in by_key), None)


def check_role(template: Template, registry: RegistryId) -> None:
    """Refuse a template without a role that it needs, or with one that cannot be assumed.

    Source: ECR user guide, "Creating a repository creation template": KMS keys and resource tags
    need a custom role.

    Raises:
        InvalidTemplate: with the parameter and the reason.
    """
    role = template.custom_role_arn
    needed = template.resource_tags or template.settings.encryption.type != "AES256"
    if role is None:
        if needed:
            raise InvalidTemplate(
                "customRoleArn",
                "customRoleArn must be set when resourceTags or KMS encryption are configured",
            )
        return
    account = registry.account.text
    if not re.fullmatch(rf"arn:aws[a-z-]{{0,20}}:iam::{account}:role/[\w+=,.@/-]{{1,576}}", role):
        raise InvalidTemplate(
            "customRoleArn", f"must be the ARN of an IAM role of the account {account}"
        )
