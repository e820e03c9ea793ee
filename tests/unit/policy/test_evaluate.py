"""Decisions at large: against the oracle, and what no policy may ever change."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.policy import oracle

from portside.policy.documents import Kind, Policy, parse
from portside.policy.evaluate import (
    Decision,
    Policies,
    Question,
    evaluate,
    statements_in_force,
)
from portside.policy.principals import Principal, PrincipalKind

A, B = "111122223333", "444455556666"
WHO = {
    f"arn:aws:iam::{A}:user/alice": (A, PrincipalKind.USER, None),
    f"arn:aws:iam::{B}:user/carol": (B, PrincipalKind.USER, None),
    f"arn:aws:iam::{A}:root": (A, PrincipalKind.ROOT, None),
    f"arn:aws:iam::{B}:root": (B, PrincipalKind.ROOT, None),
    f"arn:aws:sts::{A}:assumed-role/r/ci": (
        A,
        PrincipalKind.ROLE_SESSION,
        f"arn:aws:iam::{A}:role/r",
    ),
    f"arn:aws:sts::{B}:assumed-role/q/ci": (
        B,
        PrincipalKind.ROLE_SESSION,
        f"arn:aws:iam::{B}:role/q",
    ),
}
NAMED = [*WHO, "*", A, B, f"arn:aws:iam::{A}:role/r", f"arn:aws:iam::{B}:role/q"]
RESOURCES = [f"arn:aws:ecr:us-east-1:{A}:repository/{name}" for name in ("app", "team/app")]
ACTIONS = ["ecr:PutImage", "ecr:BatchGetImage", "iam:GetUser"]
REASONS = {
    "identity": "identity-based policy",
    "resource": "resource-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "root": "root user",
}

some_actions = st.sampled_from([*ACTIONS, "*", "ecr:*", "ecr:?utImage", "ECR:batch*"])
some_resources = st.sampled_from(
    [*RESOURCES, "*", "arn:aws:ecr:*:*:repository/*app", "arn:aws:ecr:eu*", "arn:aws:ecr:us*"]
)
some_conditions = st.dictionaries(
    st.sampled_from(["StringEquals", "StringNotEquals", "StringEqualsIfExists"]),
    st.dictionaries(
        st.sampled_from(["k", "l"]),
        st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2),
        max_size=2,
    ),
    max_size=2,
)


@st.composite
def statements(draw: st.DrawFn, *, named: bool) -> dict[str, Any]:
    """A statement in the oracle's form."""
    made: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Action": draw(st.lists(some_actions, min_size=1, max_size=2)),
        "Resource": draw(st.lists(some_resources, min_size=1, max_size=2)),
        "NotAction": draw(st.booleans()) and draw(st.booleans()),
        "NotResource": draw(st.booleans()) and draw(st.booleans()),
        "Condition": draw(some_conditions),
    }
    if named:
        principals = st.lists(st.sampled_from(NAMED), min_size=1, max_size=2, unique=True)
        made["Principal"] = {"AWS": draw(principals)}
    return made


def several(*, named: bool = False) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(statements(named=named), max_size=3)


@st.composite
def requests(draw: st.DrawFn) -> oracle.Request:
    arn = draw(st.sampled_from(sorted(WHO)))
    account, _, role_arn = WHO[arn]
    context = draw(
        st.dictionaries(
            st.sampled_from(["k", "l"]), st.sampled_from([["a"], ["b"], ["c"]]), max_size=2
        )
    )
    return oracle.Request(
        arn=arn,
        account=account,
        role_arn=role_arn,
        action=draw(st.sampled_from(ACTIONS)),
        resource=draw(st.sampled_from([*RESOURCES, "*"])),
        owner=A,
        context=context,
    )


