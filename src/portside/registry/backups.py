"""What a backup says of itself: a snapshot's document, written when all the rest is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

FORMAT: Final = 1
"""Of the folder's layout and of the rows; a newer one is refused."""

NAME: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z(-[0-9]{1,3})?")
_TABLE: Final = re.compile(r"[a-z][a-z_]{0,62}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class MalformedSnapshot(ValueError):  # noqa: N818 - named for what it tells
    """The document is none of a snapshot, or of a newer version's; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFile:
    """The file with the rows of one table, packed."""

    table: str
    columns: tuple[str, ...]
    row_count: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One moment of a registry. ``tables`` are in the order in which they can be loaded."""

    name: str
    made_at: str
    version: str
    revision: str
    """Of the schema that the rows are of."""
    tables: tuple[TableFile, ...]
    sequences: dict[str, int]
    blob_count: int
    blob_bytes: int
    missing: tuple[str, ...]
    """Blobs that the registry itself had lost or that were wrong there: they are not in here."""
    has_key: bool

    def render(self) -> bytes:
        """As JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode() + b"\n"


def parse_snapshot(content: bytes) -> Snapshot:
    """Read what :meth:`Snapshot.render` wrote.

    Raises:
        MalformedSnapshot: it is none.
    """
    try:
        document = json.loads(content)
        number = document.pop("format")
        if number != FORMAT:
            raise MalformedSnapshot(f"it has the format {number}, and this version knows {FORMAT}")
        tables = tuple(_table(entry) for entry in document.pop("tables"))
        missing = tuple(str(digest) for digest in document.pop("missing"))
        snapshot = Snapshot(tables=tables, missing=missing, **document)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        if isinstance(error, MalformedSnapshot):
            raise
        raise MalformedSnapshot("it is no snapshot's document") from error
    if not NAME.fullmatch(snapshot.name):
        raise MalformedSnapshot("its name is none of a snapshot")
    return snapshot


def _table(entry: dict[str, Any]) -> TableFile:
    columns = tuple(str(name) for name in entry["columns"])
    made = TableFile(
        table=str(entry["table"]),
        columns=columns,
        row_count=int(entry["row_count"]),
        sha256=str(entry["sha256"]),
    )
    if not (_TABLE.fullmatch(made.table) and _SHA256.fullmatch(made.sha256)):
        raise MalformedSnapshot("a table of it is none")
    return made


def name_snapshot(now: datetime, taken: Iterable[str]) -> str:
    """A name for a snapshot of this moment that is not taken."""
    present = set(taken)
    base = f"{now:%Y%m%dT%H%M%SZ}"
    names = (base, *(f"{base}-{number}" for number in range(1, 1000)))
    return next(name for name in names if name not in present)


def choose_outdated(names: Sequence[str], keep: int) -> list[str]:
    """Those snapshots that are older than the newest ``keep``."""
    return sorted(names, key=_age)[: max(len(names) - keep, 0)]


def newest(names: Sequence[str]) -> str | None:
    """The newest snapshot, if there is any."""
    return max(names, key=_age, default=None)


def _age(name: str) -> tuple[str, int]:
    moment, _, number = name.partition("-")
    return moment, int(number or 0)
