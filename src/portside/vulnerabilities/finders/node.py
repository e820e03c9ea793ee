"""npm's packages: ``node_modules/**/package.json`` (npm, "package.json")."""

from __future__ import annotations

import json
import re

from portside.vulnerabilities.packages import Package

_PATH = re.compile(r"(?:.*/)?node_modules/(?:@[^/]+/)?[^/]+/package\.json")


def wants(path: str) -> bool:
    """The description of an installed package, not the files within it that bear that name."""
    return _PATH.fullmatch(path) is not None


def read(path: str, content: bytes) -> list[Package]:
    """The package that the description names."""
    del path
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return []
    if not isinstance(document, dict):
        return []
    name, version = document.get("name"), document.get("version")
    if not isinstance(name, str) or not isinstance(version, str):
        return []
    package = Package(kind="npm", name=name, version=version)
    return [package] if package.is_bounded else []
