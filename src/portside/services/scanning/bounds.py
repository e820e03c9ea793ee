"""How much of a layer is read before it is given up: bytes, entries, names and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

GIBIBYTE: Final = 1024 * 1024 * 1024


class LayerUnreadable(Exception):  # noqa: N818 - named for what it tells
    """A layer that cannot be read, or not within its bounds; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one layer."""

    plain_bytes: int = 64 * GIBIBYTE
    entries: int = 500_000
    path_length: int = 4096
    kept_bytes: int = 256 * 1024 * 1024
    time: timedelta = timedelta(minutes=30)


@dataclass(slots=True)
class Bounds:
    """What was used of a layer's limits so far."""

    limits: Limits
    clock: Callable[[], datetime]
    started_at: datetime = field(init=False)
    plain_bytes: int = 0
    entries: int = 0
    kept_bytes: int = 0

    def __post_init__(self) -> None:
        self.started_at = self.clock()

    def take_bytes(self, count: int) -> None:
        """Count unpacked bytes.

        Raises:
            LayerUnreadable: more than the limits, or longer than they allow.
        """
        self.plain_bytes += count
        if self.plain_bytes > self.limits.plain_bytes:
            raise LayerUnreadable(f"the layer unpacks to more than {self.limits.plain_bytes} bytes")
        if self.clock() - self.started_at > self.limits.time:
            raise LayerUnreadable(f"the layer was not read within {self.limits.time}")

    def keep(self, count: int) -> None:
        """Count bytes of memory for what is kept until the layer's end, but for each entry's few.

        Raises:
            LayerUnreadable: more than the limits allow.
        """
        self.kept_bytes += count
        if self.kept_bytes > self.limits.kept_bytes:
            raise LayerUnreadable(
                f"the layer's packages and removed files take more than {self.limits.kept_bytes}"
                " bytes to name"
            )

    def take_entry(self, path: str) -> None:
        """Count a file or folder.

        Raises:
            LayerUnreadable: more than the limits allow, or a longer path.
        """
        self.entries += 1
        if self.entries > self.limits.entries:
            raise LayerUnreadable(f"the layer has more than {self.limits.entries} entries")
        if len(path) > self.limits.path_length:
            raise LayerUnreadable(f"a path is longer than {self.limits.path_length} characters")
