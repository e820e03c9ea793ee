"""The advisory database: building it from published data, shipping it, telling its age."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from portside.metadata.advisories import AdvisoryFile, NoAdvisoryFile, importing, put_in_place
from portside.vulnerabilities.advisories import Advisory
from portside.vulnerabilities.feeds import parse_document

OLD_AFTER = timedelta(days=7)
"""A database whose newest import is older is warned of."""
SAMPLE = Path(__file__).with_name("sample-advisories.json")
"""Ten real advisories, to see how scanning works: no image is safe for having none of these."""
DOCUMENT_BYTES_MAX = 512 * 1024 * 1024
_READ_BYTES = 1024 * 1024

Clock = Callable[[], datetime]
Progress = Callable[[str, int, int], None]
"""Told of a source's name, how many of its documents were read, and how many there are."""


class UnknownFeed(ValueError):  # noqa: N818 - named for what it tells
    """A file that is no feed of any known form; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a source: how many advisories it gave; ``None`` where it was known already."""

    name: str
    advisory_count: int | None
    passed_over: int = 0
    """Documents that were not JSON or of no known form."""


class Advisories:
    """The advisory database of a data folder."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def open(self) -> AdvisoryFile | None:
        """The database as it is now, for one scan; ``None`` where there is none.

        Raises:
            NoAdvisoryFile: what is there is none of this version.
        """
        return AdvisoryFile(self._path) if self._path.exists() else None

    def is_old(self, updated_at: datetime | None) -> bool:
        """Whether a database whose newest import was then should be renewed."""
        return updated_at is None or self._clock() - updated_at > OLD_AFTER

    def import_feeds(self, paths: Iterable[Path], progress: Progress) -> list[Imported]:
        """Take in OSV archives, folders or files, Debian tracker and secdb files; all or none.

        A source that was taken in before, unchanged, is passed over; a changed one replaces what
        it gave before.

        Raises:
            UnknownFeed: a path is no feed.
            NoAdvisoryFile: the database that is there is none of this version.
            OSError: a file cannot be read, or the data folder not be written.
        """
        results = []
        with importing(self._path) as changes:
            for path in paths:
                name, digest = _name(path), _digest(path)
                if changes.is_known(name, digest):
                    results.append(Imported(name=name, advisory_count=None))
                    continue
                reading = _Reading(path, progress)
                count = changes.replace(name, digest, reading.advisories(), self._clock())
                if not reading.understood:
                    raise UnknownFeed(f"{path} is no OSV, Debian tracker or secdb data")
                results.append(
                    Imported(name=name, advisory_count=count, passed_over=reading.passed_over)
                )
        return results

    def export(self, target: Path) -> None:
        """Write the database to one file, to be carried elsewhere.

        Raises:
            NoAdvisoryFile: there is no database.
        """
        opened = self.open()
        if opened is None:
            raise NoAdvisoryFile(f"there is no advisory database at {self._path}")
        opened.close()
        shutil.copyfile(self._path, target)

    def install(self, source: Path) -> None:
        """Let a file that :meth:`export` wrote be the database.

        Raises:
            NoAdvisoryFile: it is no advisory database of this version.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        copy = self._path.with_name(f"{self._path.name}.installing")
        try:
            shutil.copyfile(source, copy)
            put_in_place(copy, self._path)
        finally:
            copy.unlink(missing_ok=True)


class _Reading:
    """The advisories of one path; counts what it could not read."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self._path = path
        self._progress = progress
        self.understood = 0
        self.passed_over = 0

    def advisories(self) -> Iterator[Advisory]:
        for content in self._contents():
            try:
                document: Any = json.loads(content)
            except (ValueError, RecursionError):
                document = None
            for one in document if isinstance(document, list) else [document]:
                found = parse_document(one)
                if found is None:
                    self.passed_over += 1
                else:
                    self.understood += 1
                    yield from found

    def _contents(self) -> Iterator[bytes]:
        if self._path.is_dir():
            files = sorted(self._path.rglob("*.json"))
            for position, file in enumerate(files, 1):
                yield _bounded(file, file.stat().st_size, file.read_bytes)
                self._progress(self._path.name, position, len(files))
        elif zipfile.is_zipfile(self._path):
            yield from self._archived()
        else:
            yield _bounded(self._path, self._path.stat().st_size, self._path.read_bytes)
            self._progress(self._path.name, 1, 1)

    def _archived(self) -> Iterator[bytes]:
        with zipfile.ZipFile(self._path) as archive:
            entries = [one for one in archive.infolist() if one.filename.endswith(".json")]
            for position, entry in enumerate(entries, 1):
                yield _bounded(self._path, entry.file_size, partial(archive.read, entry))
                self._progress(self._path.name, position, len(entries))


def _bounded(path: Path, size: int, read: Callable[[], bytes]) -> bytes:
    if size > DOCUMENT_BYTES_MAX:
        raise UnknownFeed(f"{path} holds a document of more than {DOCUMENT_BYTES_MAX} bytes")
    return read()


def _name(path: Path) -> str:
    """How a source is called: with its folder, since most feeds are an ``all.zip``."""
    if path == SAMPLE:
        return "sample, not for production"
    return f"{path.resolve().parent.name}/{path.name}"


def _digest(path: Path) -> str:
    running = hashlib.sha256()
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    for file in files:
        if path.is_dir():
            running.update(f"{file.relative_to(path)}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as opened:
            while piece := opened.read(_READ_BYTES):
                running.update(piece)
    return running.hexdigest()
