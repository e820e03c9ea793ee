"""The ``portside`` command and its subcommands."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version as installed_version
from typing import Annotated, Any, NoReturn

import typer

from portside.cli.options import setting_options
from portside.settings import SETTINGS, InvalidSetting, Resolved, resolve

app = typer.Typer(
    help="A private container registry that speaks Amazon ECR's API and the OCI protocol.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
config_app = typer.Typer(help="Settings.", no_args_is_help=True)
registry_app = typer.Typer(help="Registries.", no_args_is_help=True)
app.add_typer(config_app, name="config")
app.add_typer(registry_app, name="registry")

UNUSABLE = 1
WRONG_USE = 2


def main() -> None:
    """Run the command line."""
    app()


@app.command()
@setting_options
def serve(**flags: Any) -> None:
    """Serve the registry and the AWS APIs until stopped."""
    resolved = _resolve(flags)
    from portside import server  # noqa: PLC0415 - only serving needs all of it
    from portside.cli.first_start import show_credentials  # noqa: PLC0415 - as above

    try:
        credentials = server.prepare(resolved.settings)
    except OSError as error:
        _fail(f"the data folder {resolved.settings.data} cannot be used: {error}", UNUSABLE)
    if credentials is not None:
        show_credentials(resolved.settings, credentials)
    server.serve(resolved.settings)


@config_app.command("show")
@setting_options
def show(
    *,
    output: Annotated[str, typer.Option("--format", help="table or json")] = "table",
    **flags: Any,
) -> None:
    """Show the effective settings and where each comes from."""
    resolved = _resolve(flags)
    rows = [
        {
            "setting": setting.name,
            "value": _shown(resolved, setting.name, secret=setting.secret),
            "origin": resolved.origins[setting.name],
        }
        for setting in SETTINGS
    ]
    if output == "json":
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415 - only this command draws
    from rich.table import Table  # noqa: PLC0415

    table = Table("setting", "value", "from")
    for row in rows:
        table.add_row(row["setting"], row["value"] or "-", row["origin"])
    Console().print(table)


@registry_app.command("configure")
@setting_options
def configure(
    *,
    strict: Annotated[
        str, typer.Option("--rules", help="oci, ecr, or default (the server's setting)")
    ],
    **flags: Any,
) -> None:
    """Set whose rules the registry of --account and --region follows where they differ."""
    choices = {"oci": True, "ecr": False, "default": None}
    if strict not in choices:
        _fail(f"--rules is {strict!r}, but must be one of oci, ecr, default", WRONG_USE)
    settings = _resolve(flags).settings
    from portside import server  # noqa: PLC0415 - only this command needs all of it

    server.configure_registry(settings, settings.account, settings.region, choices[strict])
    typer.echo(f"registry {settings.account} in {settings.region} follows: {strict}")


@app.command()
def version() -> None:
    """Show the version."""
    typer.echo(f"portside {installed_version('portside')}")


def _resolve(flags: dict[str, Any]) -> Resolved:
    try:
        return resolve(flags)
    except InvalidSetting as error:
        _fail(str(error), WRONG_USE)


def _shown(resolved: Resolved, name: str, *, secret: bool) -> str:
    value = getattr(resolved.settings, name)
    if value is None:
        return ""
    return "********" if secret else str(value)


def _fail(message: str, status: int) -> NoReturn:
    typer.echo(f"portside: {message}", err=True)
    sys.exit(status)
