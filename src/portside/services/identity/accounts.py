"""Accounts, their root users and aliases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from portside.access.sealing import Seal, access_key_purpose
from portside.identity.identities import Kind
from portside.identity.refusals import EntityAlreadyExists, NoSuchEntity, Thing
from portside.metadata import access_keys, accounts, principals, repositories
from portside.metadata.accounts import Account
from portside.metadata.database import Database, Transaction
from portside.metadata.principals import AccessKey, Principal
from portside.names.accounts import AccountId, RegistryId
from portside.names.arns import root_arn
from portside.services.identity.ids import access_key_pair, unique_id


@dataclass(frozen=True, slots=True)
class RootCredentials:
    """An access key of an account's root user."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


class Accounts:
    """Makes accounts and their first credentials."""

    def __init__(self, database: Database, seal: Seal, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock

    def ensure_root(
        self, account: AccountId, preset: RootCredentials | None
    ) -> RootCredentials | None:
        """Make sure that an account, its root user and a root access key are there.

        With ``preset`` that access key is the root's; its other keys stay. Returns credentials only
        if they were made now: their secret is not to be had again.
        """
        now = self._clock()
        with self._database.write() as tx:
            root = principals.find_principal(tx, root_arn(account))
            if root is None:
                root = _new_root(account)
                principals.insert_account(tx, root, now)
            if preset is not None:
                self._put(tx, root, preset, now)
                return None
            if principals.list_access_key_ids(tx, root.arn):
                return None
            return self._make_key(tx, root, now)

    def create(self, account: AccountId, alias: str | None) -> RootCredentials:
        """Make an account with its root user and a root access key, whose secret is shown once.

        Raises:
            EntityAlreadyExists: there is such an account, or its alias is another's.
        """
        now = self._clock()
        with self._database.write() as tx:
            if principals.find_principal(tx, root_arn(account)) is not None:
                raise EntityAlreadyExists(Thing.ACCOUNT, account.text)
            root = _new_root(account)
            principals.insert_account(tx, root, now)
            if alias is not None:
                _put_alias(tx, account, alias)
            return self._make_key(tx, root, now)

    def rotate_root(self, account: AccountId, *, delete: bool) -> RootCredentials:
        """Give the root user a new access key; its others are inactive from now on, or deleted.

        Raises:
            NoSuchEntity: there is no such account.
        """
        now = self._clock()
        with self._database.write() as tx:
            root = principals.find_principal(tx, root_arn(account))
            if root is None:
                raise NoSuchEntity(Thing.ACCOUNT, account.text)
            for key_id in principals.list_access_key_ids(tx, root.arn):
                if delete:
                    access_keys.delete_access_key(tx, key_id)
                else:
                    access_keys.put_access_key_active(tx, key_id, active=False)
            return self._make_key(tx, root, now)

    def list(self) -> list[Account]:
        """Every account, by id."""
        with self._database.read() as tx:
            return accounts.list_accounts(tx)

    def alias(self, account: AccountId) -> str | None:
        """The account's alias, or ``None``."""
        with self._database.read() as tx:
            return accounts.find_alias(tx, account)

    def put_alias(self, account: AccountId, alias: str) -> None:
        """Name an account (IAM CreateAccountAlias); the alias before is gone.

        Raises:
            EntityAlreadyExists: it is another account's.
        """
        with self._database.write() as tx:
            _put_alias(tx, account, alias)

    def delete_alias(self, account: AccountId, alias: str) -> None:
        """Take an account's alias away (IAM DeleteAccountAlias).

        Raises:
            NoSuchEntity: the account's alias is another, or it has none.
        """
        with self._database.write() as tx:
            if accounts.find_alias(tx, account) != alias:
                raise NoSuchEntity(Thing.ALIAS, alias)
            accounts.put_alias(tx, account, None)

    def configure_registry(self, registry: RegistryId, *, oci_strict: bool | None) -> bool:
        """Set whose rules a registry follows; ``None`` is the server's default.

        Returns whether there is such an account.
        """
        with self._database.write() as tx:
            if principals.find_principal(tx, root_arn(registry.account)) is None:
                return False
            repositories.put_registry_strictness(tx, registry, oci_strict=oci_strict)
        return True

    def _make_key(self, tx: Transaction, root: Principal, now: datetime) -> RootCredentials:
        made = RootCredentials(*access_key_pair())
        self._put(tx, root, made, now)
        return made

    def _put(
        self, tx: Transaction, root: Principal, credentials: RootCredentials, now: datetime
    ) -> None:
        purpose = access_key_purpose(credentials.access_key_id)
        present = principals.find_access_key(tx, credentials.access_key_id)
        if present and present.active:
            secret = self._seal.open_text(present.sealed_secret, purpose)
            if secret == credentials.secret_access_key:
                return
        key = AccessKey(
            id=credentials.access_key_id,
            sealed_secret=self._seal.seal_text(credentials.secret_access_key, purpose),
            active=True,
            principal=root,
        )
        principals.put_access_key(tx, key, now)


def _put_alias(tx: Transaction, account: AccountId, alias: str) -> None:
    owner = accounts.find_account_of_alias(tx, alias)
    if owner is not None and owner != account:
        raise EntityAlreadyExists(Thing.ALIAS, alias)
    accounts.put_alias(tx, account, alias)


def _new_root(account: AccountId) -> Principal:
    return Principal(
        arn=root_arn(account),
        account=account,
        kind=Kind.ROOT.value,
        unique_id=unique_id(Kind.ROOT),
    )
