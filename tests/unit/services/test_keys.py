"""The server's keys: the database alone reveals nothing, and the secrets key can be changed."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.stores.databases import open_database

from portside.access.sealing import access_key_purpose
from portside.metadata import principals, secrets
from portside.metadata.database import Database
from portside.metadata.migrations import upgrade
from portside.metadata.principals import AccessKey, Principal
from portside.metadata.sqlite import SQLiteDatabase
from portside.names.accounts import AccountId
from portside.names.arns import Arn
from portside.services.keys import TOKEN_KEY, Keys, SecretsKeyWrong, is_sealed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIRST, SECOND = b"1" * 32, b"2" * 32
PLAIN_SECRET = "a-plain-secret-that-must-not-stay"  # noqa: S105 - made up
PLAIN_KEY = b"plain-token-key-that-must-not-go"
KEY_ID = "AKIAEXAMPLE123456"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path / "db")) as made:
        upgrade(made)
        yield made


def _files(database: Database) -> bytes:
    assert isinstance(database, SQLiteDatabase)
    folder = database.path.parent
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


def _put_plain_rows(database: Database) -> None:
    root = Principal(
        arn=Arn("arn:aws:iam::123456789012:root"),
        account=AccountId("123456789012"),
        kind="root",
        unique_id="AIDAROOT",
    )
    key = AccessKey(id=KEY_ID, sealed_secret=PLAIN_SECRET, active=True, principal=root)
    with database.write() as tx:
        principals.insert_account(tx, root, NOW)
        principals.put_access_key(tx, key, NOW)
        secrets.insert_secret(tx, TOKEN_KEY, PLAIN_KEY)


def test_keys_are_made_once(database: Database) -> None:
    assert not is_sealed(database)
    made = []
    for _ in range(2):
        keys = Keys(database, FIRST)
        seal = keys.open_seal()
        made.append((keys.token_key(seal), keys.session_key(seal)))
    assert is_sealed(database)
    assert made[0] == made[1]
    assert made[0][0] != made[0][1]
    assert made[0][0] not in _files(database)


def test_plain_rows_are_sealed_at_the_first_start(database: Database) -> None:
    """What earlier versions kept plain works on, and nothing of it stays in the files."""
    _put_plain_rows(database)
    assert PLAIN_SECRET.encode() in _files(database)
    keys = Keys(database, FIRST)
    seal = keys.open_seal()
    assert keys.token_key(seal) == PLAIN_KEY
    with database.read() as tx:
        held = principals.find_access_key(tx, KEY_ID)
    assert held is not None
    assert seal.open_text(held.sealed_secret, access_key_purpose(KEY_ID)) == PLAIN_SECRET
    content = _files(database)
    assert PLAIN_SECRET.encode() not in content
    assert PLAIN_KEY not in content


def test_another_secrets_key_opens_nothing(database: Database) -> None:
    Keys(database, FIRST).open_seal()
    with pytest.raises(SecretsKeyWrong, match="--secrets-key-file"):
        Keys(database, SECOND).open_seal()


def test_the_secrets_key_can_be_changed(database: Database) -> None:
    """The new one opens the same secrets, the old one none, and an open seal goes on."""
    keys = Keys(database, FIRST)
    seal = keys.open_seal()
    token_key = keys.token_key(seal)
    sealed = seal.seal(b"before", "x")
    keys.change_secrets_key(SECOND)
    anew = Keys(database, SECOND)
    assert anew.open_seal().open(sealed, "x") == b"before"
    assert anew.open_seal().open(seal.seal(b"after", "x"), "x") == b"after"
    assert anew.token_key(anew.open_seal()) == token_key
    with pytest.raises(SecretsKeyWrong):
        Keys(database, FIRST).open_seal()


def test_nothing_to_change_before_the_first_start(database: Database) -> None:
    with pytest.raises(SecretsKeyWrong, match="start the server once"):
        Keys(database, FIRST).change_secrets_key(SECOND)
