"""The order of npm's, Go's and Cargo's versions (Semantic Versioning 2.0.0, section 11)."""

from __future__ import annotations

import re

_VERSION = re.compile(r"[vV=\s]*([0-9]+(?:\.[0-9]+)*)(?:-?([0-9A-Za-z.-]+))?")


def compare(left: str, right: str) -> int:
    """Below zero where ``left`` is the older, above where it is the newer.

    A leading ``v`` and what follows ``+`` mean nothing; absent numbers are zero.
    """
    (first, first_pre), (second, second_pre) = _parse(left), _parse(right)
    length = max(len(first), len(second))
    numbers = first + [0] * (length - len(first)), second + [0] * (length - len(second))
    if numbers[0] != numbers[1]:
        return -1 if numbers[0] < numbers[1] else 1
    return _compare_prereleases(first_pre, second_pre)


def _parse(version: str) -> tuple[list[int], list[str]]:
    found = _VERSION.match(version.partition("+")[0])
    if found is None:
        return [0], version.split(".")
    numbers = [int(number) for number in found[1].split(".")]
    return numbers, found[2].split(".") if found[2] else []


def _compare_prereleases(left: list[str], right: list[str]) -> int:
    if not left or not right:
        # A release is above each of its pre-releases.
        return bool(right) - bool(left)
    for first, second in zip(left, right, strict=False):
        if first != second:
            return _compare_identifiers(first, second)
    return len(left) - len(right)


def _compare_identifiers(first: str, second: str) -> int:
    if first.isdecimal() and second.isdecimal():
        return int(first) - int(second)
    if first.isdecimal() != second.isdecimal():
        return -1 if first.isdecimal() else 1
    return -1 if first < second else 1
