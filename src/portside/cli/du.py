"""``portside du``: how much room repositories take."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.gc import size
from portside.cli.options import setting_options
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.errors import MalformedName
from portside.names.repositories import RepositoryName


@setting_options
def du(
    *,
    repository: Annotated[
        str | None, typer.Option("--repository", help="Only this repository.")
    ] = None,
    output: Annotated[str, typer.Option("--format", help="table or json")] = "table",
    **flags: Any,
) -> None:
    """Show the bytes of repositories: each image whole (logical), and each blob once (unique)."""
    if output not in ("table", "json"):
        fail(f"--format is {output!r}, but must be one of table, json", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside.registry.refusals import RepositoryNotFound  # noqa: PLC0415 - only this command
    from portside.server.beside import beside  # noqa: PLC0415 - as above

    registry = RegistryId(AccountId(settings.account), Region(settings.region))
    with data_folder(settings), beside(settings) as services:
        try:
            if repository is None:
                rows = list(services.usages.of_registry(registry))
            else:
                rows = [services.usages.of_repository(registry, RepositoryName(repository))]
        except MalformedName as error:
            fail(str(error), WRONG_USE)
        except RepositoryNotFound:
            fail(f"there is no repository {repository}", UNUSABLE)
        stored = services.usages.stored()
    if output == "json":
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    from rich.console import Console  # noqa: PLC0415 - only this command draws
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table("repository", "images", "logical", "unique")
    for row in rows:
        sizes = (size(row.logical_bytes), size(row.unique_bytes))
        table.add_row(row.repository, str(row.image_count), *sizes)
    Console().print(table)
    typer.echo(f"stored in all registries, each blob once: {size(stored)}")
