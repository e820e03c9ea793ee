"""skopeo: copy, inspect, sync, list and delete, with single images and with an index."""

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clients.images import MadeImage, digest_of, make_image, make_index, write_layout
from tests.clients.shells import Shell

LOGIN = (
    "aws ecr get-login-password --region $REGION"
    " | skopeo login --username AWS --password-stdin $REGISTRY"
)
IMAGES = (make_image("for amd64"), make_image("for arm64", architecture="arm64"))


@pytest.fixture
def skopeo(shell: Shell, need: Callable[[str], Path], ecr: Any) -> Shell:
    """A logged-in shell with an OCI layout of a two-platform index, and a repository."""
    need("skopeo")
    shell.run(LOGIN)
    write_layout(shell.work / "layout", "multi", *IMAGES)
    ecr.create_repository(repositoryName="multi")
    return shell


def test_copy_one_platform(skopeo: Shell, ecr: Any) -> None:
    """Without `--all` one platform's image arrives, with its digest unchanged."""
    skopeo.run("skopeo copy oci:layout:multi docker://$REGISTRY/multi:one")
    described = ecr.describe_images(repositoryName="multi")["imageDetails"]
    assert [one["imageTags"] for one in described] == [["one"]]
    assert described[0]["imageDigest"] == _host_image().digest


def test_copy_all_of_an_index_and_back(skopeo: Shell, ecr: Any) -> None:
    """Index and children arrive byte for byte, and leave byte for byte."""
    skopeo.run("skopeo copy --all oci:layout:multi docker://$REGISTRY/multi:all")
    index = make_index(*IMAGES)
    raw = skopeo.run("skopeo inspect --raw docker://$REGISTRY/multi:all")
    assert raw.encode() == index
    described = {
        one["imageDigest"]: one.get("imageTags", [])
        for one in ecr.describe_images(repositoryName="multi")["imageDetails"]
    }
    assert described[digest_of(index)] == ["all"]
    assert set(described) == {digest_of(index), *(image.digest for image in IMAGES)}
    skopeo.run("skopeo copy --all docker://$REGISTRY/multi:all oci:back:multi")
    for blob in sorted((skopeo.work / "layout" / "blobs" / "sha256").iterdir()):
        returned = skopeo.work / "back" / "blobs" / "sha256" / blob.name
        assert returned.read_bytes() == blob.read_bytes()


def test_copy_between_repositories(skopeo: Shell, ecr: Any) -> None:
    """A copy inside the registry (which mounts blobs) keeps the digest."""
    ecr.create_repository(repositoryName="copied/multi")
    skopeo.run("skopeo copy --all oci:layout:multi docker://$REGISTRY/multi:all")
    skopeo.run("skopeo copy --all docker://$REGISTRY/multi:all docker://$REGISTRY/copied/multi:all")
    digest = ecr.batch_get_image(repositoryName="copied/multi", imageIds=[{"imageTag": "all"}])
    assert digest["images"][0]["imageId"]["imageDigest"] == digest_of(make_index(*IMAGES))


def test_inspect_and_list_tags(skopeo: Shell) -> None:
    """What skopeo reads of an image is what was pushed."""
    skopeo.run("skopeo copy oci:layout:multi docker://$REGISTRY/multi:b")
    skopeo.run("skopeo copy docker://$REGISTRY/multi:b docker://$REGISTRY/multi:a")
    seen = json.loads(skopeo.run("skopeo inspect docker://$REGISTRY/multi:b"))
    assert seen["Digest"] == _host_image().digest
    assert seen["RepoTags"] == ["a", "b"]
    assert seen["Os"] == "linux"
    listed = json.loads(skopeo.run("skopeo list-tags docker://$REGISTRY/multi"))
    assert listed["Tags"] == ["a", "b"]


def test_sync_a_repository_out_and_in(skopeo: Shell, ecr: Any) -> None:
    """`skopeo sync` takes every tag out into a folder, and puts them all into another place."""
    for tag in ("v1", "v2"):
        skopeo.run(f"skopeo copy --all oci:layout:multi docker://$REGISTRY/multi:{tag}")
    skopeo.run("skopeo sync --all --src docker --dest dir $REGISTRY/multi out")
    assert sorted(entry.name for entry in (skopeo.work / "out").iterdir()) == [
        "multi:v1",
        "multi:v2",
    ]
    ecr.create_repository(repositoryName="mirror/multi")
    skopeo.run("skopeo sync --all --src dir --dest docker out $REGISTRY/mirror")
    listed = ecr.list_images(repositoryName="mirror/multi", filter={"tagStatus": "TAGGED"})
    assert {one["imageTag"]: one["imageDigest"] for one in listed["imageIds"]} == {
        "v1": digest_of(make_index(*IMAGES)),
        "v2": digest_of(make_index(*IMAGES)),
    }


def test_delete(skopeo: Shell, ecr: Any) -> None:
    """`skopeo delete` removes the image that the tag names."""
    skopeo.run("skopeo copy oci:layout:multi docker://$REGISTRY/multi:one")
    skopeo.run("skopeo delete docker://$REGISTRY/multi:one")
    assert ecr.list_images(repositoryName="multi")["imageIds"] == []


def test_docker_manifests_keep_their_type(skopeo: Shell, ecr: Any) -> None:
    """An image pushed as Docker's schema 2 stays one."""
    skopeo.run("skopeo copy --format v2s2 oci:layout:multi docker://$REGISTRY/multi:docker")
    image = ecr.batch_get_image(repositoryName="multi", imageIds=[{"imageTag": "docker"}])
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    assert image["images"][0]["imageManifestMediaType"] == media_type
    assert json.loads(image["images"][0]["imageManifest"])["mediaType"] == media_type
    raw = skopeo.run("skopeo inspect --raw docker://$REGISTRY/multi:docker")
    assert raw == image["images"][0]["imageManifest"]


def _host_image() -> MadeImage:
    """The image that skopeo chooses here: tests run on amd64 and arm64 machines."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    return next(image for image in IMAGES if image.architecture == machine)
