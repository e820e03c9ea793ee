"""The order of Alpine's versions (apk-tools, ``doc/apk-package.5``, "PACKAGE METADATA", pkgver).

``digits{.digits}[letter]{_suffix[digits]}[-r digits]``. A version that breaks the grammar is read
as far as it keeps to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = re.compile(
    r"(?P<numbers>[0-9]*(?:\.[0-9]+)*)(?P<letter>[a-z]?)(?P<suffixes>(?:_[a-z]+[0-9]*)*)"
    r"(?:~[0-9a-f]+)?(?:-r(?P<revision>[0-9]+))?"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_SUFFIXES = {
    "alpha": -4,
    "beta": -3,
    "pre": -2,
    "rc": -1,
    "cvs": 1,
    "svn": 2,
    "git": 3,
    "hg": 4,
    "p": 5,
}


@dataclass(frozen=True, slots=True)
class _Parsed:
    numbers: tuple[str, ...]
    letter: str
    suffixes: tuple[tuple[int, int], ...]
    revision: int


def compare(left: str, right: str) -> int:
    """Below zero where ``left`` is the older, above where it is the newer."""
    first, second = _parse(left), _parse(right)
    by_numbers = _compare_numbers(first.numbers, second.numbers)
    if by_numbers:
        return by_numbers
    if first.letter != second.letter:
        return -1 if first.letter < second.letter else 1
    # The end of the suffixes lies between those before a release and those after it.
    ended = ((0, 0),)
    mine, theirs = first.suffixes + ended, second.suffixes + ended
    if mine != theirs:
        return -1 if mine < theirs else 1
    return first.revision - second.revision


def _parse(version: str) -> _Parsed:
    found = _VERSION.match(version.strip())
    if found is None:  # the pattern matches the empty text, so this is for the type alone
        return _Parsed(("0",), "", (), 0)
    suffixes = tuple(
        (_SUFFIXES.get(name, 0), int(number or "0"))
        for name, number in _SUFFIX.findall(found["suffixes"])
    )
    return _Parsed(
        tuple((found["numbers"] or "0").split(".")),
        found["letter"],
        suffixes,
        int(found["revision"] or "0"),
    )


def _compare_numbers(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    for position, (first, second) in enumerate(zip(left, right, strict=False)):
        # Behind the first point a leading zero makes a number a decimal fraction: 1.05 < 1.1.
        if position and "0" in (first[:1], second[:1]) and first != second:
            return -1 if first.rstrip("0") < second.rstrip("0") else 1
        difference = int(first or "0") - int(second or "0")
        if difference:
            return difference
    return len(left) - len(right)
