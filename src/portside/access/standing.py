"""What stands for and against a caller: every policy that has a say, and the tags they look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import structlog

from portside.access.callers import Caller
from portside.metadata import documents, policies, registry_settings, repositories
from portside.metadata.database import Transaction
from portside.names.accounts import RegistryId
from portside.policy.attached import ACTIONS_OF_V1
from portside.policy.documents import Kind, MalformedPolicy, Policy, parse
from portside.registry.account_settings import SCOPE_OF_THREE, AccountSetting
from portside.registry.repositories import Repository

_POLICIES_REMEMBERED_MAX = 512
_DENY_ALL = '{"Sid": "Unreadable", "Effect": "Deny", %s"Action": "*", "Resource": "*"}'

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a caller brings along."""

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """What the owner of a resource says of it."""

    policies: tuple[Policy, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    boundary_arn: str | None = None
    """The permissions boundary of a user or role that is itself the resource."""


@dataclass(frozen=True, slots=True)
class RegistrySay:
    """The registry's policy, if there is one, and whether it speaks of every action."""

    policies: tuple[Policy, ...] = ()
    every_action: bool = True

    def on(self, action: str) -> tuple[Policy, ...]:
        """What has a say on an action (ECR user guide, "Registry policy scope")."""
        return self.policies if self.every_action or action.lower() in ACTIONS_OF_V1 else ()


def load_rights(tx: Transaction, caller: Caller) -> Rights:
    """The caller's own policies, its groups', its boundary and those of its session."""
    arn = caller.principal_arn.text
    boundary = policies.find_boundary(tx, arn)
    return Rights(
        identity=tuple(
            _read(policy.text, Kind.IDENTITY, policy.arn_or_name)
            for policy in policies.list_identity_policies(tx, arn)
        ),
        boundary=None if boundary is None else _limit(boundary.text, boundary.arn_or_name),
        session=_session_policies(tx, caller),
        tags=policies.find_principal_tags(tx, arn),
    )


def load_repository_ownership(tx: Transaction, repository: Repository) -> Ownership:
    """The repository's policy and resource tags."""
    text = documents.find_repository_policy(tx, repository)
    return Ownership(
        policies=() if text is None else (_read(text, Kind.RESOURCE, repository.arn.text),),
        tags=repositories.get_resource_tags(tx, repository),
    )


def load_registry_say(tx: Transaction, registry: RegistryId) -> RegistrySay:
    """The registry's policy, or none, and its scope."""
    text = documents.find_registry_policy(tx, registry)
    if text is None:
        return RegistrySay()
    scope = registry_settings.get_account_setting(
        tx, registry, AccountSetting.REGISTRY_POLICY_SCOPE
    )
    name = f"of registry {registry.account} in {registry.region}"
    return RegistrySay((_read(text, Kind.RESOURCE, name),), scope != SCOPE_OF_THREE)


def load_identity_ownership(tx: Transaction, arn: str) -> Ownership:
    """The tags, and the boundary if any, of what is itself the resource of an action of IAM."""
    tags, boundary_arn = policies.find_tags_and_boundary(tx, arn)
    return Ownership(tags=tags, boundary_arn=boundary_arn)


def _session_policies(tx: Transaction, caller: Caller) -> tuple[Policy, ...]:
    session = caller.session
    if session is None:
        return ()
    inline = [_limit(text, "session") for text in session.policies]
    found = {
        policy.arn_or_name: policy.text
        for policy in policies.list_managed_texts(tx, session.policy_arns)
    }
    # A managed policy that is gone since still limits: it allows nothing.
    return (*inline, *(_limit(found.get(arn, ""), arn) for arn in session.policy_arns))


@lru_cache(maxsize=_POLICIES_REMEMBERED_MAX)
def _read(text: str, kind: Kind, name: str) -> Policy:
    """A policy that may deny as well as allow: one that cannot be read denies everything."""
    try:
        return parse(text, kind, name)
    except MalformedPolicy as error:
        _log.error("policy cannot be read and denies", policy=name, reason=error.reason)
    whom = "" if kind is Kind.IDENTITY else '"Principal": "*", '
    return parse(f'{{"Statement": {_DENY_ALL % whom}}}', kind, name)


@lru_cache(maxsize=_POLICIES_REMEMBERED_MAX)
def _limit(text: str, name: str) -> Policy:
    """A policy that limits what others allow: one that cannot be read allows nothing."""
    try:
        return parse(text, Kind.IDENTITY, name)
    except MalformedPolicy:
        return Policy(kind=Kind.IDENTITY, version="", id=None, statements=(), name=name)
