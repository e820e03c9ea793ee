"""Whose pulls do not count as pulls (ECR RegisterPullTimeUpdateExclusion)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portside.names.accounts import RegistryId
from portside.names.errors import Refusal

EXCLUSIONS_MAX: Final = 100
"""How many principals a registry excludes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullTimeExclusion:
    """A user or a role whose pulls leave ``lastRecordedPullTime`` as it is."""

    principal: str
    created_at: datetime


@dataclass(eq=False)
class ExclusionAlreadyExists(Refusal):
    """The principal is excluded already."""

    registry: RegistryId
    principal: str


@dataclass(eq=False)
class ExclusionNotFound(Refusal):
    """The principal is not excluded."""

    registry: RegistryId
    principal: str


@dataclass(eq=False)
class TooManyExclusions(Refusal):
    """The registry excludes as many principals as it may."""

    limit: int
