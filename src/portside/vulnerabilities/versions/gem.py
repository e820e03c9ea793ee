"""The order of Ruby's versions (RubyGems, ``Gem::Version``)."""

from __future__ import annotations

import re
from itertools import zip_longest

_SEGMENTS = re.compile(r"[0-9]+|[a-z]+", re.IGNORECASE)


def compare(left: str, right: str) -> int:
    """Below zero where ``left`` is the older, above where it is the newer."""
    for first, second in zip_longest(_segments(left), _segments(right), fillvalue=0):
        if first == second:
            continue
        if isinstance(first, int) and isinstance(second, int):
            return first - second
        if isinstance(first, str) and isinstance(second, str):
            return -1 if first < second else 1
        # A letter begins a pre-release: it is below every number.
        return -1 if isinstance(first, str) else 1
    return 0


def _segments(version: str) -> list[int | str]:
    text = version.strip().replace("-", ".pre.")
    segments: list[int | str] = [
        int(part) if part.isdecimal() else part for part in _SEGMENTS.findall(text)
    ]
    letters = [at for at, part in enumerate(segments) if isinstance(part, str)]
    start = letters[0] if letters else len(segments)
    return _without_zeros(segments[:start]) + _without_zeros(segments[start:])


def _without_zeros(segments: list[int | str]) -> list[int | str]:
    while segments and segments[-1] == 0:
        segments = segments[:-1]
    return segments
