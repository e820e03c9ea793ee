"""The calls that Terraform's AWS provider makes for each of its ECR resources, in its order.

Each resource is created, read back (with its tags where it has some), found unchanged by a second
read, updated, read, deleted, and read once more, which must end in the error by which Terraform
knows that it is gone.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.live import LiveServer
from tests.protocol.pushing import Registry

ACCOUNT = "123456789012"


def repository_policy(sid: str) -> str:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def registry_policy(action: str) -> str:
    statement = {
        "Sid": "Replicate",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
        "Action": [action],
        "Resource": [f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def lifecycle_policy(days: int) -> str:
    selection = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": days,
    }
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    return json.dumps({"rules": [rule]})


@dataclass(frozen=True)
class Step:
    """A call, and what Terraform looks at in its answer: some members, or an error's code."""

    operation: str
    params: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, Any] = field(default_factory=dict)
    code: str = ""

    def run(self, ecr: Any) -> None:
        call = getattr(ecr, self.operation)
        if self.code:
            with pytest.raises(ClientError) as caught:
                call(**self.params)
            assert caught.value.response["Error"]["Code"] == self.code
            return
        answer = call(**self.params)
        for path, value in self.expected.items():
            found = answer
            for part in path.split("."):
                found = found[int(part) if part.isdigit() else part]
            assert comparable(found) == comparable(value), f"{self.operation}: {path}"


def comparable(value: Any) -> Any:
    """Policies are equal when their documents are."""
    if isinstance(value, str) and value.startswith("{"):
        return json.loads(value)
    return value


@pytest.fixture
def own(server: LiveServer) -> Any:
    """An ECR client of a region of its own: registry-wide resources are nobody else's here."""
    region = f"xx-{uuid4().hex[:8].translate(str.maketrans('0123456789', 'ghijklmnop'))}-1"
    return server.client("ecr", region_name=region)


def run(ecr: Any, *steps: Step) -> None:
    for step in steps:
        step.run(ecr)


def test_aws_ecr_repository(ecr: Any) -> None:
    name = f"terraform/{uuid4().hex}"
    arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{name}"
    one = {"repositoryNames": [name]}
    scanning = {"scanOnPush": True}
    tags = [{"Key": "Environment", "Value": "test"}]
    run(
        ecr,
        Step("describe_repositories", one, code="RepositoryNotFoundException"),
        Step(
            "create_repository",
            {
                "repositoryName": name,
                "imageTagMutability": "MUTABLE",
                "imageScanningConfiguration": {"scanOnPush": False},
                "encryptionConfiguration": {"encryptionType": "AES256"},
                "tags": tags,
            },
            {"repository.repositoryArn": arn, "repository.registryId": ACCOUNT},
        ),
        Step(
            "describe_repositories",
            one,
            {
                "repositories.0.imageTagMutability": "MUTABLE",
                "repositories.0.encryptionConfiguration": {"encryptionType": "AES256"},
                "repositories.0.imageScanningConfiguration": {"scanOnPush": False},
            },
        ),
        Step("list_tags_for_resource", {"resourceArn": arn}, {"tags": tags}),
        Step(
            "get_repository_policy",
            {"repositoryName": name},
            code="RepositoryPolicyNotFoundException",
        ),
        Step(
            "put_image_tag_mutability",
            {"repositoryName": name, "imageTagMutability": "IMMUTABLE"},
            {"imageTagMutability": "IMMUTABLE"},
        ),
        Step(
            "put_image_scanning_configuration",
            {"repositoryName": name, "imageScanningConfiguration": scanning},
            {"imageScanningConfiguration": scanning},
        ),
        Step("untag_resource", {"resourceArn": arn, "tagKeys": ["Environment"]}),
        Step("tag_resource", {"resourceArn": arn, "tags": [{"Key": "Name", "Value": "x"}]}),
        Step(
            "describe_repositories",
            one,
            {
                "repositories.0.imageTagMutability": "IMMUTABLE",
                "repositories.0.imageScanningConfiguration": scanning,
            },
        ),
        Step(
            "list_tags_for_resource",
            {"resourceArn": arn},
            {"tags": [{"Key": "Name", "Value": "x"}]},
        ),
        Step("delete_repository", {"repositoryName": name, "force": False}),
        Step("describe_repositories", one, code="RepositoryNotFoundException"),
        Step("list_tags_for_resource", {"resourceArn": arn}, code="RepositoryNotFoundException"),
    )


