"""``portside credentials``: the root user's access key, and the key that seals secrets."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options
from portside.names.errors import Refusal

credentials_app = typer.Typer(help="The root user's access key, and the secrets key.")


@credentials_app.command("rotate-root")
@setting_options
def rotate_root(
    *,
    delete: Annotated[
        bool, typer.Option("--delete-old/--keep-old", help="delete the old ones, or keep inactive")
    ] = False,
    **flags: Any,
) -> None:
    """Give the root user of --account a new access key; the old ones no longer sign."""
    settings = resolve_settings(flags).settings
    from portside import server  # noqa: PLC0415 - only these commands need all of it

    with data_folder(settings):
        try:
            made = server.rotate_root(settings, delete=delete)
        except server.RootKeyIsASetting:
            fail(
                "the root user's access key is set by root_access_key_id: change it there",
                WRONG_USE,
            )
        except Refusal:
            fail(f"there is no account {settings.account} in {settings.data}", UNUSABLE)
    typer.echo(
        f"The root user of account {settings.account} has a new access key. Its secret is shown "
        f"this once and never again.\n\n  export AWS_ACCESS_KEY_ID={made.access_key_id}\n"
        f"  export AWS_SECRET_ACCESS_KEY={made.secret_access_key}"
    )


@credentials_app.command("rotate-secrets-key")
@setting_options
def rotate_secrets_key(**flags: Any) -> None:
    """Seal the secrets under a new key; running servers go on."""
    settings = resolve_settings(flags).settings
    from portside import server  # noqa: PLC0415 - only these commands need all of it

    with data_folder(settings):
        path = server.rotate_secrets_key(settings)
    typer.echo(f"The secrets are sealed under a new key, in {path}. The old one opens nothing.")
