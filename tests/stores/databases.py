"""Databases for tests: a file, or with ``PORTSIDE_TEST_DATABASE=postgresql`` one of a server."""

from pathlib import Path

from tests.stores import postgresql

from portside.metadata.database import Database
from portside.metadata.migrations import upgrade
from portside.metadata.postgresql import PostgreSQLDatabase
from portside.metadata.sqlite import SQLiteDatabase


def open_database(path: Path, *, migrated: bool = True) -> Database:
    """The database that stands for this path: opened a second time, it is the same.

    With ``migrated`` it has its newest schema, else whatever was made there.
    """
    made: Database
    if postgresql.wanted():
        server = postgresql.session_server()
        url = server.make_database(postgresql.name_of(path), migrated=migrated)
        made = PostgreSQLDatabase(url, path.with_name(f"{path.name}.commits"))
    else:
        made = SQLiteDatabase(path)
    if migrated:
        upgrade(made)
    return made
