"""RPM's oldest database, ``Packages``: a Berkeley DB hash (Oracle, ``dbinc/db_page.h``)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HASH_MAGIC = 0x061561
_PAGE_HEADER_BYTES = 26
_HASH_PAGES = frozenset({2, 13})
_OVERFLOW_PAGE = 7
_OFF_PAGE = 3
BLOB_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    order: str
    page_bytes: int

    def page(self, number: int) -> bytes:
        return self.content[number * self.page_bytes : (number + 1) * self.page_bytes]


def read_blobs(content: bytes) -> Iterator[bytes]:
    """The headers that the database holds; a file of another form holds none."""
    file = _open(content)
    if file is None:
        return
    for number in range(1, len(content) // file.page_bytes):
        page = file.page(number)
        if page[25] in _HASH_PAGES:
            yield from _read_page(file, page)


def _open(content: bytes) -> _File | None:
    if len(content) < 512:
        return None
    for order in "<>":
        magic, _, page_bytes = struct.unpack_from(f"{order}III", content, 12)
        if magic == _HASH_MAGIC and 512 <= page_bytes <= 65_536:
            return _File(content, order, page_bytes)
    return None


def _read_page(file: _File, page: bytes) -> Iterator[bytes]:
    (count,) = struct.unpack_from(f"{file.order}H", page, 20)
    # Keys and values take turns; values are the odd ones, and too large for the page itself.
    for position in range(1, min(count, (len(page) - _PAGE_HEADER_BYTES) // 2), 2):
        place = _PAGE_HEADER_BYTES + 2 * position
        (offset,) = struct.unpack_from(f"{file.order}H", page, place)
        if offset + 12 <= len(page) and page[offset] == _OFF_PAGE:
            number, size = struct.unpack_from(f"{file.order}II", page, offset + 4)
            yield _read_overflow(file, number, min(size, BLOB_BYTES_MAX))


def _read_overflow(file: _File, number: int, size: int) -> bytes:
    pieces: list[bytes] = []
    received = 0
    # Each page adds bytes, so a chain that runs in a circle ends at the size.
    while number and received < size:
        page = file.page(number)
        if len(page) < _PAGE_HEADER_BYTES or page[25] != _OVERFLOW_PAGE:
            break
        (following,) = struct.unpack_from(f"{file.order}I", page, 16)
        piece = page[_PAGE_HEADER_BYTES:]
        pieces.append(piece)
        received += len(piece)
        number = following
    return b"".join(pieces)[:size]
