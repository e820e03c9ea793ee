"""Users, groups and roles: making, showing, changing, tagging and deleting them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from portside.identity.credentials import LoginProfile
from portside.identity.identities import Identity, Kind, RoleTerms
from portside.identity.quotas import PER_ACCOUNT, QUOTAS, check_quota, policy_size
from portside.identity.refusals import (
    DeleteConflict,
    EntityAlreadyExists,
    IAMQuotaExceeded,
    Obstacle,
    PolicyNotAttachable,
)
from portside.identity.tags import merge_tags, without_tags
from portside.metadata import access_keys, attachments, identities, passwords
from portside.metadata.database import Database, Transaction
from portside.names.accounts import AccountId
from portside.names.arns import Arn
from portside.policy import documents
from portside.services.identity.ids import unique_id
from portside.services.identity.lookups import (
    THINGS,
    check_document,
    find_managed_policy,
    require_identity,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIdentity:
    """What a request to make an identity says of it."""

    kind: Kind
    name: str
    path: str = "/"
    boundary_arn: str | None = None
    tags: Sequence[tuple[str, str]] = ()


class Identities:
    """The users, groups and roles of every account."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def create(self, account: AccountId, new: NewIdentity) -> Identity:
        """Make a user or a group (IAM CreateUser, CreateGroup).

        Raises:
            EntityAlreadyExists: the name is taken.
            IAMQuotaExceeded: the account has as many as it may.
            TagsRefused: a tag is not taken.
            PolicyNotAttachable: the boundary is no policy.
        """
        with self._database.write() as tx:
            return self._insert(tx, account, new)

    def create_role(
        self, account: AccountId, new: NewIdentity, terms: RoleTerms
    ) -> tuple[Identity, RoleTerms]:
        """Make a role (IAM CreateRole); refuses as :meth:`create`.

        Raises:
            PolicyDocumentRefused: the trust policy is none.
        """
        _check_trust(terms.trust_policy)
        with self._database.write() as tx:
            role = self._insert(tx, account, new)
            identities.put_role_terms(tx, role.id, terms)
        return role, terms

    def _insert(self, tx: Transaction, account: AccountId, new: NewIdentity) -> Identity:
        tags = merge_tags({}, new.tags)
        if identities.find_identity(tx, account, new.kind, new.name) is not None:
            raise EntityAlreadyExists(THINGS[new.kind], new.name)
        count = identities.count_identities(tx, account, new.kind)
        check_quota(PER_ACCOUNT[new.kind], count + 1)
        if new.boundary_arn and find_managed_policy(tx, account, new.boundary_arn) is None:
            raise PolicyNotAttachable(new.boundary_arn)
        made = Identity(
            id=unique_id(new.kind),
            account=account,
            kind=new.kind,
            name=new.name,
            path=new.path,
            created_at=self._clock().replace(microsecond=0),
            boundary_arn=new.boundary_arn,
            tags=tags,
        )
        identities.insert_identity(tx, made)
        return made

    def get(self, account: AccountId, kind: Kind, name: str) -> Identity:
        """The identity of this name.

        Raises:
            NoSuchEntity: there is none.
        """
        with self._database.read() as tx:
            return require_identity(tx, account, kind, name)

    def get_role(self, account: AccountId, name: str) -> tuple[Identity, RoleTerms]:
        """The role of this name with its terms; refuses as :meth:`get`."""
        with self._database.read() as tx:
            role = require_identity(tx, account, Kind.ROLE, name)
            return role, _terms(tx, role)

    def find_of_arn(self, arn: str) -> Identity | None:
        """The identity of this ARN, or ``None``."""
        with self._database.read() as tx:
            return identities.find_identity_of_arn(tx, arn)

    def find_arn(self, account: AccountId, kind: Kind, name: str) -> Arn | None:
        """The ARN of the identity of this name, or ``None``."""
        with self._database.read() as tx:
            found = identities.find_identity(tx, account, kind, name)
        return found.arn if found else None

    def find_login_profile(self, user: Identity) -> LoginProfile | None:
        """A user's login profile, or ``None``."""
        with self._database.read() as tx:
            return passwords.find_login_profile(tx, user)

    def list(self, account: AccountId, kind: Kind, path_prefix: str) -> list[Identity]:
        """The identities of this kind below a path, by name."""
        with self._database.read() as tx:
            return identities.list_identities(tx, account, kind, path_prefix)

    def list_roles(
        self, account: AccountId, path_prefix: str
    ) -> Sequence[tuple[Identity, RoleTerms]]:
        """The roles below a path with their terms, by name."""
        with self._database.read() as tx:
            found = identities.list_identities(tx, account, Kind.ROLE, path_prefix)
            return [(role, _terms(tx, role)) for role in found]

    def rename(self, identity: Identity, path: str | None, name: str | None) -> None:
        """Give an identity another path or name (IAM UpdateUser, UpdateGroup).

        Raises:
            NoSuchEntity: it is gone.
            EntityAlreadyExists: the name is taken.
        """
        with self._database.write() as tx:
            held = require_identity(tx, identity.account, identity.kind, identity.name)
            path, name = path or held.path, name or held.name
            other = identities.find_identity(tx, held.account, held.kind, name)
            if other is not None and other.id != held.id:
                raise EntityAlreadyExists(THINGS[held.kind], name)
            identities.rename_identity(tx, held, path, name)

    def change_role(
        self, account: AccountId, name: str, change: Callable[[RoleTerms], RoleTerms]
    ) -> tuple[Identity, RoleTerms]:
        """Change a role's terms; refuses as :meth:`get`."""
        with self._database.write() as tx:
            role = require_identity(tx, account, Kind.ROLE, name)
            terms = change(_terms(tx, role))
            identities.put_role_terms(tx, role.id, terms)
        return role, terms

    def put_trust_policy(self, account: AccountId, name: str, document: str) -> None:
        """Change who may assume a role (IAM UpdateAssumeRolePolicy).

        Raises:
            NoSuchEntity: there is no such role.
            PolicyDocumentRefused: the text is no trust policy.
        """
        _check_trust(document)
        self.change_role(account, name, lambda terms: replace(terms, trust_policy=document))

    def tag(
        self, account: AccountId, kind: Kind, name: str, added: Sequence[tuple[str, str]]
    ) -> None:
        """Put tags on a user or role.

        Raises:
            NoSuchEntity: it is not there.
            TagsRefused: a tag is not taken.
            IAMQuotaExceeded: there would be too many.
        """
        self._change_tags(account, kind, name, lambda held: merge_tags(held, added))

    def untag(self, account: AccountId, kind: Kind, name: str, keys: Iterable[str]) -> None:
        """Take tags off a user or role; keys that are not there are passed over."""
        self._change_tags(account, kind, name, lambda held: without_tags(held, keys))

    def _change_tags(
        self,
        account: AccountId,
        kind: Kind,
        name: str,
        change: Callable[[Mapping[str, str]], dict[str, str]],
    ) -> None:
        with self._database.write() as tx:
            held = require_identity(tx, account, kind, name)
            identities.put_tags(tx, held, change(held.tags))

    def put_boundary(self, account: AccountId, kind: Kind, name: str, arn: str | None) -> None:
        """Set or remove a permissions boundary.

        Raises:
            NoSuchEntity: the identity is not there.
            PolicyNotAttachable: the policy is not there.
        """
        with self._database.write() as tx:
            held = require_identity(tx, account, kind, name)
            if arn is not None and find_managed_policy(tx, account, arn) is None:
                raise PolicyNotAttachable(arn)
            identities.put_boundary(tx, held, arn)

    def delete(self, account: AccountId, kind: Kind, name: str) -> None:
        """Remove an identity that has nothing any more.

        Raises:
            NoSuchEntity: it is not there.
            DeleteConflict: something of it must go first.
        """
        with self._database.write() as tx:
            held = require_identity(tx, account, kind, name)
            obstacle = _obstacle(tx, held)
            if obstacle is not None:
                raise DeleteConflict(obstacle)
            identities.delete_identity(tx, held)


