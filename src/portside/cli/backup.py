"""``portside backup`` and ``portside restore``: all that a registry keeps, and the way back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portside.cli.bars import bars
from portside.cli.exits import FAULTY, UNUSABLE, data_folder, fail, resolve_settings
from portside.cli.gc import size
from portside.cli.options import setting_options
from portside.cli.waiting import when_free

if TYPE_CHECKING:
    from portside.registry.backups import Snapshot
    from portside.services.backups.backup import Made

PARALLEL_MAX = 64
KEEP_MAX = 10_000
MISSING_SHOWN_MAX = 20

Parallel = Annotated[
    int, typer.Option(min=1, max=PARALLEL_MAX, help="How many blobs are copied at a time.")
]


@setting_options
def backup(
    target: Annotated[Path, typer.Argument(metavar="DEST", help="A folder; made if needed.")],
    *,
    keep: Annotated[
        int | None,
        typer.Option(min=1, max=KEEP_MAX, help="Remove all but so many snapshots afterwards."),
    ] = None,
    without_key: Annotated[
        bool, typer.Option("--without-key", help="Leave the secrets key out of the backup.")
    ] = False,
    parallel: Parallel = 4,
    **flags: Any,
) -> None:
    """Add a snapshot of all that the registry keeps to a folder; no stop is needed.

    Blobs that are in the folder already are not copied again. Stopped or killed, it leaves no
    snapshot, and the next one goes on where it was.
    """
    settings = resolve_settings(flags).settings
    from portside.server.backups import open_backups  # noqa: PLC0415 - needs all of it
    from portside.services.backups import BackupFolder, Wishes  # noqa: PLC0415 - as above

    with data_folder(settings), open_backups(settings) as services, bars() as watch:
        key = None if without_key else services.find_key()
        wishes = Wishes(key=key, parallel=parallel, keep=keep)
        with _usable(f"the backup {target}"):
            made = when_free(lambda: services.backups.run(BackupFolder(target), wishes, watch))
    _tell_made(made, target)
    if made.snapshot.missing:
        sys.exit(FAULTY)


def _tell_made(made: Made, target: Path) -> None:
    snapshot, copied = made.snapshot, made.copied
    typer.echo(
        f"made {snapshot.name} in {target}: {snapshot.blob_count} blobs, "
        f"{size(snapshot.blob_bytes)}; copied {copied.copied}, {size(copied.copied_bytes)}"
    )
    if made.outdated:
        typer.echo(f"removed {', '.join(made.outdated)} and {made.freed_blobs} blobs")
    if snapshot.has_key:
        typer.echo(
            "It holds the secrets key: whoever can read it can use every credential in it.",
            err=True,
        )
    else:
        typer.echo(
            "It holds no secrets key: without the key that you keep elsewhere, it cannot be "
            "restored.",
            err=True,
        )
    if snapshot.missing:
        typer.echo(
            f"{len(snapshot.missing)} blobs are not in it, because the registry has lost them "
            "(see: portside verify):",
            err=True,
        )
        for digest, reason in copied.failed[:MISSING_SHOWN_MAX]:
            typer.echo(f"  {digest}: {reason}", err=True)


@setting_options
def restore(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A folder of `portside backup`.")],
    *,
    snapshot: Annotated[
        str | None, typer.Option("--snapshot", help="Which one. Default: the newest.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a registry that is there already.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only hash everything in the backup; change nothing.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="Only list the snapshots.")] = False,
    parallel: Parallel = 4,
    **flags: Any,
) -> None:
    """Bring back a snapshot of `portside backup`, into an empty data folder; stop its server first.

    Nothing is touched before the snapshot is proven to be whole, and nothing replaced before all of
    it is there. Stopped or killed, the same command goes on where it was.
    """
    settings = resolve_settings(flags).settings
    from portside.server import backups as server  # noqa: PLC0415 - needs all of it
    from portside.services.backups import TargetNotEmpty  # noqa: PLC0415 - as above

    with data_folder(settings), bars() as watch, _usable(f"the backup {source}"):
        if listing:
            _list(source)
            return
        if check:
            found, _ = server.check_backup(settings, source, snapshot, watch, reads=True)
            _tell_whole(found)
            return
        wanted = server.Restore(source=source, name=snapshot, parallel=parallel, replaces=force)
        try:
            found, restored = when_free(lambda: server.restore(settings, wanted, watch))
        except TargetNotEmpty:
            fail(f"{settings.data} holds a registry; --force replaces it", UNUSABLE)
    typer.echo(
        f"restored {found.name} of {found.made_at} to {settings.data}: {restored.row_count} rows, "
        f"{found.blob_count - len(found.missing)} blobs, of which {restored.copied.copied} "
        f"({size(restored.copied.copied_bytes)}) were copied now"
    )
    if found.missing:
        typer.echo(f"{len(found.missing)} blobs were lost before the backup was made", err=True)


def _list(source: Path) -> None:
    from portside.services.backups import BackupFolder  # noqa: PLC0415 - needs all of it

    folder = BackupFolder(source)
    for name in folder.list_snapshots():
        found = folder.get_snapshot(name)
        key = "with key" if found.has_key else "without key"
        typer.echo(
            f"{name}  {found.blob_count} blobs  {size(found.blob_bytes)}  {key}  "
            f"portside {found.version}"
        )


def _tell_whole(found: Snapshot) -> None:
    typer.echo(f"{found.name} is whole: {found.blob_count} blobs, {size(found.blob_bytes)}")


@contextmanager
def _usable(what: str) -> Iterator[None]:
    from portside.services.backups import BackupUnusable  # noqa: PLC0415 - needs all of it

    try:
        yield
    except BackupUnusable as error:
        fail(str(error), UNUSABLE)
    except OSError as error:
        fail(f"{what} cannot be used: {error}", UNUSABLE)
