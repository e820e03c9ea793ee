"""What a bucket is asked, whoever keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

PIECE_BYTES: Final = 8 * 1024 * 1024
"""How large the pieces of an upload are, all but the last.

A store that joins pieces takes 10,000 of them, each of 5 MiB or more but the last (S3 user guide,
"Multipart upload limits"): this is enough for the largest layer, and small enough to be kept in
memory while it is sent.
"""

READ_BYTES: Final = 1024 * 1024


class ObjectMissing(Exception):  # noqa: N818 - named for what it tells
    """There is no object of this key."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing tells of it."""

    key: str
    changed_at: datetime


class Objects(Protocol):
    """The objects under one prefix of a bucket. Keys are paths below the prefix.

    All methods block and may be called by several threads. Each raises
    :class:`~portside.registry.refusals.StoreUnavailable` where the store does not answer, after a
    bounded time and few tries.
    """

    def put(self, key: str, content: bytes) -> None:
        """Make an object, or replace it; durable when this returns."""
        ...

    def read(self, key: str, first: int, last: int) -> Iterator[bytes]:
        """The bytes ``first`` to ``last``, inclusive, in pieces; fewer where the object ends.

        Raises:
            ObjectMissing: there is none.
        """
        ...

    def size(self, key: str) -> int | None:
        """How many bytes an object has; ``None`` where there is none."""
        ...

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are not there are passed over."""
        ...

    def join(self, key: str, sources: Sequence[str], end: bytes, size_bytes: int) -> None:
        """Make an object of others, one after the other, and of the bytes at the end.

        There is at least one source, and each but what comes last has :data:`PIECE_BYTES`. The
        object appears whole, at once, and durable.

        Raises:
            ObjectMissing: one of the sources is not there.
        """
        ...

    def list(self, beginning: str) -> Iterator[Listed]:
        """The objects whose keys begin so, by their keys."""
        ...

    def abort_unfinished(self, before: datetime) -> int:
        """End joins that were begun before then and never came to an end; how many it was."""
        ...

    def close(self) -> None:
        """End every connection."""
        ...

    def sign(self, key: str, seconds: int) -> str | None:
        """An address where anybody can read an object for so long; ``None`` where that cannot be.

        Tells nothing of whether the object is there.
        """
        ...
