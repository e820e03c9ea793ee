"""Proof that what a process remembers is still so.

SQLite counts, per connection, the commits of all other connections and processes (``PRAGMA
data_version``, 3 µs). The connection here never writes, so no commit escapes it: an unchanged
stamp means an unchanged database. When the stamp has moved, generations tell whether the thing in
question is among what changed.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from portside.metadata.principals import IDENTITY

_STAMP = "PRAGMA data_version"
_REPOSITORY = "SELECT generation FROM repositories WHERE id = ?"
_GENERATION = "SELECT value FROM generations WHERE name = ?"


class Freshness:
    """Tells whether anything was committed since. Belongs to one thread.

    Each request asks anew when it begins (:meth:`renew`), so whatever was acknowledged to anybody
    before that is seen by it; within the request the answer holds.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._cursor = self._connection.cursor()
        self.stamp = 0
        """A number that has changed if anything was committed between two renewals."""
        self._identity: tuple[int, int] | None = None
        self.renew()

    def renew(self) -> None:
        """Look whether anything was committed."""
        (self.stamp,) = self._cursor.execute(_STAMP).fetchone()

    def repository_generation(self, repository_id: int) -> int | None:
        """The repository's generation now, or ``None`` where it is gone."""
        row = self._cursor.execute(_REPOSITORY, (repository_id,)).fetchone()
        return int(row[0]) if row else None

    def identity_generation(self) -> int:
        """The generation of accounts, principals and credentials now."""
        return self.generation(IDENTITY)

    def generation(self, name: str) -> int:
        """The generation of this name now; 0 where nothing has made it grow."""
        row = self._cursor.execute(_GENERATION, (name,)).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
