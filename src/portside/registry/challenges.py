"""What a registry asks for in ``WWW-Authenticate`` (RFC 9110, section 11.6.1; RFC 6750)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

HEADER_LENGTH_MAX: Final = 4096
_SCHEME = re.compile(r"\s*(Basic|Bearer)\b\s*", re.IGNORECASE)
_PARAMETER = re.compile(r"[\s,]*([A-Za-z0-9_-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,\"]+))")


@dataclass(frozen=True, slots=True)
class Challenge:
    """A scheme, ``basic`` or ``bearer``, with its parameters by name."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse_challenge(headers: Sequence[str]) -> Challenge | None:
    """The challenge of the first header that holds one of a scheme that we know, or ``None``."""
    for header in headers:
        found = _SCHEME.match(header[:HEADER_LENGTH_MAX])
        if found is None:
            continue
        parameters: dict[str, str] = {}
        position = found.end()
        while parameter := _PARAMETER.match(header, position, HEADER_LENGTH_MAX):
            quoted = parameter[2]
            value = parameter[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters.setdefault(parameter[1].lower(), value)
            position = parameter.end()
        return Challenge(found[1].lower(), parameters)
    return None
