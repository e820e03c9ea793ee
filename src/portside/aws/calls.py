"""What an operation of the AWS APIs is given, and the rows of the operation tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portside.access.authorize import Authorizer, Resource
from portside.access.callers import Caller
from portside.access.circumstances import Circumstances
from portside.access.slowing import Slowing
from portside.access.tokens import Tokens
from portside.aws.condition_keys import parameter_keys
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import repository_arn
from portside.names.repositories import RepositoryName
from portside.registry.service_quotas import ServiceQuota
from portside.services.audit import History
from portside.services.backfills import Backfills
from portside.services.configurations import Configurations
from portside.services.deletions import Deleting
from portside.services.exclusions import Exclusions
from portside.services.identity.iam import IAM
from portside.services.images import Images
from portside.services.layers import Layers
from portside.services.lifecycles import Lifecycles
from portside.services.listings import Listings
from portside.services.policies import Policies
from portside.services.previews import Previews
from portside.services.pull_through import PullThrough
from portside.services.pulls import Pulls
from portside.services.replication import Replication
from portside.services.repositories import Repositories
from portside.services.scanning.scans import Scanning
from portside.services.sessions import Sessions
from portside.services.templates import Templates
from portside.services.transitions import Transitions
from portside.services.uploads import Uploads
from portside.services.upstreams.copies import Puller
from portside.services.upstreams.rules import Rules
from portside.services.web_sessions import WebSessions
from portside.web.addressing import Addressing
from portside.web.circumstances import read_circumstances
from portside.web.context import RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """What the operations call."""

    repositories: Repositories
    images: Images
    deleting: Deleting
    uploads: Uploads
    layers: Layers
    listings: Listings
    transitions: Transitions
    pulls: Pulls
    pull_through: PullThrough
    templates: Templates
    rules: Rules
    policies: Policies
    lifecycles: Lifecycles
    previews: Previews
    configurations: Configurations
    exclusions: Exclusions
    scanning: Scanning
    replication: Replication
    backfills: Backfills
    iam: IAM
    tokens: Tokens
    sessions: Sessions
    web_sessions: WebSessions
    authorizer: Authorizer
    slowing: Slowing
    clock: Callable[[], datetime]
    addressing: Addressing
    history: History
    quotas: tuple[ServiceQuota, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An authenticated request with its validated parameters."""

    context: RequestContext
    caller: Caller
    region: Region
    params: dict[str, Any]
    deeds: Deeds

    @property
    def registry(self) -> RegistryId:
        """The registry meant: of ``registryId``, else of the caller, in the signature's region."""
        given = self.params.get("registryId")
        return RegistryId(AccountId(given) if given else self.caller.account, self.region)

    @property
    def name(self) -> RepositoryName:
        """The ``repositoryName`` parameter."""
        return RepositoryName(self.params["repositoryName"])

    @property
    def account(self) -> str:
        """The registry's id, as answers have it."""
        return self.registry.account.text

    @property
    def puller(self) -> Puller:
        """The caller as who pulls from the repository that the call is to."""
        resource = Resource.of(repository_arn(self.registry, self.name))
        return Puller(self.registry, self.name, lambda action: self.may(action, resource))

    def may_create(self) -> bool:
        """Whether the caller could make the repository that the call is to."""
        resource = Resource.of(repository_arn(self.registry, self.name))
        return self.may("ecr:CreateRepository", resource)

    def may(self, action: str, resource: Resource) -> bool:
        """Whether the caller could do this, too."""
        authorizer = self.deeds.authorizer
        return authorizer.explain(self.caller, action, resource, self.look).allowed

    def look(self) -> Circumstances:
        """What the request says of itself, as far as policies may ask."""
        return read_circumstances(self.context, self.region, parameter_keys(self.params))


Handler = Callable[[Call], Awaitable[dict[str, Any]]]
ResourceOf = Callable[[Call], Resource | tuple[Resource, ...]]
"""The resource of an action; several where a call is to several, and each must be allowed."""

Needs = Callable[[Call], tuple[tuple[str, Resource], ...]]
"""What a call needs beside its own action, for some of its parameters."""


def nothing_else(_call: Call) -> tuple[tuple[str, Resource], ...]:
    """No other action."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: its AWS name, the action and resource it needs, and what it does."""

    name: str
    action: str | None
    """``None`` where AWS lets every authenticated caller: sts:GetCallerIdentity."""
    resource: ResourceOf
    handler: Handler
    also: Needs = nothing_else


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedCall:
    """A request that nobody signed, with its validated parameters."""

    context: RequestContext
    params: dict[str, Any]
    deeds: Deeds

    def look(self) -> Circumstances:
        """What the request says of itself, as far as policies may ask."""
        return read_circumstances(self.context, self.context.registry.region)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedOperation:
    """An operation whose parameters prove the caller, instead of a signature."""

    name: str
    handler: Callable[[UnsignedCall], Awaitable[dict[str, Any]]]


def authorize(call: Call, operation: Operation) -> None:
    """Let pass a call whose every action on every resource is allowed.

    Raises:
        AccessDenied: nothing allows one of them, or something denies it.
    """
    found = operation.resource(call)
    resources = found if isinstance(found, tuple) else (found,)
    needs = [] if operation.action is None else [(operation.action, one) for one in resources]
    for action, resource in (*needs, *operation.also(call)):
        call.deeds.authorizer.authorize(call.caller, action, resource, call.look)


def named_repository(call: Call) -> Resource:
    """The repository that ``repositoryName`` names."""
    return Resource.of(repository_arn(call.registry, call.name))


def everything(call: Call) -> Resource:
    """No resource of its own: ``*``."""
    return Resource.everything(call.caller.account)


def whole_registry(call: Call) -> Resource:
    """No resource of its own, in the registry that the call is to."""
    return Resource.everything(call.registry.account)
