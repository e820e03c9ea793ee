"""Backfills: copying what was there before replication was configured.

Source: ECR API, StartReplicationBackfill, DescribeReplicationBackfillResults.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portside.names.accounts import RegistryId
from portside.names.errors import Refusal

IN_PROGRESS_MAX: Final = 10
"""How many backfills of one registry may be under way."""
RETENTION: Final = timedelta(days=90)
"""How long a backfill that has ended is still shown."""


class BackfillStatus(StrEnum):
    """How far a backfill has come. Here none is ever ``STOPPING``: it stops between two images."""

    PREPARING = "PREPARING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self in (BackfillStatus.COMPLETE, BackfillStatus.FAILED, BackfillStatus.STOPPED)


DESTINATION_REMOVED: Final = "DESTINATION_NOT_CONFIGURED"
"""The failure of a backfill whose destination was taken out of the configuration meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many replications a backfill makes: each image and tag is one."""

    total: int
    completed: int
    failed: int
    failure_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """A backfill of a registry. ``position`` is the repository and image that was done last."""

    id: str
    registry: RegistryId
    destination: RegistryId
    status: BackfillStatus
    started_at: datetime
    ended_at: datetime | None = None
    failure_code: str | None = None
    progress: Progress | None = None
    """``None`` until it is known what is to be copied."""
    position: tuple[str, int] = ("", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillResult:
    """What became of one image under one of its tags, or without one."""

    repository: str
    digest: str
    tag: str | None
    failure_code: str | None
    child_failure_codes: tuple[str, ...] | None = None
    """The failures among an index's images; ``None`` for what is no index."""


@dataclass(eq=False)
class BackfillInProgress(Refusal):
    """A backfill to a region is under way."""

    region: str


@dataclass(eq=False)
class TooManyBackfills(Refusal):
    """As many backfills are under way as may be."""

    limit: int


@dataclass(eq=False)
class BackfillNotFound(Refusal):
    """The registry has no such backfill."""

    registry: RegistryId
    backfill_id: str


@dataclass(eq=False)
class BackfillEnded(Refusal):
    """The backfill has ended, so it cannot be stopped."""

    backfill_id: str
    status: BackfillStatus


@dataclass(eq=False)
class DestinationNotConfigured(Refusal):
    """The registry's replication configuration has no such destination."""

    destination: RegistryId
