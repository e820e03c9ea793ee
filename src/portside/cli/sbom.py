"""``portside sbom``: what an image holds, as a bill of materials."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.digests import Digest
from portside.names.errors import Refusal
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag

if TYPE_CHECKING:
    from portside.registry.images import Target

FORMS = ("cyclonedx", "spdx")
LATEST = "latest"


@setting_options
def sbom(
    image: Annotated[str, typer.Argument(help="NAME, NAME:TAG or NAME@DIGEST")],
    *,
    form: Annotated[str, typer.Option("--format", help="cyclonedx or spdx")] = "cyclonedx",
    output: Annotated[
        Path | None, typer.Option("--output", help="File to write instead of standard output.")
    ] = None,
    attach: Annotated[
        bool, typer.Option("--attach", help="Push the bill as a referrer of the image.")
    ] = False,
    **flags: Any,
) -> None:
    """Show an image's packages as CycloneDX 1.6 or SPDX 2.3, or attach them to it."""
    if form not in FORMS:
        fail(f"--format is {form!r}, but must be one of {', '.join(FORMS)}", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside.server.boms import open_boms  # noqa: PLC0415 - only this command needs it
    from portside.services.scanning.boms import attach as push  # noqa: PLC0415 - as above
    from portside.services.scanning.scanners import ScanFailed  # noqa: PLC0415 - as above

    registry = RegistryId(AccountId(settings.account), Region(settings.region))
    with data_folder(settings), open_boms(settings) as services:
        try:
            name, target = parse_image(image)
            bom = services.boms.make(registry, name, target, form)
            pushing = push(bom, services.images, services.uploads) if attach else None
            pushed = asyncio.run(pushing) if pushing is not None else None
        except (Refusal, ScanFailed) as error:
            fail(f"{image}: {str(error) or type(error).__name__}", UNUSABLE)
    if pushed is not None:
        typer.echo(f"attached {pushed} to {name}@{bom.image.digest}")
    elif output is not None:
        output.write_bytes(bom.content + b"\n")
        typer.echo(f"wrote {output}")
    else:
        sys.stdout.buffer.write(bom.content + b"\n")


def parse_image(text: str) -> tuple[RepositoryName, Target]:
    """The repository and image that a reference names; without a tag, ``latest``.

    Raises:
        MalformedName: the name, tag or digest is malformed.
    """
    from portside.registry.images import Target  # noqa: PLC0415 - kept beside its only use

    name, at, digest = text.partition("@")
    if at:
        return RepositoryName(name), Target(None, Digest(digest))
    name, _, tag = text.partition(":")
    return RepositoryName(name), Target(Tag(tag or LATEST), None)
