"""AWS's documented decisions, row by row."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from portside.policy.conditions import OPERATORS
from portside.policy.documents import Effect, Kind, Policy, parse
from portside.policy.evaluate import Policies, Question, evaluate
from portside.policy.principals import Principal, PrincipalKind

TABLE = yaml.safe_load(Path(__file__).with_name("decisions.yaml").read_text(encoding="utf-8"))
OWN, OTHER = "111122223333", "444455556666"
REPOSITORY = f"arn:aws:ecr:us-east-1:{OWN}:repository/team/app"


def user(name: str, account: str) -> Principal:
    return Principal(
        kind=PrincipalKind.USER,
        arn=f"arn:aws:iam::{account}:user/{name}",
        account=account,
        unique_id=f"AIDA{name.upper() * 3}",
    )


def session(role: str, name: str, account: str) -> Principal:
    return Principal(
        kind=PrincipalKind.ROLE_SESSION,
        arn=f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        account=account,
        unique_id=f"AROA{role.upper() * 2}:{name}",
        role_arn=f"arn:aws:iam::{account}:role/{role}",
    )


def root(account: str) -> Principal:
    return Principal(kind=PrincipalKind.ROOT, arn=f"arn:aws:iam::{account}:root", account=account)


PRINCIPALS = {
    "alice": user("alice", OWN),
    "bob": user("bob", OWN),
    "carol": user("carol", OTHER),
    "dave": user("dave", OTHER),
    "root": root(OWN),
    "other_root": root(OTHER),
    "session": session("builder", "ci", OWN),
    "session_2": session("builder", "cd", OWN),
    "other_session": session("puller", "ci", OTHER),
    "service": Principal(kind=PrincipalKind.SERVICE, arn="lambda.amazonaws.com", account=""),
    "web": Principal(
        kind=PrincipalKind.FEDERATED,
        arn=f"arn:aws:iam::{OWN}:oidc-provider/ci.example.com",
        account=OWN,
    ),
}


def policy(row: dict[str, Any], key: str, kind: Kind) -> list[Policy]:
    """The policy of a row under a key, read from JSON as users write it."""
    if key not in row:
        return []
    document = {"Version": row.get("version", "2012-10-17"), "Statement": row[key]}
    return [parse(json.dumps(document), kind, key)]


def policies(row: dict[str, Any]) -> Policies:
    return Policies(
        identity=policy(row, "identity", Kind.IDENTITY),
        resource=[
            *policy(row, "resource_policy", Kind.RESOURCE),
            *policy(row, "registry_policy", Kind.RESOURCE),
            *policy(row, "trust", Kind.TRUST),
        ],
        boundary=next(iter(policy(row, "boundary", Kind.IDENTITY)), None),
        session=[
            *policy(row, "session", Kind.IDENTITY),
            *policy(row, "session_2", Kind.IDENTITY),
        ],
    )


def question(row: dict[str, Any]) -> Question:
    return Question(
        principal=PRINCIPALS[row.get("who", "alice")],
        action=row.get("action", "ecr:PutImage"),
        resource=row.get("resource", REPOSITORY),
        resource_account=OWN,
        context={key: tuple(values) for key, values in row.get("context", {}).items()},
    )


def test_the_table_is_large() -> None:
    """It holds at least 150 different decisions, and all operators, holding and not."""
    names = [row["case"] for row in TABLE["decisions"]]
    conditions = [json.dumps(row) for row in TABLE["conditions"]]
    assert len(set(names)) == len(names)
    assert len(set(conditions)) == len(conditions)
    assert len(names) >= 150
    shown = {
        (name.rpartition(":")[2].removesuffix("IfExists"), holds)
        for name, _, _, holds in TABLE["conditions"]
    }
    assert shown == {(name, holds) for name in OPERATORS for holds in (True, False)}


@pytest.mark.parametrize("row", TABLE["decisions"], ids=lambda row: row["case"])
def test_a_decision(row: dict[str, Any]) -> None:
    """Effect and reason are the documented ones, and the statement is one that says so."""
    decision = evaluate(question(row), policies(row))
    because = row["because"].format(action=row.get("action", "ecr:PutImage"))
    assert (decision.effect.value, decision.because) == (row["expect"], because)
    assert decision.is_explicit is because.startswith("with an explicit deny")
    if decision.statement is not None:
        assert decision.statement.statement.effect is decision.effect
        assert decision.statement.source.value in because


@pytest.mark.parametrize("row", TABLE["conditions"], ids=lambda row: " ".join(map(str, row)))
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_condition(row: list[Any], effect: str) -> None:
    """A statement counts exactly where its condition holds."""
    operator, wanted, given, holds = row
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    conditional = {
        **everything,
        "Effect": effect,
        "Condition": {operator: {"test:Key": wanted}},
    }
    asked = {
        "identity": [conditional] if effect == "Allow" else [everything, conditional],
        "context": {} if given is None else {"TEST:key": given},
    }
    decision = evaluate(question(asked), policies(asked))
    assert decision.allowed is (holds if effect == "Allow" else not holds)
    assert decision.asked == {"test:key"}
    if not decision.allowed:
        denied = "with an explicit deny in an identity-based policy"
        none = "no identity-based policy allows the ecr:PutImage action"
        assert decision.because == (none if effect == "Allow" else denied)
        assert decision.effect is Effect.DENY


@pytest.mark.parametrize("name", sorted(set(OPERATORS) - {"Null"}))
@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ("{}IfExists", lambda _negated: True),
        ("{}", lambda negated: negated),
        ("ForAllValues:{}", lambda _negated: True),
        ("ForAllValues:{}IfExists", lambda _negated: True),
        ("ForAnyValue:{}", lambda _negated: False),
        ("ForAnyValue:{}IfExists", lambda _negated: True),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_every_operator_where_the_key_is_missing(
    name: str, form: str, holds: Callable[[bool], bool]
) -> None:
    """``IfExists`` and ``ForAllValues`` hold then, ``ForAnyValue`` not, negations by themselves."""
    wanted = next(row[1] for row in TABLE["conditions"] if row[0] == name)
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    row = {"identity": [{**statement, "Condition": {form.format(name): {"k": wanted}}}]}
    expected = holds(OPERATORS[name].negated)
    assert evaluate(question(row), policies(row)).allowed is expected
