"""Proof that what a process remembers is still so.

When the stamp has moved, generations tell whether the thing in question is among what changed.
"""

from __future__ import annotations

from typing import Protocol


class Freshness(Protocol):
    """Tells whether anything was committed since. Belongs to one thread.

    Each request asks anew when it begins (:meth:`renew`); within the request the answer holds. How
    old what is remembered can be is told by the implementation: on SQLite, whatever was
    acknowledged to anybody before is seen; on PostgreSQL, what this node acknowledged is seen, and
    what other nodes did within :data:`portside.metadata.postgresql.notices.STALE_SECONDS_MAX`.
    """

    @property
    def stamp(self) -> int:
        """A number that has changed if anything was committed between two renewals."""

    def renew(self) -> None:
        """Look whether anything was committed. Never waits for the database."""

    def repository_generation(self, repository_id: int) -> int | None:
        """The repository's generation now, or ``None`` where it is gone."""

    def identity_generation(self) -> int:
        """The generation of accounts, principals and credentials now."""

    def generation(self, name: str) -> int:
        """The generation of this name now; 0 where nothing has made it grow."""

    def close(self) -> None:
        """Give back what this holds."""
