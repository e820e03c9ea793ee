"""How far the processes of one node have come with committing: a number that they all can read.

Whoever is about to commit counts up first. A process that has not been told of so many commits by
the database yet knows that it must not trust its memory, so that what one process of a node
acknowledges is seen by all others of that node at once.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from pathlib import Path

_NODE_BYTES = 16
_NUMBER = struct.Struct("=Q")
_SIZE = _NODE_BYTES + _NUMBER.size


class Announcements:
    """A number in a file that all processes of a node have mapped.

    Only who has the database's write lock counts, so one process at a time does.
    """

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _fill(descriptor)
            self._map = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)
        self.node = self._map[:_NODE_BYTES].hex()
        """A name of this node, by which it knows its own commits among all."""

    @property
    def number(self) -> int:
        """How many commits were announced on this node."""
        number: int = _NUMBER.unpack_from(self._map, _NODE_BYTES)[0]
        return number

    def announce(self) -> int:
        """Count one more, which is about to be committed; its number."""
        number = self.number + 1
        _NUMBER.pack_into(self._map, _NODE_BYTES, number)
        return number

    def close(self) -> None:
        """Give the mapping back."""
        self._map.close()


def _fill(descriptor: int) -> None:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    if os.fstat(descriptor).st_size != _SIZE:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, os.urandom(_NODE_BYTES) + _NUMBER.pack(0), 0)
    # Closing would not do: the mapping keeps the file open.
    fcntl.flock(descriptor, fcntl.LOCK_UN)
