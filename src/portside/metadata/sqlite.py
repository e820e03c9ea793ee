"""The embedded database: SQLite with write-ahead logging, through SQLAlchemy Core.

Every commit is durable before it is acknowledged (``synchronous=FULL``), except where the caller
says that a power failure may undo it. Any number of processes may share the file. Readers never
wait for a writer; writers wait for one another, first on a lock of their own process, which is
fair, then on SQLite's.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

from portside.metadata.database import Transaction
from portside.metadata.principals import IDENTITY

BUSY_TIMEOUT_MS = 30_000
FILE_NAME = "portside.sqlite3"
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA cache_size=-1024",
    "PRAGMA journal_size_limit=67108864",
)
_STAMP = "PRAGMA data_version"
_REPOSITORY = "SELECT generation FROM repositories WHERE id = ?"
_GENERATION = "SELECT value FROM generations WHERE name = ?"


class SQLiteDatabase:
    """The database file of a data directory."""

    def __init__(self, path: Path, *, connections: int = 20) -> None:
        self.path = path
        self._engine = _engine(path, connections, "FULL")
        # The connection that flushes nothing is used under the write lock: one is enough.
        self._progress_engine = _engine(path, 1, "NORMAL")
        self._write_lock = threading.Lock()
        self._turns = os.open(f"{path}.turns", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view of the database as it is now."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that commits, durably, when its block ends and rolls back if it raises."""
        with self._write(self._engine) as tx:
            yield tx

    @contextmanager
    def write_progress(self) -> Iterator[Transaction]:
        """As :meth:`write`, but a power failure (no crash of ours) may undo the last of them."""
        with self._write(self._progress_engine) as tx:
            yield tx

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A block in which no other process is that has asked for the same."""
        with Path(f"{self.path}.migrating").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def finish_schema(self, tx: Transaction) -> None:
        """Nothing: SQLite compares texts by their bytes, and any text fits any column."""

    def compact(self) -> None:
        """Write the file anew, so that nothing of what was deleted or replaced is left in it."""
        with self._write_lock, self._turn(), self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def freshness(self) -> SQLiteFreshness:
        """A new proof that what one thread remembers is still so."""
        return SQLiteFreshness(self.path)

    @contextmanager
    def _write(self, engine: Engine) -> Iterator[Transaction]:
        with self._write_lock, self._turn(), engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # Between processes: the kernel wakes the next writer at once, where SQLite would have it
        # sleep for milliseconds and try again.
        fcntl.flock(self._turns, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._turns, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
        self._progress_engine.dispose()
        os.close(self._turns)


class SQLiteFreshness:
    """Whether anything was committed to the file, by anybody.

    SQLite counts, per connection, the commits of all other connections and processes (``PRAGMA
    data_version``, 3 µs). The connection here never writes, so no commit escapes it: an unchanged
    stamp means an unchanged database.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._cursor = self._connection.cursor()
        self.stamp = 0
        """A number that has changed if anything was committed between two renewals."""
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


def _engine(path: Path, connections: int, synchronous: str) -> Engine:
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        pool_size=connections,
        max_overflow=connections,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        query_cache_size=500,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver must leave BEGIN to us: its own comes too late for a consistent read.
        connection.isolation_level = None
        for pragma in (*_PRAGMAS, f"PRAGMA synchronous={synchronous}"):
            connection.execute(pragma)

    return engine
