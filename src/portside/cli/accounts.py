"""``portside account``: the accounts of a data folder."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options
from portside.names.errors import MalformedName, Refusal

account_app = typer.Typer(help="Accounts.", no_args_is_help=True)

FORMATS = ("text", "json")


@account_app.command("create")
@setting_options
def create(
    account_id: Annotated[str, typer.Argument(help="Twelve digits.")],
    *,
    alias: Annotated[
        str | None, typer.Option("--alias", help="A name that may stand for the digits.")
    ] = None,
    output: Annotated[str, typer.Option("--format", help="text or json")] = "text",
    **flags: Any,
) -> None:
    """Make an account, its root user and a root access key, whose secret is shown this once."""
    _check_format(output)
    settings = resolve_settings(flags).settings
    from portside import server  # noqa: PLC0415 - only these commands need all of it

    with data_folder(settings):
        try:
            made = server.create_account(settings, account_id, alias)
        except MalformedName as error:
            fail(str(error), WRONG_USE)
        except Refusal:
            fail(f"there is an account {account_id} or an alias {alias} already", UNUSABLE)
    if output == "json":
        shown = {
            "Account": account_id,
            "AccessKeyId": made.access_key_id,
            "SecretAccessKey": made.secret_access_key,
        }
        typer.echo(json.dumps(shown, indent=2))
        return
    typer.echo(
        f"The root user of account {account_id} was made. Its secret is shown this once and never "
        f"again.\n\n  export AWS_ACCESS_KEY_ID={made.access_key_id}\n"
        f"  export AWS_SECRET_ACCESS_KEY={made.secret_access_key}"
    )


@account_app.command("list")
@setting_options
def list_accounts(
    *,
    output: Annotated[str, typer.Option("--format", help="text or json")] = "text",
    **flags: Any,
) -> None:
    """List the accounts, their aliases, and when they were made."""
    _check_format(output)
    settings = resolve_settings(flags).settings
    from portside import server  # noqa: PLC0415 - only these commands need all of it

    with data_folder(settings):
        found = server.list_accounts(settings)
    rows = [
        {
            "account": account.id.text,
            "alias": account.alias,
            "createdAt": account.created_at.isoformat(timespec="seconds"),
        }
        for account in found
    ]
    if output == "json":
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['account']}  {row['alias'] or '-'}  {row['createdAt']}")


def _check_format(output: str) -> None:
    if output not in FORMATS:
        fail(f"--format is {output!r}, but must be one of {', '.join(FORMATS)}", WRONG_USE)
