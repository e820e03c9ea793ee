"""The policies that decide what an identity may do: its own, its groups', its boundary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from portside.identity.identities import Identity, Kind
from portside.identity.policies import NamedPolicy, PolicySource
from portside.metadata.aws_policies import aws_policies
from portside.metadata.database import Transaction
from portside.metadata.identities import find_identity_of_arn, list_groups_of
from portside.metadata.managed_policies import find_policy
from portside.metadata.providers import find_provider
from portside.metadata.tables import (
    attachments,
    inline_policies,
    managed_policies,
    policy_versions,
)

# A policy needs a statement: this one allows an action that no service has.
_NOTHING = (
    '{"Version": "2012-10-17", "Statement": '
    '{"Sid": "Nothing", "Effect": "Allow", "Action": "nothing:Nothing", "Resource": "*"}}'
)


def list_identity_policies(tx: Transaction, principal_arn: str) -> list[NamedPolicy]:
    """Every identity-based policy that holds for a user or role, its groups' included.

    Nothing for a principal that is not there, and nothing for a root user, who needs none.
    """
    identity = find_identity_of_arn(tx, principal_arn)
    if identity is None or identity.kind is Kind.ROOT:
        return []
    holders = [identity]
    if identity.kind is Kind.USER:
        holders += list_groups_of(tx, identity.id)
    return [policy for holder in holders for policy in _policies_of(tx, holder)]


def find_boundary(tx: Transaction, arn: str) -> NamedPolicy | None:
    """The permissions boundary of a user or role, or ``None`` where it has none.

    A boundary whose policy is gone allows nothing.
    """
    identity = find_identity_of_arn(tx, arn)
    if identity is None or identity.boundary_arn is None:
        return None
    found = list_managed_texts(tx, [identity.boundary_arn])
    if found:
        return found[0]
    return NamedPolicy(
        arn_or_name=identity.boundary_arn,
        text=_NOTHING,
        kind=PolicySource.USER_MANAGED,
    )


def find_principal_tags(tx: Transaction, arn: str) -> dict[str, str]:
    """The tags of a user or role, by key; none where it is not there."""
    identity = find_identity_of_arn(tx, arn)
    return dict(identity.tags) if identity else {}


def find_tags_and_boundary(tx: Transaction, arn: str) -> tuple[dict[str, str], str | None]:
    """The tags of an identity, a managed policy or a provider, and an identity's boundary."""
    identity = find_identity_of_arn(tx, arn)
    if identity is not None:
        return dict(identity.tags), identity.boundary_arn
    policy = find_policy(tx, arn)
    if policy is not None:
        return dict(policy.tags), None
    provider = find_provider(tx, arn)
    return dict(provider.tags) if provider else {}, None


def list_managed_texts(tx: Transaction, arns: Sequence[str]) -> list[NamedPolicy]:
    """The texts in force of these managed policies; those that are gone are passed over."""
    found = [
        NamedPolicy(
            arn_or_name=arn, text=aws_policies()[arn][1].document, kind=PolicySource.AWS_MANAGED
        )
        for arn in arns
        if arn in aws_policies()
    ]
    query = (
        select(managed_policies.c.arn, policy_versions.c.document)
        .join(
            policy_versions,
            (policy_versions.c.policy_id == managed_policies.c.id)
            & (policy_versions.c.number == managed_policies.c.default_version),
        )
        .where(managed_policies.c.arn.in_(arns))
        .order_by(managed_policies.c.arn)
    )
    found += [
        NamedPolicy(arn_or_name=row.arn, text=row.document, kind=PolicySource.USER_MANAGED)
        for row in tx.execute(query)
    ]
    return found


def _policies_of(tx: Transaction, holder: Identity) -> Iterator[NamedPolicy]:
    inline = (
        select(inline_policies)
        .where(inline_policies.c.identity_id == holder.id)
        .order_by(inline_policies.c.name)
    )
    for row in tx.execute(inline):
        yield NamedPolicy(
            arn_or_name=row.name,
            text=row.document,
            kind=PolicySource(holder.kind.value),
            holder=holder.name,
        )
    attached = select(attachments.c.policy_arn).where(attachments.c.identity_id == holder.id)
    yield from list_managed_texts(tx, list(tx.scalars(attached.order_by(attachments.c.policy_arn))))
