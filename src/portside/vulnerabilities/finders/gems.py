"""Ruby's packages: ``specifications/NAME-VERSION.gemspec`` (RubyGems, "Specification")."""

from __future__ import annotations

import re

from portside.vulnerabilities.packages import Package

_PATH = re.compile(r"(?:.*/)?specifications/(?:default/)?[^/]+\.gemspec")
_NAME = re.compile(r"""^\s*\w{1,20}\.name\s*=\s*["']([^"'\n]{1,200})["']""", re.MULTILINE)
_VERSION = re.compile(r"""^\s*\w{1,20}\.version\s*=\s*["']([^"'\n]{1,200})["']""", re.MULTILINE)


def wants(path: str) -> bool:
    """The specification of an installed gem."""
    return _PATH.fullmatch(path) is not None


def read(path: str, content: bytes) -> list[Package]:
    """The gem that the specification names."""
    del path
    text = content.decode(errors="replace")
    name, version = _NAME.search(text), _VERSION.search(text)
    if not name or not version:
        return []
    return [Package(kind="gem", name=name[1], version=version[1])]
