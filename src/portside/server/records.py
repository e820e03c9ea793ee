"""What the command line reads and changes in a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from portside.metadata.accounts import Account
from portside.metadata.database import Database
from portside.metadata.migrations import upgrade
from portside.names.accounts import AccountAlias, AccountId, Region, RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.documents import DocumentChange
from portside.server.clock import now
from portside.server.preparation import open_present
from portside.server.secrets_key import open_keys
from portside.services.identity.accounts import Accounts, RootCredentials
from portside.services.policies import Policies
from portside.settings import Settings

COMMAND_LINE: Final = "portside policy delete"
"""Who histories tell removed a policy, where it was nobody who signs in."""


def policy_history(settings: Settings, repository: str | None) -> list[DocumentChange]:
    """Who changed the policy of a repository, or without one of the registry; the newest first.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
        MalformedName: no repository can have this name.
        RepositoryNotFound: there is no such repository.
    """
    name = RepositoryName(repository) if repository is not None else None
    registry = RegistryId(AccountId(settings.account), Region(settings.region))
    with opened(settings) as database:
        return Policies(database, now).history(registry, name)


def delete_policy(settings: Settings, repository: str | None) -> str:
    """Remove the policy of a repository, or without one of the registry; what it was.

    No policy is asked whether this may be done: who can read and write the data folder may. It is
    the way back from a policy that locks everybody out, also beside running servers.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
        MalformedName: no repository can have this name.
        RepositoryNotFound: there is no such repository.
        RepositoryPolicyNotFound: it has no policy.
        RegistryPolicyNotFound: the registry has none.
    """
    name = RepositoryName(repository) if repository is not None else None
    registry = RegistryId(AccountId(settings.account), Region(settings.region))
    with opened(settings) as database:
        return Policies(database, now).remove(registry, name, COMMAND_LINE)


def create_account(settings: Settings, account: str, alias: str | None) -> RootCredentials:
    """Make an account with its root user; the credentials are not to be had again.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
        MalformedName: no account has such an id, or none can have this alias.
        EntityAlreadyExists: there is such an account, or another has the alias.
    """
    known_as = AccountAlias(alias).text if alias is not None else None
    account_id = AccountId(account)
    with opened(settings) as database:
        seal = open_keys(settings, database).seal
        return Accounts(database, seal, now).create(account_id, known_as)


def list_accounts(settings: Settings) -> list[Account]:
    """Every account, by id.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
    """
    with opened(settings) as database:
        seal = open_keys(settings, database).seal
        return Accounts(database, seal, now).list()


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of a data folder, brought forward, and closed again afterwards."""
    database = open_present(settings)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()
