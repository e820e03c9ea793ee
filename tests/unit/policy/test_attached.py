"""What ECR asks of policies of repositories and registries."""

import json
from typing import Any

import pytest

from portside.policy.attached import (
    LENGTH_MAX,
    parse_registry_policy,
    parse_repository_policy,
)
from portside.policy.statements import MalformedPolicy

STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
EVERYWHERE = {**STATEMENT, "Resource": "arn:aws:ecr:us-east-1:123456789012:repository/*"}


def document(statement: dict[str, Any], **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement], **more})


def test_a_repository_policy_need_not_name_the_repository() -> None:
    assert parse_repository_policy(document(STATEMENT)).statements[0].resource is None
    assert parse_repository_policy(document(EVERYWHERE)).statements[0].resource is not None


@pytest.mark.parametrize("action", ["ecr:*", "ECR:Get*", "*", ["ecr:PutImage", "ecr:ListImages"]])
def test_actions_of_ecr(action: Any) -> None:
    parse_repository_policy(document({**STATEMENT, "Action": action}))
    parse_registry_policy(document({**EVERYWHERE, "Action": action}), every_action=True)


@pytest.mark.parametrize("action", ["s3:*", ["ecr:PutImage", "iam:PassRole"], "ecr-public:*"])
def test_actions_of_others(action: Any) -> None:
    for name in ("Action", "NotAction"):
        statement = {"Effect": "Deny", "Principal": "*", name: action}
        with pytest.raises(MalformedPolicy):
            parse_repository_policy(document(statement))
        with pytest.raises(MalformedPolicy):
            parse_registry_policy(document({**statement, "Resource": "*"}), every_action=True)


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("ecr:ReplicateImage", True),
        ("ecr:createrepository", True),
        (["ecr:BatchImportUpstreamImage"], True),
        ("ecr:*", True),
        ("ecr:BatchGetImage", False),
        (["ecr:ReplicateImage", "ecr:PutImage"], False),
        ("*", False),
    ],
)
def test_the_narrow_scope_of_registry_policies(action: Any, allowed: bool) -> None:
    text = document({**EVERYWHERE, "Action": action})
    if allowed:
        parse_registry_policy(text, every_action=False)
    else:
        with pytest.raises(MalformedPolicy):
            parse_registry_policy(text, every_action=False)


def test_a_registry_policy_names_resources() -> None:
    with pytest.raises(MalformedPolicy):
        parse_registry_policy(document(STATEMENT), every_action=True)


def test_texts_are_bounded() -> None:
    fitting = document(STATEMENT, Id="")
    fitting = document(STATEMENT, Id="x" * (LENGTH_MAX - len(fitting)))
    parse_repository_policy(fitting)
    with pytest.raises(MalformedPolicy):
        parse_repository_policy(fitting + " ")
