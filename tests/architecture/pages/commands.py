"""The page of the command line, from the commands themselves."""

from collections.abc import Iterator
from typing import Any

import typer.main
from tests.architecture.pages.tables import code, table

from portside.cli.main import app
from portside.settings import SETTINGS

HEAD = """# Commands

`portside COMMAND --help` shows the same on the spot. Commands that say *takes the settings* also
have every option of the [settings](settings.md), of which `--data` tells them which data folder is
meant; `--config` names a TOML file.

| exit status | meaning |
|---|---|
| 0 | done |
| 1 | could not be done; standard error says why in one line |
| 2 | wrong use: an option or setting that is not understood |
| other | what the command's own text says |

"""
FOOT = "This page is made from the commands: `make docs-reference`.\n"
_SETTINGS = {setting.name for setting in SETTINGS} | {"config"}


def page() -> str:
    """The page as it ought to be."""
    command = typer.main.get_command(app)
    return HEAD + "\n".join(_sections("portside", command)) + "\n" + FOOT


def _sections(path: str, command: Any) -> Iterator[str]:
    below = getattr(command, "commands", None)
    if below is None:
        yield from _section(path, command)
        return
    for name in sorted(below):
        yield from _sections(f"{path} {name}", below[name])


def _section(path: str, command: Any) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    own = [one for one in options if one.name not in _SETTINGS and one.name != "help"]
    takes = any(one.name in _SETTINGS - {"config"} for one in options)
    usage = " ".join([path, *(_usage(one) for one in arguments)])
    yield f"## {path}\n"
    yield f"    {usage}{' [OPTIONS]' if own or takes else ''}\n"
    yield _text(command) + (" *Takes the settings.*" if takes else "") + "\n"
    rows = [(_names(one), _default(one), one.help or "") for one in (*arguments, *own)]
    if rows:
        yield table(("option", "default", "meaning"), rows)


def _text(command: Any) -> str:
    paragraphs = (command.help or "").replace("\b", "").split("\n\n")
    return "\n\n".join(" ".join(one.split()).replace("``", "`") for one in paragraphs)


def _usage(argument: Any) -> str:
    name = (argument.metavar or argument.name).upper()
    shown = f"{name}..." if argument.nargs == -1 else name
    return shown if argument.required else f"[{shown}]"


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return code(_usage(parameter))
    return ", ".join(code(name) for name in (*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Any) -> str:
    value = parameter.default
    if callable(value) or value in (None, "", (), []):
        return "required" if parameter.required else ""
    return code(str(value).lower() if isinstance(value, bool) else str(value))
