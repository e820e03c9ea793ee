"""Users, groups and roles, and how they are named (IAM user guide, "IAM identifiers")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portside.names.accounts import AccountId
from portside.names.arns import Arn


class Kind(StrEnum):
    """What an identity is; the value is how its ARN says it."""

    ROOT = "root"
    USER = "user"
    GROUP = "group"
    ROLE = "role"


UNIQUE_ID_PREFIXES: Mapping[str, str] = {
    Kind.ROOT: "AIDA",
    Kind.USER: "AIDA",
    Kind.GROUP: "AGPA",
    Kind.ROLE: "AROA",
    "policy": "ANPA",
}
"""IAM user guide, "Understanding unique ID prefixes"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A root user, user, group or role. ``id`` is never given to another, whatever its name."""

    id: str
    account: AccountId
    kind: Kind
    name: str
    path: str
    created_at: datetime
    boundary_arn: str | None = None
    tags: Mapping[str, str]

    @property
    def arn(self) -> Arn:
        """Its ARN, which a change of name or path changes."""
        return identity_arn(self.account, self.kind, self.path, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTerms:
    """What a role is beside an identity: who may assume it, and for how long."""

    trust_policy: str
    description: str | None = None
    session_seconds_max: int = 3600
    last_used_at: datetime | None = None
    last_used_region: str | None = None


def identity_arn(account: AccountId, kind: Kind, path: str, name: str) -> Arn:
    """The ARN of a user, group or role, or of the account's root user."""
    if kind is Kind.ROOT:
        return Arn(f"arn:aws:iam::{account}:root")
    return Arn(f"arn:aws:iam::{account}:{kind}{path}{name}")


def name_key(name: str) -> str:
    """What two names have in common that IAM takes for one: "Names are not case-sensitive"."""
    return name.lower()
