"""Locks on numbers between all nodes: advisory locks of one session of this process.

However many are held and however long, they take one connection. They end with it: whoever dies
has let go of all, and whoever lives asks whether the session has lived as long as its lock.
"""

from __future__ import annotations

import threading
from typing import Any, Final

import psycopg
import structlog

from portside.metadata.postgresql.database import with_defaults
from portside.registry.refusals import DatabaseUnavailable

_ALONE: Final = -1
_SESSION: Final = (
    # So that the server, too, notices soon when a node has lost its power or its network.
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)

_log = structlog.get_logger()


class SessionLocks:
    """The locks that this process holds; for all threads. Connects when the first is taken."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._turn = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._session = 0
        # The session may take its own locks again and again: between threads these numbers tell.
        self._held: dict[int, int] = {}

    def try_take(self, place: int, *, alone: bool) -> int | None:
        """Lock a number, alone or with others who share it; ``None`` where somebody is in the way.

        Returns the session, for :meth:`give_back` and :meth:`is_held`.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        with self._turn:
            # First, for a new session holds nothing.
            self._connect()
            held = self._held.get(place, 0)
            if held == _ALONE or (alone and held):
                return None
            if not held and not self._ask(
                f"SELECT pg_try_advisory_lock{'' if alone else '_shared'}({place:d})"
            ):
                return None
            self._held[place] = _ALONE if alone else held + 1
            return self._session

    def give_back(self, place: int, session: int) -> None:
        """Unlock a number; nothing where the session has ended."""
        with self._turn:
            if session != self._session or self._connection is None:
                return
            held = self._held.pop(place)
            if held > 1:
                self._held[place] = held - 1
                return
            kind = "" if held == _ALONE else "_shared"
            try:
                self._ask(f"SELECT pg_advisory_unlock{kind}({place:d})")
            except DatabaseUnavailable:
                _log.warning("locks ended with their session")

    def is_held(self, session: int) -> bool:
        """Whether what was locked in a session still is."""
        with self._turn:
            try:
                return (
                    session == self._session
                    and self._connection is not None
                    and self._ask("SELECT true")
                )
            except DatabaseUnavailable:
                return False

    def close(self) -> None:
        """End the session, and with it all locks."""
        with self._turn:
            self._forget()

    def _connect(self) -> None:
        if self._connection is not None:
            try:
                self._ask("SELECT true")
            except DatabaseUnavailable:
                _log.warning("a session with locks has ended; another is begun")
            else:
                return
        url = with_defaults(self._url)
        _, options = url.get_dialect()().create_connect_args(url)
        try:
            self._connection = psycopg.connect(**options, autocommit=True)
            self._connection.execute(_SESSION)
        except psycopg.Error as error:
            self._forget()
            raise DatabaseUnavailable(str(error).strip()) from error

    def _ask(self, query: str) -> bool:
        if self._connection is None:
            raise DatabaseUnavailable("no session")
        try:
            row = self._connection.execute(query.encode()).fetchone()
        except psycopg.Error as error:
            self._forget()
            raise DatabaseUnavailable(str(error).strip()) from error
        return bool(row and row[0])

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._session += 1
        self._held.clear()
