"""Looking events up in the audit trail, the newest first, page by page (CloudTrail LookupEvents).

The files are read from their ends, and never more of them than a bound for one question: where it
is reached the page ends, with what was found so far, and the next one goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

from portside.names.accounts import RegistryId
from portside.names.errors import Refusal
from portside.registry.pages import MalformedPageToken, parse_token, render_token
from portside.services.audit.attributes import ATTRIBUTES, WRITTEN_OUT, Record
from portside.services.audit.trail import FILE_NAME

READ_BYTES_MAX: Final = 64 * 1024 * 1024
BLOCK_BYTES: Final = 256 * 1024
DISORDER: Final = timedelta(hours=1)
"""How much later than others a record can be written: processes write in batches of their own."""
_FIRST_LINE_BYTES: Final = 4096
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_LISTING: Final = "LookupEvents"
_AT: Final = re.compile(rb'"eventTime":"([^"]{20})"')


class InvalidLookup(Refusal):
    """More than one attribute is asked for at once."""


class InvalidTimeRange(Refusal):
    """The start lies after the end."""


class InvalidNextToken(Refusal):
    """A token that no page of the same question gave out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which events are asked for: of an account in a region, with one attribute at most."""

    registry: RegistryId
    attribute: tuple[str, str] | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A record, and the text of it as it was written."""

    record: Record
    text: str


@dataclass(slots=True)
class Page:
    """Events, the newest first; ``token`` is of the next page, if there may be one."""

    events: list[Found] = field(default_factory=list)
    token: str | None = None


class History:
    """What the files of an audit trail tell. Blocks: ask it in a thread."""

    def __init__(self, folder: Path, *, read_bytes_max: int = READ_BYTES_MAX) -> None:
        self._folder = folder
        self._read_bytes_max = read_bytes_max

    def look_up(self, question: Question, limit: int, token: str | None) -> Page:
        """A page of up to ``limit`` events; it can be empty and yet not the last one.

        Raises:
            InvalidTimeRange: the start lies after the end.
            InvalidNextToken: the token is of another question.
            OSError: a file cannot be read.
        """
        if question.start and question.end and question.start > question.end:
            raise InvalidTimeRange
        asked = _fingerprint(question)
        place = _parse_place(asked, token)
        search = _Search(question, limit, self._read_bytes_max)
        with ExitStack() as opened:
            for file in _newest_first(self._folder, opened):
                name = _file_name(file)
                if place is not None and name != place[0]:
                    continue
                end = place[1] if place is not None else os.fstat(file.fileno()).st_size
                place = None
                at = search.read(file, end)
                if at is not None:
                    next_page = render_token(_LISTING, asked, name, at)
                    return Page(search.in_order(), next_page)
                if search.is_over:
                    break
        return Page(search.in_order())


class _Search:
    """One page's way through the files."""

    def __init__(self, question: Question, limit: int, bytes_left: int) -> None:
        self._limit = limit
        self._bytes_left = bytes_left
        self._filter = _Filter(question)
        self._found: list[Found] = []
        self.is_over = False
        """Whether everything further back is too old."""

    def read(self, file: BinaryIO, end: int) -> int | None:
        """Read a file backwards; where the next page begins, if this one ends in it."""
        first = _moment(_first_line(file))
        if first is not None and self._filter.is_after(first):
            return None
        last = end
        for at, line in _lines_backwards(file, end):
            moment = _moment(line)
            if moment is not None and self._filter.is_long_before(moment):
                self.is_over = True
                return None
            found = self._filter.read(line, moment)
            if found is not None:
                # One more than fits is looked for, so that the last page knows that it is.
                if len(self._found) == self._limit:
                    return last
                self._found.append(found)
            last = at
            self._bytes_left -= len(line)
            if self._bytes_left <= 0:
                return last
        return None

    def in_order(self) -> list[Found]:
        """What was found, the newest first."""
        return sorted(self._found, key=lambda one: str(one.record["eventTime"]), reverse=True)


