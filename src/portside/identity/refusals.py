"""Why IAM turns a request down, as facts; the face words them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from portside.names.errors import Refusal


class Thing(Enum):
    """What IAM keeps, as refusals speak of it."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"
    POLICY = "policy"
    POLICY_VERSION = "policy version"
    USER_POLICY = "user policy"
    GROUP_POLICY = "group policy"
    ROLE_POLICY = "role policy"
    ATTACHMENT = "attachment"
    ACCESS_KEY = "access key"
    LOGIN_PROFILE = "login profile"
    PASSWORD_POLICY = "password policy"  # noqa: S105 - the name of a thing, no password
    PRINCIPAL = "principal"
    ACCOUNT = "account"
    ALIAS = "alias"
    PROVIDER = "provider"


class Obstacle(Enum):
    """What must go before a thing can be deleted."""

    ATTACHED_POLICIES = "attached policies"
    INLINE_POLICIES = "inline policies"
    ACCESS_KEYS = "access keys"
    LOGIN_PROFILE = "login profile"
    MEMBERSHIPS = "memberships"
    ATTACHMENTS = "attachments"
    VERSIONS = "versions"
    DEFAULT_VERSION = "default version"


@dataclass(eq=False)
class NoSuchEntity(Refusal):
    """There is nothing of this name or ARN."""

    thing: Thing
    name: str


@dataclass(eq=False)
class EntityAlreadyExists(Refusal):
    """The name is taken; names that differ only in case are one."""

    thing: Thing
    name: str


@dataclass(eq=False)
class DeleteConflict(Refusal):
    """Something else must be deleted or detached first."""

    obstacle: Obstacle


@dataclass(eq=False)
class IAMQuotaExceeded(Refusal):
    """The account, or one of its identities, would have too many; ``quota`` is AWS's name."""

    quota: str
    limit: int


@dataclass(eq=False)
class InlinePoliciesTooLarge(Refusal):
    """An identity's inline policies together would be too large."""

    kind: str
    name: str
    limit: int


@dataclass(eq=False)
class TooManyVersions(Refusal):
    """A managed policy has as many versions as it may."""

    limit: int


@dataclass(eq=False)
class PolicyDocumentRefused(Refusal):
    """A policy's text breaks the language's grammar; ``reason`` is AWS's sentence."""

    reason: str


@dataclass(eq=False)
class PolicyNotAttachable(Refusal):
    """The policy is not there, or of another account."""

    arn: str


@dataclass(eq=False)
class TagsRefused(Refusal):
    """Tags that IAM does not take; ``reason`` is its sentence."""

    reason: str


@dataclass(eq=False)
class PasswordRefused(Refusal):
    """A password that the account's password policy does not take; ``reason`` says why."""

    reason: str


@dataclass(eq=False)
class OldPasswordWrong(Refusal):
    """The old password given for a change is not the user's."""


@dataclass(eq=False)
class PasswordChangeForbidden(Refusal):
    """The account's password policy lets users not change their passwords."""

    user_arn: str


@dataclass(eq=False)
class OnlyUsers(Refusal):
    """The operation is for users alone, and the caller is none."""


@dataclass(eq=False)
class UserNameMissing(Refusal):
    """The request names no user, and the caller is none."""


@dataclass(eq=False)
class InputRefused(Refusal):
    """A parameter that IAM does not take, in its sentence."""

    reason: str


REFUSALS: Final[frozenset[type[Refusal]]] = frozenset(
    {
        NoSuchEntity,
        EntityAlreadyExists,
        DeleteConflict,
        IAMQuotaExceeded,
        InlinePoliciesTooLarge,
        TooManyVersions,
        PolicyDocumentRefused,
        PolicyNotAttachable,
        TagsRefused,
        PasswordRefused,
        OldPasswordWrong,
        PasswordChangeForbidden,
        OnlyUsers,
        UserNameMissing,
        InputRefused,
    }
)
"""Every one of them; only the API has operations that end in these."""
