"""Repository creation templates through the ECR API."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/template-maker"


def refused(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def prefix(ecr: Any) -> Iterator[str]:
    """A prefix without a template; what a test makes for it goes at the end."""
    name = f"t{uuid4().hex}"
    yield name
    for template in ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]:
        if template["prefix"].startswith(name):
            ecr.delete_repository_creation_template(prefix=template["prefix"])


def test_everything_is_kept_and_shown(ecr: Any, prefix: str) -> None:
    given = {
        "prefix": f"{prefix}/",
        "description": "for the team",
        "encryptionConfiguration": {
            "encryptionType": "KMS",
            "kmsKey": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mine",
        },
        "resourceTags": [{"Key": "team", "Value": "devs"}],
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "dev*"}],
        "appliedFor": ["PULL_THROUGH_CACHE", "CREATE_ON_PUSH"],
        "customRoleArn": ROLE,
    }
    answer = ecr.create_repository_creation_template(**given)
    shown = answer["repositoryCreationTemplate"]
    assert answer["registryId"] == ACCOUNT
    times = [shown.pop("createdAt"), shown.pop("updatedAt")]
    assert times[0] == times[1]
    assert shown == given
    listed = ecr.describe_repository_creation_templates(prefixes=[prefix])
    (found,) = listed["repositoryCreationTemplates"]
    assert found == {**given, "createdAt": times[0], "updatedAt": times[1]}


def test_update_and_delete(ecr: Any, prefix: str) -> None:
    ecr.create_repository_creation_template(prefix=prefix, appliedFor=["REPLICATION"])
    changed = ecr.update_repository_creation_template(
        prefix=f"{prefix}/", description="more", imageTagMutability="IMMUTABLE"
    )["repositoryCreationTemplate"]
    assert changed["appliedFor"] == ["REPLICATION"]
    assert (changed["description"], changed["imageTagMutability"]) == ("more", "IMMUTABLE")
    assert changed["updatedAt"] > changed["createdAt"]
    gone = ecr.delete_repository_creation_template(prefix=prefix)["repositoryCreationTemplate"]
    assert gone == changed
    assert ecr.describe_repository_creation_templates(prefixes=[prefix])[
        "repositoryCreationTemplates"
    ] == ([])
    message = (
        f"The repository creation template with prefix '{prefix}' does not exist in the registry "
        f"with id '{ACCOUNT}'"
    )
    expected = ("TemplateNotFoundException", message)
    assert refused(ecr.delete_repository_creation_template, prefix=prefix) == expected
    assert refused(ecr.update_repository_creation_template, prefix=prefix) == expected


def test_a_prefix_has_one_template(ecr: Any, prefix: str) -> None:
    ecr.create_repository_creation_template(prefix=prefix, appliedFor=["REPLICATION"])
    code, message = refused(
        ecr.create_repository_creation_template, prefix=f"{prefix}/", appliedFor=["REPLICATION"]
    )
    assert code == "TemplateAlreadyExistsException"
    assert f"'{prefix}/' already exists" in message


def test_pages(ecr: Any, prefix: str) -> None:
    made = [f"{prefix}/{n}" for n in range(5)]
    for one in made:
        ecr.create_repository_creation_template(prefix=one, appliedFor=["REPLICATION"])
    pages = ecr.get_paginator("describe_repository_creation_templates").paginate(
        PaginationConfig={"PageSize": 2}
    )
    found = [one["prefix"] for page in pages for one in page["repositoryCreationTemplates"]]
    assert [one for one in found if one.startswith(prefix)] == made


@pytest.mark.parametrize(
    ("params", "code", "reason"),
    [
        ({"appliedFor": []}, "InvalidParameterException", "appliedFor"),
        (
            {"resourceTags": [{"Key": "a", "Value": "b"}]},
            "InvalidParameterException",
            "customRoleArn must be set",
        ),
        ({"customRoleArn": "arn:aws:iam::1:role/x"}, "InvalidParameterException", "IAM role"),
        ({"repositoryPolicy": "{"}, "InvalidParameterException", "Invalid repository policy"),
        (
            {"repositoryPolicy": '{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}'},
            "InvalidParameterException",
            "Invalid repository policy",
        ),
        ({"lifecyclePolicy": "[]"}, "InvalidParameterException", "Lifecycle policy validation"),
        ({"lifecyclePolicy": "{}"}, "InvalidParameterException", "Lifecycle policy validation"),
        (
            {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"},
            "InvalidParameterException",
            "can't be null",
        ),
        (
            {"resourceTags": [{"Key": "aws:a", "Value": "b"}], "customRoleArn": ROLE},
            "InvalidTagParameterException",
            "reserved",
        ),
        ({"description": "x" * 257}, "InvalidParameterException", "256"),
    ],
)
def test_what_is_refused(
    ecr: Any, prefix: str, params: dict[str, Any], code: str, reason: str
) -> None:
    given = {"prefix": prefix, "appliedFor": ["CREATE_ON_PUSH"]} | params
    said, message = refused(ecr.create_repository_creation_template, **given)
    assert said == code
    assert reason in message


def test_there_is_a_limit(ecr: Any, prefix: str) -> None:
    held = len(ecr.describe_repository_creation_templates()["repositoryCreationTemplates"])
    for n in range(held, 100):
        ecr.create_repository_creation_template(prefix=f"{prefix}/{n}", appliedFor=["REPLICATION"])
    assert (
        refused(ecr.create_repository_creation_template, prefix=prefix, appliedFor=["REPLICATION"])[
            0
        ]
        == "LimitExceededException"
    )