def _obstacle(tx: Transaction, held: Identity) -> Obstacle | None:
    checks: tuple[tuple[Obstacle, Callable[[], object]], ...] = (
        (Obstacle.MEMBERSHIPS, lambda: _memberships(tx, held)),
        (Obstacle.ATTACHED_POLICIES, lambda: attachments.list_attached_arns(tx, held)),
        (Obstacle.INLINE_POLICIES, lambda: attachments.list_inline_policies(tx, held)),
        (Obstacle.ACCESS_KEYS, lambda: access_keys.list_access_keys(tx, held)),
        (Obstacle.LOGIN_PROFILE, lambda: passwords.find_login_profile(tx, held)),
    )
    return next((obstacle for obstacle, find in checks if find()), None)


def _memberships(tx: Transaction, held: Identity) -> Sequence[Identity]:
    if held.kind is Kind.GROUP:
        return identities.list_members(tx, held.id)
    return identities.list_groups_of(tx, held.id)


def _terms(tx: Transaction, role: Identity) -> RoleTerms:
    terms = identities.find_role_terms(tx, role.id)
    if terms is None:
        raise LookupError(f"the role {role.id} has no terms")
    return terms


def _check_trust(document: str) -> None:
    if policy_size(document) > QUOTAS["ACLSizePerRole"]:
        raise IAMQuotaExceeded("ACLSizePerRole", QUOTAS["ACLSizePerRole"])
    check_document(document, documents.Kind.TRUST)
