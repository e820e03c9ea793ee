"""What is to be done in the background, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portside.registry.events import Occurrence


@dataclass(frozen=True, slots=True)
class TaskKey:
    """Which task: ``kind`` is ``reaction`` (of one lane) or ``schedule`` (whose lane is empty)."""

    kind: str
    name: str
    lane: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that runs: while ``holder`` is set, ``due_at`` is where its lease ends."""

    key: TaskKey
    due_at: datetime
    holder: str | None
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingReaction:
    """The next reaction of a lane; ``attempts`` failed before."""

    id: int
    attempts: int
    occurrence: Occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A reaction that was given up: a dead letter."""

    id: int
    reaction: str
    attempts: int
    failed_at: datetime
    error: str
    occurrence: Occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often something is tried, and how long it waits in between.

    The wait doubles from ``first`` to ``longest``; up to half of it is left to chance, so that many
    that failed together do not come back together.
    """

    attempts: int = 12
    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(hours=1)

    def wait(self, failed: int, chance: float) -> timedelta | None:
        """How long after so many failures; ``None`` gives up. ``chance`` is from 0 to 1."""
        if failed >= self.attempts:
            return None
        doubled = self.first * (1 << min(failed - 1, 30))
        return min(doubled, self.longest) * (0.5 + chance / 2)
