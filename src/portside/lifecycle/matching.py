"""Whether an image's tags fulfil a prefix or a pattern, over a hundred thousand images at once.

An image's tags stand in one text between line ends, which no tag contains, so that a question
about all of them is one search.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_END = "\n"


def searchable(tags: tuple[str, ...]) -> str:
    """The text of these tags that the matchers search."""
    return f"{_END}{_END.join(tags)}{_END}" if tags else ""


def prefix_matcher(prefix: str) -> Callable[[str], bool]:
    """Whether any tag begins with an entry of ``tagPrefixList``."""
    return _nothing if _END in prefix else _contains(_END + prefix)


def pattern_matcher(pattern: str) -> Callable[[str], bool]:
    """Whether any tag is as an entry of ``tagPatternList`` says; ``*`` is any run, or none."""
    if _END in pattern:
        return _nothing
    parts = re.split(r"\*+", pattern)
    if len(parts) == 1:
        return _contains(_END + pattern + _END)
    if len(parts) == 2 and not parts[1] and parts[0]:
        return _contains(_END + parts[0])
    if len(parts) == 2 and not parts[0] and parts[1]:
        return _contains(parts[1] + _END)
    middle = f"[^{_END}]*".join(map(re.escape, parts))
    search = re.compile(f"{_END}{middle}{_END}").search
    return lambda tags: search(tags) is not None


def _contains(wanted: str) -> Callable[[str], bool]:
    return lambda tags: wanted in tags


def _nothing(_tags: str) -> bool:
    return False
