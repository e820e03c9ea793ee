"""An RPM header: an index of tags and their data (rpm.org, "Package Format", "Header format")."""

from __future__ import annotations

import struct
from typing import Final

from portside.vulnerabilities.packages import Package

_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _SOURCE = 1000, 1001, 1002, 1003, 1022, 1044
_MODULE: Final = 5096
_WANTED = frozenset({_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _SOURCE, _MODULE})
_INT32: Final = 4
_TEXTS = frozenset({6, 8, 9})
ENTRIES_MAX: Final = 100_000
TEXT_BYTES_MAX: Final = 1024


def read_header(blob: bytes) -> Package | None:
    """The package that a header describes, or ``None`` where it describes none."""
    try:
        fields = _read_fields(blob)
    except struct.error:
        return None
    if _NAME not in fields or _VERSION not in fields:
        return None
    version = f"{fields[_VERSION]}-{fields[_RELEASE]}" if _RELEASE in fields else fields[_VERSION]
    epoch = f"{fields[_EPOCH]}:" if _EPOCH in fields and fields[_EPOCH] != "0" else ""
    module = ":".join(fields.get(_MODULE, "").split(":")[:2])
    return Package(
        kind="rpm",
        name=fields[_NAME],
        version=epoch + version,
        source_name=_source_name(fields.get(_SOURCE, "")),
        arch=fields.get(_ARCH),
        module=module or None,
    )


def _read_fields(blob: bytes) -> dict[int, str]:
    count, size = struct.unpack_from(">II", blob)
    start = 8 + count * 16
    if count > ENTRIES_MAX or start + size > len(blob):
        return {}
    fields: dict[int, str] = {}
    for position in range(count):
        tag, kind, offset, _ = struct.unpack_from(">IIII", blob, 8 + position * 16)
        if tag not in _WANTED or offset > size:
            continue
        if kind in _TEXTS:
            text = blob[start + offset : start + offset + TEXT_BYTES_MAX].partition(b"\0")[0]
            fields[tag] = text.decode(errors="replace")
        elif kind == _INT32:
            fields[tag] = str(struct.unpack_from(">I", blob, start + offset)[0])
    return fields


def _source_name(file_name: str) -> str | None:
    """``bash`` of ``bash-5.1.8-6.el9.src.rpm``."""
    name = file_name.removesuffix(".rpm").rpartition(".")[0].rpartition("-")[0].rpartition("-")[0]
    return name or None
