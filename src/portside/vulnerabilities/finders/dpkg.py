"""Debian's packages: ``var/lib/dpkg/status`` and ``status.d`` (dpkg(1), deb-control(5))."""

from __future__ import annotations

import re

from portside.vulnerabilities.finders.stanzas import read_stanzas
from portside.vulnerabilities.packages import Package

_STATUS = "var/lib/dpkg/status"
_FOLDER = "var/lib/dpkg/status.d/"
_SOURCE = re.compile(r"([^\s(]+)(?:\s*\(([^)]+)\))?")


def wants(path: str) -> bool:
    """The status file, and distroless images' files of one package each."""
    if path.startswith(_FOLDER):
        return not path.endswith(".md5sums")
    return path == _STATUS


def read(path: str, content: bytes) -> list[Package]:
    """The installed packages."""
    found = []
    for fields in read_stanzas(content.decode(errors="replace")):
        # Files of one package each carry no status: what is there is installed.
        installed = path != _STATUS or fields.get("Status", "").endswith(" installed")
        package = _package(fields) if installed else None
        if package is not None and package.is_bounded:
            found.append(package)
    return found


def _package(fields: dict[str, str]) -> Package | None:
    name, version = fields.get("Package"), fields.get("Version")
    if not name or not version:
        return None
    source = _SOURCE.fullmatch(fields.get("Source", "")[:1000].strip())
    return Package(
        kind="deb",
        name=name,
        version=version,
        source_name=source[1] if source else None,
        source_version=source[2] if source else None,
        arch=fields.get("Architecture"),
    )
