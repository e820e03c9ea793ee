"""Hypothesis strategies for whatever a botocore shape can hold."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from portside.aws.protocol.models import load_service

SERVICES: Final = ("ecr", "sts", "iam")
_SPEAKABLE: Final = st.characters(
    exclude_categories=["Cs", "Cn"], exclude_characters="".join(map(chr, range(32)))
)
"""What both JSON and XML can say, but for the white space that is added below."""

TEXT: Final = st.text(st.one_of(_SPEAKABLE, st.sampled_from("\t\n\r&<>\"']].+%=;")), max_size=12)
_MOMENTS: Final = st.integers(0, 2**33).map(lambda at: datetime.fromtimestamp(at, tz=UTC))

_SCALARS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "string": TEXT,
    "boolean": st.booleans(),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "blob": st.binary(max_size=12),
    "timestamp": _MOMENTS,
}


def operations(*services: str) -> list[tuple[str, str]]:
    """Every operation of the services, as (service, operation)."""
    return [(one, name) for one in services for name in load_service(one).operation_names]


@cache
def _named(service: str, name: str) -> st.SearchStrategy[Any]:
    shape: Any = load_service(service).shape_for(name)
    return _AGGREGATES.get(shape.type_name, _scalar)(service, shape)


def _scalar(_service: str, shape: Any) -> st.SearchStrategy[Any]:
    return _SCALARS[shape.type_name]


def _structure(service: str, shape: Any) -> st.SearchStrategy[Any]:
    members = {name: _named(service, member.name) for name, member in shape.members.items()}
    if getattr(shape, "is_tagged_union", False):
        return st.one_of(*(st.fixed_dictionaries({name: one}) for name, one in members.items()))
    drawn = st.fixed_dictionaries({}, optional=members)
    # The Query protocol has no way to say that a structure is there, but empty.
    return drawn.filter(bool) if members else drawn


def _list(service: str, shape: Any) -> st.SearchStrategy[Any]:
    return st.lists(_named(service, shape.member.name), max_size=3)


def _map(service: str, shape: Any) -> st.SearchStrategy[Any]:
    return st.dictionaries(
        _named(service, shape.key.name), _named(service, shape.value.name), min_size=1, max_size=3
    )


_AGGREGATES: Final[dict[str, Callable[[str, Any], st.SearchStrategy[Any]]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
}


def values(service: str, shape: Any) -> st.SearchStrategy[dict[str, Any]]:
    """What a top-level structure can hold, also nothing at all."""
    if shape is None:
        return st.just({})
    return st.one_of(st.just({}), _named(service, shape.name)) if shape.members else st.just({})
