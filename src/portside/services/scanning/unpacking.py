"""Layers as streams of plain bytes, whatever they are packed with, and never more than a bound."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any

import zstandard

from portside.services.scanning.bounds import Bounds, LayerUnreadable

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_PIECE_BYTES = 256 * 1024
ZSTD_WINDOW_MAX = 128 * 1024 * 1024


class PlainLayer(io.RawIOBase):
    """A layer's tar archive as a file to read from; packed or not shows in its first bytes.

    Raises from :meth:`read`:
        LayerUnreadable: the packing is malformed, or a bound is passed.
    """

    def __init__(self, pieces: Iterator[bytes], bounds: Bounds) -> None:
        self._bounds = bounds
        first = next(pieces, b"")
        while len(first) < len(_ZSTD) and (more := next(pieces, b"")):
            first += more
        self._plain = _unpack(first, pieces)
        self._waiting = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; fewer only at the end."""
        gathered = [self._waiting]
        length = len(self._waiting)
        while size < 0 or length < size:
            try:
                piece = next(self._plain, b"")
            except (zlib.error, zstandard.ZstdError) as error:
                raise LayerUnreadable(f"the layer is packed wrongly: {error}") from error
            if not piece:
                break
            self._bounds.take_bytes(len(piece))
            gathered.append(piece)
            length += len(piece)
        content = b"".join(gathered)
        if size < 0:
            size = length
        self._waiting = content[size:]
        return content[:size]


def _unpack(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if first.startswith(_GZIP):
        return _gunzip(first, pieces)
    if first.startswith(_ZSTD):
        return _unzstd(first, pieces)
    return _chain(first, pieces)


def _chain(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from pieces


def _gunzip(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    for piece in _chain(first, pieces):
        packed = piece
        while packed:
            plain = unpacker.decompress(packed, _PIECE_BYTES)
            if plain:
                yield plain
            packed = unpacker.unconsumed_tail
            if unpacker.eof:
                # A file may hold several members, one behind the other (RFC 1952, section 2.2).
                packed = unpacker.unused_data.lstrip(b"\0")
                unpacker = zlib.decompressobj(wbits=31)
    # What is left when the packed bytes have ended.
    while plain := unpacker.decompress(b"", _PIECE_BYTES):
        yield plain


def _unzstd(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    source: Any = _Source(_chain(first, pieces))
    reader = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_MAX).stream_reader(
        source, read_across_frames=True
    )
    while plain := reader.read(_PIECE_BYTES):
        yield plain


class _Source(io.RawIOBase):
    """Pieces as a file, for a library that reads files."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._waiting:
            self._waiting = next(self._pieces, b"")
            if not self._waiting:
                return b""
        size = len(self._waiting) if size < 0 else size
        content, self._waiting = self._waiting[:size], self._waiting[size:]
        return content
