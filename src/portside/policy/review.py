"""Why each statement does or does not speak of a request, for people who wonder."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from portside.policy.conditions import Condition, holds
from portside.policy.evaluate import (
    Cited,
    Decision,
    Policies,
    Question,
    names_action,
    names_resource,
    sources,
)
from portside.policy.principals import grant
from portside.policy.statements import Effect, Statement
from portside.policy.variables import Reading


class Outcome(Enum):
    """The first thing in a statement that does not fit, if one does not."""

    APPLIES = "applies"
    PRINCIPAL = "names other principals"
    ACTION = "names other actions"
    RESOURCE = "names other resources"
    CONDITION = "its condition does not hold"


@dataclass(frozen=True, slots=True)
class Review:
    """A statement with what came of it; ``condition`` is the one that does not hold."""

    cited: Cited
    outcome: Outcome
    condition: Condition | None = None
    given: tuple[str, ...] | None = None
    """What the request has for that condition's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision, and what came of each statement that could have had a say."""

    principal: str
    action: str
    resource: str
    decision: Decision
    reviews: tuple[Review, ...]


def review(question: Question, policies: Policies) -> tuple[Review, ...]:
    """Every statement of every policy that has a say, in order."""
    reading = Reading(question.context)
    return tuple(
        _review(Cited(source, policy, statement), question, reading)
        for source, held in sources(policies).items()
        for policy in held
        for statement in policy.statements
    )


def _review(cited: Cited, question: Question, reading: Reading) -> Review:
    statement = cited.statement
    if not grant(statement.principal, question.principal):
        return Review(cited, Outcome.PRINCIPAL)
    if not names_action(statement.action, question.action):
        return Review(cited, Outcome.ACTION)
    if not names_resource(statement, question.resource, reading):
        return Review(cited, Outcome.RESOURCE)
    failing = _failing(statement, reading)
    if failing is not None:
        return Review(cited, Outcome.CONDITION, failing, reading.find(failing.key))
    return Review(cited, Outcome.APPLIES)


def _failing(statement: Statement, reading: Reading) -> Condition | None:
    unresolved = statement.effect is Effect.DENY
    for condition in statement.conditions:
        if not holds(condition, reading, variables=statement.variables, unresolved=unresolved):
            return condition
    return None
