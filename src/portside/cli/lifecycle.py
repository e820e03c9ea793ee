"""``portside lifecycle``: apply lifecycle policies now; what they did, and who set them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options
from portside.cli.policy import change_as_json, change_as_text
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.errors import MalformedName, Refusal
from portside.names.repositories import RepositoryName
from portside.registry.lifecycles import LifecyclePolicyNotFound, LifecycleRunInProgress
from portside.registry.refusals import RepositoryNotFound
from portside.settings import Settings

if TYPE_CHECKING:
    from portside.lifecycle.records import Act
    from portside.server.beside import Beside
    from portside.services.expiry import Outcome, Watcher

lifecycle_app = typer.Typer(help="Lifecycle policies of repositories.", no_args_is_help=True)

FORMATS = ("text", "json")
DEEDS = {"expire": "expired", "transition": "archived"}
HISTORY_DEFAULT = 100
HISTORY_MAX = 100_000

Repository = Annotated[str, typer.Option("--repository", help="The repository's name.")]
Format = Annotated[str, typer.Option("--format", help="text or json")]


@lifecycle_app.command("run")
@setting_options
def run(
    *,
    repository: Annotated[
        str | None,
        typer.Option("--repository", help="Only this one, of --account and --region."),
    ] = None,
    output: Format = "text",
    **flags: Any,
) -> None:
    """Apply lifecycle policies now, also beside a running server, and show what went by which rule.

    Without --repository the policies of all repositories are applied. Who stops this command loses
    nothing: what was done is done, and the next run does the rest.
    """
    _check_format(output)
    settings = resolve_settings(flags).settings
    outcomes = []
    with _services(settings) as services, _progress() as bar:
        for registry, name in list(_chosen(services, settings, repository)):
            try:
                outcomes.append(services.expiry.run(registry, name, bar(name.text)))
            except (LifecyclePolicyNotFound, RepositoryNotFound, LifecycleRunInProgress) as refusal:
                if repository is not None:
                    fail(_why(refusal, repository), UNUSABLE)
    if output == "json":
        typer.echo(json.dumps([_outcome_as_json(outcome) for outcome in outcomes], indent=2))
        return
    for outcome in outcomes:
        for line in _outcome_as_text(outcome):
            typer.echo(line)
    acted_on = sum(len(outcome.acts) for outcome in outcomes)
    typer.echo(f"{len(outcomes)} policies applied, {acted_on} images acted on")


@lifecycle_app.command("history")
@setting_options
def history(
    *,
    repository: Repository,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=HISTORY_MAX, help="How many, the newest.")
    ] = HISTORY_DEFAULT,
    output: Format = "text",
    **flags: Any,
) -> None:
    """Show which images policies had go or be archived, by which rule and when; newest first."""
    _check_format(output)
    settings = resolve_settings(flags).settings
    with _services(settings) as services, _refusing(repository):
        found = services.expiry.history(
            _registry(settings), RepositoryName(repository), before=None, limit=limit
        )
    acts = [act for _, act in found]
    if output == "json":
        typer.echo(json.dumps([_act_as_json(act) for act in acts], indent=2))
        return
    for act in acts:
        typer.echo(f"{act.acted_at.isoformat(timespec='seconds')} {_act_as_text(act)}")


@lifecycle_app.command("changes")
@setting_options
def changes(*, repository: Repository, output: Format = "text", **flags: Any) -> None:
    """Show who changed a repository's lifecycle policy, the newest change first."""
    _check_format(output)
    settings = resolve_settings(flags).settings
    with _services(settings) as services, _refusing(repository):
        found = services.lifecycles.history(_registry(settings), RepositoryName(repository))
    if output == "json":
        typer.echo(json.dumps([change_as_json(change) for change in found], indent=2))
        return
    for change in found:
        typer.echo(change_as_text(change))


@contextmanager
def _services(settings: Settings) -> Iterator[Beside]:
    from portside.server.beside import beside  # noqa: PLC0415 - only commands that run need it

    with data_folder(settings), beside(settings) as services:
        yield services


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar on a terminal's standard error for each repository that has something to do."""
    from rich.console import Console  # noqa: PLC0415 - only this command draws
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:

        def bar(name: str) -> Watcher:
            task = progress.add_task(name, visible=False)

            def show(done: int, of: int) -> None:
                progress.update(task, completed=done, total=of, visible=done < of)

            return show

        yield bar


@contextmanager
def _refusing(repository: str) -> Iterator[None]:
    try:
        yield
    except MalformedName as error:
        fail(str(error), WRONG_USE)
    except Refusal as refusal:
        fail(_why(refusal, repository), UNUSABLE)


def _chosen(
    services: Beside, settings: Settings, repository: str | None
) -> Iterable[tuple[RegistryId, RepositoryName]]:
    if repository is None:
        return services.expiry.with_policies()
    with _refusing(repository):
        return [(_registry(settings), RepositoryName(repository))]


def _registry(settings: Settings) -> RegistryId:
    return RegistryId(AccountId(settings.account), Region(settings.region))


def _why(refusal: Refusal, repository: str) -> str:
    if isinstance(refusal, LifecyclePolicyNotFound):
        return f"the repository {repository} has no lifecycle policy"
    if isinstance(refusal, LifecycleRunInProgress):
        return f"another process applies the lifecycle policy of {repository} just now"
    return f"there is no repository {repository}"


def _check_format(output: str) -> None:
    if output not in FORMATS:
        fail(f"--format is {output!r}, but must be one of {', '.join(FORMATS)}", WRONG_USE)


def _outcome_as_text(outcome: Outcome) -> Iterator[str]:
    name = outcome.repository.text
    for act in outcome.acts:
        yield f"{name}: {_act_as_text(act)}"
    for (priority, action), count in sorted(outcome.counts().items()):
        yield f"{name}: rule {priority} {DEEDS[action.value]} {count}"
    if not outcome.finished:
        yield f"{name}: changed while its policy was applied; the rest is left to the next run"


def _act_as_text(act: Act) -> str:
    tags = ", ".join(act.tags) or "untagged"
    followed = f", with {act.subject}" if act.subject else ""
    deed = DEEDS[act.action.value]
    return f"rule {act.rule_priority} {deed} {act.digest} ({tags}){followed}"


def _outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "registryId": outcome.registry.account.text,
        "region": outcome.registry.region.text,
        "repositoryName": outcome.repository.text,
        "finished": outcome.finished,
        "images": [_act_as_json(act) for act in outcome.acts],
    }


def _act_as_json(act: Act) -> dict[str, Any]:
    return {
        "imageDigest": act.digest.text,
        "imageTags": list(act.tags),
        "imagePushedAt": act.pushed_at.isoformat(),
        "action": act.action.name,
        "rulePriority": act.rule_priority,
        "subjectManifestDigest": act.subject.text if act.subject else None,
        "actedAt": act.acted_at.isoformat(),
    }
