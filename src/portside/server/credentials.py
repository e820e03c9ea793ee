"""Changing a data folder's credentials from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portside.metadata.database import Database
from portside.metadata.migrations import upgrade
from portside.names.accounts import AccountId
from portside.server import secrets_key
from portside.server.clock import now
from portside.server.preparation import open_present
from portside.services.identity.accounts import Accounts, RootCredentials
from portside.settings import Settings


class RootKeyIsASetting(Exception):  # noqa: N818 - named for what it tells
    """The root user's access key is set by the operator: another one would not last."""


def rotate_root(settings: Settings, *, delete: bool) -> RootCredentials:
    """Give the root user a new access key; the others are inactive from now on, or gone.

    Raises:
        OSError: there is no such data folder, or it cannot be used.
        NoSuchEntity: there is no such account.
        RootKeyIsASetting: the settings name the default account's key.
    """
    if settings.root_access_key_id is not None:
        raise RootKeyIsASetting
    with _opened(settings) as database:
        seal = secrets_key.open_keys(settings, database).seal
        account = AccountId(settings.account)
        return Accounts(database, seal, now).rotate_root(account, delete=delete)


def rotate_secrets_key(settings: Settings) -> Path:
    """Change the secrets key in its file; where that file is.

    Raises:
        OSError: there is no such data folder, or the key or its file cannot be used.
    """
    with _opened(settings) as database:
        return secrets_key.change_secrets_key(settings, database)


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    database = open_present(settings)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()
