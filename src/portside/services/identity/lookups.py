"""Finding what a request names, or refusing as IAM does."""

from __future__ import annotations

from portside.identity.identities import Identity, Kind
from portside.identity.policies import AWS_PREFIX, ManagedPolicy, PolicyVersion
from portside.identity.refusals import NoSuchEntity, PolicyDocumentRefused, Thing
from portside.metadata import managed_policies
from portside.metadata.aws_policies import aws_policies
from portside.metadata.database import Transaction
from portside.metadata.identities import find_identity
from portside.names.accounts import AccountId
from portside.policy import documents
from portside.policy.documents import MalformedPolicy

THINGS = {
    Kind.USER: Thing.USER,
    Kind.GROUP: Thing.GROUP,
    Kind.ROLE: Thing.ROLE,
}
"""How refusals call an identity of each kind."""


def require_identity(tx: Transaction, account: AccountId, kind: Kind, name: str) -> Identity:
    """The account's user, group or role of exactly this name.

    Raises:
        NoSuchEntity: there is none.
    """
    found = find_identity(tx, account, kind, name)
    if found is None or found.name != name:
        raise NoSuchEntity(THINGS[kind], name)
    return found


def find_managed_policy(tx: Transaction, account: AccountId, arn: str) -> ManagedPolicy | None:
    """A policy of AWS, or of this account; ``None`` where there is none or it is another's."""
    if arn.startswith(AWS_PREFIX):
        held = aws_policies().get(arn)
        return held[0] if held else None
    found = managed_policies.find_policy(tx, arn)
    return found if found is not None and found.account == account else None


def require_managed_policy(tx: Transaction, account: AccountId, arn: str) -> ManagedPolicy:
    """As :func:`find_managed_policy`.

    Raises:
        NoSuchEntity: there is none.
    """
    found = find_managed_policy(tx, account, arn)
    if found is None:
        raise NoSuchEntity(Thing.POLICY, arn)
    return found


def versions_of(tx: Transaction, policy: ManagedPolicy) -> list[PolicyVersion]:
    """The versions of a policy that are kept, the newest first; of AWS's, the one in force."""
    if policy.account is None:
        return [aws_policies()[policy.arn.text][1]]
    return managed_policies.list_versions(tx, policy)


def check_document(text: str, kind: documents.Kind) -> None:
    """Refuse what is no policy of its kind.

    Raises:
        PolicyDocumentRefused: with IAM's reason.
    """
    try:
        documents.parse(text, kind)
    except MalformedPolicy as error:
        raise PolicyDocumentRefused(error.reason) from error
