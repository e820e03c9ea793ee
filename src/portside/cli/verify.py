"""``portside verify``: whether all that was ever acknowledged is still there, byte for byte."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portside.cli.bars import bars
from portside.cli.exits import (
    FAULTY,
    STOPPED,
    WRONG_USE,
    data_folder,
    fail,
    resolve_settings,
)
from portside.cli.options import setting_options
from portside.cli.times import read_time
from portside.names.digests import Digest
from portside.names.errors import MalformedName

if TYPE_CHECKING:
    from portside.registry.faults import Finding, Findings

PARALLEL_MAX = 64
LINES_MAX = 200
"""So many findings are shown as a table; JSON has them all."""


@setting_options
def verify(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended, and say what was done.")
    ] = False,
    sample: Annotated[
        float,
        typer.Option(min=0, max=100, help="Read so many percent of the blobs; 0 asks only sizes."),
    ] = 100,
    since: Annotated[
        str | None,
        typer.Option(help="Only blobs added since: a time in UTC, or 30m, 2h, 7d ago."),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option("--from", help="Go on behind this blob, where a stopped command was."),
    ] = None,
    parallel: Annotated[
        int, typer.Option(min=1, max=PARALLEL_MAX, help="How many blobs are read at a time.")
    ] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    **flags: Any,
) -> None:
    """Hash every blob and compare the rows with one another and with the store; needs no stop.

    Ends with 0 where all is right (leftovers of crashes, which harm nobody, are shown but count as
    right), and with 3 where something is wrong and was not mended.
    """
    settings = resolve_settings(flags).settings
    from portside.server.verification import open_verification  # noqa: PLC0415 - needs all of it
    from portside.services.verification import Wanted  # noqa: PLC0415 - as above

    wanted = Wanted(
        after=_position(after),
        since=read_time("--since", since),
        share=sample / 100,
        parallel=parallel,
    )
    with data_folder(settings), open_verification(settings) as services, bars() as watch:
        mends = services.mends if repair else None
        try:
            findings = services.verification.run(wanted, mends, watch)
        except KeyboardInterrupt:
            position = services.verification.position
            hint = f"; go on with --from {position}" if position else ""
            fail(f"stopped{hint}", STOPPED)
    if as_json:
        typer.echo(json.dumps(_as_json(findings), indent=2))
    else:
        _show(findings)
    if findings.wrong_count:
        sys.exit(FAULTY)


def _position(text: str | None) -> str:
    if text is None:
        return ""
    try:
        return Digest(text).text
    except MalformedName as error:
        fail(f"--from: {error}", WRONG_USE)


def _as_json(findings: Findings) -> dict[str, Any]:
    return {
        "wrong": findings.wrong_count,
        "counts": [
            {"fault": fault.value, "outcome": outcome.value, "count": count}
            for (fault, outcome), count in sorted(findings.counts.items())
        ],
        "findings": [
            {
                "fault": finding.fault.value,
                "subject": finding.subject,
                "repository": finding.repository,
                "detail": finding.detail,
                "outcome": finding.outcome.value,
                "wrong": finding.is_wrong,
            }
            for finding in findings
        ],
    }


def _show(findings: Findings) -> None:
    from rich.console import Console  # noqa: PLC0415 - only this command draws
    from rich.table import Table  # noqa: PLC0415 - as above

    from portside.registry.faults import MEANINGS  # noqa: PLC0415 - as above

    kept = list(findings)
    if kept:
        table = Table("fault", "of", "in", "detail", "outcome")
        for finding in kept[:LINES_MAX]:
            table.add_row(*_cells(finding))
        Console().print(table)
    if findings.total > LINES_MAX:
        typer.echo(f"shown are {LINES_MAX} of {findings.total} findings; --json shows more")
    for (fault, outcome), count in sorted(findings.counts.items()):
        typer.echo(f"{count} {fault.value} ({outcome.value}): {MEANINGS[fault]}")
    if findings.wrong_count:
        typer.echo(f"{findings.wrong_count} faults are left")
    else:
        typer.echo("nothing is wrong" if not findings.total else "nothing is wrong any more")


def _cells(finding: Finding) -> tuple[Any, ...]:
    from rich.text import Text  # noqa: PLC0415 - only this command draws

    # Clients chose some of these texts: none of them is markup.
    cells = (
        finding.fault.value,
        finding.subject,
        finding.repository or "-",
        finding.detail or "-",
        finding.outcome.value,
    )
    return tuple(Text(cell, overflow="fold") for cell in cells)
