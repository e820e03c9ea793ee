"""Python values as the XML elements of the AWS Query protocol (Smithy, "XML shape serialization").

Only writing is done here: no XML of anybody else's is ever read.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

# Characters that XML 1.0 cannot say, not even as references (XML 1.0, "Char").
_UNSPEAKABLE = re.compile("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010FFFF]")
_CARRIAGE_RETURN = {"\r": "&#13;"}


def text_of(value: object) -> str:
    """Text for an element's content: escaped, with U+FFFD for what XML cannot say."""
    # A bare carriage return would be read back as a newline (XML 1.0, "End-of-Line Handling").
    return escape(_UNSPEAKABLE.sub("\ufffd", str(value)), _CARRIAGE_RETURN)


def element(shape: Any, name: str, value: Any) -> str:
    """The element of a value; ``shape`` is botocore's model of it.

    Raises:
        LookupError: a structure has a member that its shape does not know.
        TypeError: a value is not of its shape's type.
    """
    renderer, expected = _RENDERERS[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        raise TypeError(f"{shape.name} is a {shape.type_name}, not a {type(value).__name__}")
    return f"<{name}>{renderer(shape, value)}</{name}>"


def _structure(shape: Any, value: dict[str, Any]) -> str:
    members = shape.members
    unknown = value.keys() - members.keys()
    if unknown:
        raise LookupError(f"{shape.name} has no member {', '.join(sorted(unknown))}")
    return "".join(
        element(members[name], name, entry) for name, entry in value.items() if entry is not None
    )


def _list(shape: Any, value: list[Any]) -> str:
    return "".join(element(shape.member, "member", entry) for entry in value)


def _map(shape: Any, value: dict[str, Any]) -> str:
    return "".join(
        f"<entry>{element(shape.key, 'key', key)}{element(shape.value, 'value', entry)}</entry>"
        for key, entry in value.items()
    )


def _timestamp(_shape: Any, value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("a time without a time zone has no place on the time line")
    moment = value.astimezone(UTC).isoformat(timespec="seconds")
    return moment.removesuffix("+00:00") + "Z"


def _plain(_shape: Any, value: object) -> str:
    return text_of(value)


_RENDERERS: dict[str, tuple[Callable[[Any, Any], str], type | tuple[type, ...]]] = {
    "structure": (_structure, dict),
    "list": (_list, (list, tuple)),
    "map": (_map, dict),
    "string": (_plain, str),
    "boolean": (lambda _shape, value: "true" if value else "false", bool),
    "integer": (_plain, int),
    "long": (_plain, int),
    "double": (_plain, (int, float)),
    "float": (_plain, (int, float)),
    "blob": (lambda _shape, value: base64.b64encode(value).decode(), bytes),
    "timestamp": (_timestamp, datetime),
}
