"""The AWS Query protocol (Smithy, "AWS Query protocol"): what IAM and STS speak.

The protocol lets a model rename members and flatten lists; neither model does, a test knows it, and
so nothing here can.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from portside.aws.protocol.errors import AWSError
from portside.aws.protocol.xml import element, text_of

if TYPE_CHECKING:
    from botocore.model import OperationModel

CONTENT_TYPE: Final = "text/xml"
FIELDS_MAX: Final = 2000
DEPTH_MAX: Final = 32
"""The parts of a field's name that are looked at: no shape is nested as deeply."""

_INDEX = re.compile(r"[1-9][0-9]{0,4}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_INTEGER_BITS = {"integer": 31, "long": 63}


def parse_form(body: bytes) -> dict[str, str]:
    """The fields of a form-encoded body; of a repeated field, the last.

    Raises:
        AWSError: ``MalformedInput`` where the body is no form, or has too many fields.
    """
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FIELDS_MAX,
        )
    except ValueError as error:
        raise AWSError("MalformedInput", "the request is no form of UTF-8 text") from error
    return dict(pairs)


def parse_request(
    operation: OperationModel, form: Mapping[str, str] | Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """A request's parameters as Python values; fields that no member has are passed over.

    Raises:
        AWSError: ``MalformedInput`` where a field does not fit its shape's type.
    """
    if operation.input_shape is None:
        return {}
    return _parse_structure(operation.input_shape, _tree(dict(form)), "")


def render_response(operation: OperationModel, result: dict[str, Any], request_id: str) -> bytes:
    """A result as XML; absent members are left out.

    Raises:
        LookupError: the result has a member that the shape does not know: a fault of ours.
        TypeError: a value is not of its shape's type: a fault of ours.
    """
    name = operation.name
    namespace = operation.service_model.metadata["xmlNamespace"]
    shape = operation.output_shape
    if shape is None and result:
        raise LookupError(f"{name} answers nothing, not {', '.join(result)}")
    inner = ""
    if shape is not None:
        inner = element(shape, shape.serialization.get("resultWrapper", f"{name}Result"), result)
    meta = f"<ResponseMetadata><RequestId>{text_of(request_id)}</RequestId></ResponseMetadata>"
    return f'<{name}Response xmlns="{namespace}">{inner}{meta}</{name}Response>'.encode()


def render_error(error: AWSError, request_id: str) -> bytes:
    """An error as XML: its type, code, message and further members, absent ones left out."""
    kind = "Sender" if error.status < 500 else "Receiver"
    further = "".join(
        f"<{name}>{text_of(value)}</{name}>"
        for name, value in error.fields.items()
        if value is not None
    )
    return (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{text_of(error.code)}</Code>"
        f"<Message>{text_of(error.message)}</Message>{further}</Error>"
        f"<RequestId>{text_of(request_id)}</RequestId></ErrorResponse>"
    ).encode(errors="replace")


@dataclass(slots=True)
class _Node:
    """What a form says at one dotted name, and below it."""

    text: str | None = None
    below: dict[str, _Node] = field(default_factory=dict)

    def entries(self) -> list[tuple[int, _Node]]:
        """The numbered nodes below, in their order."""
        numbered = (
            (int(name), node) for name, node in self.below.items() if _INDEX.fullmatch(name)
        )
        return sorted(numbered, key=lambda entry: entry[0])


def _tree(form: dict[str, str]) -> _Node:
    root = _Node()
    for name, text in form.items():
        parts = name.split(".", DEPTH_MAX)
        if len(parts) > DEPTH_MAX:
            continue
        node = root
        for part in parts:
            node = node.below.setdefault(part, _Node())
        node.text = text
    return root


def _malformed(path: str, expected: str) -> AWSError:
    return AWSError("MalformedInput", f"the value at '{path}' is not {expected}")


def _parse(shape: Any, node: _Node, path: str) -> Any:
    aggregate = _AGGREGATES.get(shape.type_name)
    if aggregate is not None:
        return aggregate(shape, node, path)
    if node.text is None:
        raise _malformed(path, f"of type {shape.type_name}")
    return _parse_scalar(shape.type_name, node.text, path)


def _parse_structure(shape: Any, node: _Node, path: str) -> dict[str, Any]:
    prefix = f"{path}." if path else ""
    return {
        name: _parse(member, node.below[name], prefix + name)
        for name, member in shape.members.items()
        if name in node.below
    }


def _parse_list(shape: Any, node: _Node, path: str) -> list[Any]:
    members = node.below.get("member", _Node())
    return [
        _parse(shape.member, entry, f"{path}.member.{index}") for index, entry in members.entries()
    ]


def _parse_map(shape: Any, node: _Node, path: str) -> dict[str, Any]:
    found = {}
    for index, entry in node.below.get("entry", _Node()).entries():
        here = f"{path}.entry.{index}"
        if "key" not in entry.below or "value" not in entry.below:
            raise _malformed(here, "a key with a value")
        key = _parse(shape.key, entry.below["key"], f"{here}.key")
        found[key] = _parse(shape.value, entry.below["value"], f"{here}.value")
    return found


_AGGREGATES: dict[str, Callable[[Any, _Node, str], Any]] = {
    "structure": _parse_structure,
    "list": _parse_list,
    "map": _parse_map,
}


def _parse_integer(kind: str, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(text[:20])
    bound = 1 << _INTEGER_BITS[kind]
    if not -bound <= int(text) < bound:
        raise ValueError(text)
    return int(text)


def _parse_timestamp(_kind: str, text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_SCALARS: dict[str, Callable[[str, str], Any]] = {
    "integer": _parse_integer,
    "long": _parse_integer,
    "boolean": lambda _kind, text: {"true": True, "false": False}[text.lower()],
    "timestamp": _parse_timestamp,
    "blob": lambda _kind, text: base64.b64decode(text, validate=True),
    "string": lambda _kind, text: text,
}


def _parse_scalar(kind: str, text: str, path: str) -> Any:
    try:
        return _SCALARS[kind](kind, text)
    except (ValueError, KeyError, binascii.Error) as error:
        raise _malformed(path, f"of type {kind}") from error
