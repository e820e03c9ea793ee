"""AWS JSON 1.1 (Smithy, "AWS JSON 1.1 protocol"): what ECR speaks."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from portside.aws.protocol.errors import AWSError

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

CONTENT_TYPE = "application/x-amz-json-1.1"
_KEY_SHOWN_MAX = 100
_INTEGER_BITS = {"integer": 31, "long": 63}


def parse_request(operation: OperationModel, body: bytes) -> dict[str, Any]:
    """A request's parameters as Python values: blobs are bytes, timestamps aware datetimes.

    Unknown members and nulls are passed over, as AWS does.

    Raises:
        AWSError: ``SerializationException`` where the document does not fit the shape's types.
    """
    try:
        # Decoded first: json itself would also take UTF-16 and UTF-32.
        text = body.decode()
        document = json.loads(text, parse_constant=_no_constant) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise AWSError("SerializationException", "the request is not valid JSON") from error
    if operation.input_shape is None:
        return {}
    parsed: dict[str, Any] = _parse(operation.input_shape, document, "")
    return parsed


def render_response(operation: OperationModel, result: dict[str, Any]) -> bytes:
    """A result as the operation's output shape has it; absent members are left out.

    Raises:
        LookupError: the result has a member that the shape does not know: a fault of ours.
        TypeError: a value is not of its shape's type: a fault of ours.
    """
    shape = operation.output_shape
    if shape is None and result:
        raise LookupError(f"{operation.name} answers nothing, not {', '.join(result)}")
    document = {} if shape is None else _render(shape, result)
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def render_error(error: AWSError) -> bytes:
    """An error's document: its code, message and further members, absent ones left out."""
    further = {name: value for name, value in error.fields.items() if value is not None}
    document = {"__type": error.code, "message": error.message, **further}
    return json.dumps(document, separators=(",", ":")).encode()


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _parse(shape: Shape, value: Any, path: str) -> Any:
    parser: Callable[[Any, Any, str], Any] = _PARSERS.get(str(shape.type_name), _parse_string)
    return parser(shape, value, path)


def _mistyped(path: str, expected: str) -> AWSError:
    where = f" at '{path}'" if path else ""
    return AWSError("SerializationException", f"the value{where} is not {expected}")


def _parse_structure(shape: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _mistyped(path, "an object")
    prefix = f"{path}." if path else ""
    return {
        name: _parse(member, value[name], prefix + name)
        for name, member in shape.members.items()
        if value.get(name) is not None
    }


def _parse_list(shape: Any, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _mistyped(path, "a list")
    return [_parse(shape.member, entry, f"{path}.{at}.member") for at, entry in enumerate(value, 1)]


def _parse_map(shape: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _mistyped(path, "an object")
    return {
        _parse(shape.key, key, path): _parse(shape.value, entry, f"{path}.{key[:_KEY_SHOWN_MAX]}")
        for key, entry in value.items()
        if entry is not None
    }


def _parse_string(_shape: Any, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _mistyped(path, "a string")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _mistyped(path, "a string of Unicode characters") from error
    return value


def _parse_boolean(_shape: Any, value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _mistyped(path, "true or false")
    return value


def _parse_integer(shape: Any, value: Any, path: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    bound = 1 << _INTEGER_BITS[shape.type_name]
    if not isinstance(value, int) or isinstance(value, bool) or not -bound <= value < bound:
        raise _mistyped(path, "a whole number in its range")
    return value


def _parse_float(_shape: Any, value: Any, path: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _mistyped(path, "a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise _mistyped(path, "a number in its range") from error
    if not math.isfinite(number):
        raise _mistyped(path, "a number in its range")
    return number


def _parse_blob(_shape: Any, value: Any, path: str) -> bytes:
    if not isinstance(value, str):
        raise _mistyped(path, "base64")
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error) as error:
        raise _mistyped(path, "base64") from error


def _parse_timestamp(shape: Any, value: Any, path: str) -> datetime:
    try:
        return datetime.fromtimestamp(_parse_float(shape, value, path), tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _mistyped(path, "a time in seconds since 1970") from error


_PARSERS: dict[str, Callable[[Any, Any, str], Any]] = {
    "structure": _parse_structure,
    "list": _parse_list,
    "map": _parse_map,
    "string": _parse_string,
    "boolean": _parse_boolean,
    "integer": _parse_integer,
    "long": _parse_integer,
    "float": _parse_float,
    "double": _parse_float,
    "blob": _parse_blob,
    "timestamp": _parse_timestamp,
}


def _render(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    expected = _PYTHON_TYPES[kind]
    if not isinstance(value, expected) or (isinstance(value, bool) and kind != "boolean"):
        raise TypeError(f"{shape.name} is a {kind}, not a {type(value).__name__}")
    renderer = _RENDERERS.get(kind)
    return value if renderer is None else renderer(shape, value)


def _render_structure(shape: Any, value: dict[str, Any]) -> dict[str, Any]:
    members = shape.members
    unknown = value.keys() - members.keys()
    if unknown:
        raise LookupError(f"{shape.name} has no member {', '.join(sorted(unknown))}")
    present = ((name, entry) for name, entry in value.items() if entry is not None)
    return {name: _render(members[name], entry) for name, entry in present}


def _render_timestamp(_shape: Any, value: datetime) -> float:
    if value.tzinfo is None:
        raise TypeError("a time without a time zone has no place on the time line")
    return round(value.timestamp(), 3)


_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": dict,
    "list": (list, tuple),
    "map": dict,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "blob": bytes,
    "timestamp": datetime,
}

_RENDERERS: dict[str, Callable[[Any, Any], Any]] = {
    "structure": _render_structure,
    "list": lambda shape, value: [_render(shape.member, entry) for entry in value],
    "map": lambda shape, value: {k: _render(shape.value, entry) for k, entry in value.items()},
    "blob": lambda _shape, value: base64.b64encode(value).decode(),
    "timestamp": _render_timestamp,
}
