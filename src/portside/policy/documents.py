"""Policy documents: from JSON to statements.

Source: IAM user guide, "Grammar of the IAM JSON policy language". The reasons of
:class:`MalformedPolicy` are the messages of IAM's ``MalformedPolicyDocument``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from portside.policy.elements import (
    SYNTAX,
    read_action,
    read_conditions,
    read_principal,
    read_resource,
)
from portside.policy.statements import Effect, Kind, MalformedPolicy, Policy, Statement

__all__ = ["Effect", "Kind", "MalformedPolicy", "Policy", "Statement", "parse"]

LENGTH_MAX: Final = 131_072
"""The longest document that any operation of IAM takes (its model's ``policyDocumentType``)."""
DEPTH_MAX: Final = 12
VERSION_DEFAULT: Final = "2008-10-17"
VERSION_WITH_VARIABLES: Final = "2012-10-17"
VERSIONS: Final = (VERSION_DEFAULT, VERSION_WITH_VARIABLES)
SID_REPEATED: Final = "Statement IDs (SID) in a single policy must be unique."
SID_MALFORMED: Final = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
    "expression [0-9A-Za-z]*"
)
_SID: Final = re.compile(r"[0-9A-Za-z]*")
_DEPTH_STEPS: Final = {"[": 1, "{": 1, "]": -1, "}": -1}
_TOP: Final = frozenset({"Version", "Id", "Statement"})
_ELEMENTS: Final = frozenset(
    (
        *("Sid", "Effect", "Condition", "Principal", "NotPrincipal"),
        *("Action", "NotAction", "Resource", "NotResource"),
    )
)


def parse(text: str, kind: Kind, name: str = "") -> Policy:
    """Read a policy document.

    Raises:
        MalformedPolicy: it is no JSON, too long or deep, or breaks the grammar of its kind.
    """
    document = _load(text)
    if not isinstance(document, dict) or not set(document) <= _TOP:
        raise MalformedPolicy(SYNTAX)
    version, known_as = document.get("Version", VERSION_DEFAULT), document.get("Id")
    if version not in VERSIONS or not isinstance(known_as, str | None):
        raise MalformedPolicy(SYNTAX)
    held = document.get("Statement")
    entries = held if isinstance(held, list) else [held]
    if not entries:
        raise MalformedPolicy(SYNTAX)
    variables = version == VERSION_WITH_VARIABLES
    statements = tuple(
        _statement(entry, kind, position, variables=variables)
        for position, entry in enumerate(entries)
    )
    _check_sids(statements, kind)
    return Policy(kind=kind, version=version, id=known_as, statements=statements, name=name)


def _load(text: str) -> Any:
    if len(text) > LENGTH_MAX or _depth(text) > DEPTH_MAX:
        raise MalformedPolicy(SYNTAX)
    try:
        return json.loads(text, object_pairs_hook=_distinct, parse_constant=_refuse)
    except ValueError as error:
        raise MalformedPolicy(SYNTAX) from error


def _depth(text: str) -> int:
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        else:
            depth += _DEPTH_STEPS.get(character, 0)
            deepest = max(deepest, depth)
    return deepest


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedPolicy(SYNTAX)
    return found


def _refuse(_constant: str) -> Any:
    raise MalformedPolicy(SYNTAX)


def _statement(entry: Any, kind: Kind, position: int, *, variables: bool) -> Statement:
    if not isinstance(entry, dict) or not set(entry) <= _ELEMENTS:
        raise MalformedPolicy(SYNTAX)
    sid, effect = entry.get("Sid"), entry.get("Effect")
    if not isinstance(sid, str | None) or effect not in tuple(Effect):
        raise MalformedPolicy(SYNTAX)
    return Statement(
        position=position,
        sid=sid,
        effect=Effect(effect),
        principal=read_principal(entry, kind),
        action=read_action(entry, kind),
        resource=read_resource(entry, kind),
        conditions=read_conditions(entry.get("Condition", {})),
        variables=variables,
    )


def _check_sids(statements: Sequence[Statement], kind: Kind) -> None:
    sids = [statement.sid for statement in statements if statement.sid]
    if kind is not Kind.RESOURCE and not all(_SID.fullmatch(sid) for sid in sids):
        raise MalformedPolicy(SID_MALFORMED)
    if len(set(sids)) != len(sids):
        raise MalformedPolicy(SID_REPEATED)
