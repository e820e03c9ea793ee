"""The order of RPM's versions, ``[epoch:]version[-release]`` (rpm-version(7))."""

from __future__ import annotations

import re
from itertools import zip_longest

_SEGMENTS = re.compile(r"[0-9]+|[A-Za-z]+|~|\^")


def compare(left: str, right: str) -> int:
    """Below zero where ``left`` is the older, above where it is the newer.

    A side without a release matches any release, as RPM has it for dependencies.
    """
    first, second = _split(left), _split(right)
    if first[0] != second[0]:
        return first[0] - second[0]
    by_version = compare_segments(first[1], second[1])
    if by_version or not (first[2] and second[2]):
        return by_version
    return compare_segments(first[2], second[2])


def _split(version: str) -> tuple[int, str, str]:
    epoch, colon, rest = version.strip().partition(":")
    if not colon:
        epoch, rest = "0", version.strip()
    name, dash, release = rest.rpartition("-")
    if not dash:
        name, release = rest, ""
    return (int(epoch) if epoch.isdecimal() and len(epoch) < 10 else 0), name, release


def compare_segments(left: str, right: str) -> int:
    """RPM's ``rpmvercmp``: numbers above letters, ``~`` below the end, ``^`` above it."""
    if left == right:
        return 0
    for first, second in zip_longest(_SEGMENTS.findall(left), _SEGMENTS.findall(right)):
        difference = 0 if first == second else _compare_segment(first, second)
        if difference:
            return difference
    return 0


def _compare_segment(first: str | None, second: str | None) -> int:
    for sign, less in (("~", -1), ("^", None)):
        if sign in (first, second):
            return _compare_sign(first, second, sign, less)
    if first is None or second is None:
        return -1 if first is None else 1
    if first.isdecimal() != second.isdecimal():
        return 1 if first.isdecimal() else -1
    if first.isdecimal():
        return int(first) - int(second)
    return 1 if first > second else -1


def _compare_sign(first: str | None, second: str | None, sign: str, less: int | None) -> int:
    if less is not None:
        return less if first == sign else -less
    # A caret is above the end of the version, but below anything else that goes on.
    if first == sign:
        return 1 if second is None else -1
    return -1 if first is None else 1
