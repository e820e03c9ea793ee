"""``portside events``: what happened, what could not be delivered, and delivering it again."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options

events_app = typer.Typer(help="Events.", no_args_is_help=True)
PAGE = 500
FOLLOW_SECONDS = 0.5


@events_app.command("tail")
@setting_options
def tail(
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
    last: Annotated[int, typer.Option("--last", help="How many events to begin with.")] = 20,
    **flags: Any,
) -> None:
    """Show the newest events as they are delivered, one JSON object a line."""
    if not 0 <= last <= 1_000_000:
        fail(f"--last is {last}, but must be a whole number from 0 to 1000000", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside.registry.notifications import notify  # noqa: PLC0415 - only this command needs it
    from portside.server.beside import beside  # noqa: PLC0415 - as above

    with data_folder(settings), beside(settings) as services:
        position = max(0, services.outbox.last_id() - last)
        while True:
            page = services.outbox.page(after=position, limit=PAGE)
            for occurrence in page:
                position = occurrence.id
                for notification in notify(occurrence, settings.event_source):
                    typer.echo(json.dumps(notification))
            if not page and not follow:
                return
            if not page:
                time.sleep(FOLLOW_SECONDS)


@events_app.command("dead-letters")
@setting_options
def dead_letters(
    *,
    output: Annotated[str, typer.Option("--format", help="table or json")] = "table",
    **flags: Any,
) -> None:
    """List deliveries that were given up."""
    if output not in ("table", "json"):
        fail(f"--format is {output!r}, but must be one of table, json", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside.server.beside import beside  # noqa: PLC0415 - only this command needs all of it
    from portside.services.deliveries import PREFIX  # noqa: PLC0415 - as above

    with data_folder(settings), beside(settings) as services:
        rows = [
            {
                "id": failure.id,
                "target": failure.reaction.removeprefix(PREFIX),
                "event": failure.occurrence.kind,
                "repository": failure.occurrence.document.get("repository"),
                "occurred": failure.occurrence.occurred_at.isoformat(timespec="seconds"),
                "attempts": failure.attempts,
                "error": failure.error,
            }
            for failure in services.work.failures(prefix=PREFIX)
        ]
    if output == "json":
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415 - only this command draws
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table("id", "target", "event", "repository", "occurred", "attempts", "error")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)


@events_app.command("replay")
@setting_options
def replay(
    ids: Annotated[list[int] | None, typer.Argument(help="Ids that dead-letters shows.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    **flags: Any,
) -> None:
    """Deliver dead letters again, from the first attempt on."""
    if bool(ids) == everything:
        fail("name ids of dead letters, or --all", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside.server.beside import beside  # noqa: PLC0415 - only this command needs all of it
    from portside.services.deliveries import PREFIX  # noqa: PLC0415 - as above

    with data_folder(settings), beside(settings) as services:
        letters = {failure.id for failure in services.work.failures(prefix=PREFIX, limit=100_000)}
        wanted = letters if everything else set(ids or ())
        unknown = sorted(wanted - letters)
        if unknown:
            fail(f"there is no dead letter {unknown[0]}", UNUSABLE)
        revived = services.work.revive(sorted(wanted))
    typer.echo(f"{revived} dead letters will be delivered again")
