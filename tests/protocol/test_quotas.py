"""Quotas and rates on both faces, against a server that has small ones."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.live import LiveServer
from tests.protocol.pushing import Registry, digest_of, error_codes, manifest_of
from tests.protocol.test_ecr_repositories import ACCOUNT, refused


@pytest.fixture(scope="module")
def small() -> Iterator[LiveServer]:
    """A server of three repositories with two images with two tags each."""
    with LiveServer(
        "--workers=1",
        "--repositories-per-registry-max=3",
        "--images-per-repository-max=2",
        "--tags-per-image-max=2",
        "--throttle=sts:*=0.01:2,ecr:DescribeRegistry=0.01:1,ecr:ListImages=0.01:3",
    ) as live:
        yield live


@pytest.fixture
def small_ecr(small: LiveServer) -> Any:
    """A client of that server, emptied."""
    client = small.client("ecr")
    for repository in client.describe_repositories()["repositories"]:
        client.delete_repository(repositoryName=repository["repositoryName"], force=True)
    return client


@pytest.fixture
def small_repo(small: LiveServer, small_ecr: Any) -> Iterator[Registry]:
    """A new repository there."""
    name = f"quota/{uuid4().hex}"
    small_ecr.create_repository(repositoryName=name)
    with httpx.Client(base_url=small.url, auth=small.auth()) as http:
        yield Registry(http, name)


def put(ecr: Any, repo: Registry, body: bytes, **more: str) -> tuple[str, str]:
    return refused(ecr.put_image, repositoryName=repo.name, imageManifest=body.decode(), **more)


def test_repositories_of_a_registry(small_ecr: Any) -> None:
    for name in ("a/1", "a/2", "a/3"):
        small_ecr.create_repository(repositoryName=name)
    expected = (
        "LimitExceededException",
        (
            f"The registry with id '{ACCOUNT}' already has the maximum allowed number of "
            "repositories which is '3'"
        ),
    )
    assert refused(small_ecr.create_repository, repositoryName="a/4") == expected
    code, _ = refused(small_ecr.create_repository, repositoryName="a/3")
    assert code == "RepositoryAlreadyExistsException"
    small_ecr.delete_repository(repositoryName="a/1")
    small_ecr.create_repository(repositoryName="a/4")
    assert refused(small_ecr.create_repository, repositoryName="a/1") == expected


def test_images_of_a_repository(small_ecr: Any, small_repo: Registry) -> None:
    one, two = small_repo.push("one", b"1"), small_repo.push("two", b"2")
    small_repo.put_blob(b"3")
    three = manifest_of(b"{}", b"3")
    message = (
        f"The repository with name '{small_repo.name}' in registry with id '{ACCOUNT}' already "
        "has the maximum allowed number of images which is '2'"
    )
    assert put(small_ecr, small_repo, three) == ("LimitExceededException", message)
    answer = small_repo.put_manifest("three", three)
    assert (answer.status_code, error_codes(answer)) == (403, ["DENIED"])
    assert answer.json()["errors"][0]["message"] == message
    assert small_repo.put_manifest("again", one).status_code == 201, "tags are not images"
    small_ecr.update_image_storage_class(
        repositoryName=small_repo.name,
        imageId={"imageDigest": digest_of(one)},
        targetStorageClass="ARCHIVE",
    )
    assert put(small_ecr, small_repo, three)[0] == "LimitExceededException", "archived ones count"
    small_ecr.batch_delete_image(
        repositoryName=small_repo.name, imageIds=[{"imageDigest": digest_of(two)}]
    )
    assert small_repo.put_manifest("three", three).status_code == 201
    small_repo.put_blob(b"4")
    assert put(small_ecr, small_repo, manifest_of(b"{}", b"4"))[0] == "LimitExceededException"


def test_tags_of_an_image(small_ecr: Any, small_repo: Registry) -> None:
    body = small_repo.push("a", b"1")
    assert small_repo.put_manifest("b", body).status_code == 201
    code, message = put(small_ecr, small_repo, body, imageTag="c")
    assert (code, "number of tags which is '2'" in message) == ("LimitExceededException", True)
    answer = small_repo.put_manifest("c", body)
    assert (answer.status_code, error_codes(answer)) == (403, ["DENIED"])
    small_ecr.batch_delete_image(repositoryName=small_repo.name, imageIds=[{"imageTag": "a"}])
    assert small_repo.put_manifest("c", body).status_code == 201


def test_rates(small: LiveServer, small_ecr: Any, small_repo: Registry) -> None:
    for _ in range(3):
        small_ecr.list_images(repositoryName=small_repo.name)
    throttled = ("ThrottlingException", "Rate exceeded")
    assert refused(small_ecr.list_images, repositoryName=small_repo.name) == throttled
    answer = small_repo.request("GET", "tags/list")
    assert (answer.status_code, error_codes(answer)) == (429, ["TOOMANYREQUESTS"])
    assert answer.json()["errors"][0]["message"] == "Rate exceeded"
    assert 1 <= int(answer.headers["retry-after"]) <= 100
    sts = small.client("sts")
    for _ in range(2):
        sts.get_caller_identity()
    assert refused(sts.get_caller_identity) == ("Throttling", "Rate exceeded")
    small_ecr.describe_repositories()
