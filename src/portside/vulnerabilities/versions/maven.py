"""The order of Maven's versions (Maven, "Version Order Specification" of the POM reference)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

_TOKENS = re.compile(r"([.\-_]?)([0-9]+|[^0-9.\-_]*)")
_QUALIFIERS: Final = {
    "alpha": -6,
    "beta": -5,
    "milestone": -4,
    "rc": -3,
    "cr": -3,
    "snapshot": -2,
    "": -1,
    "final": -1,
    "ga": -1,
    "release": -1,
    "sp": 0,
}
_SHORT: Final = {"a": "alpha", "b": "beta", "m": "milestone"}
_UNKNOWN: Final = 1
_DASH_NUMBER: Final = 2
_DOT_NUMBER: Final = 3


@dataclass(frozen=True, slots=True)
class _Token:
    separator: str
    text: str
    joined: bool = False
    """Whether it follows the one before it without any separator."""

    @property
    def is_null(self) -> bool:
        if self.text.isdecimal():
            return int(self.text) == 0
        return self.text in ("", "final", "ga", "release")

    @property
    def key(self) -> tuple[int, int, str]:
        if self.text.isdecimal():
            return (_DASH_NUMBER if self.separator == "-" else _DOT_NUMBER), int(self.text), ""
        rank = _QUALIFIERS.get(self.text)
        return (_UNKNOWN, 0, self.text) if rank is None else (rank, 0, "")


def compare(left: str, right: str) -> int:
    """Below zero where ``left`` is the older, above where it is the newer."""
    for first, second in zip_longest(_tokens(left), _tokens(right)):
        mine = (first or _padding(second)).key
        theirs = (second or _padding(first)).key
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0


def _padding(other: _Token | None) -> _Token:
    """What an absent token counts as beside the one that is there."""
    if other is not None and other.text.isdecimal():
        return _Token(other.separator, "0")
    return _Token("-", "")


def _tokens(version: str) -> list[_Token]:
    tokens: list[_Token] = []
    text = version.strip().lower()
    for separator, part in _TOKENS.findall(text):
        if not separator and not part:
            continue
        # A change between digits and letters counts as a dash.
        mark = "-" if separator in ("-", "_") or (not separator and tokens) else "."
        tokens.append(_Token(mark, part or "0", joined=not separator))
    return _trim(_spelled_out(tokens))


def _spelled_out(tokens: list[_Token]) -> list[_Token]:
    spelled = []
    for token, following in zip_longest(tokens, tokens[1:]):
        short = _SHORT.get(token.text)
        if short and following is not None and following.joined:
            spelled.append(_Token(token.separator, short))
        else:
            spelled.append(token)
    return spelled


def _trim(tokens: list[_Token]) -> list[_Token]:
    """Without the null values that stand before a dash or at the end."""
    kept: list[_Token] = []
    for token in tokens:
        if token.separator == "-":
            kept = _without_nulls(kept)
        kept.append(token)
    return _without_nulls(kept)


def _without_nulls(tokens: list[_Token]) -> list[_Token]:
    while tokens and tokens[-1].is_null:
        tokens = tokens[:-1]
    return tokens
