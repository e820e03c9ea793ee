"""The server's own keys, and the sealing of what must not lie plain in the database.

Every secret is sealed under one sealing key, and that under the secrets key, which the database
never sees. So the secrets key can be changed in one row while servers run.
"""

from __future__ import annotations

import secrets

from portside.access.sealing import KEY_BYTES, Seal, SealBroken, access_key_purpose
from portside.metadata import secrets as rows
from portside.metadata.database import Database, Transaction

SEALING_KEY = "sealing-key"
TOKEN_KEY = "token-signing-key"  # noqa: S105 - the name of a row
SESSION_KEY = "session-key"


class SecretsKeyWrong(OSError):  # noqa: N818 - named for what it tells
    """The secrets key given does not open this database's secrets."""


def is_sealed(database: Database) -> bool:
    """Whether this database's secrets are sealed already."""
    with database.read() as tx:
        return rows.find_secret(tx, SEALING_KEY) is not None


class Keys:
    """The keys of one database. Each is made on first use and is the same ever after."""

    def __init__(self, database: Database, secrets_key: bytes) -> None:
        self._database = database
        self._outer = Seal(secrets_key)

    def open_seal(self) -> Seal:
        """The seal of this database's secrets.

        The first time, whatever lies plain is sealed and nothing of it stays in the file.

        Raises:
            SecretsKeyWrong: another secrets key sealed them.
        """
        with self._database.read() as tx:
            sealed = rows.find_secret(tx, SEALING_KEY)
        if sealed is None:
            sealed, was_plain = self._begin()
            if was_plain:
                self._database.compact()
        return Seal(_open(self._outer, sealed))

    def token_key(self, seal: Seal) -> bytes:
        """The key under which registry tokens are signed."""
        return self._own_key(seal, TOKEN_KEY)

    def session_key(self, seal: Seal) -> bytes:
        """The key under which session tokens are sealed."""
        return self._own_key(seal, SESSION_KEY)

    def change_secrets_key(self, secrets_key: bytes) -> None:
        """Let another secrets key open this database's secrets, and the present one no more.

        Raises:
            SecretsKeyWrong: the present one does not open them.
        """
        with self._database.write() as tx:
            sealed = rows.find_secret(tx, SEALING_KEY)
            if sealed is None:
                raise SecretsKeyWrong("nothing is sealed here yet: start the server once")
            key = _open(self._outer, sealed)
            rows.replace_secret(tx, SEALING_KEY, Seal(secrets_key).seal(key, SEALING_KEY))
        self._outer = Seal(secrets_key)
        self._database.compact()

    def _begin(self) -> tuple[bytes, bool]:
        with self._database.write() as tx:
            sealed = rows.find_secret(tx, SEALING_KEY)
            if sealed is not None:
                return sealed, False
            key = secrets.token_bytes(KEY_BYTES)
            was_plain = _seal_all(tx, Seal(key))
            sealed = self._outer.seal(key, SEALING_KEY)
            rows.insert_secret(tx, SEALING_KEY, sealed)
            return sealed, was_plain

    def _own_key(self, seal: Seal, name: str) -> bytes:
        with self._database.read() as tx:
            held = rows.find_secret(tx, name)
        if held is None:
            with self._database.write() as tx:
                held = rows.find_secret(tx, name)
                if held is None:
                    held = seal.seal(secrets.token_bytes(KEY_BYTES), name)
                    rows.insert_secret(tx, name, held)
        return _open(seal, held, name)


def _seal_all(tx: Transaction, seal: Seal) -> bool:
    own = rows.list_secrets(tx)
    for name, value in own:
        rows.replace_secret(tx, name, seal.seal(value, name))
    keys = rows.list_access_key_secrets(tx)
    for key_id, secret in keys:
        sealed = seal.seal_text(secret, access_key_purpose(key_id))
        rows.replace_access_key_secret(tx, key_id, sealed)
    return bool(own or keys)


def _open(seal: Seal, sealed: bytes, name: str = SEALING_KEY) -> bytes:
    try:
        return seal.open(sealed, name)
    except SealBroken as error:
        raise SecretsKeyWrong(
            "the secrets key does not open its secrets; give the key that it was made with "
            "(--secrets-key-file or PORTSIDE_SECRETS_KEY)"
        ) from error
