"""The metadata store, whichever it is: transactions, and what the rest of this room needs of them.

Two implementations stand beside it: :mod:`portside.metadata.sqlite`, a file, and
:mod:`portside.metadata.postgresql`, a server that several nodes share. In both, one transaction
writes at a time, so that what a write transaction has read is still so when it commits.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from sqlalchemy import Connection, Insert
from sqlalchemy.exc import IntegrityError

from portside.metadata.freshness import Freshness

Transaction = Connection
"""An open transaction: what every function of this room takes first."""

_FOREIGN_KEY_VIOLATION = "23503"
_CHANGES = "changes"


class DatabaseUnusable(OSError):  # noqa: N818 - named for what it tells
    """Out of reach, no database of ours, or of a newer version; the message says which."""


class Database(Protocol):
    """Where the rows are. Every method may be called from any thread."""

    def read(self) -> AbstractContextManager[Transaction]:
        """A consistent view of the database as it is now."""

    def write(self) -> AbstractContextManager[Transaction]:
        """A transaction that commits, durably, when its block ends and rolls back if it raises.

        No other one writes meanwhile, in any process.
        """

    def write_progress(self) -> AbstractContextManager[Transaction]:
        """As :meth:`write`, but a power failure (no crash of ours) may undo the last of them.

        Everybody sees the commit at once, and the next durable one makes it durable too, so the
        order of commits holds.
        """

    def alone(self) -> AbstractContextManager[None]:
        """A block in which no other process is that has asked for the same."""

    def finish_schema(self, tx: Transaction) -> None:
        """Make good what a migration cannot say alike for every database."""

    def compact(self) -> None:
        """Leave nothing of those secrets on the disk that were deleted or replaced."""

    def freshness(self) -> Freshness:
        """A new proof that what one thread remembers is still so."""

    def close(self) -> None:
        """Close every connection."""


def collect_changes(tx: Transaction) -> set[str]:
    """From now on, gather what :func:`note_change` is told of this transaction."""
    changes: set[str] = set()
    tx.info[_CHANGES] = changes
    return changes


def note_change(tx: Transaction, name: str) -> None:
    """A generation grows in this transaction: of this name (letters and -), or of everything."""
    changes: set[str] | None = tx.info.get(_CHANGES)
    if changes is not None:
        changes.add(name)


def note_repository_change(tx: Transaction, repository_id: int) -> None:
    """As :func:`note_change`, of a repository."""
    note_change(tx, repository_mark(repository_id))


def repository_mark(repository_id: int) -> str:
    """The name under which changes of a repository are told."""
    return f"r{repository_id}"


EVERYTHING = "*"
"""The name that stands for every generation there is."""


def insert_if_referenced(tx: Transaction, statement: Insert, row: dict[str, Any]) -> bool:
    """Insert a row; ``False`` where one that it refers to is gone. Nothing is left behind then."""
    # PostgreSQL ends a transaction at its first error, unless there is a point to go back to.
    attempt = nullcontext() if tx.dialect.name == "sqlite" else tx.begin_nested()
    try:
        with attempt:
            tx.execute(statement, row)
    except IntegrityError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state != _FOREIGN_KEY_VIOLATION and "FOREIGN KEY" not in str(error.orig):
            raise
        return False
    return True
