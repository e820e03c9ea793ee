"""Repositories through the ECR API, with AWS's errors word for word."""

from typing import Any
from uuid import uuid4

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.live import LiveServer
from tests.protocol.pushing import Registry

ACCOUNT = "123456789012"


def refused(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_create_shows_everything(ecr: Any, server: LiveServer) -> None:
    name = f"team-a/{uuid4().hex}"
    shown = ecr.create_repository(
        repositoryName=name,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "KMS", "kmsKey": "alias/mine"},
        tags=[{"Key": "team", "Value": "devs"}],
    )["repository"]
    assert shown.pop("createdAt").timestamp() > 0
    arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{name}"
    assert shown == {
        "repositoryArn": arn,
        "registryId": ACCOUNT,
        "repositoryName": name,
        "repositoryUri": f"{server.host}/{name}",
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "alias/mine"},
    }
    (described,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    assert described["repositoryArn"] == arn
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "team", "Value": "devs"}]


def test_defaults(ecr: Any) -> None:
    shown = ecr.create_repository(repositoryName=f"team-b/{uuid4().hex}")["repository"]
    assert shown["imageTagMutability"] == "MUTABLE"
    assert shown["imageScanningConfiguration"] == {"scanOnPush": False}
    assert shown["encryptionConfiguration"] == {"encryptionType": "AES256"}


def test_a_name_is_taken_once(ecr: Any, repo: Registry) -> None:
    assert refused(ecr.create_repository, repositoryName=repo.name) == (
        "RepositoryAlreadyExistsException",
        (
            f"The repository with name '{repo.name}' already exists in the registry with id "
            f"'{ACCOUNT}'"
        ),
    )


@pytest.mark.parametrize("name", ["UPPER", "a b", "-a", "a//b", "a/", "über"])
def test_malformed_names(ecr: Any, name: str) -> None:
    assert refused(ecr.create_repository, repositoryName=name) == (
        "InvalidParameterException",
        (
            "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy "
            "regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''"
        ),
    )


def test_lengths_and_sets(server: LiveServer) -> None:
    ecr = server.client("ecr", config=Config(parameter_validation=False))
    assert refused(ecr.create_repository, repositoryName="a") == (
        "InvalidParameterException",
        (
            "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must have "
            "length greater than or equal to 2'"
        ),
    )
    code, message = refused(ecr.create_repository)
    assert code == "InvalidParameterException"
    assert "'repositoryName' failed to satisfy constraint: 'must not be null'" in message
    code, message = refused(ecr.describe_repositories, maxResults=1001)
    assert (code, "less than or equal to 1000" in message) == (
        "InvalidParameterException",
        True,
    )


def test_pages(ecr: Any) -> None:
    base = f"pages/{uuid4().hex}"
    names = [f"{base}/{n:02}" for n in range(7)]
    for name in names:
        ecr.create_repository(repositoryName=name)
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 3})
    found = [one["repositoryName"] for page in pages for one in page["repositories"]]
    assert [name for name in found if name.startswith(base)] == names
    assert found == sorted(set(found))
    code, message = refused(ecr.describe_repositories, nextToken="bm90IG91cnM=")
    assert (code, "nextToken" in message) == ("InvalidParameterException", True)


def test_describing_what_is_not_there(ecr: Any, repo: Registry) -> None:
    names = [repo.name, "no/such"]
    assert refused(ecr.describe_repositories, repositoryNames=names) == (
        "RepositoryNotFoundException",
        f"The repository with name 'no/such' does not exist in the registry with id '{ACCOUNT}'",
    )


def test_delete(ecr: Any, repo: Registry) -> None:
    repo.push("v1", b"layer")
    upload = repo.start()
    assert refused(ecr.delete_repository, repositoryName=repo.name) == (
        "RepositoryNotEmptyException",
        (
            f"The repository with name '{repo.name}' in registry with id '{ACCOUNT}' cannot be "
            "deleted because it still contains images"
        ),
    )
    deleted = ecr.delete_repository(repositoryName=repo.name, force=True)["repository"]
    assert deleted["repositoryName"] == repo.name
    for path in ("tags/list", "manifests/v1", upload.removeprefix(f"/v2/{repo.name}/")):
        assert repo.request("GET", path).status_code == 404
    assert refused(ecr.delete_repository, repositoryName=repo.name)[0] == (
        "RepositoryNotFoundException"
    )


