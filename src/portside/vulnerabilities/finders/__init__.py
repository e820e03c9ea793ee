"""Which files of an image tell of packages, and how each is read: a table.

A finder takes a path without a leading slash and the file's bytes, and gives the packages that the
file names. It never fails: what it cannot read names no package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from portside.vulnerabilities.finders import (
    apk,
    cargo,
    dpkg,
    gems,
    go_binaries,
    java,
    node,
    python,
    rpm,
)
from portside.vulnerabilities.packages import Package

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """A row of the table. Files larger than ``bytes_max`` are passed over."""

    name: str
    wants: Callable[[str], bool]
    read: Callable[[str, bytes], list[Package]]
    bytes_max: int
    executable: bool = False
    """Whether only executable programs (ELF) are looked at, whatever their name."""


FINDERS: Final = (
    Finder(name="dpkg", wants=dpkg.wants, read=dpkg.read, bytes_max=64 * MEBIBYTE),
    Finder(name="apk", wants=apk.wants, read=apk.read, bytes_max=64 * MEBIBYTE),
    Finder(name="rpm", wants=rpm.wants, read=rpm.read, bytes_max=256 * MEBIBYTE),
    Finder(name="python", wants=python.wants, read=python.read, bytes_max=4 * MEBIBYTE),
    Finder(name="node", wants=node.wants, read=node.read, bytes_max=4 * MEBIBYTE),
    Finder(name="gems", wants=gems.wants, read=gems.read, bytes_max=1 * MEBIBYTE),
    Finder(name="java", wants=java.wants, read=java.read, bytes_max=256 * MEBIBYTE),
    Finder(
        name="go",
        wants=lambda _path: True,
        read=go_binaries.read,
        bytes_max=256 * MEBIBYTE,
        executable=True,
    ),
    Finder(
        name="cargo",
        wants=lambda _path: True,
        read=cargo.read,
        bytes_max=256 * MEBIBYTE,
        executable=True,
    ),
)

__all__ = ["FINDERS", "Finder"]
