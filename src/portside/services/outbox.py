"""The outbox: making reactions of events, showing events, and forgetting the old ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from portside.metadata import events, work
from portside.metadata.database import Database
from portside.names.accounts import RegistryId
from portside.registry.events import Occurrence

DISPATCHED_AT_ONCE = 500
DELETED_AT_ONCE = 1000

Listener = tuple[str, Callable[[Occurrence], str]]
"""A reaction's name, and what says in which lane it reacts to an event."""


class Outbox:
    """The events of every registry, in the order in which they were committed."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], *, retention: timedelta
    ) -> None:
        self._database = database
        self._clock = clock
        self._retention = retention

    def dispatch(self, reactions: Mapping[str, Sequence[Listener]]) -> int:
        """Make reactions of events that have none yet; how many events there were.

        ``reactions`` names the reactions to each kind of event, with ``*`` for those to all kinds,
        and the lane in which each reacts to an event.
        An event and its reactions change in one transaction: none is lost and none made twice.
        """
        with self._database.read() as tx:
            if not events.list_waiting(tx, 1):
                return 0
        with self._database.write_progress() as tx:
            found = events.list_waiting(tx, DISPATCHED_AT_ONCE)
            rows = [
                (name, lane(occurrence), occurrence.id)
                for occurrence in found
                for name, lane in (*reactions.get(occurrence.kind, ()), *reactions.get("*", ()))
            ]
            work.insert_reactions(tx, rows, self._clock())
            events.mark_dispatched(tx, [occurrence.id for occurrence in found])
        return len(found)

    def page(
        self, *, after: int, limit: int, registry: RegistryId | None = None
    ) -> list[Occurrence]:
        """Up to ``limit`` events behind the id ``after``, oldest first."""
        with self._database.read() as tx:
            return events.list_events(tx, after=after, limit=limit, registry=registry)

    def last_id(self) -> int:
        """The id of the newest event; 0 where there is none."""
        with self._database.read() as tx:
            return events.last_event_id(tx)

    def prune(self) -> None:
        """Forget events that are older than the retention and to which everybody has reacted."""
        before = self._clock() - self._retention
        deleted = DELETED_AT_ONCE
        while deleted >= DELETED_AT_ONCE:
            with self._database.write_progress() as tx:
                deleted = events.delete_events_before(tx, before, DELETED_AT_ONCE)
