"""What a layer holds, as bytes to keep, and back."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict
from typing import Any, Final

from portside.vulnerabilities.layers import LayerContents
from portside.vulnerabilities.packages import Package

READER: Final = 1
"""Counts the versions of what reads layers: one that finds more reads all layers anew."""


def render(contents: LayerContents) -> bytes:
    """A layer's contents in as few bytes as need be."""
    document = {
        "packages": {
            path: [_without_none(package) for package in packages]
            for path, packages in contents.packages.items()
        },
        "os_releases": dict(contents.os_releases),
        "removed": sorted(contents.removed),
        "opaque": sorted(contents.opaque),
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    present = struct.pack(f">{len(contents.present)}Q", *sorted(contents.present))
    return zlib.compress(struct.pack(">I", len(text)) + text + present, 6)


def parse(digest: str, content: bytes) -> LayerContents:
    """The contents that :func:`render` wrote."""
    plain = zlib.decompress(content)
    (length,) = struct.unpack_from(">I", plain)
    document: dict[str, Any] = json.loads(plain[4 : 4 + length])
    present = plain[4 + length :]
    return LayerContents(
        digest=digest,
        packages={
            path: tuple(Package(**fields) for fields in packages)
            for path, packages in document["packages"].items()
        },
        os_releases=document["os_releases"],
        removed=frozenset(document["removed"]),
        opaque=frozenset(document["opaque"]),
        present=frozenset(struct.unpack(f">{len(present) // 8}Q", present)),
    )


def _without_none(package: Package) -> dict[str, Any]:
    return {name: value for name, value in asdict(package).items() if value is not None}
