"""Opening a database: by its URL, or as a file where there is none."""

from __future__ import annotations

from pathlib import Path

from portside.metadata.database import Database
from portside.metadata.sqlite import FILE_NAME, SQLiteDatabase

_ANNOUNCEMENTS = "commits"


def open_database(url: str | None, folder: Path, *, connections: int = 5) -> Database:
    """The database of a URL; without one, the file in the folder.

    ``folder`` is this node's own in either case.
    """
    if url is None:
        return SQLiteDatabase(folder / FILE_NAME)
    # The driver takes time and memory that a node with a file does not need.
    from portside.metadata.postgresql import PostgreSQLDatabase  # noqa: PLC0415 - see above

    return PostgreSQLDatabase(url, folder / _ANNOUNCEMENTS, connections=connections)
