"""What is to be done in the background: who does it, how it went, and what is to be done again.

All of it is rows. A process that dies loses what it did since the last commit, never that it was
to be done: reactions and schedules run at least once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from portside.metadata import leases, work
from portside.metadata.database import Database
from portside.registry.work import Failure, PendingReaction, Retries, Task, TaskKey

LEASE = timedelta(seconds=60)
UNKNOWN = "nothing reacts under this name any more"
AGAIN = timedelta(seconds=60)
"""When a schedule that failed runs again, if its interval is longer."""


class Work:
    """Tasks, taken by one process at a time. ``chance`` gives numbers from 0 to 1."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        retries: Retries,
    ) -> None:
        self._database = database
        self._clock = clock
        self._chance = chance
        self._retries = retries

    def plan(self, intervals: Mapping[str, timedelta], reactions: Iterable[str]) -> None:
        """Have these schedules and no others; give up what no reaction is there for any more."""
        now = self._clock()
        known = set(reactions)
        with self._database.write_progress() as tx:
            for name, interval in intervals.items():
                work.put_schedule(tx, name, now + interval)
            for task in work.list_tasks(tx):
                key = task.key
                if key.kind == "schedule" and key.name not in intervals:
                    work.delete_task(tx, key)
                elif key.kind == "reaction" and key.name not in known:
                    work.abandon_lane(tx, key, UNKNOWN, now)
                    work.delete_task(tx, key)

    def abandon(self, key: TaskKey) -> None:
        """Give up a lane whose reaction is not there, such as of a target that was taken away."""
        with self._database.write_progress() as tx:
            work.abandon_lane(tx, key, UNKNOWN, self._clock())
            work.delete_task(tx, key)

    def recover(self, holder_prefix: str) -> None:
        """Let everything run at once that processes of this name had when they died."""
        with self._database.write_progress() as tx:
            work.release_tasks(tx, holder_prefix, self._clock())
            leases.release_leases(tx, holder_prefix)

    def take(self, holder: str, busy: Sequence[str] = ()) -> Task | None:
        """What is due, for this holder alone until its lease ends; ``None`` if nothing is.

        Reactions named ``busy`` are passed over.
        """
        now = self._clock()
        with self._database.read() as tx:
            if work.find_due(tx, now, busy) is None:
                return None
        with self._database.write_progress() as tx:
            task = work.find_due(tx, now, busy)
            if task is not None:
                work.take_task(tx, task.key, holder, now, now + LEASE)
        return task

    def next_due_at(self, busy: Sequence[str] = ()) -> datetime | None:
        """When the next task is due that is no reaction named ``busy``."""
        with self._database.read() as tx:
            return work.next_due_at(tx, busy)

    def renew(self, key: TaskKey, holder: str) -> bool:
        """Prolong the lease; whether the holder still had it."""
        with self._database.write_progress() as tx:
            return work.renew_task(tx, key, holder, self._clock() + LEASE)

    def next_reaction(self, key: TaskKey) -> PendingReaction | None:
        """The next reaction of a lane."""
        with self._database.read() as tx:
            return work.find_pending(tx, key)

    def reacted(self, key: TaskKey, holder: str, reaction: PendingReaction) -> bool:
        """Record that a reaction is done; whether the holder still has the lane."""
        with self._database.write_progress() as tx:
            work.delete_reaction(tx, reaction.id)
            return work.renew_task(tx, key, holder, self._clock() + LEASE)

    def failed(self, key: TaskKey, holder: str, reaction: PendingReaction, error: str) -> bool:
        """Record that a reaction failed: whether its lane waits, or else goes on without it."""
        now = self._clock()
        wait = self._retries.wait(reaction.attempts + 1, self._chance())
        given_up = now if wait is None else None
        with self._database.write_progress() as tx:
            work.record_failure(tx, reaction.id, error, given_up)
            if wait is not None:
                due_at = now + wait
                work.finish_task(tx, key, holder, now=now, due_at=due_at, error=error)
        return wait is not None

    def leave_lane(self, key: TaskKey, holder: str) -> None:
        """Give a lane back: it goes if it is empty, and is due again if it is not."""
        now = self._clock()
        with self._database.write_progress() as tx:
            mine = work.finish_task(tx, key, holder, now=now, due_at=now, error=None)
            if mine and work.find_pending(tx, key) is None:
                work.delete_task(tx, key)

    def ran(self, key: TaskKey, holder: str, interval: timedelta, error: str | None) -> None:
        """Record how a schedule's run went, and when the next is due."""
        now = self._clock()
        due_at = now + (interval if error is None else min(interval, AGAIN))
        with self._database.write_progress() as tx:
            work.finish_task(tx, key, holder, now=now, due_at=due_at, error=error)

    def tasks(self) -> list[tuple[Task, int]]:
        """Every task with the number of its waiting reactions."""
        with self._database.read() as tx:
            waiting = work.count_pending(tx)
            return [
                (task, waiting.get((task.key.name, task.key.lane), 0))
                for task in work.list_tasks(tx)
            ]

    def failures(self, *, after: int = 0, limit: int = 1000, prefix: str = "") -> list[Failure]:
        """Reactions that were given up, those of names with this prefix, oldest first."""
        with self._database.read() as tx:
            return work.list_failures(tx, after=after, limit=limit, prefix=prefix)

    def revive(self, ids: Iterable[int]) -> int:
        """Have reactions that were given up tried again; how many there were of these ids."""
        with self._database.write() as tx:
            return work.revive_failures(tx, list(ids), self._clock())
