"""Managed policies and their versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portside.identity.identities import Identity
from portside.identity.policies import ManagedPolicy, PolicyVersion
from portside.identity.quotas import QUOTAS, check_quota, policy_size
from portside.identity.refusals import (
    DeleteConflict,
    EntityAlreadyExists,
    NoSuchEntity,
    Obstacle,
    Thing,
    TooManyVersions,
)
from portside.identity.tags import merge_tags, without_tags
from portside.metadata import attachments, managed_policies
from portside.metadata.aws_policies import aws_policies
from portside.metadata.database import Database, Transaction
from portside.names.accounts import AccountId
from portside.policy import documents
from portside.services.identity.ids import unique_id
from portside.services.identity.lookups import (
    check_document,
    require_managed_policy,
    versions_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyUse:
    """A managed policy, and how often the account uses it."""

    policy: ManagedPolicy
    attached: int
    bounding: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPolicy:
    """What a request to make a managed policy says of it."""

    name: str
    document: str
    path: str = "/"
    description: str | None = None
    tags: Sequence[tuple[str, str]] = ()


class ManagedPolicies:
    """The managed policies of every account, and AWS's."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def create(self, account: AccountId, new: NewPolicy) -> ManagedPolicy:
        """Make a policy with its first version (IAM CreatePolicy).

        Raises:
            PolicyDocumentRefused: the text is no identity-based policy.
            EntityAlreadyExists: the name is taken.
            IAMQuotaExceeded: it is too large, or the account has as many as it may.
            TagsRefused: a tag is not taken.
        """
        _check(new.document)
        tags = merge_tags({}, new.tags)
        now = self._now()
        with self._database.write() as tx:
            if managed_policies.is_name_taken(tx, account, new.name):
                raise EntityAlreadyExists(Thing.POLICY, new.name)
            check_quota("PoliciesPerAccount", managed_policies.count_policies(tx, account) + 1)
            made = ManagedPolicy(
                id=unique_id("policy"),
                account=account,
                name=new.name,
                path=new.path,
                description=new.description,
                default_version=1,
                newest_version=1,
                created_at=now,
                updated_at=now,
                tags=tags,
            )
            managed_policies.insert_policy(tx, made, new.document)
        return made

    def get(self, account: AccountId, arn: str) -> PolicyUse:
        """A policy, and how often it is used.

        Raises:
            NoSuchEntity: there is none of this ARN.
        """
        with self._database.read() as tx:
            policy = require_managed_policy(tx, account, arn)
            attached, bounding = attachments.count_uses(tx, account)
        return _use(policy, attached, bounding)

    def list(self, account: AccountId) -> list[PolicyUse]:
        """The account's policies and AWS's, by name."""
        with self._database.read() as tx:
            found = managed_policies.list_policies(tx, account)
            attached, bounding = attachments.count_uses(tx, account)
        found += [policy for policy, _ in aws_policies().values()]
        found.sort(key=lambda policy: (policy.name.lower(), policy.arn))
        return [_use(policy, attached, bounding) for policy in found]

    def versions(
        self, account: AccountId, arn: str
    ) -> tuple[ManagedPolicy, Sequence[PolicyVersion]]:
        """A policy with its versions, the newest first; refuses as :meth:`get`."""
        with self._database.read() as tx:
            policy = require_managed_policy(tx, account, arn)
            return policy, versions_of(tx, policy)

    def get_version(
        self, account: AccountId, arn: str, name: str
    ) -> tuple[ManagedPolicy, PolicyVersion]:
        """A policy with one of its versions.

        Raises:
            NoSuchEntity: the policy or the version is not there.
        """
        with self._database.read() as tx:
            policy = require_managed_policy(tx, account, arn)
            return policy, _require_version(tx, policy, name)

    def create_version(
        self, account: AccountId, arn: str, document: str, *, default: bool
    ) -> tuple[ManagedPolicy, PolicyVersion]:
        """Add a version (IAM CreatePolicyVersion); refuses as :meth:`create`.

        Raises:
            NoSuchEntity: there is no such policy.
            TooManyVersions: it has five.
        """
        _check(document)
        now = self._now()
        with self._database.write() as tx:
            policy = require_managed_policy(tx, account, arn)
            limit = QUOTAS["VersionsPerPolicy"]
            if len(managed_policies.list_versions(tx, policy)) >= limit:
                raise TooManyVersions(limit)
            version = PolicyVersion(
                number=policy.newest_version + 1, document=document, created_at=now
            )
            managed_policies.insert_version(tx, policy, version)
            if default:
                managed_policies.put_default_version(tx, policy, version.number, now)
            return require_managed_policy(tx, account, arn), version

    def put_default_version(self, account: AccountId, arn: str, name: str) -> None:
        """Make a version the one in force; refuses as :meth:`get_version`."""
        with self._database.write() as tx:
            policy = require_managed_policy(tx, account, arn)
            version = _require_version(tx, policy, name)
            managed_policies.put_default_version(tx, policy, version.number, self._now())

    def delete_version(self, account: AccountId, arn: str, name: str) -> None:
        """Remove a version; refuses as :meth:`get_version`.

        Raises:
            DeleteConflict: it is the one in force.
        """
        with self._database.write() as tx:
            policy = require_managed_policy(tx, account, arn)
            version = _require_version(tx, policy, name)
            if version.number == policy.default_version:
                raise DeleteConflict(Obstacle.DEFAULT_VERSION)
            managed_policies.delete_version(tx, policy, version.number)

    def delete(self, account: AccountId, arn: str) -> None:
        """Remove a policy that nobody has any more (IAM DeletePolicy).

        Raises:
            NoSuchEntity: there is none of this ARN.
            DeleteConflict: somebody has it, or it has versions beside the one in force.
        """
        with self._database.write() as tx:
            policy = require_managed_policy(tx, account, arn)
            if _holders(tx, account, arn):
                raise DeleteConflict(Obstacle.ATTACHMENTS)
            if len(managed_policies.list_versions(tx, policy)) > 1:
                raise DeleteConflict(Obstacle.VERSIONS)
            managed_policies.delete_policy(tx, policy)

    def tag(self, account: AccountId, arn: str, added: Sequence[tuple[str, str]]) -> None:
        """Put tags on a policy.

        Raises:
            NoSuchEntity: there is none of this ARN.
            TagsRefused: a tag is not taken.
            IAMQuotaExceeded: there would be too many.
        """
        with self._database.write() as tx:
            policy = require_managed_policy(tx, account, arn)
            managed_policies.put_policy_tags(tx, policy, merge_tags(policy.tags, added))

    def untag(self, account: AccountId, arn: str, keys: Iterable[str]) -> None:
        """Take tags off a policy; keys that are not there are passed over."""
        with self._database.write() as tx:
            policy = require_managed_policy(tx, account, arn)
            managed_policies.put_policy_tags(tx, policy, without_tags(policy.tags, keys))

    def holders(
        self, account: AccountId, arn: str
    ) -> tuple[Sequence[Identity], Sequence[Identity]]:
        """Who has a policy attached, and who has it as boundary; refuses as :meth:`get`."""
        with self._database.read() as tx:
            require_managed_policy(tx, account, arn)
            return (
                attachments.list_holders(tx, account, arn),
                attachments.list_bounded(tx, account, arn),
            )

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)


def _holders(tx: Transaction, account: AccountId, arn: str) -> Sequence[Identity]:
    return [
        *attachments.list_holders(tx, account, arn),
        *attachments.list_bounded(tx, account, arn),
    ]


def _require_version(tx: Transaction, policy: ManagedPolicy, name: str) -> PolicyVersion:
    for version in versions_of(tx, policy):
        if f"v{version.number}" == name:
            return version
    raise NoSuchEntity(Thing.POLICY_VERSION, name)


def _use(policy: ManagedPolicy, attached: dict[str, int], bounding: dict[str, int]) -> PolicyUse:
    arn = policy.arn.text
    return PolicyUse(policy=policy, attached=attached.get(arn, 0), bounding=bounding.get(arn, 0))


def _check(document: str) -> None:
    check_document(document, documents.Kind.IDENTITY)
    check_quota("PolicySize", policy_size(document))
