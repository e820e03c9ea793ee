"""``portside import``: images of another registry, taken over."""

from __future__ import annotations

import asyncio
import base64
import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portside.cli.bars import bars
from portside.cli.exits import (
    FAULTY,
    STOPPED,
    UNUSABLE,
    WRONG_USE,
    data_folder,
    fail,
    resolve_settings,
)
from portside.cli.options import setting_options
from portside.registry.imports import Line, Outcome, Selection, parse_source
from portside.registry.upstreams import Endpoint, UpstreamRefusal

if TYPE_CHECKING:
    from portside.server.imports import Importing
    from portside.services.upstreams.sources import Credentials
    from portside.services.watching import Watch

PARALLEL_MAX = 64
PASSWORD_CHARACTERS_MAX = 16_384


@setting_options
def import_(  # noqa: PLR0913 - each is an option
    source: Annotated[
        str, typer.Argument(metavar="REGISTRY[/REPOSITORY]", help="HOST[:PORT][/NAME]")
    ],
    *,
    repositories: Annotated[
        list[str] | None, typer.Option("--repository", help="Only these; * matches anything.")
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="Only these; * matches anything.")
    ] = None,
    into: Annotated[
        str | None, typer.Option("--into", help="A namespace that all repositories come into.")
    ] = None,
    username: Annotated[
        str | None, typer.Option("--username", help="Default: as docker login stored it.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    aws: Annotated[
        bool,
        typer.Option("--aws", help="It answers like ECR: take AWS credentials. ECR's hosts do."),
    ] = False,
    profile: Annotated[
        str | None, typer.Option("--aws-profile", help="The profile of the AWS credentials.")
    ] = None,
    referrers: Annotated[
        bool, typer.Option("--referrers/--no-referrers", help="Signatures, SBOMs and the like.")
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be copied.")
    ] = False,
    parallel: Annotated[
        int, typer.Option(min=1, max=PARALLEL_MAX, help="How many tags are copied at a time.")
    ] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    **flags: Any,
) -> None:
    """Copy images of another registry with their tags, platforms and referrers; needs no stop.

    What is here already is passed over: given again, the command goes on where it was stopped. An
    immutable tag that names another image here is told of, and stays. Ends with 3 where such a tag
    was met or something could not be copied.
    """
    settings = resolve_settings(flags).settings
    endpoint, repository = _parse(source)
    from portside.server.imports import From, open_import  # noqa: PLC0415 - needs all of it

    asked = _ask_password(username, from_stdin=password_stdin) if username else None
    selection = Selection(repositories=tuple(repositories or ()), tags=tuple(tags or ()), into=into)
    options = {"parallel": parallel, "referrers": referrers, "dry_run": dry_run}
    try:
        ecr = _ecr(endpoint, profile) if asked is None and _is_aws(endpoint, aws=aws) else None
        stored = None if asked or ecr else _stored(endpoint)
        from_ = From(endpoint=endpoint, repository=repository, credentials=asked or stored, ecr=ecr)
        with data_folder(settings), open_import(settings, from_) as services, bars() as watch:
            lines = asyncio.run(_run(services, selection, options, watch))
    except UpstreamRefusal as refusal:
        fail(f"{refusal.upstream}: {refusal.reason}", UNUSABLE)
    except KeyboardInterrupt:
        fail("stopped; the same command goes on", STOPPED)
    _show(lines, as_json=as_json)
    if any(line.outcome in (Outcome.CONFLICT, Outcome.FAILED) for line in lines):
        sys.exit(FAULTY)


async def _run(
    services: Importing, selection: Selection, options: dict[str, Any], watch: Watch
) -> list[Line]:
    from portside.services.imports import Importer  # noqa: PLC0415 - needs all of it

    importer = Importer(services.origin, services.keeping, **options)
    return [line async for line in importer.run(selection, watch)]


def _parse(source: str) -> tuple[Endpoint, str | None]:
    try:
        return parse_source(source)
    except ValueError as error:
        fail(f"{source[:300]!r} names no registry: {error}", WRONG_USE)


def _is_aws(endpoint: Endpoint, *, aws: bool) -> bool:
    from portside.services.imports.ecr import is_ecr  # noqa: PLC0415 - needs all of it

    return aws or is_ecr(endpoint)


def _ecr(endpoint: Endpoint, profile: str | None) -> Any:
    from portside.services.imports.ecr import ECR  # noqa: PLC0415 - needs all of it

    return ECR(endpoint, profile)


def _ask_password(username: str, *, from_stdin: bool) -> Credentials:
    from portside.services.upstreams.sources import Credentials  # noqa: PLC0415 - needs all of it

    if from_stdin:
        return Credentials(username, sys.stdin.read(PASSWORD_CHARACTERS_MAX).strip())
    return Credentials(username, getpass.getpass("Password: "))


def _stored(endpoint: Endpoint) -> Credentials | None:
    """What ``docker login`` stored in its file; other stores of credentials are not asked."""
    from portside.services.upstreams.sources import Credentials  # noqa: PLC0415 - needs all of it

    address = str(endpoint).partition("://")[2]
    try:
        text = (Path.home() / ".docker" / "config.json").read_text(encoding="utf-8")
        auths = json.loads(text)["auths"]
        entry = auths.get(address) or auths[str(endpoint)]
        user, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return Credentials(user, password) if user and password else None


def _show(lines: list[Line], *, as_json: bool) -> None:
    ordered = sorted(lines, key=lambda line: (line.repository, line.tag or ""))
    if as_json:
        typer.echo(json.dumps([_row(line) for line in ordered], indent=2))
        return
    for line in ordered:
        name = f"{line.repository}:{line.tag}" if line.tag else line.repository
        detail = f": {line.detail}" if line.detail else ""
        if line.outcome is not Outcome.PRESENT:
            typer.echo(f"{line.outcome.value:9} {name}{detail}")
    counts = {outcome: sum(line.outcome is outcome for line in lines) for outcome in Outcome}
    typer.echo(
        ", ".join(f"{count} {outcome.value}" for outcome, count in counts.items() if count)
        or "nothing is there"
    )


def _row(line: Line) -> dict[str, Any]:
    return {
        "repository": line.repository,
        "tag": line.tag,
        "digest": line.digest,
        "outcome": line.outcome.value,
        "detail": line.detail,
    }
