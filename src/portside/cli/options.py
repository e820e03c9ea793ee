"""Command line options made from the table of settings."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import typer

from portside.settings import SETTINGS, Setting


def setting_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes ``**flags`` an option for every setting, and ``--config``.

    Secrets get none: a command line is seen by every user of the machine.
    """
    own = [
        parameter
        for parameter in inspect.signature(command, eval_str=True).parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    made = [_parameter(setting) for setting in SETTINGS if not setting.secret]
    config = typer.Option(None, "--config", help="TOML file with settings.")
    made.append(_keyword("config", str | None, config))
    command.__signature__ = inspect.Signature(own + made)  # type: ignore[attr-defined]  # how Typer reads options
    return command


def _parameter(setting: Setting) -> inspect.Parameter:
    if isinstance(setting.default, bool):
        option = typer.Option(None, f"{setting.flag}/--no-{setting.flag[2:]}", help=setting.help)
        return _keyword(setting.name, bool | None, option)
    default = "" if setting.default is None else f" Default: {setting.default}."
    option = typer.Option(None, setting.flag, help=setting.help + default)
    return _keyword(setting.name, str | None, option)


def _keyword(name: str, kind: Any, option: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=option, annotation=kind)
