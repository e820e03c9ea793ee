"""Journey: push and tag images, list and delete them, retag without pulling, immutable tags."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.clients.images import make_image, push_image
from tests.clients.shells import Shell
from tests.clients.web_image import write_web_image

LOGIN = "$(aws ecr get-login --no-include-email --region $REGION)"
IMMUTABLE = (
    "The image tag '{tag}' already exists in the '{repository}' repository"
    " and cannot be overwritten because the repository is immutable."
)


def test_push_an_image_by_its_id_under_several_tags(engine: Shell, ecr: Any, busybox: Path) -> None:
    """`docker tag IMAGE_ID` assumes latest; every further tag is a tag and a push."""
    write_web_image(engine.work, busybox)
    ecr.create_repository(repositoryName="my-web-app")
    engine.run(LOGIN)
    engine.run("docker build $BUILD_OPTIONS -t web .")
    engine.run("docker tag $(docker images -q web) $REGISTRY/my-web-app")
    engine.run("docker push $REGISTRY/my-web-app")
    for tag in ("1.0", "stable"):
        engine.run(f"docker tag web $REGISTRY/my-web-app:{tag}")
        engine.run(f"docker push $REGISTRY/my-web-app:{tag}")
    image = ecr.describe_images(repositoryName="my-web-app")["imageDetails"]
    assert [sorted(one["imageTags"]) for one in image] == [["1.0", "latest", "stable"]]


@pytest.mark.slow
def test_an_image_takes_a_hundred_tags_and_no_more(ecr: Any) -> None:
    """Tag 101 is refused, and the hundred stay."""
    ecr.create_repository(repositoryName="my-web-app")
    image = make_image("many tags")
    push_image(ecr, "my-web-app", image, *(f"t{number}" for number in range(100)))
    with pytest.raises(ClientError) as refused:
        push_image(ecr, "my-web-app", image, "one-too-many")
    assert refused.value.response["Error"]["Code"] == "LimitExceededException"
    details = ecr.describe_images(repositoryName="my-web-app")["imageDetails"]
    assert [len(one["imageTags"]) for one in details] == [100]


def test_delete_by_tag_and_by_digest(shell: Shell, ecr: Any) -> None:
    """A tag's removal leaves the image, the last tag's takes it; a digest takes all its tags."""
    ecr.create_repository(repositoryName="my-repo")
    first = push_image(ecr, "my-repo", make_image("first"), "latest", "v1")
    second = push_image(ecr, "my-repo", make_image("second"), "a", "b")
    assert len(_listed(shell)) == 4

    removed = _delete(shell, "imageTag=latest")
    assert removed == {
        "imageIds": [{"imageTag": "latest", "imageDigest": first}],
        "failures": [],
    }
    assert {"imageDigest": first, "imageTag": "v1"} in _listed(shell)
    _delete(shell, "imageTag=v1")
    assert {image["imageDigest"] for image in _listed(shell)} == {second}

    removed = _delete(shell, f"imageDigest={second}")
    assert removed["failures"] == []
    assert sorted(image["imageTag"] for image in removed["imageIds"]) == ["a", "b"]
    assert _listed(shell) == []
    failure = _delete(shell, "imageTag=latest")["failures"][0]
    assert failure["failureCode"] == "ImageNotFound"
    assert failure["failureReason"] == "Requested image not found"


def test_retag_without_pulling(shell: Shell, ecr: Any) -> None:
    """The manifest goes through a shell variable, and keeps its digest to the byte."""
    ecr.create_repository(repositoryName="amazonlinux")
    image = make_image("amazonlinux")
    push_image(ecr, "amazonlinux", image, "latest")
    shell.run(
        "MANIFEST=$(aws ecr batch-get-image --repository-name amazonlinux"
        " --image-ids imageTag=latest --query 'images[].imageManifest' --output text);"
        " aws ecr put-image --repository-name amazonlinux --image-tag 2017.03"
        ' --image-manifest "$MANIFEST"'
    )
    described = json.loads(shell.run("aws ecr describe-images --repository-name amazonlinux"))
    assert [one["imageDigest"] for one in described["imageDetails"]] == [image.digest]
    details = described["imageDetails"][0]
    assert sorted(details["imageTags"]) == ["2017.03", "latest"]
    everything = len(image.manifest) + sum(len(blob) for blob in image.blobs)
    assert image.size_bytes <= details["imageSizeInBytes"] <= everything
    assert details["imagePushedAt"]


@pytest.mark.parametrize("how", ["at birth", "later"])
def test_immutable_tags_in_the_api(shell: Shell, ecr: Any, how: str) -> None:
    """An existing tag cannot be given to another image; a new tag can."""
    create = "aws ecr create-repository --repository-name fixed"
    if how == "at birth":
        shell.run(f"{create} --image-tag-mutability IMMUTABLE")
    else:
        shell.run(create)
        shell.run(
            "aws ecr put-image-tag-mutability --repository-name fixed"
            " --image-tag-mutability IMMUTABLE"
        )
    first = push_image(ecr, "fixed", make_image("first"), "v1")
    with pytest.raises(ClientError) as refused:
        push_image(ecr, "fixed", make_image("second"), "v1")
    error = refused.value.response["Error"]
    assert error["Code"] == "ImageTagAlreadyExistsException"
    assert error["Message"] == IMMUTABLE.format(tag="v1", repository="fixed")
    second = push_image(ecr, "fixed", make_image("second"), "v2")
    tags = {one["imageTag"]: one["imageDigest"] for one in _listed(shell, "fixed")}
    assert tags == {"v1": first, "v2": second}


def test_immutable_tags_in_a_push(engine: Shell, ecr: Any, busybox: Path) -> None:
    """The client shows ECR's words, the tag keeps its image, and other tags go on working."""
    ecr.create_repository(repositoryName="fixed", imageTagMutability="IMMUTABLE")
    engine.run(LOGIN)
    for version in ("one", "two"):
        write_web_image(engine.work, busybox, page=f"version {version}")
        engine.run(f"docker build $BUILD_OPTIONS -t web:{version} .")
    engine.run("docker tag web:one $REGISTRY/fixed:v1")
    engine.run("docker push $REGISTRY/fixed:v1")
    first = ecr.list_images(repositoryName="fixed")["imageIds"]
    engine.run("docker tag web:two $REGISTRY/fixed:v1")
    refused = engine.fails("docker push $REGISTRY/fixed:v1")
    assert IMMUTABLE.format(tag="v1", repository="fixed") in refused
    assert ecr.list_images(repositoryName="fixed")["imageIds"] == first
    engine.run("docker tag web:two $REGISTRY/fixed:v2")
    engine.run("docker push $REGISTRY/fixed:v2")
    tags = {one.get("imageTag") for one in ecr.list_images(repositoryName="fixed")["imageIds"]}
    assert tags == {"v1", "v2"}


def test_a_push_to_a_missing_repository_shows_ecrs_words(
    engine: Shell, ecr: Any, busybox: Path
) -> None:
    """Repositories are not created by a push; the refusal names repository and registry."""
    write_web_image(engine.work, busybox)
    engine.run(LOGIN)
    engine.run("docker build $BUILD_OPTIONS -t $REGISTRY/missing .")
    refused = engine.fails("docker push $REGISTRY/missing")
    account = engine.environment["ACCOUNT"]
    words = f"The repository with name 'missing' does not exist in the registry with id '{account}'"
    assert words in refused
    assert ecr.describe_repositories()["repositories"] == []


def _listed(shell: Shell, repository: str = "my-repo") -> list[dict[str, str]]:
    answer = json.loads(shell.run(f"aws ecr list-images --repository-name {repository}"))
    images: list[dict[str, str]] = answer["imageIds"]
    return images


def _delete(shell: Shell, image: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        shell.run(f"aws ecr batch-delete-image --repository-name my-repo --image-ids {image}")
    )
    return answer
