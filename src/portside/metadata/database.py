"""The embedded database: SQLite with write-ahead logging, through SQLAlchemy Core.

Every commit is durable before it is acknowledged (``synchronous=FULL``). Any number of processes
may share the file. Readers never wait for a writer; writers wait for one another, first on a lock
of their own process, which is fair, then on SQLite's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine

Transaction = Connection
"""An open transaction: what every function of this room takes first."""

BUSY_TIMEOUT_MS = 30_000
FILE_NAME = "portside.sqlite3"
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
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
        self._engine = _engine(path, connections)
        self._write_lock = threading.Lock()

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
        with self._write_lock, self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _engine(path: Path, connections: int) -> Engine:
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
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    return engine
