"""Entries of an archive whose headers are bounded, too: most carry none of any length."""

from __future__ import annotations

import tarfile
from typing import Any, Final, Self

from portside.services.scanning.bounds import LayerUnreadable

HEADER_BYTES_MAX: Final = 1024 * 1024
"""Linux bounds a path to 4 KiB and a file's extended attributes to 64 KiB each."""

_EXTENSIONS: Final = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class Member(tarfile.TarInfo):
    """An entry of a layer. tarfile reads extended headers whole: a long one is refused before.

    So are maps of sparse files, which have no bound; layers should not hold such files (OCI image
    specification, layer.md, "Sparse files").

    Raises from :meth:`frombuf` and :meth:`fromtarfile`:
        LayerUnreadable: a header is too long, or a sparse file's map would have to be read.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """As tarfile's."""
        member = super().frombuf(buf, encoding, errors)
        if member.type in _EXTENSIONS and member.size > HEADER_BYTES_MAX:
            raise LayerUnreadable(f"a header has more than {HEADER_BYTES_MAX} bytes")
        if member.type == tarfile.GNUTYPE_SPARSE:
            _refuse_sparse_files()
        return member

    def _proc_gnusparse_10(self, *_: Any) -> None:
        # Called by tarfile for files that only their extended header calls sparse.
        _refuse_sparse_files()


def _refuse_sparse_files() -> None:
    raise LayerUnreadable("the layer has a sparse file")
