"""Conditions: every operator of the ``Condition`` element, and when it holds.

Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Multivalued context
keys". A key that the request lacks makes an operator fail, but for the negated ones, those with
``IfExists`` and ``ForAllValues``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from portside.policy.matching import matches
from portside.policy.variables import Reading, arn_matches, expand, read_template


class Qualifier(Enum):
    """How many of a key's values must pass."""

    NONE = ""
    FOR_ALL = "ForAllValues"
    FOR_ANY = "ForAnyValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What an operator may look at beside the two values."""

    reading: Reading
    variables: bool


_Rows = dict[str, "Operator"]
_Test = Callable[[str, str, _Scope], bool | None]
"""Whether a policy's value is met by a request's; ``None`` where its variable has no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A row of the table: how two values are compared, and which values a policy may give."""

    test: _Test
    is_value: Callable[[str], bool]
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One operator on one key. ``name`` is the operator as it is written."""

    name: str
    operator: Operator
    qualifier: Qualifier
    if_exists: bool
    key: str
    values: tuple[str, ...]


def read_condition(name: str, key: str, values: tuple[str, ...]) -> Condition | None:
    """The condition of these words, or ``None`` where there is no such operator or value."""
    prefix, colon, rest = name.partition(":")
    qualifier = Qualifier(prefix) if colon and prefix in _QUALIFIERS else Qualifier.NONE
    base = rest if qualifier is not Qualifier.NONE else name
    if_exists = base.endswith("IfExists") and base != "NullIfExists"
    operator = OPERATORS.get(base.removesuffix("IfExists") if if_exists else base)
    if operator is None or not all(operator.is_value(value) for value in values):
        return None
    return Condition(
        name=name,
        operator=operator,
        qualifier=qualifier,
        if_exists=if_exists,
        key=key,
        values=values,
    )


def holds(condition: Condition, reading: Reading, *, variables: bool, unresolved: bool) -> bool:
    """Whether a condition is met.

    ``unresolved`` is the answer of a negated operator whose variable has no value: what cannot be
    compared must neither widen an Allow nor narrow a Deny.
    """
    given = reading.find(condition.key)
    if condition.operator is _NULL:
        return any((value.lower() == "true") is (given is None) for value in condition.values)
    if given is None:
        return _holds_without_value(condition)
    scope = _Scope(reading=reading, variables=variables)
    passed = (_passes(condition, value, scope, unresolved=unresolved) for value in given)
    if condition.qualifier is Qualifier.FOR_ANY:
        return any(passed)
    if condition.qualifier is Qualifier.FOR_ALL or condition.operator.negated:
        return all(passed)
    return any(passed)


def _holds_without_value(condition: Condition) -> bool:
    if condition.if_exists or condition.qualifier is Qualifier.FOR_ALL:
        return True
    return condition.operator.negated and condition.qualifier is Qualifier.NONE


def _passes(condition: Condition, given: str, scope: _Scope, *, unresolved: bool) -> bool:
    operator = condition.operator
    answers = [operator.test(wanted, given, scope) for wanted in condition.values]
    if True in answers:
        return not operator.negated
    if operator.negated and None in answers:
        return unresolved
    return operator.negated


def _string(*, wildcards: bool = False, ignore_case: bool = False) -> _Test:
    def test(wanted: str, given: str, scope: _Scope) -> bool | None:
        template = read_template(wanted, variables=scope.variables, wildcards=wildcards)
        pattern = expand(template, scope.reading)
        if pattern is None:
            return None
        if ignore_case:
            return "".join(map(str, pattern)).casefold() == given.casefold()
        return matches(pattern, given)

    return test


def _arn(wanted: str, given: str, scope: _Scope) -> bool | None:
    template = read_template(wanted, variables=scope.variables, wildcards=True)
    return arn_matches(template, given, scope.reading)


def _ordered(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> _Test:
    def test(wanted: str, given: str, _scope: _Scope) -> bool:
        expected, actual = read(wanted), read(given)
        return expected is not None and actual is not None and compare(actual, expected)

    return test


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(text: str) -> Decimal | None:
    """Seconds since 1970, of a date in ISO 8601 or of such seconds themselves."""
    number = _number(text)
    if number is not None and not (len(text) == 8 and text.isdigit()):
        return number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return number
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Decimal(str(zoned.timestamp()))


def _truth(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _content(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    # What a socket for both families tells of a client of the older one.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _in_network(wanted: str, given: str, _scope: _Scope) -> bool:
    network, address = _network(wanted), _address(given)
    return network is not None and address is not None and address in network


def _anything(_text: str) -> bool:
    return True


def _readable(read: Callable[[str], Any]) -> Callable[[str], bool]:
    return lambda text: read(text) is not None


def _pair(positive: str, negative: str, test: _Test, is_value: Callable[[str], bool]) -> _Rows:
    return {
        positive: Operator(test=test, is_value=is_value),
        negative: Operator(test=test, is_value=is_value, negated=True),
    }


def _comparisons(kind: str, read: Callable[[str], Any]) -> _Rows:
    is_value = _readable(read)
    rows = _pair(f"{kind}Equals", f"{kind}NotEquals", _ordered(read, eq), is_value)
    others = {
        "LessThan": lt,
        "LessThanEquals": le,
        "GreaterThan": gt,
        "GreaterThanEquals": ge,
    }
    for name, compare in others.items():
        rows[f"{kind}{name}"] = Operator(test=_ordered(read, compare), is_value=is_value)
    return rows


# Its test is never asked: whether a key is there is seen before its values are.
_NULL: Final = Operator(test=_ordered(_truth, eq), is_value=_readable(_truth))

_QUALIFIERS: Final = frozenset({"ForAllValues", "ForAnyValue"})

OPERATORS: Final[_Rows] = {
    **_pair("StringEquals", "StringNotEquals", _string(), _anything),
    **_pair(
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        _string(ignore_case=True),
        _anything,
    ),
    **_pair("StringLike", "StringNotLike", _string(wildcards=True), _anything),
    **_comparisons("Numeric", _number),
    **_comparisons("Date", _moment),
    "Bool": Operator(test=_ordered(_truth, eq), is_value=_readable(_truth)),
    "BinaryEquals": Operator(test=_ordered(_content, eq), is_value=_readable(_content)),
    **_pair("IpAddress", "NotIpAddress", _in_network, _readable(_network)),
    **_pair("ArnEquals", "ArnNotEquals", _arn, _anything),
    **_pair("ArnLike", "ArnNotLike", _arn, _anything),
    "Null": _NULL,
}
