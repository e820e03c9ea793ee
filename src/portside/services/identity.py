"""Accounts and their root users."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from portside.access.sealing import Seal, access_key_purpose
from portside.metadata import principals, repositories
from portside.metadata.database import Database, Transaction
from portside.metadata.principals import AccessKey, Principal
from portside.names.accounts import AccountId, RegistryId
from portside.names.arns import root_arn

_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class RootCredentials:
    """An access key of an account's root user."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


class Identity:
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
            made = RootCredentials("AKIA" + _random_id(16), secrets.token_urlsafe(30))
            self._put(tx, root, made, now)
            return made

    def configure_registry(self, registry: RegistryId, *, oci_strict: bool | None) -> bool:
        """Set whose rules a registry follows; ``None`` is the server's default.

        Returns whether there is such an account.
        """
        with self._database.write() as tx:
            if principals.find_principal(tx, root_arn(registry.account)) is None:
                return False
            repositories.put_registry_strictness(tx, registry, oci_strict=oci_strict)
        return True

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


def _new_root(account: AccountId) -> Principal:
    return Principal(
        arn=root_arn(account), account=account, kind="root", unique_id="AIDA" + _random_id(17)
    )


def _random_id(length: int) -> str:
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(length))
