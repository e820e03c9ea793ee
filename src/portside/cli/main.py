"""The ``portside`` command and its subcommands."""

from __future__ import annotations

import json
import socket
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portside.cli import vulndb
from portside.cli.accounts import account_app
from portside.cli.audit import audit
from portside.cli.backup import backup, restore
from portside.cli.credential_provider import credential_provider
from portside.cli.credentials import credentials_app
from portside.cli.du import du
from portside.cli.events import events_app
from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.explain import explain
from portside.cli.gc import gc
from portside.cli.health import health
from portside.cli.import_ import import_
from portside.cli.lifecycle import lifecycle_app
from portside.cli.migrate import migrate
from portside.cli.options import setting_options
from portside.cli.policy import policy_app
from portside.cli.sbom import sbom
from portside.cli.tasks import tasks
from portside.cli.trust import trust
from portside.cli.upstream_secrets import secret_app
from portside.cli.verify import verify
from portside.settings import SETTINGS, Resolved, Settings

if TYPE_CHECKING:  # loading it takes longer than most commands do
    from portside.server.certificates import Certificates

app = typer.Typer(
    help="A private container registry that speaks Amazon ECR's API and the OCI protocol.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
config_app = typer.Typer(help="Settings.", no_args_is_help=True)
registry_app = typer.Typer(help="Registries.", no_args_is_help=True)
app.add_typer(account_app, name="account")
app.add_typer(credentials_app, name="credentials")
app.add_typer(config_app, name="config")
app.add_typer(registry_app, name="registry")
app.add_typer(vulndb.app, name="vulndb")
app.add_typer(policy_app, name="policy")
app.add_typer(lifecycle_app, name="lifecycle")
app.add_typer(secret_app, name="upstream-secret")
app.add_typer(events_app, name="events")
app.command()(tasks)
app.command()(explain)
app.command()(audit)
app.command()(sbom)
app.command()(gc)
app.command()(du)
app.command()(trust)
app.command()(health)
app.command()(credential_provider)
app.command()(verify)
app.command()(backup)
app.command()(restore)
app.command("import")(import_)
app.command()(migrate)

FORMATS = ("table", "json")


def main() -> None:
    """Run the command line."""
    app()


@app.command()
@setting_options
def serve(**flags: Any) -> None:
    """Serve the registry and the AWS APIs until stopped."""
    resolved = resolve_settings(flags)
    from portside import server  # noqa: PLC0415 - only serving needs all of it
    from portside.cli.first_start import endpoint  # noqa: PLC0415 - as above

    _check_port_is_free(resolved.settings.host, resolved.settings.port)
    _prepare(resolved.settings)
    certificates = _open_certificates(resolved.settings)
    typer.echo(f"Serving on {endpoint(resolved.settings)} (Ctrl-C stops).")
    server.serve(resolved.settings, certificates)


@app.command()
@setting_options
def worker(**flags: Any) -> None:
    """Run the tasks (deliveries, scans, expiry, collection) and serve nothing, until stopped."""
    settings = resolve_settings(flags).settings
    from portside import server  # noqa: PLC0415 - only some commands need all of it

    if settings.worker_port is not None:
        _check_port_is_free(settings.host, settings.worker_port)
    _prepare(settings)
    certificates = None if settings.worker_port is None else _open_certificates(settings)
    typer.echo("Running tasks (Ctrl-C stops).")
    server.work(settings, certificates)


@config_app.command("show")
@setting_options
def show(
    *,
    output: Annotated[str, typer.Option("--format", help="table or json")] = "table",
    **flags: Any,
) -> None:
    """Show the effective settings and where each comes from."""
    if output not in FORMATS:
        fail(f"--format is {output!r}, but must be one of {', '.join(FORMATS)}", WRONG_USE)
    resolved = resolve_settings(flags)
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
        value = row["value"]
        text = str(value).lower() if isinstance(value, bool) else str(value)
        table.add_row(row["setting"], "-" if value is None else text, row["origin"])
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
        fail(f"--rules is {strict!r}, but must be one of oci, ecr, default", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside import server  # noqa: PLC0415 - only this command needs all of it

    with data_folder(settings):
        known = server.configure_registry(
            settings, settings.account, settings.region, choices[strict]
        )
    if not known:
        fail(f"there is no account {settings.account} in {settings.data}", UNUSABLE)
    typer.echo(f"registry {settings.account} in {settings.region} follows: {strict}")


@app.command()
def version() -> None:
    """Show the version."""
    typer.echo(f"portside {installed_version('portside')}")


def _prepare(settings: Settings) -> None:
    from portside import server  # noqa: PLC0415 - only some commands need all of it
    from portside.cli.first_start import show_credentials  # noqa: PLC0415 - as above

    with data_folder(settings):
        credentials = server.prepare(settings)
    if credentials is not None:
        show_credentials(settings, credentials)


def _open_certificates(settings: Settings) -> Certificates | None:
    from portside import server  # noqa: PLC0415 - only some commands need all of it

    with data_folder(settings):
        try:
            return server.open_certificates(settings)
        except server.CertificateUnusable as error:
            fail(str(error), UNUSABLE)


def _check_port_is_free(host: str, port: int) -> None:
    # The server's workers would say it in a panic each; another process may still come first.
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        fail(f"cannot listen on {host} port {port}: {error.strerror}", UNUSABLE)


def _shown(resolved: Resolved, name: str, *, secret: bool) -> Any:
    value = getattr(resolved.settings, name)
    if secret and value is not None:
        return "********"
    return str(value) if isinstance(value, Path) else value
