"""The embedded database: SQLite with write-ahead logging, through SQLAlchemy Core.

Every commit is durable before it is acknowledged (``synchronous=FULL``), except where the caller
says that a power failure may undo it. Any number of processes may share the file. Readers never
wait for a writer; writers wait for one another, first on a lock of their own process, which is
fair, then on SQLite's.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Insert, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

Transaction = Connection
"""An open transaction: what every function of this room takes first."""

BUSY_TIMEOUT_MS = 30_000
FILE_NAME = "portside.sqlite3"
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA cache_size=-1024",
    "PRAGMA journal_size_limit=67108864",
)


class DatabaseUnusable(OSError):  # noqa: N818 - named for what it tells
    """The file is no database of ours, or of a newer version; the message says which."""


class Database:
    """The database file of a data directory."""

    def __init__(self, path: Path, *, connections: int = 20) -> None:
        self.path = path
        self._engine = _engine(path, connections, "FULL")
        # The connection that flushes nothing is used under the write lock: one is enough.
        self._progress_engine = _engine(path, 1, "NORMAL")
        self._write_lock = threading.Lock()
        self._turns = os.open(f"{path}.turns", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for migrations."""
        return self._engine

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
        """As :meth:`write`, but a power failure (no crash of ours) may undo the last of them.

        Everybody sees the commit at once, and the next durable one makes it durable too, so the
        order of commits holds.
        """
        with self._write(self._progress_engine) as tx:
            yield tx

    def compact(self) -> None:
        """Write the file anew, so that nothing of what was deleted or replaced is left in it."""
        with self._write_lock, self._turn(), self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

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


def insert_if_referenced(tx: Transaction, statement: Insert, row: dict[str, Any]) -> bool:
    """Insert a row; ``False`` where one that it refers to is gone. Nothing is left behind then."""
    try:
        tx.execute(statement, row)
    except IntegrityError as error:
        if "FOREIGN KEY" not in str(error.orig):
            raise
        return False
    return True


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
