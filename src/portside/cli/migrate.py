"""``portside migrate``: from a file and a folder to PostgreSQL and a bucket, and the ways back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portside.cli.bars import bars
from portside.cli.exits import FAULTY, UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.gc import size
from portside.cli.options import setting_options
from portside.cli.waiting import when_free

if TYPE_CHECKING:
    from portside.services.migration import Moved

PARALLEL_MAX = 64
FILE = "file"
FOLDER = "folder"
LOST_SHOWN_MAX = 20


@setting_options
def migrate(
    *,
    to_database: Annotated[
        str | None,
        typer.Option("--to-database", help="A PostgreSQL URL, or: file. Default: where it is."),
    ] = None,
    to_blobs: Annotated[
        str | None,
        typer.Option("--to-blobs", help="A bucket as for --blobs, or: folder. Default: as above."),
    ] = None,
    blobs_only: Annotated[
        bool, typer.Option("--blobs-only", help="Copy blobs ahead, while the server goes on.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what the new database holds.")
    ] = False,
    parallel: Annotated[
        int, typer.Option(min=1, max=PARALLEL_MAX, help="How many blobs are copied at a time.")
    ] = 4,
    **flags: Any,
) -> None:
    """Move the registry from the stores that are set to others, which are set afterwards.

    Stop the server first; with --blobs-only, before that, it goes on serving. Killed, the same
    command goes on where it was. The old stores are only read.
    """
    settings = resolve_settings(flags).settings
    database = _target(flags, "database", to_database, FILE)
    blobs = _target(flags, "blobs", to_blobs, FOLDER)
    moves_blobs, moves_rows = blobs != settings.blobs, database != settings.database
    moves_rows = moves_rows and not blobs_only
    if not (moves_blobs or moves_rows):
        fail("nothing is to be moved: name --to-database, --to-blobs, or both", WRONG_USE)
    from portside.server.migration import open_migration  # noqa: PLC0415 - needs all of it
    from portside.services.backups import TargetNotEmpty  # noqa: PLC0415 - as above
    from portside.services.migration import Course  # noqa: PLC0415 - as above

    course = Course(blobs=moves_blobs, rows=moves_rows, replaces=force, parallel=parallel)
    with (
        data_folder(settings),
        open_migration(settings, database, blobs) as migration,
        bars() as watch,
    ):
        try:
            moved = when_free(lambda: migration.run(course, watch))
        except TargetNotEmpty:
            fail("the new database holds a registry; --force replaces it", UNUSABLE)
    _tell(moved, moves_rows=moves_rows)
    if moved.copied.failed:
        sys.exit(FAULTY)


def _target(flags: dict[str, Any], setting: str, place: str | None, own: str) -> str | None:
    """A store as the settings would have it; ``None`` is the data folder's ``own``."""
    if place == own:
        return None
    chosen = flags if place is None else flags | {setting: place}
    found: str | None = getattr(resolve_settings(chosen).settings, setting)
    return found


def _tell(moved: Moved, *, moves_rows: bool) -> None:
    copied = moved.copied
    typer.echo(
        f"copied {copied.copied} blobs, {size(copied.copied_bytes)}; "
        f"{copied.present} were there already"
    )
    if moves_rows:
        typer.echo(
            f"moved {moved.row_count} rows; start the server with the new settings, then: "
            "portside verify"
        )
    if copied.failed:
        typer.echo(
            f"{len(copied.failed)} blobs were not copied, because they are lost or wrong "
            "(see: portside verify):",
            err=True,
        )
        for digest, reason in copied.failed[:LOST_SHOWN_MAX]:
            typer.echo(f"  {digest}: {reason}", err=True)
