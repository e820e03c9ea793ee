"""Access keys: two for each user, the secret shown once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final

from portside.access.sealing import Seal, access_key_purpose
from portside.identity.credentials import AccessKeyRecord, KeyUse, NewAccessKey
from portside.identity.identities import Identity
from portside.identity.quotas import check_quota
from portside.identity.refusals import NoSuchEntity, Thing
from portside.metadata import access_keys, identities, principals
from portside.metadata.database import Database, Transaction
from portside.metadata.principals import AccessKey
from portside.names.accounts import AccountId
from portside.services.identity.ids import access_key_pair

WAITING_MAX: Final = 10_000
"""The keys and roles whose uses may wait to be written; further ones are told of by a later use."""


class Used(Enum):
    """What was used, of which IAM tells when."""

    KEY = "access key"
    ROLE = "role"


_User = tuple[Used, str]
"""What was used, and its id."""


class AccessKeys:
    """The access keys of every user, and of root users."""

    def __init__(self, database: Database, seal: Seal, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock

    def create(self, owner: Identity) -> NewAccessKey:
        """Make an access key (IAM CreateAccessKey).

        Raises:
            NoSuchEntity: the owner is gone.
            IAMQuotaExceeded: it has two.
        """
        now = self._clock().replace(microsecond=0)
        key_id, secret = access_key_pair()
        with self._database.write() as tx:
            principal = principals.find_principal(tx, owner.arn)
            if principal is None or principal.unique_id != owner.id:
                raise NoSuchEntity(Thing.USER, owner.name)
            check_quota("AccessKeysPerUser", len(access_keys.list_access_keys(tx, owner)) + 1)
            key = AccessKey(
                id=key_id,
                sealed_secret=self._seal.seal_text(secret, access_key_purpose(key_id)),
                active=True,
                principal=principal,
            )
            principals.put_access_key(tx, key, now)
        return NewAccessKey(id=key_id, secret=secret, created_at=now)

    def list(self, owner: Identity) -> list[AccessKeyRecord]:
        """A user's access keys, the oldest first."""
        with self._database.read() as tx:
            return access_keys.list_access_keys(tx, owner)

    def put_active(self, owner: Identity, key_id: str, *, active: bool) -> None:
        """Let an access key sign, or not (IAM UpdateAccessKey).

        Raises:
            NoSuchEntity: the user has no such key.
        """
        with self._database.write() as tx:
            _require(tx, owner, key_id)
            access_keys.put_access_key_active(tx, key_id, active=active)

    def delete(self, owner: Identity, key_id: str) -> None:
        """Remove an access key (IAM DeleteAccessKey); refuses as :meth:`put_active`."""
        with self._database.write() as tx:
            _require(tx, owner, key_id)
            access_keys.delete_access_key(tx, key_id)

    def find_owner(
        self, account: AccountId, key_id: str
    ) -> tuple[Identity, AccessKeyRecord] | None:
        """Whose an access key of the account is, or ``None``."""
        with self._database.read() as tx:
            found = access_keys.find_access_key_owner(tx, key_id)
        return found if found is not None and found[0].account == account else None


class KeyUses:
    """When access keys and roles were last used; noted in memory, written by batches."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[_User, KeyUse] = {}
        self._lock = threading.Lock()

    def note(self, key_id: str, use: KeyUse) -> None:
        """Remember a use of an access key; nothing waits for it."""
        self._note((Used.KEY, key_id), use)

    def note_role(self, role_id: str, use: KeyUse) -> None:
        """Remember that a session of a role acted (IAM ``RoleLastUsed``); nothing waits for it."""
        self._note((Used.ROLE, role_id), use)

    def write(self) -> None:
        """Write what was noted; what cannot be written waits for the next time."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            with self._database.write_progress() as tx:
                for (used, id_), use in waiting.items():
                    if used is Used.KEY:
                        access_keys.note_access_key_used(tx, id_, use)
                    else:
                        identities.note_role_used(tx, id_, use.region, use.at)
        except BaseException:
            with self._lock:
                self._waiting = waiting | self._waiting
            raise

    def _note(self, user: _User, use: KeyUse) -> None:
        with self._lock:
            if user in self._waiting or len(self._waiting) < WAITING_MAX:
                self._waiting[user] = use


def _require(tx: Transaction, owner: Identity, key_id: str) -> None:
    if key_id not in {key.id for key in access_keys.list_access_keys(tx, owner)}:
        raise NoSuchEntity(Thing.ACCESS_KEY, key_id)