def test_aws_ecr_repository_with_force_delete(ecr: Any, repo: Registry) -> None:
    repo.push("v1", b"layer")
    name = {"repositoryName": repo.name}
    run(
        ecr,
        Step("delete_repository", name, code="RepositoryNotEmptyException"),
        Step("delete_repository", {**name, "force": True}),
        Step("delete_repository", name, code="RepositoryNotFoundException"),
    )


def test_aws_ecr_repository_policy(ecr: Any, repo: Registry) -> None:
    name = {"repositoryName": repo.name}
    text, changed = repository_policy("Pull"), repository_policy("New")
    run(
        ecr,
        Step("set_repository_policy", {**name, "policyText": text}, {"registryId": ACCOUNT}),
        Step("get_repository_policy", name, {"policyText": text}),
        Step("set_repository_policy", {**name, "policyText": changed}),
        Step("get_repository_policy", name, {"policyText": changed}),
        Step("delete_repository_policy", name),
        Step("get_repository_policy", name, code="RepositoryPolicyNotFoundException"),
        Step("delete_repository_policy", name, code="RepositoryPolicyNotFoundException"),
    )


def test_aws_ecr_lifecycle_policy(ecr: Any, repo: Registry) -> None:
    name = {"repositoryName": repo.name}
    run(
        ecr,
        Step("get_lifecycle_policy", name, code="LifecyclePolicyNotFoundException"),
        Step("put_lifecycle_policy", {**name, "lifecyclePolicyText": lifecycle_policy(14)}),
        Step("get_lifecycle_policy", name, {"lifecyclePolicyText": lifecycle_policy(14)}),
        Step("put_lifecycle_policy", {**name, "lifecyclePolicyText": lifecycle_policy(30)}),
        Step("get_lifecycle_policy", name, {"lifecyclePolicyText": lifecycle_policy(30)}),
        Step("delete_lifecycle_policy", name),
        Step("get_lifecycle_policy", name, code="LifecyclePolicyNotFoundException"),
    )


def test_aws_ecr_registry_policy(own: Any) -> None:
    first, second = registry_policy("ecr:ReplicateImage"), registry_policy("ecr:CreateRepository")
    run(
        own,
        Step("get_registry_policy", code="RegistryPolicyNotFoundException"),
        Step("put_registry_policy", {"policyText": first}, {"registryId": ACCOUNT}),
        Step("get_registry_policy", {}, {"policyText": first}),
        Step("put_registry_policy", {"policyText": second}),
        Step("get_registry_policy", {}, {"policyText": second}),
        Step("delete_registry_policy"),
        Step("get_registry_policy", code="RegistryPolicyNotFoundException"),
    )


def test_aws_ecr_registry_scanning_configuration(own: Any) -> None:
    rules = [
        {
            "scanFrequency": "SCAN_ON_PUSH",
            "repositoryFilters": [{"filter": "prod*", "filterType": "WILDCARD"}],
        }
    ]
    at = "scanningConfiguration"
    run(
        own,
        Step(
            "put_registry_scanning_configuration",
            {"scanType": "BASIC", "rules": rules},
            {"registryScanningConfiguration": {"scanType": "BASIC", "rules": rules}},
        ),
        Step(
            "get_registry_scanning_configuration", {}, {"registryId": ACCOUNT, f"{at}.rules": rules}
        ),
        # To delete it is to put the default back.
        Step("put_registry_scanning_configuration", {"scanType": "BASIC", "rules": []}),
        Step("get_registry_scanning_configuration", {}, {at: {"scanType": "BASIC", "rules": []}}),
    )


