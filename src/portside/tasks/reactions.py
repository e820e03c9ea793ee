"""What follows from events: kind of event → method of a service.

A reaction's name is what ``portside tasks`` shows and what its rows carry: it never changes. Its
method takes the :class:`~portside.registry.events.Occurrence`, may block, must bear being called
again with the same event, and raises to be called again later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portside.registry.events import Occurrence
from portside.registry.notifications import NOTIFIED_KINDS
from portside.tasks.deeds import Deeds

React = Callable[[Occurrence], None]
Lane = Callable[[Occurrence], str]
EVERY_KIND = "*"
_DIGITS = 8


def by_repository(occurrence: Occurrence) -> str:
    """All events of a repository in their order."""
    return occurrence.lane


def by_image(occurrence: Occurrence) -> str:
    """All events of an image in their order, beside those of the repository's other images.

    A few digits of the digest keep the name short; where two images share them, one waits.
    """
    digits = str(occurrence.document["digest"]).rpartition(":")[2][:_DIGITS]
    return f"{occurrence.lane}@{digits}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """A row: under this name, events of these kinds lead to this."""

    name: str
    kinds: tuple[str, ...]
    react: React
    lane: Lane = by_repository
    """Within what it runs for one event after the other."""

    at_once: int | None = None
    """In how many lanes it may run at a time in one process; ``None`` sets no bound.

    One that takes long must leave threads for the others.
    """


def reactions(deeds: Deeds, scans_at_once: int) -> tuple[Reaction, ...]:
    """The table of reactions."""
    return (
        Reaction(name="scan-on-push", kinds=("ImagePushed",), react=deeds.scanning.scan_pushed),
        Reaction(
            name="replicate", kinds=("ImagePushed", "ImageDeleted"), react=deeds.replication.react
        ),
        Reaction(name="backfill", kinds=("BackfillDue",), react=deeds.backfills.react),
        Reaction(
            name="scan",
            kinds=("ScanRequested",),
            react=deeds.scanning.run,
            lane=by_image,
            at_once=scans_at_once,
        ),
        *(
            Reaction(name=delivery.name, kinds=NOTIFIED_KINDS, react=delivery.react)
            for delivery in deeds.deliveries
        ),
    )


def by_kind(table: tuple[Reaction, ...]) -> Mapping[str, tuple[tuple[str, Lane], ...]]:
    """The names of the reactions to each kind of event, and their lanes."""
    kinds = dict.fromkeys(kind for reaction in table for kind in reaction.kinds)
    return {
        kind: tuple((reaction.name, reaction.lane) for reaction in table if kind in reaction.kinds)
        for kind in kinds
    }
