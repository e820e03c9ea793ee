"""Requests that the service model forbids, made from the model itself: one fault in each.

The model's own regular expressions judge the samples here; the server judges by its translations.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

DEPTH_MAX: Final = 5
LENGTH_MAX: Final = 1_000_000
"""Longer texts than this are allowed in one place only, and would be slow to send."""
Path = tuple[str | int, ...]

# Some value here is what any pattern of the model asks for, and another is what it does not.
SAMPLES: Final = (
    "ab",
    "123456789012",
    "sha256:" + "0" * 64,
    "00000000-0000-0000-0000-000000000000",
    "arn:aws:iam::123456789012:role/x",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/x",
    "arn:aws:kms:us-east-1:123456789012:key/x",
    "arn:aws:signer:us-east-1:123456789012:/signing-profiles/ab",
    "us-east-1",
    "ROOT",
    "alias/x",
    "x" * 100,
)
NO_SAMPLES: Final = ("\x01 \x01", "-:-", "ÄÖ", "  ")

WRONG_TYPES: Final[dict[str, Any]] = {
    "string": 7,
    "integer": "seven",
    "long": "seven",
    "boolean": "yes",
    "structure": ["x"],
    "list": {"x": "y"},
    "map": ["x"],
    "blob": 7,
    "timestamp": "yesterday",
}


@dataclass(frozen=True)
class Fault:
    """A request with one fault: where, which error tells of it, and in which words."""

    path: Path
    what: str
    params: Any
    code: str
    said: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}: {self.what}"


def sample(shape: Any) -> Any:
    """Return a value that keeps the shape's constraints, with nothing that is optional."""
    kind = shape.type_name
    if kind == "structure":
        return {name: sample(shape.members[name]) for name in shape.required_members}
    if kind == "list":
        return [sample(shape.member) for _ in range(max(1, shape.metadata.get("min", 0)))]
    if kind == "map":
        return {sample(shape.key): sample(shape.value)}
    if kind == "string":
        return _text(shape)
    simple = {"boolean": True, "blob": "eA==", "timestamp": 0}
    return simple.get(kind, max(1, shape.metadata.get("min") or 1))


def _text(shape: Any) -> str:
    if shape.enum:
        return str(shape.enum[0])
    good = [text for text in SAMPLES if _fits(shape, text) and _matches(shape, text)]
    if not good:
        raise LookupError(f"no sample for {shape.name}: {shape.metadata}")
    return good[0]


def _fits(shape: Any, text: str) -> bool:
    most = shape.metadata.get("max") or len(text)
    return bool((shape.metadata.get("min") or 0) <= len(text) <= most)


def _matches(shape: Any, text: str) -> bool:
    pattern = shape.metadata.get("pattern")
    if pattern is None:
        return True
    try:
        return re.fullmatch(pattern, text, re.ASCII) is not None
    except re.error:
        return text == "ab"


def faults(operation: Any) -> Iterator[Fault]:
    """Every request of the operation that has exactly one fault."""
    shape = operation.input_shape
    yield Fault((), "a list", [], "SerializationException")
    for path, structure in _structures(shape, ()):
        for name in structure.required_members:
            yield _invalid((*path, name), "missing", _without(shape, (*path, name)), "not be null")
        for name, member in structure.members.items():
            yield from _faults_at(shape, (*path, name), member)
            if member.type_name == "list" and member.member.type_name != "structure":
                yield from _faults_at(shape, (*path, name, 0), member.member)


def _structures(shape: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if shape.type_name == "structure" and len(path) <= DEPTH_MAX:
        yield path, shape
        for name, member in shape.members.items():
            yield from _structures(member, (*path, name))
    elif shape.type_name == "list":
        yield from _structures(shape.member, (*path, 0))


def _faults_at(root: Any, path: Path, shape: Any) -> Iterator[Fault]:
    wrong = WRONG_TYPES[shape.type_name]
    yield Fault(path, "of another type", _with(root, path, wrong), "SerializationException")
    for value, what, said in _broken(shape):
        yield _invalid(path, what, _with(root, path, value), said)


def _parent(root: Any, path: Path) -> tuple[Any, Any]:
    """A good request, and the part of it that holds what the path ends with."""
    request = sample(root)
    node, shape = request, root
    for part in path[:-1]:
        if isinstance(part, str):
            shape = shape.members[part]
            node = node.setdefault(part, sample(shape))
        else:
            shape, node = shape.member, node[part]
    return request, node


def _with(root: Any, path: Path, value: Any) -> Any:
    request, node = _parent(root, path)
    if isinstance(path[-1], int):
        node[0] = value
    else:
        node[path[-1]] = value
    return request


def _without(root: Any, path: Path) -> Any:
    request, node = _parent(root, path)
    del node[path[-1]]
    return request


def _broken(shape: Any) -> Iterator[tuple[Any, str, str]]:
    breaking = _BREAKING.get(shape.type_name)
    if breaking is not None:
        yield from breaking(shape, shape.metadata.get("min"), shape.metadata.get("max"))


def _broken_text(shape: Any, least: int | None, most: int | None) -> Iterator[tuple[Any, str, str]]:
    yield from _missized(lambda length: "a" * length, least, most)
    if shape.enum:
        yield "NO_SUCH", "of no such name", "satisfy enum value set: ["
    bad = [text for text in NO_SAMPLES if _fits(shape, text) and not _matches(shape, text)]
    if bad:
        yield bad[0], "against the pattern", "satisfy regular expression"


def _broken_number(
    _shape: Any, least: int | None, most: int | None
) -> Iterator[tuple[Any, str, str]]:
    if least is not None:
        yield least - 1, "too small", f"value greater than or equal to {least}"
    if most is not None:
        yield most + 1, "too large", f"value less than or equal to {most}"


def _broken_list(shape: Any, least: int | None, most: int | None) -> Iterator[tuple[Any, str, str]]:
    one = sample(shape.member)
    return _missized(lambda length: [one] * length, least, most)


def _missized(
    make: Callable[[int], Any], least: int | None, most: int | None
) -> Iterator[tuple[Any, str, str]]:
    if least:
        yield make(least - 1), "too short", f"length greater than or equal to {least}"
    if most and most < LENGTH_MAX:
        yield make(most + 1), "too long", f"length less than or equal to {most}"


_BREAKING: Final[dict[str, Callable[[Any, Any, Any], Iterator[tuple[Any, str, str]]]]] = {
    "string": _broken_text,
    "integer": _broken_number,
    "long": _broken_number,
    "list": _broken_list,
}


def _invalid(path: Path, what: str, params: Any, *said: str) -> Fault:
    place = f"Invalid parameter at '{shown(path)}' failed to satisfy constraint: "
    return Fault(path, what, params, "InvalidParameterException", (place, *said))


def shown(path: Path) -> str:
    """Return a path as ECR's sentences have it."""
    if path and isinstance(path[-1], int):
        path = path[:-1]
    words = [
        f"{part + 1}.member" if isinstance(part, int) else part[0].lower() + part[1:]
        for part in path
    ]
    return ".".join(words)
