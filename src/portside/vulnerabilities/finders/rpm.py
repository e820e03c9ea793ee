"""RPM's packages: the installed database in its three forms (rpm.org, "RPM Database").

``Packages`` is a Berkeley hash, ``Packages.db`` an ndb, ``rpmdb.sqlite`` an SQLite file. All three
hold the same blobs, one header for each package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from portside.vulnerabilities.finders import rpm_berkeley, rpm_ndb, rpm_sqlite
from portside.vulnerabilities.finders.rpm_headers import read_header
from portside.vulnerabilities.packages import Package

_FOLDERS = ("var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/")
_FORMS: Final[dict[str, Callable[[bytes], Iterator[bytes]]]] = {
    "Packages": rpm_berkeley.read_blobs,
    "Packages.db": rpm_ndb.read_blobs,
    "rpmdb.sqlite": rpm_sqlite.read_blobs,
}


def wants(path: str) -> bool:
    """A database of installed packages."""
    folder, slash, name = path.rpartition("/")
    return folder + slash in _FOLDERS and name in _FORMS


def read(path: str, content: bytes) -> list[Package]:
    """The installed packages, without the keys that RPM keeps as packages."""
    blobs = _FORMS[path.rpartition("/")[2]](content)
    found = [read_header(blob) for blob in blobs]
    return [
        package
        for package in found
        if package is not None and package.is_bounded and package.name != "gpg-pubkey"
    ]
