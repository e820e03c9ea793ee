"""``portside vulndb``: the advisory database that scans match packages with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, fail, resolve_settings
from portside.cli.options import setting_options
from portside.services.advisories import SAMPLE, Advisories, Imported, UnknownFeed
from portside.services.mirrors import FEEDS, fetch

app = typer.Typer(help="The advisory database of image scans.", no_args_is_help=True)


@app.command("import")
@setting_options
def import_(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="OSV archives, folders or files; Debian tracker JSON; secdb JSON."),
    ] = None,
    *,
    sample: Annotated[
        bool, typer.Option("--sample", help="Take in the few advisories that come along.")
    ] = False,
    **flags: Any,
) -> None:
    """Take in advisories; what was taken in before, unchanged, is passed over."""
    chosen = [*(paths or ()), *([SAMPLE] if sample else ())]
    if not chosen:
        fail("name at least one PATH, or --sample", WRONG_USE)
    missing = next((path for path in chosen if not path.exists()), None)
    if missing is not None:
        fail(f"{missing} is not there", UNUSABLE)
    advisories = _open(flags)
    with _usable(), _progress() as progress:
        imported = advisories.import_feeds(chosen, progress)
    _show(imported)


def _show(imported: list[Imported]) -> None:
    for source in imported:
        if source.advisory_count is None:
            typer.echo(f"{source.name}: unchanged")
            continue
        passed_over = f", {source.passed_over} documents passed over" if source.passed_over else ""
        typer.echo(f"{source.name}: {source.advisory_count} advisories{passed_over}")


@app.command()
@setting_options
def update(**flags: Any) -> None:
    """Fetch advisories from where --vulndb-feeds says, and take them in."""
    settings = resolve_settings(flags).settings
    feeds = settings.vulndb_feeds.split(",") if settings.vulndb_feeds else list(FEEDS)
    advisories = _open(flags)
    with _usable(), TemporaryDirectory(prefix="portside-feeds-") as folder:
        with _progress() as progress:
            fetched = [fetch(url.strip(), Path(folder), progress) for url in feeds]
        with _progress() as progress:
            imported = advisories.import_feeds(fetched, progress)
    _show(imported)


@app.command()
@setting_options
def export(
    target: Annotated[Path, typer.Argument(help="The file to write.")], **flags: Any
) -> None:
    """Write the database to one file, to be carried to another site."""
    advisories = _open(flags)
    with _usable():
        advisories.export(target)
    typer.echo(f"wrote {target} ({target.stat().st_size} bytes)")


@app.command()
@setting_options
def install(
    source: Annotated[Path, typer.Argument(help="A file that `export` wrote.")], **flags: Any
) -> None:
    """Let an exported file be the database, at once, also under a running server."""
    advisories = _open(flags)
    with _usable():
        advisories.install(source)
    typer.echo("installed; scans that begin from now on use it")


@app.command()
@setting_options
def status(**flags: Any) -> None:
    """Show what the database holds and how old it is."""
    advisories = _open(flags)
    with _usable():
        opened = advisories.open()
    if opened is None:
        fail("there is no advisory database; see: portside vulndb import --help", UNUSABLE)
    from rich.console import Console  # noqa: PLC0415 - only this command draws
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table("source", "imported", "advisories")
    for source in opened.sources():
        moment = f"{source.imported_at:%Y-%m-%d %H:%M} UTC"
        table.add_row(source.name, moment, str(source.advisory_count))
    Console().print(table)
    if advisories.is_old(opened.updated_at()):
        typer.echo("The database is old: newer weaknesses are not found.", err=True)


def _open(flags: dict[str, Any]) -> Advisories:
    from portside.server.preparation import open_advisories  # noqa: PLC0415 - needs all of it

    return open_advisories(resolve_settings(flags).settings)


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except (OSError, UnknownFeed) as error:
        fail(str(error), UNUSABLE)


@contextmanager
def _progress() -> Iterator[Any]:
    from rich.progress import Progress  # noqa: PLC0415 - only this command draws

    with Progress(transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done)

        yield show
