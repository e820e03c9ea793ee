"""Whether parameters keep the constraints of their shapes (Smithy, "Constraint traits").

Lengths are checked before patterns, so that no pattern sees a text longer than its shape allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portside.aws.protocol.errors import AWSError
from portside.aws.protocol.patterns import PATTERNS

if TYPE_CHECKING:
    from botocore.model import OperationModel

SHOWN_MAX = 200
UNBOUNDED_PATTERN_MAX = 8192
"""The longest text that a pattern without a length of its own is asked about."""

_SHOWN_PATTERNS = {
    # ECR still words the rule in its older form.
    "repositoryName": "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A constraint that a value breaks; ``is_pattern`` ones have a sentence of their own."""

    path: str
    value: Any
    rule: str
    is_pattern: bool = False


def validate(operation: OperationModel, params: dict[str, Any]) -> None:
    """Refuse parameters that break their shapes' constraints.

    Raises:
        AWSError: ``InvalidParameterException`` for a text outside its pattern or set of values,
            else ``ValidationException`` with every violation.
    """
    if operation.input_shape is None:
        return
    violations = list(_violations(operation.input_shape, params, ""))
    if not violations:
        return
    others = [violation for violation in violations if not violation.is_pattern]
    if not others:
        first = violations[0]
        raise AWSError(
            "InvalidParameterException",
            f"Invalid parameter at '{first.path}' failed to satisfy constraint: '{first.rule}'",
        )
    noun = "error" if len(others) == 1 else "errors"
    sentences = "; ".join(
        f"Value {_shown(violation.value)}at '{violation.path}' failed to satisfy constraint: "
        f"{violation.rule}"
        for violation in others
    )
    raise AWSError("ValidationException", f"{len(others)} validation {noun} detected: {sentences}")


def _shown(value: Any) -> str:
    if value is None:
        return "null "
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return f"'{text[:SHOWN_MAX]}' "


def _violations(shape: Any, value: Any, path: str) -> Iterator[Violation]:
    check = _CHECKS.get(shape.type_name)
    if check is not None:
        yield from check(shape, value, path)


def _list(shape: Any, value: list[Any], path: str) -> Iterator[Violation]:
    yield from _sized(shape, value, path)
    for at, entry in enumerate(value, 1):
        yield from _violations(shape.member, entry, f"{path}.{at}.member")


def _map(shape: Any, value: dict[str, Any], path: str) -> Iterator[Violation]:
    yield from _sized(shape, value, path)
    for key, entry in value.items():
        yield from _violations(shape.key, key, path)
        yield from _violations(shape.value, entry, f"{path}.{key}")


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[Violation]:
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield Violation(prefix + name, None, "Member must not be null")
    for name, entry in value.items():
        if entry is not None:
            yield from _violations(shape.members[name], entry, prefix + name)


def _sized(shape: Any, value: Any, path: str) -> Iterator[Violation]:
    length = len(value)
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and length < least:
        rule = f"Member must have length greater than or equal to {least}"
        yield Violation(path, value, rule)
    if most is not None and length > most:
        yield Violation(path, value, f"Member must have length less than or equal to {most}")


def _string(shape: Any, value: str, path: str) -> Iterator[Violation]:
    found = list(_sized(shape, value, path))
    yield from found
    values = shape.metadata.get("enum")
    if values and value not in values:
        rule = f"Member must satisfy enum value set: [{', '.join(values)}]"
        yield Violation(path, value, rule, is_pattern=True)
    pattern = shape.metadata.get("pattern")
    if pattern is None or found:
        return
    if len(value) > UNBOUNDED_PATTERN_MAX or not PATTERNS[pattern](value):
        shown = _SHOWN_PATTERNS.get(path, pattern)
        yield Violation(path, value, f"must satisfy regular expression '{shown}'", is_pattern=True)


def _number(shape: Any, value: float, path: str) -> Iterator[Violation]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        rule = f"Member must have value greater than or equal to {least}"
        yield Violation(path, value, rule)
    if most is not None and value > most:
        yield Violation(path, value, f"Member must have value less than or equal to {most}")


_CHECKS: dict[str, Callable[[Any, Any, str], Iterator[Violation]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "blob": _sized,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
}
