"""The advisory database: one SQLite file of its own, read by scans and replaced as a whole.

It is shipped between sites as that one file, so nothing lies beside it: no write-ahead log. An
import works on a copy and puts it in the old one's place by a rename; a scan that has the old one
open reads on in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portside.vulnerabilities.advisories import Advisory, Span
from portside.vulnerabilities.severities import Severity

FORMAT = 1
_APPLICATION_ID = 0x50534456
_BATCH = 5000
_SCHEMA = f"""
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {FORMAT};
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    imported_at REAL NOT NULL,
    advisory_count INTEGER NOT NULL
);
CREATE TABLE advisories (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL,
    ecosystem TEXT NOT NULL,
    package TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX advisories_by_package ON advisories (ecosystem, package);
CREATE INDEX advisories_by_source ON advisories (source_id);
"""


class NoAdvisoryFile(OSError):  # noqa: N818 - named for what it tells
    """There is no such file, or it is no advisory database of this version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was imported: a file's name and digest, when, and how many advisories it gave."""

    name: str
    digest: str
    imported_at: datetime
    advisory_count: int


class AdvisoryFile:
    """An advisory database, open for reading. Belongs to one thread.

    Raises:
        NoAdvisoryFile: there is none, or it is none of ours.
    """

    def __init__(self, path: Path) -> None:
        self._connection = _open(path)

    def find(self, ecosystem: str, package: str) -> list[Advisory]:
        """The advisories of a package in an ecosystem."""
        rows = self._connection.execute(
            "SELECT document FROM advisories WHERE ecosystem = ? AND package = ?",
            (ecosystem, package),
        )
        return [_read(text) for (text,) in rows]

    def sources(self) -> list[Source]:
        """What was imported, by name."""
        rows = self._connection.execute(
            "SELECT name, digest, imported_at, advisory_count FROM sources ORDER BY name"
        )
        return [
            Source(
                name=name,
                digest=digest,
                imported_at=datetime.fromtimestamp(imported_at, tz=UTC),
                advisory_count=count,
            )
            for name, digest, imported_at, count in rows
        ]

    def updated_at(self) -> datetime | None:
        """When the newest import was; ``None`` where there was none."""
        return max((source.imported_at for source in self.sources()), default=None)

    def identity(self) -> str:
        """A digest that differs between two databases with other content."""
        named = [f"{source.name} {source.digest}" for source in self.sources()]
        return hashlib.sha256("\n".join(named).encode()).hexdigest()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Importing:
    """An import under way, on a copy of the database; see :func:`importing`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def is_known(self, name: str, digest: str) -> bool:
        """Whether this very source was imported before."""
        row = self._connection.execute(
            "SELECT 1 FROM sources WHERE name = ? AND digest = ?", (name, digest)
        ).fetchone()
        return row is not None

    def replace(self, name: str, digest: str, advisories: Iterable[Advisory], now: datetime) -> int:
        """Put a source's advisories in the place of those that it gave before; how many."""
        row = self._connection.execute("SELECT id FROM sources WHERE name = ?", (name,)).fetchone()
        if row:
            self._connection.execute("DELETE FROM advisories WHERE source_id = ?", row)
            self._connection.execute("DELETE FROM sources WHERE id = ?", row)
        cursor = self._connection.execute(
            "INSERT INTO sources (name, digest, imported_at, advisory_count) VALUES (?, ?, ?, 0)",
            (name, digest, now.timestamp()),
        )
        count = self._insert(cursor.lastrowid or 0, advisories)
        self._connection.execute(
            "UPDATE sources SET advisory_count = ? WHERE id = ?", (count, cursor.lastrowid)
        )
        return count

    def _insert(self, source_id: int, advisories: Iterable[Advisory]) -> int:
        count = 0
        for batch in _batches(advisories):
            rows = [(source_id, one.ecosystem, one.package, _write(one)) for one in batch]
            self._connection.executemany(
                "INSERT INTO advisories (source_id, ecosystem, package, document) "
                "VALUES (?, ?, ?, ?)",
                rows,
            )
            count += len(rows)
        return count


@contextmanager
def importing(path: Path) -> Iterator[Importing]:
    """Change the database at ``path``, made if it is not there: wholly, or not at all.

    Raises:
        NoAdvisoryFile: what is there is none of ours.
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    copy = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        if path.exists():
            _open(path).close()
            shutil.copyfile(path, copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            if not path.exists():
                connection.executescript(_SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            yield Importing(connection)
            connection.execute("COMMIT")
            connection.execute("PRAGMA optimize")
        put_in_place(copy, path)
    finally:
        copy.unlink(missing_ok=True)


def put_in_place(copy: Path, path: Path) -> None:
    """Let a finished file be the database from now on; scans under way go on in the old one.

    Raises:
        NoAdvisoryFile: it is no advisory database of this version.
    """
    _open(copy).close()
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    copy.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _open(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        raise NoAdvisoryFile(f"{path}: {error}") from error
    if (application, version) != (_APPLICATION_ID, FORMAT):
        connection.close()
        raise NoAdvisoryFile(f"{path} is no advisory database of this version")
    return connection


def _batches(advisories: Iterable[Advisory]) -> Iterator[list[Advisory]]:
    batch: list[Advisory] = []
    for advisory in advisories:
        batch.append(advisory)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(advisory: Advisory) -> str:
    kept = {name: value for name, value in asdict(advisory).items() if value}
    return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)


def _read(text: str) -> Advisory:
    held: dict[str, Any] = json.loads(text)
    for name in ("versions", "vectors", "aliases"):
        held[name] = tuple(held.get(name, ()))
    held["spans"] = tuple(Span(**span) for span in held.get("spans", ()))
    held["severity"] = Severity(held["severity"]) if "severity" in held else None
    return Advisory(**held)
