"""AWS JSON 1.1 (Smithy, "AWS JSON 1.1 protocol"): what ECR speaks."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from portside.aws.protocol.errors import AWSError

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

CONTENT_TYPE = "application/x-amz-json-1.1"
_INTEGER_MAX = 2**63 - 1


def parse_request(operation: OperationModel, body: bytes) -> dict[str, Any]:
    """A request's parameters as Python values: blobs are bytes, timestamps aware datetimes.

    Unknown members and nulls are passed over, as AWS does.

    Raises:
        AWSError: ``SerializationException`` where the document does not fit the shape's types.
    """
    try:
        document = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        raise AWSError("SerializationException", "the request is not valid JSON") from error
    if operation.input_shape is None:
        return {}
    parsed: dict[str, Any] = _parse(operation.input_shape, document, "")
    return parsed


def render_response(operation: OperationModel, result: dict[str, Any]) -> bytes:
    """A result as the operation's output shape has it; absent members are left out.

    Raises:
        KeyError: the result has a member that the shape does not know: a fault of ours.
    """
    shape = operation.output_shape
    document = {} if shape is None else _render(shape, result)
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def render_error(error: AWSError) -> bytes:
    """An error's document."""
    document = {"__type": error.code, "message": error.message, **error.fields}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


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
    return {key: _parse(shape.value, entry, f"{path}.{key}") for key, entry in value.items()}


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


def _parse_integer(_shape: Any, value: Any, path: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _INTEGER_MAX:
        raise _mistyped(path, "a whole number")
    return value


def _parse_float(_shape: Any, value: Any, path: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _mistyped(path, "a number")
    return float(value)


def _parse_blob(_shape: Any, value: Any, path: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise _mistyped(path, "base64") from error


def _parse_timestamp(_shape: Any, value: Any, path: str) -> datetime:
    try:
        return datetime.fromtimestamp(_parse_float(_shape, value, path), tz=UTC)
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
    renderer = _RENDERERS.get(shape.type_name)
    return value if renderer is None else renderer(shape, value)


def _render_structure(shape: Any, value: Any) -> dict[str, Any]:
    members = shape.members
    present = ((name, entry) for name, entry in value.items() if entry is not None)
    return {name: _render(members[name], entry) for name, entry in present}


_RENDERERS: dict[str, Callable[[Any, Any], Any]] = {
    "structure": _render_structure,
    "list": lambda shape, value: [_render(shape.member, entry) for entry in value],
    "map": lambda shape, value: {k: _render(shape.value, entry) for k, entry in value.items()},
    "blob": lambda _shape, value: base64.b64encode(value).decode(),
    "timestamp": lambda _shape, value: round(value.timestamp(), 3),
}
