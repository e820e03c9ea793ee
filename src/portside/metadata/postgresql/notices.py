"""What the database tells of commits: who committed, and which generations grew.

Every write transaction notifies, in itself, so that the notice comes with the commit or not at
all. A thread of each process listens on a connection of its own. Several times a second it asks
the database for an answer: what was committed before it asked has been told by the time it is
answered. So at any moment it is known up to when everything is known.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import structlog

from portside.metadata.database import EVERYTHING
from portside.metadata.postgresql.announcements import Announcements

CHANNEL: Final = "portside_commits"
STALE_SECONDS_MAX: Final = 1.0
"""How long what another node changed may go unseen, whatever happens to the connection."""

HEARTBEAT_SECONDS: Final = 0.25
RECONNECT_SECONDS: Final = 0.25
KNOWN_MAX: Final = 16_384
"""How many generations are remembered."""

PAYLOAD_BYTES_MAX: Final = 7_000
"""PostgreSQL takes fewer than 8,000."""

_log = structlog.get_logger()


def compose_notice(node: str, number: int, changes: Iterable[str]) -> str:
    """The payload of a commit: its node, its number there, and the generations that grow."""
    payload = " ".join((node, str(number), *sorted(changes)))
    return payload if len(payload) <= PAYLOAD_BYTES_MAX else f"{node} {number} {EVERYTHING}"


@dataclass(frozen=True, slots=True)
class View:
    """What was known when a request began."""

    count: int
    """How many notices had come; grows also whenever some may have been missed."""
    trusted: bool
    """Whether nothing older than the bound, and nothing of this node, can have been missed."""


class Notices:
    """Listens, and remembers generations until a notice names them. For all threads."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection[Any]], announcements: Announcements
    ) -> None:
        self._connect = connect
        self._announcements = announcements
        self._lock = threading.Lock()
        self._known: dict[str, int | None] = {}
        self._count = 0
        self._received = 0
        self._known_until = float("-inf")
        self._stopping = threading.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        self._thread.start()
        # So that the first requests find something to trust; without a database, none does.
        self._listening.wait(STALE_SECONDS_MAX)

    def view(self) -> View:
        """How things stand now; costs no query and no lock."""
        # In this order: what is told between the two looks makes the view older, not falser.
        count = self._count
        lately = time.monotonic() - self._known_until <= STALE_SECONDS_MAX
        return View(count, lately and self._received >= self._announcements.number)

    def generation(self, name: str, view: View, load: Callable[[], int | None]) -> int | None:
        """The generation of this name: what is known, or else what ``load`` reads."""
        if not view.trusted:
            return load()
        with self._lock:
            if name in self._known:
                return self._known[name]
            count = self._count
        value = load()
        with self._lock:
            # A notice that came while it was read may have been about this very thing.
            if self._count == count:
                if len(self._known) >= KNOWN_MAX:
                    self._known.clear()
                self._known[name] = value
        return value

    def close(self) -> None:
        """Listen no more."""
        self._stopping.set()
        self._thread.join(STALE_SECONDS_MAX)

    def _run(self) -> None:
        told = False
        while not self._stopping.is_set():
            try:
                with self._connect() as connection:
                    told = False
                    self._listen(connection)
            except (psycopg.Error, OSError) as error:
                if not told:
                    _log.warning("the database tells of no commits", reason=str(error))
                    told = True
            self._stopping.wait(RECONNECT_SECONDS)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        connection.add_notify_handler(self._note)
        announced = self._announcements.number
        began = time.monotonic()
        connection.execute(f"LISTEN {CHANNEL}")
        with self._lock:
            # Whatever was committed while nobody listened is unknown: begin with nothing known.
            self._known.clear()
            self._count += 1
            self._received = max(self._received, announced)
        self._known_until = began
        self._listening.set()
        while not self._stopping.is_set():
            select.select([connection.fileno()], [], [], HEARTBEAT_SECONDS)
            asked = time.monotonic()
            # Notices that have come are handed to the handler on the way.
            connection.execute("SELECT 1")
            self._known_until = asked

    def _note(self, notice: psycopg.Notify) -> None:
        node, _, rest = notice.payload.partition(" ")
        number, *changes = rest.split(" ")
        with self._lock:
            if EVERYTHING in changes:
                self._known.clear()
            for name in changes:
                self._known.pop(name, None)
            self._count += 1
        # Last: who sees the number must find the rest done.
        if node == self._announcements.node:
            self._received = max(self._received, int(number))
