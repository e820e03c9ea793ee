"""Alpine's packages: ``lib/apk/db/installed`` (apk-tools, installed database v2)."""

from __future__ import annotations

from portside.vulnerabilities.finders.stanzas import read_stanzas
from portside.vulnerabilities.packages import Package

_PATHS = frozenset({"lib/apk/db/installed", "usr/lib/apk/db/installed"})


def wants(path: str) -> bool:
    """The database of installed packages, where it is and where it is moving to."""
    return path in _PATHS


def read(path: str, content: bytes) -> list[Package]:
    """The installed packages; ``o`` names the package from whose recipe it was built."""
    del path
    found = [
        Package(
            kind="apk",
            name=fields.get("P", ""),
            version=fields.get("V", ""),
            source_name=fields.get("o"),
            arch=fields.get("A"),
        )
        for fields in read_stanzas(content.decode(errors="replace"))
    ]
    return [package for package in found if package.is_bounded]
