"""Texts with ``*`` in them: how ECR's filters name tags and repositories."""

from __future__ import annotations

import re
from functools import lru_cache


def matches(filter_: str, text: str) -> bool:
    """Whether a filter with ``*`` (any run of characters, or none) names the whole text."""
    pieces = _pieces(filter_)
    if len(pieces) == 1:
        return text == filter_
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        # The leftmost place leaves the most room for what follows, so no choice is taken back.
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


@lru_cache(maxsize=1024)
def _pieces(filter_: str) -> tuple[str, ...]:
    return tuple(re.split(r"\*+", filter_))