def test_aws_ecr_replication_configuration(own: Any) -> None:
    rules = [
        {
            "destinations": [{"region": "eu-west-1", "registryId": ACCOUNT}],
            "repositoryFilters": [{"filter": "prod", "filterType": "PREFIX_MATCH"}],
        }
    ]
    at = "replicationConfiguration"
    run(
        own,
        Step("describe_registry", {}, {"registryId": ACCOUNT, at: {"rules": []}}),
        Step("put_replication_configuration", {at: {"rules": rules}}, {f"{at}.rules": rules}),
        Step("describe_registry", {}, {f"{at}.rules": rules}),
        Step("put_replication_configuration", {at: {"rules": []}}),
        Step("describe_registry", {}, {f"{at}.rules": []}),
    )


def test_aws_ecr_pull_through_cache_rule(own: Any) -> None:
    prefix = {"ecrRepositoryPrefix": "ecr-public"}
    one = {"ecrRepositoryPrefixes": ["ecr-public"]}
    run(
        own,
        Step(
            "create_pull_through_cache_rule",
            {**prefix, "upstreamRegistryUrl": "public.ecr.aws"},
            {**prefix, "registryId": ACCOUNT},
        ),
        Step(
            "describe_pull_through_cache_rules",
            one,
            {"pullThroughCacheRules.0.upstreamRegistryUrl": "public.ecr.aws"},
        ),
        Step("delete_pull_through_cache_rule", prefix),
        Step(
            "describe_pull_through_cache_rules", one, code="PullThroughCacheRuleNotFoundException"
        ),
    )


def test_aws_ecr_repository_creation_template(own: Any) -> None:
    one = {"prefix": "team"}
    made = {**one, "appliedFor": ["PULL_THROUGH_CACHE"], "imageTagMutability": "IMMUTABLE"}
    at = "repositoryCreationTemplates"
    run(
        own,
        Step("create_repository_creation_template", made, {"registryId": ACCOUNT}),
        Step(
            "describe_repository_creation_templates",
            {"prefixes": ["team"]},
            {f"{at}.0.imageTagMutability": "IMMUTABLE", f"{at}.0.prefix": "team"},
        ),
        Step("update_repository_creation_template", {**one, "description": "new"}),
        Step(
            "describe_repository_creation_templates",
            {"prefixes": ["team"]},
            {f"{at}.0.description": "new", f"{at}.0.imageTagMutability": "IMMUTABLE"},
        ),
        Step("delete_repository_creation_template", one),
        Step("describe_repository_creation_templates", {"prefixes": ["team"]}, {at: []}),
        Step("delete_repository_creation_template", one, code="TemplateNotFoundException"),
    )


def test_aws_ecr_account_setting(own: Any) -> None:
    setting = {"name": "BASIC_SCAN_TYPE_VERSION"}
    run(
        own,
        Step("put_account_setting", {**setting, "value": "AWS_NATIVE"}, {"value": "AWS_NATIVE"}),
        Step("get_account_setting", setting, {**setting, "value": "AWS_NATIVE"}),
    )


def test_data_aws_ecr_authorization_token_and_image(ecr: Any, repo: Registry) -> None:
    """What Terraform's data sources ask for: a token that works, the newest image."""
    repo.push("old", b"1")
    repo.push("new", b"2")
    (data,) = ecr.get_authorization_token()["authorizationData"]
    headers = {"authorization": f"Basic {data['authorizationToken']}"}
    assert httpx.get(f"{data['proxyEndpoint']}/v2/", headers=headers).status_code == 200
    pages = ecr.get_paginator("describe_images").paginate(repositoryName=repo.name)
    images = [image for page in pages for image in page["imageDetails"]]
    newest = max(images, key=lambda image: image["imagePushedAt"])
    assert newest["imageTags"] == ["new"]
