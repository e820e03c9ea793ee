"""``portside gc``: free what nothing needs, also beside a running server."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portside.cli.exits import WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options
from portside.cli.waiting import when_free

if TYPE_CHECKING:
    from portside.services.collection import Collected, Collection, Report

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_GRACE_MAX = 999_999_999


@setting_options
def gc(
    *,
    grace: Annotated[
        int | None,
        typer.Option(
            help="Free what has been needless for so many seconds; 0 for all that is now. "
            "Default: --gc-grace."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be freed.")
    ] = False,
    sweep: Annotated[
        bool | None,
        typer.Option(
            help="Also look at every file for bytes nobody knows of, as a crash leaves them. "
            "Default: only with --grace 0."
        ),
    ] = None,
    **flags: Any,
) -> None:
    """Free the bytes of blobs that no image needs, and abandoned uploads; no stop is needed."""
    if grace is not None and not 0 <= grace <= _GRACE_MAX:
        fail(f"--grace is {grace}, but must be a whole number of seconds from 0 on", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside.server.beside import beside  # noqa: PLC0415 - only this command needs all of it

    wanted = None if grace is None else timedelta(seconds=grace)
    sweeps = grace == 0 if sweep is None else sweep
    with data_folder(settings), beside(settings) as services:
        collection = services.collection
        preview = collection.preview(wanted)
        if dry_run:
            more = collection.preview_sweep() if sweeps else None
            typer.echo(f"would free {_told(_sum(preview, more))}")
            return
        collected = _collect(collection, preview, wanted)
        if sweeps:
            collected = _sum(collected, when_free(lambda: _swept(collection)))
    typer.echo(f"freed {_told(collected)}")


def _collect(collection: Collection, preview: Collected, grace: timedelta | None) -> Collected:
    from rich.console import Console  # noqa: PLC0415 - only this command draws
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415 - as above

    columns = (
        TextColumn("collecting"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} blobs, {task.fields[freed]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=preview.blobs, freed=size(0))

        def report(so_far: Collected) -> None:
            progress.update(
                bar,
                completed=so_far.blobs,
                total=max(preview.blobs, so_far.blobs),
                freed=size(so_far.bytes),
            )

        return when_free(lambda: collection.collect(grace, report))


def _swept(collection: Collection) -> Collected:
    from rich.console import Console  # noqa: PLC0415 - only this command draws

    with Console(stderr=True).status("looking at every file") as status:
        report: Report = lambda so_far: status.update(f"sweeping: {size(so_far.bytes)} freed")  # noqa: E731 - one line that draws
        return collection.sweep_all(report)


def _sum(collected: Collected, more: Collected | None) -> Collected:
    if more is not None:
        collected.blobs += more.blobs
        collected.bytes += more.bytes
        collected.uploads += more.uploads
    return collected


def _told(collected: Collected) -> str:
    return (
        f"{size(collected.bytes)} ({collected.bytes} bytes) in {collected.blobs} blobs; "
        f"{collected.uploads} abandoned uploads"
    )


def size(count: int) -> str:
    """A number of bytes for people."""
    amount = float(count)
    for unit in _UNITS:
        if amount < 1024 or unit == _UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError(count)
