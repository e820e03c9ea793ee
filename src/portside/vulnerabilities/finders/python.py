"""Python's packages: ``*.dist-info/METADATA``, ``*.egg-info`` (PyPA, "Core metadata")."""

from __future__ import annotations

import re

from portside.vulnerabilities.packages import Package

_PATH = re.compile(r"(?:.*/)?[^/]+(?:\.dist-info/METADATA|\.egg-info/PKG-INFO|\.egg-info)")
_SEPARATORS = re.compile(r"[-_.]+")


def wants(path: str) -> bool:
    """The metadata of an installed package."""
    return _PATH.fullmatch(path) is not None


def read(path: str, content: bytes) -> list[Package]:
    """The package that the metadata names; its name is normalized (PyPA, "Names")."""
    del path
    fields: dict[str, str] = {}
    for line in content.decode(errors="replace").splitlines():
        if not line.strip():
            break
        name, _, value = line.partition(":")
        fields.setdefault(name.lower(), value.strip())
    package = Package(
        kind="pypi",
        name=_SEPARATORS.sub("-", fields.get("name", "")).lower(),
        version=fields.get("version", ""),
    )
    return [package] if package.is_bounded else []
