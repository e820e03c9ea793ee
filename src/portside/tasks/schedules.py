"""What runs from time to time: name, interval, method of a service.

The interval counts from a run's end. A run that fails is repeated after a minute, or after the
interval if that is shorter. What must not run twice at once for one repository (also not beside
the command line) holds ``services.leases.Leases`` itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from portside.tasks.deeds import Deeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A row: under this name, this runs once in every interval."""

    name: str
    interval: timedelta
    run: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """How often each schedule runs; a field for each row that a setting speaks of."""

    prune: timedelta = timedelta(hours=1)
    renew_scans: timedelta = timedelta(seconds=10)
    lifecycle: timedelta = timedelta(hours=1)
    collect: timedelta = timedelta(hours=1)
    sweep: timedelta = timedelta(hours=1)


def schedules(deeds: Deeds, intervals: Intervals) -> tuple[Schedule, ...]:
    """The table of schedules."""
    return (
        Schedule(name="forget-old-events", interval=intervals.prune, run=deeds.outbox.prune),
        Schedule(name="renew-scans", interval=intervals.renew_scans, run=deeds.scanning.renew),
        Schedule(
            name="apply-lifecycle-policies",
            interval=intervals.lifecycle,
            # What a run before was stopped in, or the command line, did already is not done again.
            run=partial(deeds.expiry.run_due, intervals.lifecycle / 2),
        ),
        Schedule(name="collect", interval=intervals.collect, run=deeds.collection.run),
        Schedule(name="sweep", interval=intervals.sweep, run=deeds.collection.sweep),
    )
