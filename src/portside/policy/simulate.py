"""Simulations: what policies would decide, and where in their texts (IAM SimulateCustomPolicy)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from portside.policy.evaluate import (
    Cited,
    Decision,
    Policies,
    Question,
    Source,
    evaluate,
    statements_in_force,
)
from portside.policy.statements import Effect, Policy, Statement
from portside.policy.variables import Variable, read_template

_SPACE: Final = re.compile(r"\s*")
_SHOWN: Final = frozenset({Source.IDENTITY, Source.RESOURCE})


class SimulatedDecision(StrEnum):
    """How the IAM API names decisions."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What would be decided. ``missing`` holds the keys that policies asked for in vain."""

    decision: SimulatedDecision
    reason: Decision
    matched: tuple[Cited, ...]
    """The identity- and resource-based statements that speak of the request."""
    missing: tuple[str, ...]
    allowed_by_boundary: bool | None
    """``None`` where there is no boundary."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text; both numbers begin with one."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """Where a statement begins, and where it ends."""

    start: Position
    end: Position


def simulate(question: Question, policies: Policies) -> Simulation:
    """What these policies would decide, and by which statements."""
    decision = evaluate(question, policies)
    given = {key.lower() for key, values in question.context.items() if values}
    everyone = [*policies.identity, *policies.resource, *policies.session]
    if policies.boundary is not None:
        everyone.append(policies.boundary)
    missing = [key for key in context_keys(everyone) if key.lower() in decision.asked - given]
    return Simulation(
        decision=_named(decision),
        reason=decision,
        matched=tuple(
            cited for cited in statements_in_force(question, policies) if cited.source in _SHOWN
        ),
        missing=tuple(missing),
        allowed_by_boundary=_allowed_by_boundary(question, policies),
    )


def context_keys(policies: Iterable[Policy]) -> list[str]:
    """The condition keys that policies look at, each once, as first spelled, in order.

    Source: IAM GetContextKeysForCustomPolicy.
    """
    found: dict[str, str] = {}
    for policy in policies:
        for statement in policy.statements:
            for key in _keys(statement):
                found.setdefault(key.lower(), key)
    return list(found.values())


def locate_statements(text: str) -> tuple[Span, ...]:
    """Where the statements of a policy's text stand, in order; the text has been parsed before."""
    return tuple(
        Span(_position(text, start), _position(text, end)) for start, end in _offsets(text)
    )


def _named(decision: Decision) -> SimulatedDecision:
    if decision.allowed:
        return SimulatedDecision.ALLOWED
    if decision.is_explicit:
        return SimulatedDecision.EXPLICIT_DENY
    return SimulatedDecision.IMPLICIT_DENY


def _allowed_by_boundary(question: Question, policies: Policies) -> bool | None:
    if policies.boundary is None:
        return None
    # By itself a boundary is to the question what an identity's only policy would be.
    alone = Policies(identity=[policies.boundary])
    owner = replace(question, resource_account=question.principal.account)
    return evaluate(owner, alone).effect is Effect.ALLOW


def _keys(statement: Statement) -> Iterator[str]:
    texts: list[str] = list(statement.resource.patterns) if statement.resource else []
    for condition in statement.conditions:
        yield condition.key
        texts += condition.values
    for text in texts:
        for part in read_template(text, variables=statement.variables, wildcards=True):
            if isinstance(part, Variable):
                yield part.key


def _offsets(text: str) -> Iterator[tuple[int, int]]:
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        key, at = _value(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if key == "Statement":
            yield from _entries(text, at)
        _, at = _value(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at] == "," else at


def _entries(text: str, at: int) -> Iterator[tuple[int, int]]:
    if text[at] != "[":
        yield at, _value(text, at)[1]
        return
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, end = _value(text, at)
        yield at, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _value(text: str, at: int) -> tuple[Any, int]:
    value, end = _DECODER.raw_decode(text, at)
    return value, end


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _position(text: str, offset: int) -> Position:
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


_DECODER: Final = json.JSONDecoder()
