"""Policy variables: ``${aws:username}``, ``${aws:PrincipalTag/team, 'none'}``, ``${*}``.

Source: IAM user guide, "IAM policy elements: Variables and tags". Only documents of the version
2012-10-17 have them; in older ones ``${`` is text. What a variable stands for is always text:
a star in it is a star.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from portside.policy.matching import Pattern, Wild, matches

_VARIABLE: Final = re.compile(r"\$\{([^{}]{1,512})\}")
_DEFAULT: Final = re.compile(r"\s*([^,'\s]+)\s*,\s*'([^']*)'\s*")
_LITERALS: Final = frozenset("*?$")
_ARN_SEGMENTS: Final = 6


@dataclass(frozen=True, slots=True)
class Variable:
    """A key of the request's context, and what stands in for it where it is missing."""

    key: str
    default: str | None


Template = tuple["str | Wild | Variable", ...]
"""A pattern of a policy, before the request's values are filled in."""


class Reading:
    """The context of one request as one evaluation reads it.

    ``asked`` holds each key that was looked for: the decision depends on no other. Keys are found
    whatever their case.
    """

    def __init__(self, context: Mapping[str, tuple[str, ...]]) -> None:
        self._context = {key.lower(): values for key, values in context.items()}
        self.asked: set[str] = set()

    def find(self, key: str) -> tuple[str, ...] | None:
        """The values of a key, or ``None`` where the request has none."""
        lowered = key.lower()
        self.asked.add(lowered)
        return self._context.get(lowered) or None


@lru_cache(maxsize=8192)
def read_template(text: str, *, variables: bool, wildcards: bool) -> Template:
    """The parts of a policy's text; without ``wildcards`` its stars are text."""
    parts: list[str | Wild | Variable] = []
    position = 0
    for found in _VARIABLE.finditer(text) if variables else ():
        parts += _plain(text[position : found.start()], wildcards=wildcards)
        parts.append(_variable(found[1]))
        position = found.end()
    parts += _plain(text[position:], wildcards=wildcards)
    return tuple(parts)


def expand(template: Template, reading: Reading) -> Pattern | None:
    """The pattern for this request; ``None`` where a variable has no value, or several."""
    pattern: list[str | Wild] = []
    for part in template:
        if not isinstance(part, Variable):
            pattern.append(part)
            continue
        values = reading.find(part.key)
        if values is not None and len(values) == 1:
            pattern.append(values[0])
        elif values is None and part.default is not None:
            pattern.append(part.default)
        else:
            return None
    return tuple(pattern)


def arn_matches(template: Template, arn: str, reading: Reading) -> bool | None:
    """Whether an ARN fits, part by part of its six; ``None`` where a variable has no value.

    A template with fewer parts has stars for the others (IAM user guide, "Resource"). A variable
    never adds parts.
    """
    segments = arn.split(":", _ARN_SEGMENTS - 1)
    if len(segments) < _ARN_SEGMENTS:
        return False
    for wanted, segment in zip(_split_arn(template), segments, strict=True):
        pattern = expand(wanted, reading)
        if pattern is None:
            return None
        if not matches(pattern, segment):
            return False
    return True


@lru_cache(maxsize=8192)
def _split_arn(template: Template) -> tuple[Template, ...]:
    segments: list[list[str | Wild | Variable]] = [[]]
    for part in template:
        if not isinstance(part, str):
            segments[-1].append(part)
            continue
        first, *others = part.split(":", _ARN_SEGMENTS - len(segments))
        segments[-1].append(first)
        segments += [[other] for other in others]
    missing = _ARN_SEGMENTS - len(segments)
    return (*(tuple(segment) for segment in segments), *[(Wild.MANY,)] * missing)


def _plain(text: str, *, wildcards: bool) -> list[str | Wild | Variable]:
    if not wildcards:
        return [text] if text else []
    parts = re.split(r"([*?])", text)
    return [Wild(part) if part in ("*", "?") else part for part in parts if part]


def _variable(text: str) -> str | Variable:
    if text in _LITERALS:
        return text
    found = _DEFAULT.fullmatch(text)
    if found is not None:
        return Variable(found[1], found[2])
    return Variable(text.strip(), None)
