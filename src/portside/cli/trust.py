"""``portside trust``: how clients are made to trust this server's own authority."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options
from portside.cli.trust_texts import INSTRUCTIONS
from portside.settings import Settings

STORES: Final = (
    (Path("/usr/local/share/ca-certificates"), ("update-ca-certificates",)),
    (Path("/etc/pki/ca-trust/source/anchors"), ("update-ca-trust", "extract")),
)
"""Where Debian's and Red Hat's systems take authorities from, and the command that does it."""


@setting_options
def trust(
    program: Annotated[
        str | None, typer.Argument(help=f"Only for one of {', '.join(INSTRUCTIONS)}.")
    ] = None,
    *,
    install: Annotated[
        bool, typer.Option("--install", help="Have this machine trust it (Debian, Red Hat; root).")
    ] = False,
    pem: Annotated[bool, typer.Option("--pem", help="Print the authority's certificate.")] = False,
    hosts: Annotated[
        bool, typer.Option("--hosts", help="Print lines for /etc/hosts, for --suffix names.")
    ] = False,
    address: Annotated[
        str | None, typer.Option("--address", help="The server's address in those lines.")
    ] = None,
    **flags: Any,
) -> None:
    """Show how clients are made to trust the authority of --tls self-signed, or do it here."""
    settings = resolve_settings(flags).settings
    if program is not None and program not in INSTRUCTIONS:
        fail(f"{program} is none of {', '.join(INSTRUCTIONS)}", WRONG_USE)
    if hosts:
        _show_hosts(settings, address)
        return
    file = _authority(settings)
    if pem:
        typer.echo(file.read_text(encoding="ascii"), nl=False)
    elif install:
        _install(file, _name(file))
    else:
        _show(settings, file, [program] if program else list(INSTRUCTIONS))


def _authority(settings: Settings) -> Path:
    from portside import server  # noqa: PLC0415 - only some commands need all of it

    file = server.authority_files(settings).authority
    with data_folder(settings):
        if settings.tls == "self-signed":
            try:
                server.open_certificates(settings)
            except server.CertificateUnusable as error:
                fail(str(error), UNUSABLE)
    if not file.exists():
        fail(f"there is no authority in {settings.data}: serve with --tls self-signed", UNUSABLE)
    return file.resolve()


def _name(file: Path) -> str:
    """A name that tells this authority's files from others'."""
    from portside import server  # noqa: PLC0415 - as above

    return f"portside-{server.fingerprint(file)[:12]}"


def _show(settings: Settings, file: Path, programs: list[str]) -> None:
    from portside import server  # noqa: PLC0415 - as above
    from portside.cli.first_start import registry  # noqa: PLC0415 - as above

    typer.echo(
        f"The authority is {file}\nIts SHA-256 fingerprint is {server.fingerprint(file)}\n\n"
        f"Copy it to each client (portside trust --pem prints it), and there:"
    )
    words = {"file": str(file), "name": _name(file), "registry": registry(settings)}
    for program in programs:
        instructions = INSTRUCTIONS[program]
        typer.echo(f"\n# {instructions.title}\n{instructions.text.format(**words)}")


def _install(file: Path, name: str) -> None:
    for folder, command in STORES:
        program = shutil.which(command[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
        if program is None or not folder.is_dir():
            continue
        try:
            shutil.copy(file, folder / f"{name}.crt")
        except OSError as error:
            fail(f"{folder} cannot be written: {error.strerror} (only root may)", UNUSABLE)
        done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)  # noqa: S603 - one of STORES
        if done.returncode != 0:
            fail(f"{command[0]} failed: {done.stderr.strip()[-500:]}", UNUSABLE)
        typer.echo(f"This machine trusts {file}, by {folder / name}.crt.")
        return
    fail("this machine is neither Debian's kind nor Red Hat's: see portside trust", UNUSABLE)


def _show_hosts(settings: Settings, address: str | None) -> None:
    if settings.suffix is None:
        fail("--hosts needs --suffix, such as amazonaws.com", WRONG_USE)
    from portside import server  # noqa: PLC0415 - as above

    try:
        accounts = [account.id.text for account in server.list_accounts(settings)]
    except OSError:
        accounts = []
    here = settings.host if settings.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104 - compared, not bound
    for name in server.host_names(settings, [settings.account, *accounts]):
        typer.echo(f"{address or here}\t{name}")
