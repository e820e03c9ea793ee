"""Which documents are policies, and what IAM says of those that are not."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.policy.documents import LENGTH_MAX, Effect, Kind, MalformedPolicy, parse

SYNTAX = "Syntax errors in policy."
ALLOW = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}
TRUST = {
    "Effect": "Allow",
    "Principal": {"AWS": "111122223333"},
    "Action": "sts:AssumeRole",
}
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "ecr:*"}


def document(*statements: Any, **top: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **top})


def reason(text: str, kind: Kind = Kind.IDENTITY) -> str:
    with pytest.raises(MalformedPolicy) as caught:
        parse(text, kind)
    return caught.value.reason


def test_the_least_document() -> None:
    """One statement without a list; without a version it is of the older one."""
    held = parse(json.dumps({"Statement": ALLOW}), Kind.IDENTITY, "mine")
    assert (held.version, held.id, held.name) == ("2008-10-17", None, "mine")
    [statement] = held.statements
    assert statement.effect is Effect.ALLOW
    assert statement.action.patterns == ("ecr:*",)
    assert not statement.variables


def test_single_values_and_lists_are_the_same() -> None:
    single = parse(document(ALLOW), Kind.IDENTITY)
    listed = parse(document({**ALLOW, "Action": ["ecr:*"], "Resource": ["*"]}), Kind.IDENTITY)
    assert single == listed


def test_values_of_conditions_may_be_numbers_and_booleans() -> None:
    conditions = {"NumericEquals": {"a": 10}, "Bool": {"b": True}, "StringEquals": {"c": "x"}}
    [statement] = parse(document({**ALLOW, "Condition": conditions}), Kind.IDENTITY).statements
    assert [condition.values for condition in statement.conditions] == [("10",), ("true",), ("x",)]


def test_every_form_of_principal() -> None:
    named = {
        "AWS": [
            "111122223333",
            "arn:aws:iam::111122223333:root",
            "arn:aws:iam::111122223333:user/division/alice",
            "arn:aws:sts::111122223333:assumed-role/builder/ci",
            "AIDAALICEALICEALICE",
        ],
        "Service": "lambda.amazonaws.com",
        "Federated": "arn:aws:iam::111122223333:oidc-provider/ci.example.com",
        "CanonicalUser": "79a59df900b949e55d96a1e698fbaced",
    }
    [statement] = parse(document({**OPEN, "Principal": named}), Kind.RESOURCE).statements
    assert statement.principal is not None
    assert statement.principal.aws == tuple(named["AWS"])
    assert statement.resource is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", SYNTAX),
        ("{", SYNTAX),
        ("[]", SYNTAX),
        ('"text"', SYNTAX),
        ("null", SYNTAX),
        ("{}", SYNTAX),
        (document(), SYNTAX),
        (document("text"), SYNTAX),
        (document([]), SYNTAX),
        (document(ALLOW, Version="2020-01-01"), SYNTAX),
        (document(ALLOW, Version=[]), SYNTAX),
        (document(ALLOW, Id=7), SYNTAX),
        (document(ALLOW, Name="x"), SYNTAX),
        (document({**ALLOW, "Comment": "x"}), SYNTAX),
        (document({**ALLOW, "Effect": "allow"}), SYNTAX),
        (document({**ALLOW, "Effect": ["Allow"]}), SYNTAX),
        (document({"Action": "ecr:*", "Resource": "*"}), SYNTAX),
        (document({**ALLOW, "Sid": 5}), SYNTAX),
        (document({**ALLOW, "NotAction": "ecr:*"}), SYNTAX),
        (document({**ALLOW, "NotResource": "*"}), SYNTAX),
        (document({**ALLOW, "Action": [1]}), SYNTAX),
        (document({**ALLOW, "Action": "ecr:Put Image"}), SYNTAX),
        (document({**ALLOW, "Resource": {"a": 1}}), SYNTAX),
        (document({**ALLOW, "Condition": []}), SYNTAX),
        (document({**ALLOW, "Condition": {"StringEquals": "x"}}), SYNTAX),
        (document({**ALLOW, "Condition": {"StringEquals": {"k": []}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"StringEquals": {"k": {"a": "b"}}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"StringEquals": {"k": None}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"StringEquals": {"": "x"}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"StringSounds": {"k": "x"}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"NullIfExists": {"k": "true"}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"ForSomeValues:StringLike": {"k": "x"}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0"}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"NumericEquals": {"k": "ten"}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"NumericEquals": {"k": "NaN"}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"DateEquals": {"k": "yesterday"}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"Bool": {"k": "perhaps"}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"BinaryEquals": {"k": "***"}}}), SYNTAX),
        (
            '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Resource": "a"}}',
            SYNTAX,
        ),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": NaN}}', SYNTAX),
        (document(ALLOW) + " " * LENGTH_MAX, SYNTAX),
        ("[" * 100_000, SYNTAX),
        ('{"Statement":' + "[" * 20 + "]" * 20 + "}", SYNTAX),
        ('"' + '\\"' * 60_000, SYNTAX),
        (
            document({"Effect": "Allow", "Resource": "*"}),
            "Policy statement must contain actions.",
        ),
        (document({**ALLOW, "Action": []}), "Policy statement must contain actions."),
        (
            document({"Effect": "Allow", "Action": "ecr:*"}),
            "Policy statement must contain resources.",
        ),
        (document({**ALLOW, "Resource": []}), "Policy statement must contain resources."),
        (
            document({**ALLOW, "Action": "PutImage"}),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            document({**ALLOW, "Resource": "repository/app"}),
            'Resource repository/app must be in ARN format or "*".',
        ),
        (
            document({**ALLOW, "Resource": "arn:mars:ecr:*:*:*"}),
            'Partition "mars" is not valid for resource "arn:mars:ecr:*:*:*".',
        ),
        (
            document({**ALLOW, "Resource": "arn:aws:*:*:*:*"}),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            document({**ALLOW, "Resource": "arn:aws"}),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            document({**ALLOW, "Principal": "*"}),
            "Policy document should not specify a principal.",
        ),
        (
            document({**ALLOW, "NotPrincipal": "*"}),
            "Policy document should not specify a principal.",
        ),
        (
            document({**ALLOW, "Sid": "a"}, {**ALLOW, "Sid": "a"}),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (
            document({**ALLOW, "Sid": "not this"}),
            (
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
                "regular expression [0-9A-Za-z]*"
            ),
        ),
    ],
)
def test_no_policy_of_an_identity(text: str, expected: str) -> None:
    assert reason(text) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({**TRUST, "Resource": "*"}, "Has prohibited field Resource"),
        ({**TRUST, "NotResource": "*"}, "Has prohibited field NotResource"),
        (
            {"Effect": "Allow", "Action": "sts:AssumeRole"},
            "Missing required field Principal",
        ),
        (
            {**TRUST, "Action": "ecr:*"},
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            {**TRUST, "Principal": {"AWS": "alice"}},
            'Invalid principal in policy: "AWS":"alice"',
        ),
        ({**TRUST, "Principal": {"AWS": []}}, SYNTAX),
        ({**TRUST, "Principal": {}}, SYNTAX),
        ({**TRUST, "Principal": "alice"}, SYNTAX),
        ({**TRUST, "Principal": {"Someone": "*"}}, SYNTAX),
    ],
)
def test_no_trust_policy(statement: Any, expected: str) -> None:
    assert reason(document(statement), Kind.TRUST) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (ALLOW, "Missing required field Principal"),
        ({"Effect": "Allow", "NotPrincipal": "*", "Action": "ecr:*"}, SYNTAX),
        (
            {**OPEN, "Principal": {"AWS": "arn:aws:iam::111122223333:user/*"}},
            'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/*"',
        ),
        ({**OPEN, "Resource": []}, "Policy statement must contain resources."),
    ],
)
def test_no_policy_of_a_resource(statement: Any, expected: str) -> None:
    assert reason(document(statement), Kind.RESOURCE) == expected


def test_statement_ids_of_resources_may_have_spaces() -> None:
    """As in ECR's own examples."""
    [statement] = parse(document({**OPEN, "Sid": "Allow pull"}), Kind.RESOURCE).statements
    assert statement.sid == "Allow pull"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
elements = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("Sid", "NotAction", "NotResource", "Condition", "Principal"), anything),
        "Effect": st.sampled_from(["Allow", "Deny"]) | anything,
        "Action": st.just("ecr:*") | anything,
        "Resource": st.just("*") | anything,
    },
)


@given(elements | anything, st.sampled_from(list(Kind)))
def test_whatever_is_no_policy_is_refused_so(statement: Any, kind: Kind) -> None:
    """Any JSON is either a policy or malformed; nothing else is raised."""
    with suppress(MalformedPolicy):
        assert parse(document(statement), kind).statements


@given(st.text(max_size=60), st.sampled_from(list(Kind)))
def test_no_text_is_a_policy_by_chance(text: str, kind: Kind) -> None:
    with pytest.raises(MalformedPolicy):
        parse(text, kind)
