"""A span for each reaction to an event, and for each run of a schedule."""

from __future__ import annotations

from dataclasses import replace

from opentelemetry import trace

from portside.registry.events import Occurrence
from portside.tasks.reactions import Reaction
from portside.tasks.runner import Equipment
from portside.tasks.schedules import Schedule


def traced_equipment(equipment: Equipment) -> Equipment:
    """The same tables, with a span around each row's method."""
    return replace(
        equipment,
        reactions=tuple(_traced_reaction(row) for row in equipment.reactions),
        schedules=tuple(_traced_schedule(row) for row in equipment.schedules),
    )


def _traced_reaction(row: Reaction) -> Reaction:
    tracer = trace.get_tracer("portside")

    def react(occurrence: Occurrence) -> None:
        attributes: dict[str, str | int] = {
            "portside.event_id": occurrence.id,
            "portside.lane": occurrence.lane,
            "portside.account": occurrence.registry.account.text,
        }
        with tracer.start_as_current_span(f"task {row.name}", attributes=attributes):
            row.react(occurrence)

    return replace(row, react=react)


def _traced_schedule(row: Schedule) -> Schedule:
    tracer = trace.get_tracer("portside")

    def run() -> object:
        with tracer.start_as_current_span(f"task {row.name}"):
            return row.run()

    return replace(row, run=run)
