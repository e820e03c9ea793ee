"""Cargo's packages in programs built with cargo-auditable: section ``.dep-v0``, zlib and JSON."""

from __future__ import annotations

import json
import zlib
from typing import Any

from portside.vulnerabilities.finders.elf import find_section
from portside.vulnerabilities.packages import Package

DOCUMENT_BYTES_MAX = 16 * 1024 * 1024


def read(path: str, content: bytes) -> list[Package]:
    """The crates that a program says it was built of."""
    del path
    packed = find_section(content, b".dep-v0")
    if not packed:
        return []
    try:
        text = zlib.decompressobj().decompress(packed, DOCUMENT_BYTES_MAX)
        document: Any = json.loads(text)
        entries = document["packages"]
        found = [
            Package(kind="cargo", name=str(entry["name"]), version=str(entry["version"]))
            for entry in entries
            if entry.get("kind", "runtime") == "runtime"
        ]
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    return [package for package in found if package.is_bounded]
