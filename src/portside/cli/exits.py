"""How commands end when they cannot go on: one clear line, and a status."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from portside.registry.refusals import DatabaseUnavailable, StoreUnavailable
from portside.settings import InvalidSetting, Resolved, Settings, resolve

UNUSABLE = 1
WRONG_USE = 2
FAULTY = 3
"""The command did its work and found that not all is as it should be."""

STOPPED = 130
"""Ctrl-C: 128 and the signal's number, as shells tell it."""


def fail(message: str, status: int) -> NoReturn:
    """End with this message and status."""
    typer.echo(f"portside: {message}", err=True)
    sys.exit(status)


def resolve_settings(flags: dict[str, Any]) -> Resolved:
    """The settings that a command's options, the environment and the file make."""
    try:
        return resolve(flags)
    except InvalidSetting as error:
        fail(str(error), WRONG_USE)


@contextmanager
def data_folder(settings: Settings) -> Iterator[None]:
    """Tell of a data folder that cannot be used."""
    try:
        yield
    except OSError as error:
        what = "database or the data folder" if settings.database else "data folder"
        fail(f"the {what} {settings.data} cannot be used: {error}", UNUSABLE)
    except StoreUnavailable as error:
        fail(f"the store of the blobs cannot be used: {error.reason}", UNUSABLE)
    except DatabaseUnavailable as error:
        fail(f"the database cannot be used: {error.reason}", UNUSABLE)
