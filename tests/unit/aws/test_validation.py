"""What AWS says of parameters that break their shapes' constraints."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.aws.shapes import operations, values

from portside.aws.protocol.errors import AWSError
from portside.aws.protocol.models import find_operation
from portside.aws.protocol.validation import SHOWN_MAX, VIOLATIONS_MAX, validate

DIGEST = "sha256:" + "0" * 64


def refused(service: str, name: str, params: dict[str, Any]) -> tuple[str, str]:
    operation = find_operation(service, name)
    assert operation is not None
    with pytest.raises(AWSError) as caught:
        validate(operation, params)
    assert caught.value.status == 400
    return caught.value.code, caught.value.message


def invalid(service: str, name: str, params: dict[str, Any]) -> str:
    code, message = refused(service, name, params)
    assert code == ("InvalidParameterException" if service == "ecr" else "ValidationException")
    return message


@pytest.mark.parametrize(
    ("service", "name", "params"),
    [
        ("ecr", "GetAuthorizationToken", {}),
        ("ecr", "DescribeRepositories", {"maxResults": 1000, "repositoryNames": ["a/b", "c__d"]}),
        ("ecr", "CreateRepository", {"repositoryName": "ab", "imageTagMutability": "IMMUTABLE"}),
        ("ecr", "PutImage", {"repositoryName": "ab", "imageManifest": "é" * 100, "imageTag": "t"}),
        ("sts", "GetCallerIdentity", {}),
        ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::1:role/x", "RoleSessionName": "a@b"}),
        (
            "iam",
            "CreatePolicy",
            {"PolicyName": "p", "PolicyDocument": "x" * 131_072, "Path": "/a/"},
        ),
    ],
)
def test_what_is_good(service: str, name: str, params: dict[str, Any]) -> None:
    operation = find_operation(service, name)
    assert operation is not None
    validate(operation, params)


@pytest.mark.parametrize(
    ("name", "params", "parameter", "rule"),
    [
        ("CreateRepository", {}, "repositoryName", "must not be null"),
        (
            "CreateRepository",
            {"repositoryName": "a"},
            "repositoryName",
            "must have length greater than or equal to 2",
        ),
        (
            "CreateRepository",
            {"repositoryName": "ab", "imageTagMutability": "NO"},
            "imageTagMutability",
            (
                "Member must satisfy enum value set: [MUTABLE, IMMUTABLE, "
                "IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]"
            ),
        ),
        (
            "DescribeRepositories",
            {"maxResults": 0},
            "maxResults",
            "Member must have value greater than or equal to 1",
        ),
        (
            "DescribeRepositories",
            {"maxResults": 1001, "repositoryNames": []},
            "maxResults",
            "Member must have value less than or equal to 1000",
        ),
        (
            "BatchGetImage",
            {"repositoryName": "ab", "imageIds": []},
            "imageIds",
            "Member must have length greater than or equal to 1",
        ),
        (
            "CreateRepository",
            {"repositoryName": "ab", "encryptionConfiguration": {"kmsKey": ""}},
            "encryptionConfiguration.encryptionType",
            "Member must not be null",
        ),
        (
            "TagResource",
            {"resourceArn": "x", "tags": [{"Key": "a", "Value": "b"}, {"Value": "c"}]},
            "tags.2.member.key",
            "Member must not be null",
        ),
        (
            "GetAuthorizationToken",
            {"registryIds": ["123456789012", "1"]},
            "registryIds",
            (
                "Member must satisfy constraint: [Member must satisfy regular expression pattern: "
                "[0-9]{12}]"
            ),
        ),
        (
            "CreatePullThroughCacheRule",
            {"ecrRepositoryPrefix": "UPPER", "upstreamRegistryUrl": "x"},
            "ecrRepositoryPrefix",
            (
                "Member must satisfy regular expression pattern: ^([a-z0-9]+"
                "((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*\\/?|ROOT)$"
            ),
        ),
        (
            "PutLifecyclePolicy",
            {"repositoryName": "ab", "lifecyclePolicyText": ""},
            "lifecyclePolicyText",
            "Member must have length greater than or equal to 100",
        ),
        (
            "CreateRepository",
            {"repositoryName": "UPPER"},
            "repositoryName",
            (
                "must satisfy regular expression "
                "'(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'"
            ),
        ),
        (
            "DescribeRepositories",
            {"registryId": "12\n"},
            "registryId",
            "Member must satisfy regular expression pattern: [0-9]{12}",
        ),
        (
            "CompleteLayerUpload",
            {"repositoryName": "ab", "uploadId": "x", "layerDigests": [DIGEST]},
            "uploadId",
            (
                "Member must satisfy regular expression pattern: "
                "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
            ),
        ),
    ],
)
def test_what_ecr_says(name: str, params: dict[str, Any], parameter: str, rule: str) -> None:
    assert refused("ecr", name, params) == (
        "InvalidParameterException",
        f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{rule}'",
    )


def test_a_text_of_the_wrong_length_meets_no_pattern() -> None:
    message = invalid("ecr", "CreateRepository", {"repositoryName": "A" * 257})
    assert message.endswith("'must have length less than or equal to 256'")
    params = {"RoleArn": "arn:aws:iam::1:role/x", "RoleSessionName": " "}
    assert invalid("sts", "AssumeRole", params).endswith("length greater than or equal to 2")


def test_what_query_services_say() -> None:
    params = {"RoleArn": "arn:aws:iam::1:role/x", "RoleSessionName": "a b", "DurationSeconds": 1}
    assert invalid("sts", "AssumeRole", params) == (
        "2 validation errors detected: Value 'a b' at 'roleSessionName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*; Value '1' at "
        "'durationSeconds' failed to satisfy constraint: Member must have value greater than or "
        "equal to 900"
    )
    assert "Value null at 'userName'" in invalid("iam", "CreateUser", {})
    nested = {"UserName": "u", "Tags": [{"Key": "k"}]}
    assert "at 'tags.1.member.value' failed" in invalid("iam", "TagUser", nested)


def test_secrets_are_not_repeated() -> None:
    message = invalid("iam", "ChangePassword", {"OldPassword": "hunter2\u1234", "NewPassword": "x"})
    assert "hunter2" not in message
    assert message.startswith("1 validation error detected: Value at 'oldPassword' failed to ")


def test_values_are_repeated_in_part() -> None:
    long = invalid("iam", "GetUser", {"UserName": "x" * 1_000_000})
    assert f"Value '{'x' * SHOWN_MAX}' at" in long
    many = invalid("iam", "TagUser", {"UserName": "u", "Tags": [{"Key": "a", "Value": "b"}] * 9999})
    assert many.startswith("1 validation error detected: Value '[{Key=a, Value=b}, ")
    assert len(many) < 2 * SHOWN_MAX


@pytest.mark.parametrize(
    ("service", "name", "owner"),
    [("ecr", "TagResource", "resourceArn"), ("iam", "TagUser", "UserName")],
)
def test_violations_are_told_in_part_and_soon(service: str, name: str, owner: str) -> None:
    member = "tags" if service == "ecr" else "Tags"
    tags = [{"Key": "k", "Value": None}] * 500_000
    started = time.monotonic()
    message = invalid(service, name, {owner: "a", member: tags})
    assert time.monotonic() - started < 1
    if service == "iam":
        assert message.startswith(f"{VIOLATIONS_MAX} validation errors detected: ")
        assert message.count(";") == VIOLATIONS_MAX - 1


@pytest.mark.parametrize(("service", "name"), operations("ecr", "sts", "iam"))
def test_whatever_the_parser_lets_through_is_judged(service: str, name: str) -> None:
    operation = find_operation(service, name)
    assert operation is not None

    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=[*HealthCheck])
    @given(st.data())
    def judge(data: st.DataObject) -> None:
        params = data.draw(values(service, operation.input_shape))
        try:
            validate(operation, params)
        except AWSError as error:
            assert error.code in {"ValidationException", "InvalidParameterException"}  # noqa: PT017 - both outcomes are fine
        else:
            required = operation.input_shape.required_members if operation.input_shape else []
            assert set(required) <= set(params)

    judge()
