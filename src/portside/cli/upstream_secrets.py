"""``portside upstream-secret``: credentials for upstream registries; no Secrets Manager."""

from __future__ import annotations

import getpass
import json
import sys
from typing import Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options
from portside.names.accounts import AccountId, Region, RegistryId
from portside.settings import Settings

secret_app = typer.Typer(
    help="Credentials for upstream registries, as credentialArn names them.",
    no_args_is_help=True,
)

SECRET_CHARACTERS_MAX = 16_384

_Name = Annotated[
    str, typer.Argument(help="A name, or arn:aws:secretsmanager:…:secret:ecr-pullthroughcache/NAME")
]


@secret_app.command("put")
@setting_options
def put(name: _Name, **flags: Any) -> None:
    """Store a username and an access token, sealed, and print the ARN.

    They are asked for, or read from standard input: two lines, or the JSON that Secrets Manager
    would hold, {"username": …, "accessToken": …}.
    """
    settings = resolve_settings(flags).settings
    arn = _arn(settings, name)
    username, token = (
        _ask() if sys.stdin.isatty() else _parse(sys.stdin.read(SECRET_CHARACTERS_MAX))
    )
    if not username or not token or ":" in username:
        fail("a username (without a colon) and an access token are needed", WRONG_USE)
    from portside import server  # noqa: PLC0415 - only this command needs all of it
    from portside.services.upstreams.sources import Credentials  # noqa: PLC0415 - as above

    with data_folder(settings), server.upstream_secrets(settings) as secrets:
        secrets.put(arn, Credentials(username, token))
    typer.echo(arn)


@secret_app.command("list")
@setting_options
def show(**flags: Any) -> None:
    """List the ARNs of what is stored, and since when; never the secrets."""
    settings = resolve_settings(flags).settings
    from portside import server  # noqa: PLC0415 - only this command needs all of it

    with data_folder(settings), server.upstream_secrets(settings) as secrets:
        for arn, updated_at in secrets.list():
            typer.echo(f"{updated_at:%Y-%m-%dT%H:%M:%SZ}  {arn}")


@secret_app.command("delete")
@setting_options
def delete(name: _Name, **flags: Any) -> None:
    """Forget what is stored under a name or ARN."""
    settings = resolve_settings(flags).settings
    arn = _arn(settings, name)
    from portside import server  # noqa: PLC0415 - only this command needs all of it

    with data_folder(settings), server.upstream_secrets(settings) as secrets:
        known = secrets.delete(arn)
    if not known:
        fail(f"nothing is stored under {arn}", UNUSABLE)
    typer.echo(f"deleted {arn}")


def _arn(settings: Settings, name: str) -> str:
    from portside.services.upstreams.secrets import secret_arn  # noqa: PLC0415 - as in put

    registry = RegistryId(AccountId(settings.account), Region(settings.region))
    try:
        return secret_arn(name, registry)
    except ValueError as error:
        fail(f"{name[:200]!r} must be {error}", WRONG_USE)


def _ask() -> tuple[str, str]:
    typer.echo("Username: ", nl=False, err=True)
    return sys.stdin.readline().strip(), getpass.getpass("Access token: ").strip()


def _parse(text: str) -> tuple[str, str]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict):
        return str(document.get("username") or ""), str(document.get("accessToken") or "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[0], lines[1]) if len(lines) == 2 else ("", "")
