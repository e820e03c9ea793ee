"""RPM's own database, ``Packages.db`` (rpm, ``lib/backend/ndb/rpmpkg.c``)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_MAGIC, _SLOT, _BLOB = 0x506D7052, 0x746F6C53, 0x53626C42
_SLOT_BYTES = 16
_FIRST_SLOT = 2
_PAGE_BYTES = 4096
_BLOCK_BYTES = 16
SLOT_PAGES_MAX = 8192


def read_blobs(content: bytes) -> Iterator[bytes]:
    """The headers that the database holds; a file of another form holds none."""
    if len(content) < 2 * _SLOT_BYTES:
        return
    magic, _, _, pages = struct.unpack_from("<IIII", content)
    if magic != _MAGIC:
        return
    last = min(pages, SLOT_PAGES_MAX) * _PAGE_BYTES // _SLOT_BYTES
    for position in range(_FIRST_SLOT, last):
        start = position * _SLOT_BYTES
        if start + _SLOT_BYTES > len(content):
            return
        slot, index, block, _ = struct.unpack_from("<IIII", content, start)
        if slot == _SLOT and index:
            blob = _read_blob(content, block * _BLOCK_BYTES, index)
            if blob:
                yield blob


def _read_blob(content: bytes, start: int, index: int) -> bytes:
    if start + _SLOT_BYTES > len(content):
        return b""
    magic, own_index, _, size = struct.unpack_from("<IIII", content, start)
    if magic != _BLOB or own_index != index:
        return b""
    return content[start + _SLOT_BYTES : start + _SLOT_BYTES + size]
