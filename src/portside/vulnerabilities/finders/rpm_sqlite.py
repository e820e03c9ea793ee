"""RPM's newest database, ``rpmdb.sqlite``: column ``blob`` of the table ``Packages``.

The file is somebody else's, perhaps a hostile one, so it is read here as what it is, a tree of
pages (SQLite, "Database File Format"), and no SQL of its own is ever run.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_MAGIC = b"SQLite format 3\0"
_FILE_HEADER_BYTES = 100
_LEAF, _INTERIOR = 0x0D, 0x05
DEPTH_MAX = 12
PAGES_MAX = 1_000_000
BLOB_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    page_bytes: int
    usable_bytes: int

    def page(self, number: int) -> bytes:
        start = (number - 1) * self.page_bytes
        return self.content[start : start + self.page_bytes] if number > 0 else b""


def read_blobs(content: bytes) -> Iterator[bytes]:
    """The headers that the database holds; a file of another form holds none."""
    try:
        file = _open(content)
        root = _find_root(file) if file else None
        if file and root:
            for record in _records(file, root):
                if len(record) > 1 and isinstance(record[1], bytes):
                    yield record[1]
    except (struct.error, IndexError):
        return


def _open(content: bytes) -> _File | None:
    if len(content) < 512 or not content.startswith(_MAGIC):
        return None
    (size,) = struct.unpack_from(">H", content, 16)
    page_bytes = 65_536 if size == 1 else size
    if page_bytes < 512:
        return None
    return _File(content, page_bytes, page_bytes - content[20])


def _find_root(file: _File) -> int | None:
    # The schema is a table too: type, name, tbl_name, rootpage, sql.
    for record in _records(file, 1):
        if len(record) > 3 and record[0] == b"table" and record[1] == b"Packages":
            return record[3] if isinstance(record[3], int) else None
    return None


def _records(file: _File, root: int) -> Iterator[list[bytes | int]]:
    waiting = [(root, 0)]
    seen = 0
    while waiting and seen < PAGES_MAX:
        number, depth = waiting.pop()
        seen += 1
        page = file.page(number)
        start = _FILE_HEADER_BYTES if number == 1 else 0
        if len(page) < 512 or depth > DEPTH_MAX:
            continue
        kind = page[start]
        (count,) = struct.unpack_from(">H", page, start + 3)
        pointers = start + (12 if kind == _INTERIOR else 8)
        cells = [struct.unpack_from(">H", page, pointers + 2 * at)[0] for at in range(count)]
        if kind == _LEAF:
            for cell in cells:
                yield _read_record(_read_payload(file, page, cell))
        elif kind == _INTERIOR:
            waiting += [(struct.unpack_from(">I", page, cell)[0], depth + 1) for cell in cells]
            waiting.append((struct.unpack_from(">I", page, start + 8)[0], depth + 1))


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for position in range(9):
        byte = content[at + position]
        if position == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + position + 1
    return value, at + 9


def _read_payload(file: _File, page: bytes, cell: int) -> bytes:
    size, at = _varint(page, cell)
    _, at = _varint(page, at)
    size = min(size, BLOB_BYTES_MAX)
    most = file.usable_bytes - 35
    if size <= most:
        return page[at : at + size]
    least = (file.usable_bytes - 12) * 32 // 255 - 23
    local = least + (size - least) % (file.usable_bytes - 4)
    local = local if local <= most else least
    (following,) = struct.unpack_from(">I", page, at + local)
    return page[at : at + local] + _read_overflow(file, following, size - local)


def _read_overflow(file: _File, number: int, size: int) -> bytes:
    pieces: list[bytes] = []
    # Each page takes from what is left, so a chain that runs in a circle ends.
    while number and size > 0:
        page = file.page(number)
        (number,) = struct.unpack_from(">I", page)
        piece = page[4 : min(file.usable_bytes, 4 + size)]
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


_WHOLE_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def _read_record(payload: bytes) -> list[bytes | int]:
    """The columns of a row: texts and blobs as bytes, everything else as a whole number or 0."""
    if not payload:
        return []
    header_bytes, at = _varint(payload, 0)
    kinds = []
    while at < header_bytes:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    columns: list[bytes | int] = []
    for kind in kinds:
        if kind >= 12:
            length = (kind - 12) // 2
            columns.append(payload[at : at + length])
        else:
            length = 8 if kind == 7 else _WHOLE_BYTES.get(kind, 0)
            columns.append(int(kind == 9) or int.from_bytes(payload[at : at + length], "big"))
        at += length
    return columns
