"""Sections and segments of ELF programs (System V ABI, "Object Files")."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\x7fELF"
SECTIONS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class _Table:
    order: str
    wide: bool
    offset: int
    entry_bytes: int
    count: int
    names_at: int


def find_section(content: bytes, name: bytes) -> bytes | None:
    """The bytes of the section of this name, or ``None``; malformed programs have none."""
    try:
        table = _read_table(content)
        if table is None:
            return None
        headers = list(_headers(content, table))
        names_offset, names_size = headers[table.names_at][1:]
        names = content[names_offset : names_offset + names_size]
        for name_offset, offset, size in headers:
            if names[name_offset:].startswith(name + b"\0"):
                return content[offset : offset + size]
    except (struct.error, IndexError, OverflowError):
        return None
    return None


def _read_table(content: bytes) -> _Table | None:
    if content[:4] != MAGIC:
        return None
    wide = content[4] == 2
    order = "<" if content[5] == 1 else ">"
    if wide:
        (offset,) = struct.unpack_from(f"{order}Q", content, 0x28)
        entry, count, names_at = struct.unpack_from(f"{order}HHH", content, 0x3A)
    else:
        (offset,) = struct.unpack_from(f"{order}I", content, 0x20)
        entry, count, names_at = struct.unpack_from(f"{order}HHH", content, 0x2E)
    return _Table(order, wide, offset, entry, min(count, SECTIONS_MAX), names_at)


def _headers(content: bytes, table: _Table) -> Iterator[tuple[int, int, int]]:
    """Each section's offset of its name, offset and size."""
    form, skipped = ("I", 0x18) if table.wide else ("I", 0x10)
    number = "Q" if table.wide else "I"
    for position in range(table.count):
        start = table.offset + position * table.entry_bytes
        (name_offset,) = struct.unpack_from(table.order + form, content, start)
        offset, size = struct.unpack_from(
            f"{table.order}{number}{number}", content, start + skipped
        )
        yield name_offset, offset, size
