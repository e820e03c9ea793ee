"""Policies as IAM keeps them: managed ones with versions, and inline ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portside.names.accounts import AccountId
from portside.names.arns import Arn

AWS_PREFIX = "arn:aws:iam::aws:policy/"
"""How the ARNs of AWS's own policies begin."""


class PolicySource(StrEnum):
    """Where a policy stands (IAM ``PolicySourceType``); inline ones stand on their identity."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"
    AWS_MANAGED = "aws-managed"
    USER_MANAGED = "user-managed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPolicy:
    """A policy's text with where it comes from: the ARN of a managed policy, or a name."""

    arn_or_name: str
    text: str
    kind: PolicySource
    holder: str = ""
    """Whose an inline policy is: the name of a user, group or role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """A policy that can be attached; ``account`` is ``None`` for AWS's own."""

    id: str
    account: AccountId | None
    name: str
    path: str
    description: str | None
    default_version: int
    newest_version: int
    created_at: datetime
    updated_at: datetime
    tags: Mapping[str, str]

    @property
    def arn(self) -> Arn:
        """Its ARN."""
        return policy_arn(self.account, self.path, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One text of a managed policy, shown as ``v1``, ``v2`` and so on."""

    number: int
    document: str
    created_at: datetime


def policy_arn(account: AccountId | None, path: str, name: str) -> Arn:
    """The ARN of a managed policy; AWS's own belong to the account ``aws``."""
    return Arn(f"arn:aws:iam::{account or 'aws'}:policy{path}{name}")
