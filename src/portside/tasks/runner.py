"""Doing what is due: one lane's reactions in their order, or one schedule."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

import structlog

from portside.registry.work import PendingReaction, TaskKey
from portside.services.work import Work
from portside.tasks.reactions import Lane, Reaction, by_kind
from portside.tasks.schedules import Schedule

REACTIONS_AT_ONCE = 200
"""After so many a lane is given back, so that others have their turn."""

_log = structlog.get_logger()


Tally = Callable[[str, bool, float], None]
"""Told of each reaction and run that ended: its name, whether it failed, its seconds."""


def untold(_name: str, _failed: bool, _seconds: float) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What a thread works with; objects that belong to one thread are made for each."""

    work: Work
    dispatch: Callable[[Mapping[str, tuple[tuple[str, Lane], ...]]], int]
    reactions: tuple[Reaction, ...]
    schedules: tuple[Schedule, ...]


class Runner:
    """Runs tasks in the threads that call it. ``holder`` names this process among all."""

    def __init__(self, equip: Callable[[], Equipment], holder: str, tally: Tally = untold) -> None:
        self._equip = equip
        self._tally = tally
        self._holder = holder
        self._own = threading.local()
        self._held: dict[TaskKey, str] = {}
        self._taken = 0
        self._counting = threading.Lock()
        self._stopping = False

    @property
    def equipment(self) -> Equipment:
        """This thread's."""
        held: Equipment | None = getattr(self._own, "equipment", None)
        if held is None:
            held = self._own.equipment = self._equip()
        return held

    def prepare(self) -> None:
        """Take over what was left by a process of this name that died, and plan the schedules."""
        equipment = self.equipment
        equipment.work.recover(f"{self._holder}/")
        intervals = {schedule.name: schedule.interval for schedule in equipment.schedules}
        names = [reaction.name for reaction in equipment.reactions]
        equipment.work.plan(intervals, names)

    def take(self) -> tuple[TaskKey, str] | None:
        """What is due and who holds it, after making reactions of new events."""
        equipment = self.equipment
        equipment.dispatch(by_kind(equipment.reactions))
        with self._counting:
            self._taken += 1
            holder = f"{self._holder}/{self._taken}"
            task = equipment.work.take(holder, self._busy())
            if task is None:
                return None
            self._held[task.key] = holder
        return task.key, holder

    def next_due_at(self) -> datetime | None:
        """When there is something that may be taken; what is at its bound waits for an end."""
        with self._counting:
            busy = self._busy()
        return self.equipment.work.next_due_at(busy)

    def _busy(self) -> tuple[str, ...]:
        """Reactions that run in as many lanes as they may."""
        running = Counter(key.name for key in list(self._held) if key.kind == "reaction")
        return tuple(
            reaction.name
            for reaction in self.equipment.reactions
            if reaction.at_once is not None and running[reaction.name] >= reaction.at_once
        )

    def renew(self) -> None:
        """Prolong the leases of what is under way."""
        for key, holder in list(self._held.items()):
            self.equipment.work.renew(key, holder)

    def stop(self) -> None:
        """Begin nothing more; what is under way ends after its present reaction."""
        self._stopping = True

    def react(self, name: str, lane: str, holder: str) -> None:
        """Work through a lane until it is empty, one fails, or others are to have their turn."""
        key = TaskKey("reaction", name, lane)
        table = {reaction.name: reaction for reaction in self.equipment.reactions}
        try:
            if name not in table:
                self.equipment.work.abandon(key)
            elif self._react_in_turn(key, holder, table[name]):
                self.equipment.work.leave_lane(key, holder)
        finally:
            self._held.pop(key, None)

    def _react_in_turn(self, key: TaskKey, holder: str, reaction: Reaction) -> bool:
        work = self.equipment.work
        for _ in range(REACTIONS_AT_ONCE):
            pending = None if self._stopping else work.next_reaction(key)
            if pending is None:
                return True
            error = self._try(reaction, pending)
            if error is None:
                if not work.reacted(key, holder, pending):
                    return False
            elif work.failed(key, holder, pending, error):
                return False
        return True

    def _try(self, reaction: Reaction, pending: PendingReaction) -> str | None:
        began = perf_counter()
        failed = True
        try:
            reaction.react(pending.occurrence)
            failed = False
        except Exception as error:  # noqa: BLE001 - whatever it is, it is recorded and tried again
            _log.warning(
                "a reaction failed",
                reaction=reaction.name,
                lane=pending.occurrence.lane,
                event_id=pending.occurrence.id,
                attempt=pending.attempts + 1,
                error=repr(error),
            )
            return repr(error)
        finally:
            self._tally(reaction.name, failed, perf_counter() - began)
        return None

    def run(self, name: str, holder: str) -> None:
        """Run a schedule."""
        key = TaskKey("schedule", name, "")
        table = {schedule.name: schedule for schedule in self.equipment.schedules}
        schedule = table[name]
        error = None
        began = perf_counter()
        try:
            schedule.run()
        except Exception as failure:  # noqa: BLE001 - as above
            _log.exception("a schedule failed", schedule=name)
            error = repr(failure)
        finally:
            self._held.pop(key, None)
            self._tally(name, error is not None, perf_counter() - began)
        self.equipment.work.ran(key, holder, schedule.interval, error)
