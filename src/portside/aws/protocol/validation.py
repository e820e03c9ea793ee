"""Whether parameters keep the constraints of their shapes (Smithy, "Constraint traits").

Lengths are checked before patterns, so that no pattern sees a text longer than its shape allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from portside.aws.protocol.errors import AWSError
from portside.aws.protocol.patterns import PATTERNS

if TYPE_CHECKING:
    from botocore.model import OperationModel

SHOWN_MAX: Final = 200
"""The characters of a refused value, or of a map's key, that a message repeats."""
VIOLATIONS_MAX: Final = 20
"""The violations that one answer tells of; the search for more ends there."""

_SHOWN_PATTERNS = {
    # ECR has its own words for this one, and still the pattern's older form.
    "repositoryName": "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*",
}


_CODES: Final = {
    ("cloudtrail", "maxResults"): "InvalidMaxResultsException",
    ("cloudtrail", "lookupAttributes"): "InvalidLookupAttributesException",
    ("cloudtrail", "eventCategory"): "InvalidEventCategoryException",
}
"""What services call the refusal of some of their parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A constraint that a value breaks. ``pattern`` is the expression it does not match."""

    path: str
    shown: str
    rule: str
    pattern: str | None = None

    def __str__(self) -> str:
        value = f"Value {self.shown} " if self.shown else "Value "
        return f"{value}at '{self.path}' failed to satisfy constraint: {self.rule}"


def validate(operation: OperationModel, params: dict[str, Any]) -> None:
    """Refuse parameters that break their shapes' constraints.

    Raises:
        AWSError: ECR's ``InvalidParameterException`` with the first violation; the other
            services' ``ValidationException`` with every one, or their own code for it.
    """
    if operation.input_shape is None:
        return
    service = operation.service_model.service_name
    walk = _Walk(is_ecr=service == "ecr")
    violations = list(islice(walk.violations(operation.input_shape, params, ""), VIOLATIONS_MAX))
    if not violations:
        return
    if walk.is_ecr:
        raise _invalid_parameter(violations[0])
    noun = "error" if len(violations) == 1 else "errors"
    sentences = "; ".join(map(str, violations))
    code = _CODES.get((service, violations[0].path.partition(".")[0]), "ValidationException")
    raise AWSError(code, f"{len(violations)} validation {noun} detected: {sentences}")


def _invalid_parameter(violation: Violation) -> AWSError:
    rule = violation.rule
    shown = _SHOWN_PATTERNS.get(violation.path)
    if shown is not None:
        rule = rule.removeprefix("Member ")
        if violation.pattern is not None:
            rule = f"must satisfy regular expression '{shown}'"
    return AWSError(
        "InvalidParameterException",
        f"Invalid parameter at '{violation.path}' failed to satisfy constraint: '{rule}'",
    )


def _show(shape: Any, value: Any) -> str:
    """A value as messages repeat it: bounded, and not at all where it is secret or binary."""
    if shape.metadata.get("sensitive") or isinstance(value, bytes):
        return ""
    shown = ""
    for piece in _pieces(value):
        shown += piece
        if len(shown) > SHOWN_MAX:
            break
    return f"'{shown[:SHOWN_MAX]}'"


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield "["
        for at, entry in enumerate(value):
            yield ", " if at else ""
            yield from _pieces(entry)
        yield "]"
    elif isinstance(value, dict):
        yield "{"
        for at, (key, entry) in enumerate(value.items()):
            yield f"{', ' if at else ''}{key[:SHOWN_MAX]}="
            yield from _pieces(entry)
        yield "}"
    else:
        yield value[: SHOWN_MAX + 1] if isinstance(value, str) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """A walk over parameters beside their shapes."""

    is_ecr: bool

    def violations(self, shape: Any, value: Any, path: str) -> Iterator[Violation]:
        check = _CHECKS.get(shape.type_name)
        if check is not None:
            yield from check(self, shape, value, path)

    def name(self, member: str) -> str:
        # Some members begin with a capital in requests, but none in messages.
        return member[0].lower() + member[1:]

    def in_structure(self, shape: Any, value: dict[str, Any], path: str) -> Iterator[Violation]:
        prefix = f"{path}." if path else ""
        for name in shape.required_members:
            if value.get(name) is None:
                yield Violation(
                    path=prefix + self.name(name), shown="null", rule="Member must not be null"
                )
        for name, entry in value.items():
            if entry is not None:
                yield from self.violations(shape.members[name], entry, prefix + self.name(name))

    def in_list(self, shape: Any, value: list[Any], path: str) -> Iterator[Violation]:
        yield from _sized(shape, value, path)
        for at, entry in enumerate(value, 1):
            within = self.violations(shape.member, entry, f"{path}.{at}.member")
            if not self.is_ecr or shape.member.type_name == "structure":
                yield from within
            else:
                # ECR names the list, not the entry.
                for one in within:
                    rule = f"Member must satisfy constraint: [{one.rule}]"
                    yield replace(one, path=path, rule=rule, pattern=None)

    def in_map(self, shape: Any, value: dict[str, Any], path: str) -> Iterator[Violation]:
        yield from _sized(shape, value, path)
        for key, entry in value.items():
            yield from self.violations(shape.key, key, path)
            yield from self.violations(shape.value, entry, f"{path}.{key[:SHOWN_MAX]}.member")

    def in_string(self, shape: Any, value: str, path: str) -> Iterator[Violation]:
        missized = list(_sized(shape, value, path))
        yield from missized
        values = shape.metadata.get("enum")
        if values and value not in values:
            rule = f"Member must satisfy enum value set: [{', '.join(values)}]"
            yield Violation(path=path, shown=_show(shape, value), rule=rule)
        if not missized:
            yield from _patterned(shape, value, path)

    def in_blob(self, shape: Any, value: bytes, path: str) -> Iterator[Violation]:
        return _sized(shape, value, path)

    def in_number(self, shape: Any, value: float, path: str) -> Iterator[Violation]:
        return _bounded(shape, value, value, path, "value")


def _patterned(shape: Any, value: str, path: str) -> Iterator[Violation]:
    pattern = shape.metadata.get("pattern")
    # A pattern that a newer botocore brings is left to the name types below: an operation that
    # refuses everything would be worse, and the expression itself is not safe to run.
    matches = PATTERNS.get(pattern)
    if matches is not None and not matches(value):
        rule = f"Member must satisfy regular expression pattern: {pattern}"
        yield Violation(path=path, shown=_show(shape, value), rule=rule, pattern=pattern)


def _sized(shape: Any, value: Any, path: str) -> Iterator[Violation]:
    return _bounded(shape, value, len(value), path, "length")


def _bounded(shape: Any, value: Any, measure: float, path: str, what: str) -> Iterator[Violation]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and measure < least:
        rule = f"Member must have {what} greater than or equal to {least}"
        yield Violation(path=path, shown=_show(shape, value), rule=rule)
    if most is not None and measure > most:
        rule = f"Member must have {what} less than or equal to {most}"
        yield Violation(path=path, shown=_show(shape, value), rule=rule)


_CHECKS: dict[str, Callable[[_Walk, Any, Any, str], Iterator[Violation]]] = {
    "structure": _Walk.in_structure,
    "list": _Walk.in_list,
    "map": _Walk.in_map,
    "string": _Walk.in_string,
    "blob": _Walk.in_blob,
    "integer": _Walk.in_number,
    "long": _Walk.in_number,
    "float": _Walk.in_number,
    "double": _Walk.in_number,
}
