"""``portside policy``: who set which policy, and the way back from one that locks out."""

from __future__ import annotations

import difflib
import json
from typing import Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options
from portside.names.errors import MalformedName, Refusal
from portside.registry.documents import DocumentChange

policy_app = typer.Typer(help="Policies of repositories and registries.", no_args_is_help=True)

FORMATS = ("text", "json")


@policy_app.callback()
def policies() -> None:
    """Policies of repositories and registries."""


@policy_app.command("history")
@setting_options
def history(
    *,
    repository: Annotated[
        str | None, typer.Option("--repository", help="A repository; without it, the registry.")
    ] = None,
    output: Annotated[str, typer.Option("--format", help="text or json")] = "text",
    **flags: Any,
) -> None:
    """Show who changed the policy of a repository, or of the registry, the newest change first.

    The registry is that of --account and --region.
    """
    if output not in FORMATS:
        fail(f"--format is {output!r}, but must be one of {', '.join(FORMATS)}", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside import server  # noqa: PLC0415 - only this command needs all of it

    with data_folder(settings):
        try:
            changes = server.policy_history(settings, repository)
        except MalformedName as error:
            fail(str(error), WRONG_USE)
        except Refusal:
            fail(f"there is no repository {repository} in {settings.account}'s registry", UNUSABLE)
    if output == "json":
        typer.echo(json.dumps([change_as_json(change) for change in changes], indent=2))
        return
    for change in changes:
        typer.echo(change_as_text(change))


@policy_app.command("delete")
@setting_options
def delete(
    *,
    repository: Annotated[
        str | None, typer.Option("--repository", help="The repository whose policy goes.")
    ] = None,
    of_registry: Annotated[
        bool, typer.Option("--of-registry", help="The registry's own policy goes.")
    ] = False,
    **flags: Any,
) -> None:
    """Remove the policy of a repository or of the registry, also one that locks everybody out.

    The registry is that of --account and --region. Running servers go by it at once. The policy is
    printed, so that it can be kept.
    """
    if (repository is not None) is of_registry:
        fail("name one: --repository NAME or --of-registry", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside import server  # noqa: PLC0415 - only this command needs all of it

    whose = repository or f"registry {settings.account} in {settings.region}"
    with data_folder(settings):
        try:
            text = server.delete_policy(settings, repository)
        except MalformedName as error:
            fail(str(error), WRONG_USE)
        except Refusal:
            fail(f"there is no policy of {whose}", UNUSABLE)
    typer.echo(text)


def change_as_json(change: DocumentChange) -> dict[str, str | None]:
    """A change as a program reads it."""
    return {
        "kind": change.kind.value,
        "principal": change.principal,
        "changedAt": change.changed_at.isoformat(),
        "before": change.before,
        "after": change.after,
    }


def change_as_text(change: DocumentChange) -> str:
    """A change as people read it: who and when, and what is different."""
    deed = "removed" if change.after is None else "set" if change.before is None else "changed"
    title = f"{change.changed_at.isoformat(timespec='seconds')} {change.principal} {deed} it"
    before, after = (change.before or "").splitlines(), (change.after or "").splitlines()
    lines = list(difflib.unified_diff(before, after, lineterm="", n=len(before) + len(after)))[3:]
    return "\n".join([title, *(f"  {line}" for line in lines)])
