"""Policies as they are after reading: statements and their elements.

Source: IAM user guide, "IAM JSON policy elements reference".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum

from portside.names.errors import Refusal
from portside.policy.conditions import Condition


class MalformedPolicy(Refusal):
    """A text that is no policy of its kind; ``reason`` is IAM's message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Kind(Enum):
    """Where a policy may stand, which decides the elements that it has."""

    IDENTITY = "identity"
    """Of a user, group or role; also boundaries and session policies."""
    RESOURCE = "resource"
    """Of a repository or a registry."""
    TRUST = "trust"
    """Of a role: who may assume it."""


class Effect(StrEnum):
    """Allowed, or not."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalElement:
    """Whom a statement of a resource speaks of, or all others where ``negated``."""

    aws: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical_user: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """The patterns of ``Action`` or ``Resource``, or all others where ``negated``."""

    patterns: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. ``resource`` is ``None`` where the policy's own resource is meant."""

    position: int
    sid: str | None
    effect: Effect
    principal: PrincipalElement | None
    action: Element
    resource: Element | None
    conditions: tuple[Condition, ...]
    variables: bool
    """Whether the document's version knows policy variables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A document that has been read. ``name`` is under which it is known: an ARN, a name."""

    kind: Kind
    version: str
    id: str | None
    statements: tuple[Statement, ...]
    name: str = field(default="", compare=False)
