"""The elements of a statement, each read from what JSON holds under its name.

The reasons of refusals are the messages of IAM's ``MalformedPolicyDocument``.
"""

from __future__ import annotations

import re
from typing import Any, Final

from portside.policy.conditions import Condition, read_condition
from portside.policy.statements import Effect, Element, Kind, MalformedPolicy, PrincipalElement

SYNTAX: Final = "Syntax errors in policy."
NO_ACTIONS: Final = "Policy statement must contain actions."
NO_RESOURCES: Final = "Policy statement must contain resources."
NO_VENDOR: Final = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
VENDOR_PATTERN: Final = "Resource vendor must be fully qualified and cannot contain regexes."
IDENTITY_WITH_PRINCIPAL: Final = "Policy document should not specify a principal."
NO_PRINCIPAL: Final = "Missing required field Principal"
ONLY_ASSUME_ROLE: Final = "AssumeRole policy may only specify STS AssumeRole actions."
_PARTITIONS: Final = frozenset({"aws", "aws-cn", "aws-us-gov", "*"})
_ACTION: Final = re.compile(r"[A-Za-z0-9-]{1,64}:[A-Za-z0-9*?_-]{1,128}")
_TRUST_ACTION: Final = re.compile(
    r"sts:(\*|AssumeRole\*?|AssumeRoleWith(SAML|WebIdentity)|TagSession|SetSourceIdentity)",
    re.IGNORECASE,
)
_AWS_PRINCIPAL: Final = re.compile(
    r"\*|[0-9]{12}|A(?:IDA|ROA)[A-Z0-9]{12,124}"
    r"|arn:aws[a-z-]{0,20}:iam::[0-9]{12}:(?:root|(?:user|role)/[\w+=,.@/-]{1,600})"
    r"|arn:aws[a-z-]{0,20}:sts::[0-9]{12}:"
    r"(?:assumed-role/[\w+=,.@-]{1,64}/[\w+=,.@-]{2,64}|federated-user/[\w+=,.@-]{2,64})"
)
_PRINCIPAL_TYPES: Final = {
    "AWS": "aws",
    "Service": "service",
    "Federated": "federated",
    "CanonicalUser": "canonical_user",
}


def _either(entry: dict[str, Any], name: str) -> tuple[Any, bool]:
    """What stands under a name or under its opposite, and whether under the opposite."""
    if name in entry and f"Not{name}" in entry:
        raise MalformedPolicy(SYNTAX)
    negated = f"Not{name}" in entry
    return entry.get(f"Not{name}" if negated else name), negated


def _texts(value: Any) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    if not all(isinstance(entry, str) for entry in entries):
        raise MalformedPolicy(SYNTAX)
    return tuple(entries)


def read_action(entry: dict[str, Any], kind: Kind) -> Element:
    """The ``Action`` or ``NotAction`` of a statement; raises :class:`MalformedPolicy`."""
    value, negated = _either(entry, "Action")
    if value is None or value == []:
        raise MalformedPolicy(NO_ACTIONS)
    patterns = _texts(value)
    for pattern in patterns:
        if pattern != "*" and ":" not in pattern:
            raise MalformedPolicy(NO_VENDOR)
        if pattern != "*" and not _ACTION.fullmatch(pattern):
            raise MalformedPolicy(SYNTAX)
        if kind is Kind.TRUST and not _TRUST_ACTION.fullmatch(pattern):
            raise MalformedPolicy(ONLY_ASSUME_ROLE)
    return Element(patterns=patterns, negated=negated)


def read_resource(entry: dict[str, Any], kind: Kind) -> Element | None:
    """The ``Resource`` or ``NotResource`` of a statement; raises :class:`MalformedPolicy`.

    Policies of a resource may leave it out: it is theirs then. Trust policies must.
    """
    value, negated = _either(entry, "Resource")
    if kind is Kind.TRUST and ("Resource" in entry or negated):
        raise MalformedPolicy(f"Has prohibited field {'NotResource' if negated else 'Resource'}")
    if value is None and not negated and "Resource" not in entry and kind is not Kind.IDENTITY:
        return None
    if value is None or value == []:
        raise MalformedPolicy(NO_RESOURCES)
    patterns = _texts(value)
    for pattern in patterns:
        _check_arn(pattern)
    return Element(patterns=patterns, negated=negated)


def _check_arn(pattern: str) -> None:
    if pattern == "*":
        return
    prefix, *others = pattern.split(":", 5)
    if prefix != "arn" or not others:
        raise MalformedPolicy(f'Resource {pattern} must be in ARN format or "*".')
    if others[0] not in _PARTITIONS:
        rest = ":".join(["arn", *others, *["*"] * (5 - len(others))])
        raise MalformedPolicy(f'Partition "{others[0]}" is not valid for resource "{rest}".')
    if len(others) < 2 or not others[1] or set(others[1]) & set("*?"):
        raise MalformedPolicy(VENDOR_PATTERN)


def read_principal(entry: dict[str, Any], kind: Kind) -> PrincipalElement | None:
    """The ``Principal`` or ``NotPrincipal`` of a statement; raises :class:`MalformedPolicy`.

    Policies of identities have none. ``NotPrincipal`` goes with ``Deny`` only.
    """
    value, negated = _either(entry, "Principal")
    if kind is Kind.IDENTITY:
        if negated or "Principal" in entry:
            raise MalformedPolicy(IDENTITY_WITH_PRINCIPAL)
        return None
    if value is None:
        raise MalformedPolicy(NO_PRINCIPAL)
    if negated and entry["Effect"] != Effect.DENY:
        raise MalformedPolicy(SYNTAX)
    if value == "*":
        return PrincipalElement(aws=("*",), negated=negated)
    return PrincipalElement(**_named_principals(value), negated=negated)


def _named_principals(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not value or not set(value) <= set(_PRINCIPAL_TYPES):
        raise MalformedPolicy(SYNTAX)
    named = {_PRINCIPAL_TYPES[key]: _texts(held) for key, held in value.items()}
    if not all(named.values()):
        raise MalformedPolicy(SYNTAX)
    for principal in named.get("aws", ()):
        if not _AWS_PRINCIPAL.fullmatch(principal):
            raise MalformedPolicy(f'Invalid principal in policy: "AWS":"{principal}"')
    return named


def read_conditions(value: Any) -> tuple[Condition, ...]:
    """The conditions of a statement, all of which must hold; raises :class:`MalformedPolicy`."""
    if not isinstance(value, dict):
        raise MalformedPolicy(SYNTAX)
    found: list[Condition] = []
    for name, keys in value.items():
        if not isinstance(keys, dict):
            raise MalformedPolicy(SYNTAX)
        for key, held in keys.items():
            condition = read_condition(name, key, _values(held))
            if condition is None or not key:
                raise MalformedPolicy(SYNTAX)
            found.append(condition)
    return tuple(found)


def _values(value: Any) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    if not entries:
        raise MalformedPolicy(SYNTAX)
    return tuple(_value(entry) for entry in entries)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str):
        return str(value)
    raise MalformedPolicy(SYNTAX)
