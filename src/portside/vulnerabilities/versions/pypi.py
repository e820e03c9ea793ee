"""The order of Python's versions (PEP 440; PyPA specification "Version specifiers").

A version that is none sorts below all that are, by its text.
"""

from __future__ import annotations

import re
from typing import Any

_VERSION = re.compile(
    r"v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)"
    r"(?:[-_.]?(?P<pre>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<pre_number>[0-9]+)?)?"
    r"(?P<post>-(?P<post_bare>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]+)?)?"
    r"(?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]+)?)?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?",
    re.IGNORECASE,
)
_PHASES = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_LOWEST, _HIGHEST = (-1, 0), (9, 0)

Key = tuple[Any, ...]


def compare(left: str, right: str) -> int:
    """Below zero where ``left`` is the older, above where it is the newer."""
    first, second = _key(left), _key(right)
    if first == second:
        return 0
    return -1 if first < second else 1


def _key(version: str) -> Key:
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return (-1, version)
    release = [int(part) for part in found["release"].split(".")]
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    return (
        int(found["epoch"] or "0"),
        tuple(release),
        _pre(found),
        int(found["post_bare"] or found["post_number"] or "0") if found["post"] else -1,
        int(found["dev_number"] or "0") if found["dev"] else float("inf"),
        _local(found["local"]),
    )


def _pre(found: re.Match[str]) -> tuple[int, int]:
    if found["pre"]:
        return _PHASES[found["pre"].lower()], int(found["pre_number"] or "0")
    # A development release of the version itself lies before all its pre-releases.
    return _LOWEST if found["dev"] and not found["post"] else _HIGHEST


def _local(local: str | None) -> tuple[tuple[int, int, str], ...]:
    if local is None:
        return ()
    return tuple(
        (1, int(part), "") if part.isdecimal() else (0, 0, part.lower())
        for part in re.split(r"[-_.]", local)
    )
