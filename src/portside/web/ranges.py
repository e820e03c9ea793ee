"""Byte ranges (RFC 9110, section 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Possessive: what is white space is never tried otherwise, so that a long run of it costs little.
_SINGLE = re.compile(r"bytes\s*+=\s*+(\d{0,19})\s*+-\s*+(\d{0,19})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes ``first`` to ``last``, inclusive, of content with ``size`` bytes."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        """How many bytes that are."""
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """The ``Content-Range`` header's value."""
        return f"bytes {self.first}-{self.last}/{self.size}"


class Unsatisfiable(Exception):  # noqa: N818 - named for what it tells
    """The range has no byte of the content: status 416."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The one range asked for, or ``None`` where the whole content is to be sent.

    Several ranges, other units and malformed headers are ignored, as the RFC allows.

    Raises:
        Unsatisfiable: a range that holds no byte of the content.
    """
    found = _SINGLE.fullmatch(header.strip()) if header else None
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        first, last = max(0, size - int(found[2])), size - 1
        if int(found[2]) == 0:
            raise Unsatisfiable
    else:
        first = int(found[1])
        last = min(int(found[2]), size - 1) if found[2] else size - 1
    if first > last or first >= size:
        raise Unsatisfiable
    return ByteRange(first, last, size)