def written(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement as users write it."""
    shown = {
        key: value for key, value in statement.items() if key not in ("NotAction", "NotResource")
    }
    for element in ("Action", "Resource"):
        if statement.get(f"Not{element}"):
            shown[f"Not{element}"] = shown.pop(element)
    return shown


def read(held: list[dict[str, Any]], kind: Kind, name: str = "p") -> list[Policy]:
    if not held:
        return []
    document = {"Version": "2012-10-17", "Statement": [written(one) for one in held]}
    return [parse(json.dumps(document), kind, name)]


def question(request: oracle.Request) -> Question:
    account, kind, role_arn = WHO[request.arn]
    principal = Principal(kind=kind, arn=request.arn, account=account, role_arn=role_arn)
    return Question(
        principal=principal,
        action=request.action,
        resource=request.resource,
        resource_account=request.owner,
        context={key: tuple(values) for key, values in request.context.items()},
    )


def same(decision: Decision, expected: tuple[str, str]) -> bool:
    effect, kind = expected
    words = REASONS[kind.split()[-1]]
    form = {"explicit": "with an explicit deny in ", "no": "no "}.get(kind.split()[0], "")
    return (
        decision.effect.value == effect
        and words in decision.because
        and decision.because.startswith(form)
    )


limits = st.none() | st.lists(statements(named=False), min_size=1, max_size=2)


@settings(max_examples=600)
@given(requests(), several(), several(named=True), limits, limits)
def test_the_oracle_agrees(
    request: oracle.Request,
    identity: list[dict[str, Any]],
    resource: list[dict[str, Any]],
    boundary: list[dict[str, Any]] | None,
    session: list[dict[str, Any]] | None,
) -> None:
    """Effect and deciding kind of policy are what the plain reading says."""
    policies = Policies(
        identity=read(identity, Kind.IDENTITY),
        resource=read(resource, Kind.RESOURCE),
        boundary=next(iter(read(boundary or [], Kind.IDENTITY)), None),
        session=read(session or [], Kind.IDENTITY),
    )
    decision = evaluate(question(request), policies)
    expected = oracle.decide(request, identity, resource, boundary, session)
    assert same(decision, expected), (decision, expected)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Question, Policies]:
    request = draw(requests())
    return question(request), Policies(
        identity=read(draw(several()), Kind.IDENTITY),
        resource=read(draw(several(named=True)), Kind.RESOURCE),
        boundary=next(iter(read(draw(several()), Kind.IDENTITY)), None),
        session=read(draw(several()), Kind.IDENTITY),
    )


def with_statement(
    policies: Policies, place: str, statement: dict[str, Any], *, first: bool
) -> Policies:
    """The same policies and one statement more."""
    kind = Kind.RESOURCE if place == "resource" else Kind.IDENTITY
    added = read([statement], kind, "added")

    def mixed(held: Sequence[Policy]) -> list[Policy]:
        return [*added, *held] if first else [*held, *added]

    if place == "boundary" and policies.boundary is not None:
        held = policies.boundary
        both = (*held.statements, *added[0].statements)
        return replace(policies, boundary=replace(held, statements=both))
    if place == "session" and policies.session:
        return replace(policies, session=mixed(policies.session))
    if place == "resource":
        return replace(policies, resource=mixed(policies.resource))
    return replace(policies, identity=mixed(policies.identity)) if place == "identity" else policies


places = st.sampled_from(["identity", "resource", "boundary", "session"])


@given(situations(), places, statements(named=True), st.booleans())
def test_a_deny_never_allows(
    situation: tuple[Question, Policies], place: str, statement: dict[str, Any], first: bool
) -> None:
    """Whatever a Deny says and wherever it stands, nothing is allowed by it."""
    asked, policies = situation
    added = {**statement, "Effect": "Deny"}
    if place != "resource":
        added.pop("Principal")
    before = evaluate(asked, policies)
    after = evaluate(asked, with_statement(policies, place, added, first=first))
    assert before.allowed or not after.allowed
    if before.is_explicit:
        assert after.is_explicit


@given(situations(), places, statements(named=True), st.booleans())
def test_an_unrelated_statement_changes_nothing(
    situation: tuple[Question, Policies], place: str, statement: dict[str, Any], first: bool
) -> None:
    """A statement on other actions neither allows nor denies, nor changes the reason."""
    asked, policies = situation
    added = {**statement, "Action": ["s3:*"], "NotAction": False}
    if place != "resource":
        added.pop("Principal")
    before = evaluate(asked, policies)
    after = evaluate(asked, with_statement(policies, place, added, first=first))
    assert (before.effect, before.because) == (after.effect, after.because)


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(
    situation: tuple[Question, Policies], random: Any
) -> None:
    """Statements are a set."""
    asked, policies = situation
    mixed = []
    for held in policies.identity:
        shuffled = list(held.statements)
        random.shuffle(shuffled)
        mixed.append(replace(held, statements=tuple(shuffled)))
    before, after = evaluate(asked, policies), evaluate(asked, replace(policies, identity=mixed))
    assert (before.effect, before.because) == (after.effect, after.because)


@given(situations(), st.sampled_from(["k", "l", "other"]), st.sampled_from(["a", "b", "z"]))
def test_only_the_keys_asked_for_matter(
    situation: tuple[Question, Policies], key: str, value: str
) -> None:
    """A decision is the same whatever the keys that it did not look at hold."""
    asked, policies = situation
    before = evaluate(asked, policies)
    other = replace(asked, context={**asked.context, key: (value,)})
    if key not in before.asked:
        assert evaluate(other, policies) == before


@given(situations())
@example(
    (
        Question(
            principal=Principal(kind=PrincipalKind.SERVICE, arn="x.amazonaws.com", account=""),
            action="ecr:PutImage",
            resource=RESOURCES[0],
            resource_account=A,
        ),
        Policies(),
    )
)
def test_what_decides_is_in_force(situation: tuple[Question, Policies]) -> None:
    """The statement that a decision cites is one of those that speak of the request."""
    asked, policies = situation
    decision = evaluate(asked, policies)
    if decision.statement is not None:
        assert decision.statement in statements_in_force(asked, policies)
        assert str(decision.statement).startswith("statement number ")
        assert decision.statement.statement.effect is decision.effect
