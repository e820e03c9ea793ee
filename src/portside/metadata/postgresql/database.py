"""Transactions on PostgreSQL.

One transaction writes at a time, on all nodes: it takes an advisory lock first, so what it reads
(READ COMMITTED) is as everybody before it left it. Reading waits for nobody. A connection that
has died since it was last used is found out by BEGIN, before anything was done, and replaced.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import structlog
from sqlalchemy import Connection, Select, create_engine
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from portside.metadata.database import Transaction, collect_changes
from portside.metadata.postgresql.announcements import Announcements
from portside.metadata.postgresql.freshness import PostgreSQLFreshness
from portside.metadata.postgresql.notices import CHANNEL, Notices, compose_notice
from portside.metadata.postgresql.texts import order_by_bytes
from portside.registry.refusals import DatabaseUnavailable

WAIT_SECONDS_MAX: Final = 30
"""How long to wait for the turn to write, or for a connection."""

_IDLE_SECONDS_MAX: Final = 60
"""A writer that does nothing for so long is dead or cut off: its lock is needed by others."""

_WRITE_LOCK: Final = 0x706F7274
_ALONE_LOCK: Final = 0x706F7275
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
    f"SET LOCAL lock_timeout = '{WAIT_SECONDS_MAX}s'; "
    f"SET LOCAL idle_in_transaction_session_timeout = '{_IDLE_SECONDS_MAX}s'; "
    f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})"
)
_WRITE_PROGRESS = f"{_WRITE}; SET LOCAL synchronous_commit = off"
_DEFAULTS: Final = {
    "application_name": "portside",
    "client_encoding": "utf8",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}


_log = structlog.get_logger()


class PostgreSQLDatabase:
    """A database of a PostgreSQL server.

    ``announcements`` is a file that all processes of this node share; ``connections`` is how many
    each keeps open at most, beside one that listens.
    """

    def __init__(self, url: str, announcements: Path, *, connections: int = 5) -> None:
        self._engine = _engine(url, connections)
        self._announcements = Announcements(announcements)
        self._write_lock = threading.Lock()
        self._notices: Notices | None = None
        self._starting = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view of the database as it is now.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        with _refusing(), self._begin(_READ) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that commits, durably, when its block ends and rolls back if it raises.

        Raises:
            DatabaseUnavailable: it cannot be reached, or others wrote for too long.
        """
        with self._write(_WRITE) as tx:
            yield tx

    @contextmanager
    def write_progress(self) -> Iterator[Transaction]:
        """As :meth:`write`, but a crash of the database may undo the last of them."""
        with self._write(_WRITE_PROGRESS) as tx:
            yield tx

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A block in which no other process is that has asked for the same."""
        with _refusing(), self._begin("SELECT 1") as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_ALONE_LOCK})")
            try:
                yield
            finally:
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_ALONE_LOCK})")

    def finish_schema(self, tx: Transaction) -> None:
        """Have texts compared by their bytes, and of any length, as SQLite has them."""
        order_by_bytes(tx)

    def compact(self) -> None:
        """Write those tables anew that hold secrets, so that no old one stays in their files."""
        with _refusing(), self._begin("SELECT 1") as connection:
            connection.exec_driver_sql("VACUUM FULL secrets, access_keys")

    def freshness(self) -> PostgreSQLFreshness:
        """A new proof that what one thread remembers is still so."""
        with self._starting:
            if self._notices is None:
                self._notices = Notices(self._connect, self._announcements)
        return PostgreSQLFreshness(self._notices, self._scalar)

    def close(self) -> None:
        """Close every connection."""
        if self._notices is not None:
            self._notices.close()
        self._engine.dispose()
        self._announcements.close()

    @contextmanager
    def _write(self, begin: str) -> Iterator[Transaction]:
        # First on a lock of this process, so that at most one of its connections waits.
        if not self._write_lock.acquire(timeout=WAIT_SECONDS_MAX):
            raise _unavailable("too much is being written")
        try:
            with _refusing(), self._begin(begin) as connection:
                changes = collect_changes(connection)
                yield connection
                number = self._announcements.announce()
                notice = compose_notice(self._announcements.node, number, changes)
                connection.exec_driver_sql(f"NOTIFY {CHANNEL}, '{notice}'; COMMIT")
        finally:
            self._write_lock.release()

    @contextmanager
    def _begin(self, statement: str) -> Iterator[Connection]:
        connection = self._engine.connect()
        try:
            try:
                connection.exec_driver_sql(statement)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                # It had died while nobody used it, and with it all others of the pool.
                connection.close()
                connection = self._engine.connect()
                connection.exec_driver_sql(statement)
            yield connection
        finally:
            # Rolls back what was not committed.
            connection.close()

    def _scalar(self, query: Select[Any, Any, Any], values: Mapping[str, Any]) -> int | None:
        with _refusing():
            try:
                return self._ask(query, values)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return self._ask(query, values)

    def _ask(self, query: Select[Any, Any, Any], values: Mapping[str, Any]) -> int | None:
        with self._engine.connect() as connection:
            found: int | None = connection.scalar(query, values)
            return found

    def _connect(self) -> psycopg.Connection[Any]:
        _, options = self._engine.dialect.create_connect_args(self._engine.url)
        return psycopg.connect(**options, autocommit=True)


def _unavailable(reason: str) -> DatabaseUnavailable:
    _log.warning("the database cannot be used", reason=reason)
    return DatabaseUnavailable(reason)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise _unavailable(str(error.orig).strip() or "no answer") from error
    except PoolExhausted as error:
        raise _unavailable("all connections are in use") from error


def _engine(url: str, connections: int) -> Engine:
    # BEGIN and COMMIT are ours: the driver's own would need a round trip more.
    return create_engine(
        with_defaults(url),
        isolation_level="AUTOCOMMIT",
        pool_size=connections,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS_MAX,
        query_cache_size=500,
    )


def with_defaults(url: str) -> URL:
    """The URL with this driver, and with what makes a dead connection known soon."""
    made = make_url(url).set(drivername="postgresql+psycopg")
    return made.update_query_dict({**_DEFAULTS, **made.query})
