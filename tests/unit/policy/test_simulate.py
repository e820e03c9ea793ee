"""Simulations: what would be decided, by which statements, and where they stand."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.policy.documents import Kind, Policy, parse
from portside.policy.evaluate import Policies, Question
from portside.policy.principals import Principal, PrincipalKind
from portside.policy.review import Outcome, review
from portside.policy.simulate import (
    SimulatedDecision,
    Simulation,
    context_keys,
    locate_statements,
    simulate,
)

ACCOUNT = "111122223333"
ALLOW = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "ecr:PutImage", "Resource": "*"}


def policy(*statements: Any, kind: Kind = Kind.IDENTITY, name: str = "p") -> Policy:
    return parse(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}), kind, name)


def ask(policies: Policies, action: str = "ecr:PutImage", **context: str) -> Simulation:
    return simulate(question(action, **context), policies)


def question(action: str = "ecr:PutImage", **context: str) -> Question:
    principal = Principal(
        kind=PrincipalKind.USER, arn=f"arn:aws:iam::{ACCOUNT}:user/alice", account=ACCOUNT
    )
    return Question(
        principal=principal,
        action=action,
        resource=f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/app",
        resource_account=ACCOUNT,
        context={key: (value,) for key, value in context.items()},
    )


def test_decisions_have_the_names_of_the_api() -> None:
    assert ask(Policies(identity=[policy(ALLOW)])).decision is SimulatedDecision.ALLOWED
    denied = ask(Policies(identity=[policy(ALLOW, DENY)]))
    assert denied.decision is SimulatedDecision.EXPLICIT_DENY
    assert ask(Policies()).decision is SimulatedDecision.IMPLICIT_DENY


def test_all_that_match_are_told() -> None:
    resource = policy({**ALLOW, "Principal": "*"}, kind=Kind.RESOURCE, name="r")
    found = ask(Policies(identity=[policy(ALLOW, DENY)], resource=[resource]))
    assert [(one.policy.name, one.statement.position) for one in found.matched] == [
        ("p", 0),
        ("p", 1),
        ("r", 0),
    ]


def test_what_a_boundary_would_allow() -> None:
    identity = [policy(ALLOW)]
    assert ask(Policies(identity=identity)).allowed_by_boundary is None
    within = ask(Policies(identity=identity, boundary=policy(ALLOW)))
    assert (within.decision, within.allowed_by_boundary) == (SimulatedDecision.ALLOWED, True)
    beyond = ask(Policies(identity=identity, boundary=policy(ALLOW, DENY)))
    assert beyond.allowed_by_boundary is False


def test_keys_that_were_asked_for_in_vain() -> None:
    conditional = {**ALLOW, "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "a"}}}
    other = {
        **ALLOW,
        "Action": "s3:*",
        "Condition": {"StringEquals": {"aws:SourceVpc": "a"}},
    }
    policies = Policies(identity=[policy(conditional, other)])
    assert ask(policies).missing == ("aws:PrincipalTag/Team",)
    assert ask(policies, **{"AWS:principaltag/team": "a"}).missing == ()


def test_the_keys_of_policies() -> None:
    held = policy(
        {
            **ALLOW,
            "Resource": "arn:aws:ecr:*:*:repository/${aws:username}/*",
            "Condition": {"StringLike": {"aws:userid": "${aws:PrincipalTag/x, 'y'}*"}},
        },
        {**ALLOW, "Condition": {"Null": {"AWS:UserId": "true"}}},
    )
    assert context_keys([held]) == ["aws:userid", "aws:username", "aws:PrincipalTag/x"]


def test_where_statements_stand() -> None:
    text = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"a": 1},\n  {"b":\n2}\n ] }'
    first, second = locate_statements(text)
    assert ((first.start.line, first.start.column), first.end.line) == ((4, 5), 4)
    assert first.end.column == 13
    assert (second.start.line, second.start.column) == (5, 3)
    assert (second.end.line, second.end.column) == (6, 3)


@pytest.mark.parametrize("indent", [None, 0, 2])
@given(st.integers(1, 4), st.booleans())
def test_every_statement_is_found(indent: int | None, count: int, single: bool) -> None:
    """However the text is laid out, each span holds exactly its statement."""
    statements = [{**ALLOW, "Sid": f"s{number}"} for number in range(1 if single else count)]
    held = statements[0] if single else statements
    text = json.dumps({"Id": "x", "Statement": held, "Version": "2012-10-17"}, indent=indent)
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found = []
    for span in locate_statements(text):
        begin = starts[span.start.line - 1] + span.start.column - 1
        end = starts[span.end.line - 1] + span.end.column - 1
        found.append(json.loads(text[begin:end]))
    assert found == statements


def test_a_review_tells_what_does_not_fit() -> None:
    resource = {**ALLOW, "Principal": {"AWS": "444455556666"}}
    office = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    policies = Policies(
        identity=[
            policy(
                ALLOW,
                {**ALLOW, "Action": "s3:*"},
                {**ALLOW, "Resource": "arn:aws:ecr:*:*:repository/web"},
                {**ALLOW, "Condition": office},
            )
        ],
        resource=[policy(resource, kind=Kind.RESOURCE)],
    )
    found = review(question(**{"aws:SourceIp": "11.0.0.1"}), policies)
    assert [one.outcome for one in found] == [
        Outcome.APPLIES,
        Outcome.ACTION,
        Outcome.RESOURCE,
        Outcome.CONDITION,
        Outcome.PRINCIPAL,
    ]
    assert found[3].condition is not None
    assert (found[3].condition.key, found[3].given) == ("aws:SourceIp", ("11.0.0.1",))
