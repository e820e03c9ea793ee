"""Migrations: they end in the schema that the tables declare, and keep what was there."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from tests.stores.databases import open_database

import portside.metadata.migrations as migrations_package
from portside.identity.identities import Kind
from portside.metadata import principals
from portside.metadata.database import Transaction
from portside.metadata.identities import find_identity_of_arn
from portside.metadata.migrations import HEAD, upgrade
from portside.metadata.tables import metadata

FOLDER = str(Path(migrations_package.__file__ or "").parent)


def config(tx: Transaction) -> Config:
    made = Config()
    made.set_main_option("script_location", FOLDER)
    made.attributes["connection"] = tx
    return made


def test_the_migrated_schema_is_the_declared_one(tmp_path: Path) -> None:
    database = open_database(tmp_path / "db", migrated=False)
    upgrade(database)
    with database.read() as tx:
        differences = compare_metadata(MigrationContext.configure(tx), metadata)
    assert differences == []
    database.close()


def test_the_newest_revision_is_the_only_end() -> None:
    scripts = ScriptDirectory(FOLDER)
    assert scripts.get_heads() == [HEAD]
    revisions = [revision.revision for revision in scripts.walk_revisions()]
    assert revisions == [f"{number:04}" for number in range(len(revisions), 0, -1)]


def test_every_revision_can_be_taken_back_and_made_again(tmp_path: Path) -> None:
    database = open_database(tmp_path / "db", migrated=False)
    upgrade(database)
    with database.write() as tx:
        command.downgrade(config(tx), "base")
    upgrade(database)
    database.close()


def test_counts_begin_with_what_is_there(tmp_path: Path) -> None:
    """Images, tags and repositories of an older version are counted by the migration."""
    database = open_database(tmp_path / "db", migrated=False)
    with database.write() as tx:
        command.upgrade(config(tx), "0001")
        for statement in (
            "INSERT INTO accounts VALUES ('123456789012', 0)",
            (
                "INSERT INTO repositories VALUES"
                " (1, '123456789012', 'us-east-1', 'a', 0, 'MUTABLE', '[]', false, 'AES256',"
                " NULL, 1),"
                " (2, '123456789012', 'us-east-1', 'b', 0, 'MUTABLE', '[]', false, 'AES256',"
                " NULL, 1)"
            ),
            (
                "INSERT INTO images VALUES"
                " (1, 1, 'sha256:1', 'm', NULL, NULL, NULL, 1, 1, 0, NULL),"
                " (2, 1, 'sha256:2', 'm', NULL, NULL, NULL, 1, 1, 0, NULL)"
            ),
            "INSERT INTO tags VALUES (1, 'latest', 2, 0)",
        ):
            tx.execute(text(statement))
    upgrade(database)

    def rows(query: str) -> list[Any]:
        with database.read() as tx:
            return [tuple(row) for row in tx.execute(text(query))]

    images = rows("SELECT id, tagged, storage_class FROM images ORDER BY id")
    assert images == [(1, 0, "STANDARD"), (2, 1, "STANDARD")]
    assert rows("SELECT image_count FROM repositories ORDER BY id") == [(2,), (0,)]
    assert rows("SELECT region, repository_count FROM registries") == [("us-east-1", 2)]
    database.close()


def test_root_users_and_their_keys_become_identities_and_back(tmp_path: Path) -> None:
    """What signed before signs after, whichever way the schema is moved."""
    database = open_database(tmp_path / "db", migrated=False)
    key = ("AKIA1", "secret", 1)
    with database.write() as tx:
        command.upgrade(config(tx), "0001")
        for statement in (
            "INSERT INTO accounts VALUES ('123456789012', 5)",
            (
                "INSERT INTO principals VALUES"
                " ('arn:aws:iam::123456789012:root', '123456789012', 'root', 'AIDA1', 6)"
            ),
            (
                "INSERT INTO access_keys VALUES"
                " ('AKIA1', 'arn:aws:iam::123456789012:root', 'secret', true, 7)"
            ),
        ):
            tx.execute(text(statement))
    upgrade(database)
    with database.read() as tx:
        found = principals.find_access_key(tx, "AKIA1")
        root = find_identity_of_arn(tx, "arn:aws:iam::123456789012:root")
    assert found is not None
    assert (found.id, found.sealed_secret, found.active) == key
    assert found.principal.unique_id == "AIDA1"
    assert root is not None
    assert (root.kind, root.path, root.tags) == (Kind.ROOT, "/", {})
    with database.write() as tx:
        command.downgrade(config(tx), "0001")
        rows = tx.execute(text("SELECT id, secret, active FROM access_keys")).all()
        held = tx.execute(text("SELECT unique_id, created_at FROM principals")).all()
    assert [tuple(row) for row in rows] == [key]
    assert [tuple(row) for row in held] == [("AIDA1", 6)]
    database.close()