def test_a_new_repository_of_an_old_name_is_empty(ecr: Any, repo: Registry) -> None:
    body = repo.push("v1", b"layer")
    assert repo.request("GET", "manifests/v1").content == body
    ecr.delete_repository(repositoryName=repo.name, force=True)
    ecr.create_repository(repositoryName=repo.name)
    assert repo.request("GET", "manifests/v1").status_code == 404
    assert repo.request("HEAD", "blobs/sha256:" + "0" * 64).status_code == 404
    assert repo.request("GET", "tags/list").json()["tags"] == []


@pytest.mark.parametrize(
    ("mode", "filters", "reason"),
    [
        (
            "IMMUTABLE_WITH_EXCLUSION",
            [],
            (
                "ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set "
                "as IMMUTABLE_WITH_EXCLUSION"
            ),
        ),
        ("IMMUTABLE", ["dev*"], "can only be set"),
        ("IMMUTABLE_WITH_EXCLUSION", ["a*b*c*"], "at most 2 wildcards"),
    ],
)
def test_exclusions_must_fit_the_mode(
    ecr: Any, repo: Registry, mode: str, filters: list[str], reason: str
) -> None:
    more = [{"filterType": "WILDCARD", "filter": one} for one in filters]
    params = {"repositoryName": repo.name, "imageTagMutability": mode} | (
        {"imageTagMutabilityExclusionFilters": more} if more else {}
    )
    code, message = refused(ecr.put_image_tag_mutability, **params)
    assert code == "InvalidParameterException"
    assert reason in message


def test_exclusions_decide(ecr: Any, repo: Registry) -> None:
    shown = ecr.put_image_tag_mutability(
        repositoryName=repo.name,
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "dev-*"}],
    )
    assert shown["imageTagMutabilityExclusionFilters"] == [
        {"filterType": "WILDCARD", "filter": "dev-*"}
    ]
    body = repo.push("dev-1")
    repo.put_manifest("v1", body)
    assert repo.put_manifest("dev-1", body + b" ").status_code == 201
    assert repo.put_manifest("v1", body + b" ").status_code == 400


def test_resource_tags(ecr: Any) -> None:
    name = f"tags/{uuid4().hex}"
    arn = ecr.create_repository(repositoryName=name)["repository"]["repositoryArn"]
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": f"key{n}", "Value": "v"} for n in range(3)])
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "key2", "Value": "new"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["key0", "never"])
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [
        {"Key": "key1", "Value": "v"},
        {"Key": "key2", "Value": "new"},
    ]
    many = [{"Key": f"more{n}", "Value": ""} for n in range(49)]
    assert refused(ecr.tag_resource, resourceArn=arn, tags=many)[0] == "TooManyTagsException"
    twice = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    for bad in (twice, [{"Key": "aws:x", "Value": ""}], [{"Key": "k" * 129, "Value": ""}]):
        code, _ = refused(ecr.tag_resource, resourceArn=arn, tags=bad)
        assert code == "InvalidTagParameterException"
    missing = arn.replace(name, "no/such")
    assert refused(ecr.list_tags_for_resource, resourceArn=missing)[0] == (
        "RepositoryNotFoundException"
    )
    code, _ = refused(ecr.list_tags_for_resource, resourceArn="arn:aws:s3:::bucket")
    assert code == "InvalidParameterException"


def test_another_accounts_registry_is_denied(ecr: Any) -> None:
    code, message = refused(
        ecr.create_repository, registryId="210987654321", repositoryName="theirs/app"
    )
    assert code == "AccessDeniedException"
    assert message == (
        f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: ecr:CreateRepository on "
        "resource: arn:aws:ecr:us-east-1:210987654321:repository/theirs/app because no "
        "resource-based policy allows the ecr:CreateRepository action"
    )


def test_regions_are_registries_of_their_own(server: LiveServer, repo: Registry) -> None:
    other = server.client("ecr", region_name="eu-west-1")
    assert refused(other.describe_repositories, repositoryNames=[repo.name])[0] == (
        "RepositoryNotFoundException"
    )
    shown = other.create_repository(repositoryName=repo.name)["repository"]
    assert ":eu-west-1:" in shown["repositoryArn"]
    host = {"host": f"{ACCOUNT}.dkr.ecr.eu-west-1.localhost:{server.port}"}
    answer = repo.request("GET", "tags/list", headers=host)
    assert (answer.status_code, answer.json()["tags"]) == (200, [])
    foreign = {"host": f"210987654321.dkr.ecr.us-east-1.localhost:{server.port}"}
    assert repo.request("GET", "tags/list", headers=foreign).status_code == 403


def test_identity(server: LiveServer) -> None:
    shown = server.client("sts").get_caller_identity()
    assert shown["Account"] == ACCOUNT
    assert shown["UserId"] == ACCOUNT
    assert shown["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert shown["ResponseMetadata"]["RequestId"]
