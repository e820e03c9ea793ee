"""From a caller, an action and a resource to the question, and to every policy that has a say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from portside.access.callers import Caller
from portside.access.circumstances import (
    Circumstances,
    Context,
    caller_keys,
    request_keys,
    resource_keys,
)
from portside.access.standing import (
    Ownership,
    Rights,
    load_identity_ownership,
    load_registry_say,
    load_repository_ownership,
    load_rights,
)
from portside.metadata import repositories
from portside.metadata.database import Transaction
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import Arn, parse_repository_arn
from portside.names.errors import MalformedName
from portside.names.repositories import RepositoryName
from portside.policy.evaluate import Policies, Question
from portside.policy.principals import Principal, PrincipalKind

Place = tuple[RegistryId, RepositoryName | None]
"""A registry, and the repository of it if it is one that is meant."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What an action is done to: an ARN, or ``*`` for actions on no resource of their own."""

    text: str
    account: str

    @classmethod
    def of(cls, arn: Arn) -> Resource:
        """The resource of an ARN, in its own account."""
        return cls(arn.text, arn.account)

    @classmethod
    def everything(cls, account: AccountId) -> Resource:
        """The resource of actions that know none, in this account."""
        return cls("*", account.text)


def gather(
    tx: Transaction,
    caller: Caller,
    action: str,
    resource: Resource,
    circumstances: Circumstances,
    now: datetime,
) -> tuple[Question, Policies]:
    """The question and the policies, from what the database holds now."""
    place = find_place(resource)
    if place is None:
        own = load_identity_ownership(tx, resource.text)
    else:
        registry, name = place
        repository = name and repositories.find_repository(tx, registry, name)
        own = load_repository_ownership(tx, repository) if repository else Ownership()
        own = replace(own, policies=(*own.policies, *load_registry_say(tx, registry).on(action)))
    context = request_keys(circumstances, now)
    return pose(caller, action, resource, (load_rights(tx, caller), own), context)


def pose(
    caller: Caller,
    action: str,
    resource: Resource,
    standing: tuple[Rights, Ownership],
    context: Context,
) -> tuple[Question, Policies]:
    """The question and the policies, from what was gathered; ``context`` is the request's."""
    rights, own = standing
    service = resource.text.split(":", 3)[2] if resource.text != "*" else action.partition(":")[0]
    question = Question(
        principal=principal_of(caller),
        action=action,
        resource=resource.text,
        resource_account=resource.account,
        context=_standing_boundary(own)
        | context
        | resource_keys(service, resource.account, own.tags)
        | caller_keys(caller, rights.tags),
    )
    return question, Policies(
        identity=rights.identity,
        resource=own.policies,
        boundary=rights.boundary,
        session=rights.session,
    )


def _standing_boundary(own: Ownership) -> Context:
    # The boundary that a request would set goes before the one that stands (IAM user guide,
    # "iam:PermissionsBoundary").
    return {} if own.boundary_arn is None else {"iam:PermissionsBoundary": (own.boundary_arn,)}


def principal_of(caller: Caller) -> Principal:
    """The caller as policies name it."""
    session = caller.session
    role_arn = None if session is None or session.role_arn is None else session.role_arn.text
    kind = PrincipalKind.USER if role_arn is None else PrincipalKind.ROLE_SESSION
    return Principal(
        kind=PrincipalKind.ROOT if caller.is_root else kind,
        arn=caller.arn.text,
        account=caller.account.text,
        unique_id=caller.unique_id,
        role_arn=role_arn,
    )


def find_place(resource: Resource) -> Place | None:
    """The registry, and the repository if it is one, that a resource of ECR is in."""
    if not resource.text.startswith("arn:aws:ecr:"):
        return None
    try:
        account, region, name = parse_repository_arn(Arn(resource.text))
        return RegistryId(account, Region(region)), name
    except MalformedName:
        pass
    _, _, _, region_text, account_text, _ = resource.text.split(":", 5)
    try:
        return RegistryId(AccountId(account_text), Region(region_text)), None
    except MalformedName:
        return None
