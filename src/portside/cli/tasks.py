"""``portside tasks``: what runs in the background, what waits, and what was given up."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portside.cli.exits import WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options

if TYPE_CHECKING:
    from portside.registry.work import Failure, Task

FORMATS = ("table", "json")
FAILURES_SHOWN_MAX = 1000


@setting_options
def tasks(
    *,
    output: Annotated[str, typer.Option("--format", help="table or json")] = "table",
    **flags: Any,
) -> None:
    """Show schedules, reactions that run or wait, and reactions that were given up."""
    if output not in FORMATS:
        fail(f"--format is {output!r}, but must be one of {', '.join(FORMATS)}", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside.server.beside import beside  # noqa: PLC0415 - only this command needs all of it

    with data_folder(settings), beside(settings) as services:
        rows = [_row(task, waiting) for task, waiting in services.work.tasks()]
        rows += [_failure_row(one) for one in services.work.failures(limit=FAILURES_SHOWN_MAX)]
    if output == "json":
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415 - only this command draws
    from rich.table import Table  # noqa: PLC0415

    table = Table(*rows[0] if rows else ("task", "state"))
    for row in rows:
        table.add_row(*("-" if value is None else str(value) for value in row.values()))
    Console().print(table)


def _row(task: Task, waiting: int) -> dict[str, Any]:
    key = task.key
    return {
        "task": key.name,
        "repository": key.lane or None,
        "state": "running" if task.holder else "waiting",
        "waiting": waiting if key.kind == "reaction" else None,
        "due": None if task.holder else _time(task.due_at),
        "started": _time(task.started_at),
        "finished": _time(task.finished_at),
        "error": task.error,
    }


def _failure_row(failure: Failure) -> dict[str, Any]:
    return {
        "task": failure.reaction,
        "repository": failure.occurrence.lane,
        "state": "given up",
        "waiting": None,
        "due": None,
        "started": None,
        "finished": _time(failure.failed_at),
        "error": failure.error,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
