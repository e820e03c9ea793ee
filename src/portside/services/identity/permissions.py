"""What is given to identities: attached managed policies and inline ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from portside.identity.identities import Kind
from portside.identity.policies import ManagedPolicy
from portside.identity.quotas import ATTACHED, INLINE, QUOTAS, check_quota, policy_size
from portside.identity.refusals import (
    InlinePoliciesTooLarge,
    NoSuchEntity,
    PolicyNotAttachable,
    Thing,
)
from portside.metadata import attachments
from portside.metadata.database import Database
from portside.names.accounts import AccountId
from portside.policy import documents
from portside.services.identity.lookups import (
    check_document,
    find_managed_policy,
    require_identity,
)

_INLINE_THINGS: Final[Mapping[Kind, Thing]] = MappingProxyType(
    {
        Kind.USER: Thing.USER_POLICY,
        Kind.GROUP: Thing.GROUP_POLICY,
        Kind.ROLE: Thing.ROLE_POLICY,
    }
)


class Permissions:
    """The policies that users, groups and roles have."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def attach(self, account: AccountId, kind: Kind, name: str, policy_arn: str) -> None:
        """Attach a managed policy; again changes nothing.

        Raises:
            NoSuchEntity: the identity is not there.
            PolicyNotAttachable: the policy is not there.
            IAMQuotaExceeded: the identity has as many as it may.
        """
        with self._database.write() as tx:
            holder = require_identity(tx, account, kind, name)
            if find_managed_policy(tx, account, policy_arn) is None:
                raise PolicyNotAttachable(policy_arn)
            others = set(attachments.list_attached_arns(tx, holder)) - {policy_arn}
            check_quota(ATTACHED[kind], len(others) + 1)
            attachments.attach_policy(tx, holder, policy_arn, self._clock())

    def detach(self, account: AccountId, kind: Kind, name: str, policy_arn: str) -> None:
        """Detach a managed policy.

        Raises:
            NoSuchEntity: the identity is not there, or does not have it.
        """
        with self._database.write() as tx:
            holder = require_identity(tx, account, kind, name)
            if not attachments.detach_policy(tx, holder, policy_arn):
                raise NoSuchEntity(Thing.ATTACHMENT, policy_arn)

    def attached(self, account: AccountId, kind: Kind, name: str) -> list[ManagedPolicy]:
        """The managed policies that are attached, by ARN.

        Raises:
            NoSuchEntity: the identity is not there.
        """
        with self._database.read() as tx:
            holder = require_identity(tx, account, kind, name)
            arns = attachments.list_attached_arns(tx, holder)
            found = [find_managed_policy(tx, account, arn) for arn in arns]
        return [policy for policy in found if policy is not None]

    def put_inline(
        self, account: AccountId, kind: Kind, name: str, policy_name: str, document: str
    ) -> None:
        """Add an inline policy, or give the one of this name another text.

        Raises:
            NoSuchEntity: the identity is not there.
            PolicyDocumentRefused: the text is no identity-based policy.
            InlinePoliciesTooLarge: all of them together would be too large.
        """
        check_document(document, documents.Kind.IDENTITY)
        limit = QUOTAS[INLINE[kind]]
        with self._database.write() as tx:
            holder = require_identity(tx, account, kind, name)
            texts = attachments.list_inline_policies(tx, holder) | {policy_name: document}
            if sum(map(policy_size, texts.values())) > limit:
                raise InlinePoliciesTooLarge(kind.value, name, limit)
            attachments.put_inline_policy(tx, holder, policy_name, document)

    def inline(self, account: AccountId, kind: Kind, name: str) -> dict[str, str]:
        """The texts of an identity's inline policies by their names.

        Raises:
            NoSuchEntity: the identity is not there.
        """
        with self._database.read() as tx:
            holder = require_identity(tx, account, kind, name)
            return attachments.list_inline_policies(tx, holder)

    def get_inline(self, account: AccountId, kind: Kind, name: str, policy_name: str) -> str:
        """The text of an inline policy.

        Raises:
            NoSuchEntity: the identity or the policy is not there.
        """
        text = self.inline(account, kind, name).get(policy_name)
        if text is None:
            raise NoSuchEntity(_INLINE_THINGS[kind], policy_name)
        return text

    def delete_inline(self, account: AccountId, kind: Kind, name: str, policy_name: str) -> None:
        """Remove an inline policy; refuses as :meth:`get_inline`."""
        with self._database.write() as tx:
            holder = require_identity(tx, account, kind, name)
            if not attachments.delete_inline_policy(tx, holder, policy_name):
                raise NoSuchEntity(_INLINE_THINGS[kind], policy_name)
