"""``portside audit``: who did what, from the audit trail."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from portside.cli.exits import WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options
from portside.cli.times import read_time

FORMATS = ("table", "json")


@setting_options
def audit(  # noqa: PLR0913 - each is an option
    *,
    principal: Annotated[
        str | None,
        typer.Option("--principal", help="ARN, name, principal id or access key id; * and ? match"),
    ] = None,
    action: Annotated[
        str | None, typer.Option("--action", help="such as PutImage or ecr:Put*")
    ] = None,
    repository: Annotated[str | None, typer.Option("--repository", help="its name")] = None,
    error: Annotated[
        str | None, typer.Option("--error", help="an error code; * for every refusal")
    ] = None,
    request_id: Annotated[
        str | None, typer.Option("--request-id", help="the x-amzn-requestid of an answer")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="a time in UTC, or 30m, 2h, 7d ago")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="as --since")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="show the last so many")] = 1000,
    output: Annotated[str, typer.Option("--format", help="table or json")] = "table",
    **flags: Any,
) -> None:
    """Show recorded requests, the oldest first."""
    if output not in FORMATS:
        fail(f"--format is {output!r}, but must be one of {', '.join(FORMATS)}", WRONG_USE)
    from portside import server  # noqa: PLC0415 - only this command needs all of it
    from portside.services.audit import Filters  # noqa: PLC0415 - as above

    filters = Filters(
        principal=principal,
        action=action,
        repository=repository,
        error=error,
        request_id=request_id,
        since=read_time("--since", since),
        until=read_time("--until", until),
    )
    settings = resolve_settings(flags).settings
    with data_folder(settings):
        found = deque(server.read_audit(settings, filters), maxlen=limit)
    (_show_json if output == "json" else _show_table)(found)


def _show_json(records: Iterable[dict[str, Any]]) -> None:
    for record in records:
        typer.echo(json.dumps(record, ensure_ascii=False))


def _show_table(records: Iterable[dict[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only this command draws
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table("time", "principal", "action", "resource", "from", "error")
    for record in records:
        # Clients chose some of these texts: none of them is markup.
        table.add_row(*(Text(cell) for cell in _cells(record)))
    Console().print(table)


def _cells(record: dict[str, Any]) -> tuple[str, ...]:
    identity = record.get("userIdentity") or {}
    resources = record.get("resources") or [{}]
    service = str(record.get("eventSource", "")).partition(".")[0]
    cells = (
        record.get("eventTime"),
        identity.get("arn") or identity.get("accessKeyId") or identity.get("type"),
        f"{service}:{record.get('eventName')}",
        resources[0].get("ARN"),
        record.get("sourceIPAddress"),
        record.get("errorCode"),
    )
    return tuple("-" if cell is None else str(cell).replace("\x1b", "?") for cell in cells)
