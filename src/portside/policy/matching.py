"""Wildcards: ``*`` for any characters, ``?`` for one (IAM user guide, "Using wildcards").

A pattern is matched from left to right and never goes back: each piece between two stars is
looked for once, at the first place where it fits. That takes at most as many comparisons as the
text has characters times the longest piece, whatever the pattern.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache


class Wild(Enum):
    """A place in a pattern that is not a character."""

    MANY = "*"
    ONE = "?"


Pattern = tuple[str | Wild, ...]
"""Literal texts and wildcards, in order; a star that is text is in a literal."""

_Piece = str | tuple[str | None, ...]
"""What stands between two stars: a text, or characters with ``None`` for any one."""


@lru_cache(maxsize=8192)
def read_pattern(text: str) -> Pattern:
    """The pattern that a text with ``*`` and ``?`` is."""
    parts: list[str | Wild] = []
    literal = ""
    for character in text:
        if character in "*?":
            parts += [literal, Wild(character)]
            literal = ""
        else:
            literal += character
    return tuple(part for part in (*parts, literal) if part != "")


def matches(pattern: Pattern, text: str) -> bool:
    """Whether the whole text fits the pattern."""
    head, *others = _pieces(pattern)
    if not others:
        return len(head) == len(text) and _fits(head, text, 0)
    tail = others.pop()
    end = len(text) - len(tail)
    if end < len(head) or not _fits(head, text, 0) or not _fits(tail, text, end):
        return False
    at = len(head)
    for piece in others:
        at = _find(piece, text, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


@lru_cache(maxsize=8192)
def _pieces(pattern: Pattern) -> tuple[_Piece, ...]:
    pieces: list[list[str | None]] = [[]]
    for part in pattern:
        if part is Wild.MANY:
            pieces.append([])
        elif part is Wild.ONE:
            pieces[-1].append(None)
        else:
            pieces[-1] += part
    return tuple(_packed(piece) for piece in pieces)


def _packed(piece: list[str | None]) -> _Piece:
    literal = [character for character in piece if character is not None]
    return "".join(literal) if len(literal) == len(piece) else tuple(piece)


def _fits(piece: _Piece, text: str, at: int) -> bool:
    if isinstance(piece, str):
        return text.startswith(piece, at)
    part = text[at : at + len(piece)]
    return len(part) == len(piece) and all(
        wanted is None or wanted == actual for wanted, actual in zip(piece, part, strict=True)
    )


def _find(piece: _Piece, text: str, start: int, end: int) -> int:
    if isinstance(piece, str):
        return text.find(piece, start, end)
    for at in range(start, end - len(piece) + 1):
        if _fits(piece, text, at):
            return at
    return -1


def action_matches(pattern: str, action: str) -> bool:
    """Whether an action is one that an ``Action`` element names; case does not matter."""
    return matches(read_pattern(pattern.lower()), action.lower())
