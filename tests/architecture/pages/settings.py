"""The page of settings, from their table."""

from pathlib import Path

from tests.architecture.pages.tables import code, table

from portside.settings import SETTINGS, Setting
from portside.settings.table import PAIRS, WORKERS_DEFAULT_MAX

HEAD = """# Settings

Each setting is an option of `portside serve` (and of every other command that opens the data
folder), an environment variable, and a key of a TOML file: the option's name with `_` instead of
`-`. The file is `--config FILE`, `PORTSIDE_CONFIG`, or `portside.toml` in the current folder.
Options go before variables, variables before the file, the file before the default. `portside
config show` tells what is in force and where each value comes from.

Secrets have no option, since everybody on a machine can read command lines.

"""
FOOT = """
Set together or not at all: {pairs}.

This page is made from the table of settings: `make docs-reference`.
"""
COMPUTED = {"workers": f"one for each core, at most {WORKERS_DEFAULT_MAX}"}
"""Defaults that depend on the machine."""


def page() -> str:
    """The page as it ought to be."""
    rows = [_row(setting) for setting in SETTINGS]
    pairs = "; ".join(" and ".join(code(name) for name in pair) for pair in PAIRS)
    return (
        HEAD
        + table(("option and variable", "default", "what it does"), rows)
        + FOOT.format(pairs=pairs)
    )


def _row(setting: Setting) -> tuple[str, str, str]:
    names = [code(setting.variable)]
    if isinstance(setting.default, bool):
        names.insert(0, f"{code(setting.flag)}, {code('--no-' + setting.flag[2:])}")
    elif not setting.secret:
        names.insert(0, code(setting.flag))
    return "<br>".join(names), _default(setting), setting.help


def _default(setting: Setting) -> str:
    if setting.name in COMPUTED:
        return COMPUTED[setting.name]
    value = setting.default
    if value is None:
        return ""
    if isinstance(value, bool):
        return code(str(value).lower())
    return code(value.as_posix() if isinstance(value, Path) else str(value))