class _Filter:
    """Whether lines are asked for; most are told by their text, before they are parsed."""

    def __init__(self, question: Question) -> None:
        self._question = question
        start, end = question.start, question.end
        self._start = start.strftime(_TIME).encode() if start else b""
        self._end = end.strftime(_TIME).encode() if end else b"~"
        self._long_before = (start - DISORDER).strftime(_TIME).encode() if start else b""
        self._long_after = (end + DISORDER).strftime(_TIME).encode() if end else b"~"
        account, region = question.registry.account.text, question.registry.region.text
        self._parts = [
            f'"recipientAccountId":"{account}"'.encode(),
            f'"awsRegion":"{region}"'.encode(),
            *_written(question.attribute),
        ]

    def is_after(self, moment: bytes) -> bool:
        """Whether what comes after this moment is all too new."""
        return moment > self._long_after

    def is_long_before(self, moment: bytes) -> bool:
        """Whether what comes before this moment is all too old."""
        return moment < self._long_before

    def read(self, line: bytes, moment: bytes | None) -> Found | None:
        """The line's record, if it is asked for."""
        if moment is None or not self._start <= moment <= self._end:
            return None
        if not all(part in line for part in self._parts):
            return None
        text = line.decode(errors="replace")
        record = _parse(text)
        return Found(record, text) if record and self._is_asked(record) else None

    def _is_asked(self, record: Record) -> bool:
        where = (record.get("recipientAccountId"), record.get("awsRegion"))
        registry = self._question.registry
        if where != (registry.account.text, registry.region.text):
            return False
        if self._question.attribute is None:
            return True
        key, value = self._question.attribute
        return value in ATTRIBUTES[key](record)


def _written(attribute: tuple[str, str] | None) -> list[bytes]:
    """The bytes that a line has where a record has this attribute, as far as that can be told."""
    if attribute is None:
        return []
    key, value = attribute
    if key == "ReadOnly" and value in {"true", "false"}:
        return [f'"readOnly":{value}'.encode()]
    if key not in WRITTEN_OUT:
        return []
    plain = value.isascii() and value.isprintable() and not {'"', "\\"} & set(value)
    return [value.encode()] if plain else []


def _parse(text: str) -> Record | None:
    try:
        record: Any = json.loads(text)
    except (ValueError, RecursionError):
        # The last line of a process that was killed while it wrote.
        return None
    return record if isinstance(record, dict) else None


def _moment(line: bytes) -> bytes | None:
    found = _AT.search(line)
    return found[1] if found else None


def _newest_first(folder: Path, opened: ExitStack) -> Iterator[BinaryIO]:
    seen = set()
    # The one that grows comes first: it may get another name meanwhile, and is then met again.
    try:
        current = opened.enter_context((folder / FILE_NAME).open("rb"))
    except FileNotFoundError:
        pass
    else:
        seen.add(os.fstat(current.fileno()).st_ino)
        yield current
    for path in sorted(folder.glob("audit-*.jsonl"), reverse=True):
        try:
            file = opened.enter_context(path.open("rb"))
        except FileNotFoundError:
            # Beyond the room for all files since the folder was listed.
            continue
        if os.fstat(file.fileno()).st_ino not in seen:
            yield file


def _lines_backwards(file: BinaryIO, end: int) -> Iterator[tuple[int, bytes]]:
    """The lines before ``end``, the last one first, each with where it begins."""
    position, rest = end, b""
    while position > 0:
        size = min(BLOCK_BYTES, position)
        position -= size
        file.seek(position)
        block = file.read(size) + rest
        rest, *lines = block.split(b"\n")
        at = position + len(block)
        for line in reversed(lines):
            at -= len(line)
            if line:
                yield at, line
            at -= 1
    if rest:
        yield 0, rest


def _first_line(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.readline(_FIRST_LINE_BYTES)


def _file_name(file: BinaryIO) -> str:
    """What a file is known by, whatever it is called by now: its first line."""
    return hashlib.sha256(_first_line(file)).hexdigest()[:32]


def _fingerprint(question: Question) -> str:
    return hashlib.sha256(repr(question).encode()).hexdigest()[:32]


def _parse_place(asked: str, token: str | None) -> tuple[str, int] | None:
    if token is None:
        return None
    try:
        position = parse_token(_LISTING, token, str, str, int)
    except MalformedPageToken as error:
        raise InvalidNextToken from error
    if not position or position[0] != asked:
        raise InvalidNextToken
    return position[1], position[2]
