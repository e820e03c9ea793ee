"""The order of Debian's versions (deb-version(7), "Sorting algorithm")."""

from __future__ import annotations

import re

_RUNS = re.compile(r"(\D*)(\d*)")


def compare(left: str, right: str) -> int:
    """Below zero where ``left`` is the older, above where it is the newer."""
    first, second = _split(left), _split(right)
    if first[0] != second[0]:
        return first[0] - second[0]
    return _compare_part(first[1], second[1]) or _compare_part(first[2], second[2])


def _split(version: str) -> tuple[int, str, str]:
    epoch, colon, rest = version.strip().partition(":")
    if not colon:
        epoch, rest = "0", version.strip()
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, ""
    return (int(epoch) if epoch.isdecimal() and len(epoch) < 10 else 0), upstream, revision


def _compare_part(left: str, right: str) -> int:
    for (text, number), (other_text, other_number) in _pairs(left, right):
        by_text = _compare_text(text, other_text)
        if by_text:
            return by_text
        by_number = int(number or "0") - int(other_number or "0")
        if by_number:
            return by_number
    return 0


def _pairs(left: str, right: str) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    # The pattern matches the empty end too: every list ends with a pair of empty texts.
    first, second = _RUNS.findall(left), _RUNS.findall(right)
    length = max(len(first), len(second))
    first += [("", "")] * (length - len(first))
    second += [("", "")] * (length - len(second))
    return list(zip(first, second, strict=True))


def _compare_text(left: str, right: str) -> int:
    for position in range(max(len(left), len(right))):
        weight = _weight(left[position : position + 1])
        difference = weight - _weight(right[position : position + 1])
        if difference:
            return difference
    return 0


def _weight(character: str) -> int:
    if not character:
        return 0
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256
