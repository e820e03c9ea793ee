"""What policies would decide, without anybody doing anything (IAM SimulateCustomPolicy …)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from portside.identity.identities import Identity, Kind
from portside.identity.policies import NamedPolicy
from portside.identity.refusals import InputRefused, NoSuchEntity, Thing
from portside.metadata import policies
from portside.metadata.database import Database
from portside.metadata.identities import find_identity_of_arn
from portside.names.accounts import AccountId
from portside.policy import documents
from portside.policy.documents import MalformedPolicy
from portside.policy.evaluate import Policies, Question, Source
from portside.policy.matching import matches, read_pattern
from portside.policy.principals import Principal, PrincipalKind
from portside.policy.simulate import (
    Simulation,
    Span,
    context_keys,
    locate_statements,
    simulate,
)

_KINDS = {
    Kind.ROOT: PrincipalKind.ROOT,
    Kind.USER: PrincipalKind.USER,
    Kind.ROLE: PrincipalKind.ROLE_SESSION,
}


# By the identity of a policy that was read: how it is called, and where its statements stand.
_Shown = dict[int, tuple[str, Sequence[Span]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What a simulation supposes: the caller, the policies and the circumstances."""

    caller: Principal
    identity: Sequence[NamedPolicy]
    boundary: NamedPolicy | None = None
    resource: NamedPolicy | None = None
    resource_account: str | None = None
    """Whose the resources are that name no account themselves; else the caller's."""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Policies that a simulation leaves out (IAM ``PolicyIdentifier``)."""

    arn: str | None = None
    """A managed policy's, in whose name ``*`` and ``?`` are wildcards."""
    type: str | None = None
    """``inline``, ``aws-managed``, ``user-managed``, or the kind of an inline policy's holder."""
    name: str | None = None
    holder: str | None = None
    """The name of an inline policy's holder, with wildcards."""

    def covers(self, policy: NamedPolicy) -> bool:
        """Whether a policy is left out."""
        if self.arn is not None:
            return not policy.holder and matches(read_pattern(self.arn), policy.arn_or_name)
        if self.name is None or self.holder is None:
            return self.type == ("inline" if policy.holder else policy.kind)
        return (
            self.type == policy.kind
            and self.name == policy.arn_or_name
            and matches(read_pattern(self.holder), policy.holder)
        )


@dataclass(frozen=True, slots=True)
class Match:
    """A statement that speaks of the request: in which policy, and where in its text."""

    policy_name: str
    of_resource: bool
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What would be decided of one action on one resource."""

    action: str
    resource: str
    simulation: Simulation
    matches: Sequence[Match]


class Simulations:
    """Asks policies what they would decide."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def premises_of(
        self, account: AccountId, arn: str
    ) -> tuple[Identity, list[NamedPolicy], NamedPolicy | None]:
        """A user, group or role with the policies that it has, and its boundary.

        Raises:
            NoSuchEntity: the account has none of this ARN.
        """
        with self._database.read() as tx:
            found = find_identity_of_arn(tx, arn)
            if found is None or found.account != account or found.kind is Kind.ROOT:
                raise NoSuchEntity(Thing.PRINCIPAL, arn)
            return (
                found,
                policies.list_identity_policies(tx, arn),
                policies.find_boundary(tx, arn),
            )

    def context_keys(self, texts: Sequence[NamedPolicy]) -> list[str]:
        """The condition keys that policies look at.

        Raises:
            InputRefused: one of them is no policy.
        """
        return context_keys(_parse(text, documents.Kind.IDENTITY) for text in texts)

    def run(self, premises: Premises, asked: Sequence[tuple[str, str]]) -> list[Result]:
        """What would be decided of each action on its resource, in order.

        Raises:
            InputRefused: a policy is none.
        """
        shown: _Shown = {}
        read = Policies(
            identity=[_read(text, documents.Kind.IDENTITY, shown) for text in premises.identity],
            boundary=_parse(premises.boundary, documents.Kind.IDENTITY)
            if premises.boundary is not None
            else None,
            resource=[_read(premises.resource, documents.Kind.RESOURCE, shown)]
            if premises.resource is not None
            else [],
        )
        return [_result(premises, read, shown, one) for one in asked]


def is_excluded(policy: NamedPolicy, exclusions: Sequence[Exclusion]) -> bool:
    """Whether one of these leaves a policy out."""
    return any(exclusion.covers(policy) for exclusion in exclusions)


def caller_named(account: AccountId, identity: Identity | None) -> Principal:
    """The caller of a simulation: this identity, else somebody of the account."""
    if identity is None or identity.kind is Kind.GROUP:
        return Principal(
            kind=PrincipalKind.USER, arn=f"arn:aws:iam::{account}:user/", account=account.text
        )
    role = identity.arn.text if identity.kind is Kind.ROLE else None
    return Principal(
        kind=_KINDS[identity.kind],
        arn=identity.arn.text,
        account=account.text,
        unique_id=identity.id,
        role_arn=role,
    )


def caller_of_arn(arn: str) -> Principal:
    """The caller of a simulation that its request names by ARN; it need not be there.

    Raises:
        InputRefused: the ARN is none of a user or a root user.
    """
    parts = arn.split(":", 5)
    kinds = {"root": PrincipalKind.ROOT, "user": PrincipalKind.USER}
    kind = kinds.get(parts[-1].partition("/")[0])
    if len(parts) != 6 or parts[2] != "iam" or kind is None:
        raise InputRefused(f"Invalid Caller Arn: {arn[:200]}")
    return Principal(kind=kind, arn=arn, account=parts[4])


def _result(
    premises: Premises,
    read: Policies,
    shown: _Shown,
    asked: tuple[str, str],
) -> Result:
    action, resource = asked
    parts = resource.split(":", 5)
    owner = parts[4] if len(parts) == 6 else ""
    question = Question(
        principal=premises.caller,
        action=action,
        resource=resource,
        resource_account=owner or premises.resource_account or premises.caller.account,
        context=premises.context,
    )
    found = simulate(question, read)
    return Result(
        action=action, resource=resource, simulation=found, matches=tuple(_matches(found, shown))
    )


def _matches(found: Simulation, shown: _Shown) -> Iterator[Match]:
    for cited in found.matched:
        name, spans = shown[id(cited.policy)]
        yield Match(
            policy_name=name,
            of_resource=cited.source is Source.RESOURCE,
            span=spans[cited.statement.position],
        )


def _read(text: NamedPolicy, kind: documents.Kind, shown: _Shown) -> documents.Policy:
    policy = _parse(text, kind)
    name = text.arn_or_name.rpartition("/")[2]
    if text.holder:
        name = f"{text.kind}_{text.holder}_{name}"
    # Two holders may have policies of the same name: each is known by itself.
    shown[id(policy)] = (name, locate_statements(text.text))
    return policy


def _parse(text: NamedPolicy, kind: documents.Kind) -> documents.Policy:
    try:
        return documents.parse(text.text, kind, text.arn_or_name)
    except MalformedPolicy as error:
        raise InputRefused(f"{text.arn_or_name}: {error.reason}") from error
