"""The AWS Query protocol (Smithy, "AWS Query protocol"): what IAM and STS speak."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from portside.aws.protocol.errors import AWSError

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

CONTENT_TYPE = "text/xml"
FIELDS_MAX = 2000
_INDEX_DIGITS_MAX = 5


def parse_form(body: bytes) -> dict[str, str]:
    """The fields of a form-encoded body.

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


def parse_request(operation: OperationModel, form: dict[str, str]) -> dict[str, Any]:
    """A request's parameters as Python values.

    Raises:
        AWSError: ``MalformedInput`` where a field does not fit its shape's type.
    """
    if operation.input_shape is None:
        return {}
    parsed = _parse(operation.input_shape, form, "")
    return parsed if isinstance(parsed, dict) else {}


def render_response(operation: OperationModel, result: dict[str, Any], request_id: str) -> bytes:
    """A result as XML; absent members are left out."""
    name = operation.name
    namespace = operation.service_model.metadata["xmlNamespace"]
    shape = operation.output_shape
    wrapper = (shape.serialization.get("resultWrapper") if shape else None) or f"{name}Result"
    inner = _render(shape, wrapper, result) if shape else ""
    meta = f"<ResponseMetadata><RequestId>{escape(request_id)}</RequestId></ResponseMetadata>"
    return f'<{name}Response xmlns="{namespace}">{inner}{meta}</{name}Response>'.encode()


def render_error(error: AWSError, request_id: str) -> bytes:
    """An error as XML."""
    kind = "Sender" if error.status < 500 else "Receiver"
    return (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(error.code)}</Code>"
        f"<Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
    ).encode()


def _parse(shape: Shape, form: dict[str, str], path: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _parse_structure(shape, form, path)
    if kind == "list":
        return _parse_list(shape, form, path)
    if kind == "map":
        return _parse_map(shape, form, path)
    text = form.get(path)
    return None if text is None else _parse_scalar(kind, text, path)


def _parse_structure(shape: Any, form: dict[str, str], path: str) -> dict[str, Any] | None:
    prefix = f"{path}." if path else ""
    if path and not any(name.startswith(prefix) for name in form):
        return None
    found = {}
    for name, member in shape.members.items():
        value = _parse(member, form, prefix + (member.serialization.get("name") or name))
        if value is not None:
            found[name] = value
    return found


def _parse_list(shape: Any, form: dict[str, str], path: str) -> list[Any] | None:
    flat = shape.serialization.get("flattened")
    prefix = path if flat else f"{path}.{shape.member.serialization.get('name') or 'member'}"
    indexes = _indexes(form, f"{prefix}.")
    if not indexes:
        return [] if form.get(path) == "" else None
    return [_parse(shape.member, form, f"{prefix}.{index}") for index in indexes]


def _parse_map(shape: Any, form: dict[str, str], path: str) -> dict[str, Any] | None:
    prefix = path if shape.serialization.get("flattened") else f"{path}.entry"
    key_name = shape.key.serialization.get("name") or "key"
    value_name = shape.value.serialization.get("name") or "value"
    found = {}
    for index in _indexes(form, f"{prefix}."):
        entry = f"{prefix}.{index}"
        found[form.get(f"{entry}.{key_name}", "")] = _parse(
            shape.value, form, f"{entry}.{value_name}"
        )
    return found or None


def _indexes(form: dict[str, str], prefix: str) -> list[int]:
    heads = {name[len(prefix) :].partition(".")[0] for name in form if name.startswith(prefix)}
    usable = (head for head in heads if head.isascii() and head.isdigit())
    return sorted(int(head) for head in usable if len(head) <= _INDEX_DIGITS_MAX)


def _parse_scalar(kind: str, text: str, path: str) -> Any:
    try:
        if kind in ("integer", "long"):
            return _bounded(int(text[:20]))
        if kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if kind == "timestamp":
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, KeyError) as error:
        raise AWSError("MalformedInput", f"the value at '{path}' is no {kind}") from error
    return text


def _bounded(number: int) -> int:
    if abs(number) >= 2**63:
        raise ValueError(number)
    return number


def _render(shape: Any, name: str, value: Any) -> str:
    match shape.type_name:
        case "structure":
            members = shape.members
            inner = "".join(
                _render(members[key], members[key].serialization.get("name") or key, entry)
                for key, entry in value.items()
                if entry is not None
            )
        case "list":
            member = shape.member
            tag = member.serialization.get("name") or "member"
            if shape.serialization.get("flattened"):
                return "".join(_render(member, name, entry) for entry in value)
            inner = "".join(_render(member, tag, entry) for entry in value)
        case "boolean":
            inner = "true" if value else "false"
        case "timestamp":
            inner = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"
