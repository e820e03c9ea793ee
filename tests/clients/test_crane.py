"""crane (go-containerregistry): push, pull, copy, digest, ls, catalog, delete, mutate."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients.conftest import MakeShell
from tests.clients.images import digest_of, make_image, make_index, push_image, write_layout
from tests.clients.shells import Shell
from tests.live import LiveServer

LOGIN = (
    "aws ecr get-login-password --region $REGION"
    " | crane auth login $REGISTRY --username AWS --password-stdin"
)
IMAGES = (make_image("for amd64"), make_image("for arm64", architecture="arm64"))


@pytest.fixture
def crane(shell: Shell, need: Callable[[str], Path], ecr: Any) -> Shell:
    """A logged-in shell, and two repositories of which one holds an image."""
    need("crane")
    shell.run(LOGIN)
    for name in ("first", "second"):
        ecr.create_repository(repositoryName=name)
    push_image(ecr, "first", IMAGES[0], "v1")
    return shell


def test_digest_and_manifest(crane: Shell) -> None:
    """crane sees the bytes that the ECR API was given."""
    assert crane.run("crane digest $REGISTRY/first:v1") == IMAGES[0].digest
    assert crane.run("crane manifest $REGISTRY/first:v1").encode() == IMAGES[0].manifest
    config = json.loads(crane.run("crane config $REGISTRY/first:v1"))
    assert config["architecture"] == "amd64"


def test_pull_and_push(crane: Shell, ecr: Any) -> None:
    """An image goes through a tarball on disk and comes back whole."""
    crane.run("crane pull --format oci $REGISTRY/first:v1 pulled")
    crane.run("crane push pulled $REGISTRY/second:again")
    again = ecr.list_images(repositoryName="second")["imageIds"]
    assert again == [{"imageDigest": IMAGES[0].digest, "imageTag": "again"}]
    crane.run("crane pull $REGISTRY/first:v1 image.tar")
    crane.run("crane push image.tar $REGISTRY/second:tarball")
    crane.run("crane validate --remote $REGISTRY/second:tarball")


def test_copy_mounts_and_keeps_digests(crane: Shell) -> None:
    """A copy between repositories changes nothing."""
    crane.run("crane copy $REGISTRY/first:v1 $REGISTRY/second:copied")
    assert crane.run("crane digest $REGISTRY/second:copied") == IMAGES[0].digest
    crane.run("crane validate --remote $REGISTRY/second:copied")


def test_an_index_from_a_layout(crane: Shell) -> None:
    """An index is pushed with its children; each platform can be had by name."""
    write_layout(crane.work / "layout", "multi", *IMAGES)
    crane.run("crane push layout $REGISTRY/second:multi")
    crane.run("crane validate --remote $REGISTRY/second:multi")
    assert crane.run("crane digest $REGISTRY/second:multi") == digest_of(make_index(*IMAGES))
    children = [
        crane.run(f"crane digest --platform linux/{image.architecture} $REGISTRY/second:multi")
        for image in IMAGES
    ]
    assert children == [image.digest for image in IMAGES]


def test_ls_and_tag(crane: Shell) -> None:
    """Tags are listed in order; `crane tag` adds one without moving bytes."""
    crane.run("crane tag $REGISTRY/first:v1 v0")
    assert crane.run("crane ls $REGISTRY/first").splitlines() == ["v0", "v1"]
    assert crane.run("crane digest $REGISTRY/first:v0") == IMAGES[0].digest
    assert crane.run("crane ls $REGISTRY/second") == ""


def test_ls_of_many_tags_is_complete(crane: Shell, ecr: Any) -> None:
    """A list longer than a page comes whole, whatever page size the client asks for."""
    tags = [f"t{number:03}" for number in range(60)]
    push_image(ecr, "second", IMAGES[1], *tags)
    assert crane.run("crane ls $REGISTRY/second").splitlines() == tags


def test_delete(crane: Shell, ecr: Any) -> None:
    """`crane delete` by digest removes the image with its tags."""
    crane.run(f"crane delete $REGISTRY/first@{IMAGES[0].digest}")
    assert ecr.list_images(repositoryName="first")["imageIds"] == []
    assert "MANIFEST_UNKNOWN" in crane.fails(f"crane manifest $REGISTRY/first@{IMAGES[0].digest}")


def test_mutate_makes_a_new_image(crane: Shell) -> None:
    """A label is a new config and a new manifest; the layers stay where they are."""
    crane.run("crane mutate --label a=b -t $REGISTRY/first:v2 $REGISTRY/first:v1")
    changed = json.loads(crane.run("crane manifest $REGISTRY/first:v2"))
    original = json.loads(IMAGES[0].manifest)
    assert [one["digest"] for one in changed["layers"]] == [
        one["digest"] for one in original["layers"]
    ]
    assert crane.run("crane digest $REGISTRY/first:v2") != IMAGES[0].digest
    assert json.loads(crane.run("crane config $REGISTRY/first:v2"))["config"]["Labels"] == {
        "a": "b"
    }


def test_append_a_layer(crane: Shell) -> None:
    """A layer pushed by crane (streamed, without a length) is verified and kept."""
    crane.run("mkdir d && head -c 3000000 /dev/urandom > d/random && tar -cf layer.tar d")
    crane.run("crane append -b $REGISTRY/first:v1 -f layer.tar -t $REGISTRY/first:more")
    crane.run("crane validate --remote $REGISTRY/first:more")


def test_no_catalog_in_ecr(crane: Shell) -> None:
    """ECR has no catalogue; DescribeRepositories is the list."""
    crane.fails("crane catalog $REGISTRY")


@pytest.fixture
def strict_server() -> Iterator[LiveServer]:
    """A server that follows the OCI specification where ECR does not."""
    with LiveServer("--oci-strict") as live:
        yield live


def test_the_catalog_of_a_strict_registry(
    strict_server: LiveServer, machine: MakeShell, need: Callable[[str], Path]
) -> None:
    """With `--oci-strict` the catalogue lists every repository, in order, page by page."""
    need("crane")
    shell = machine("strict")
    shell.environment["REGISTRY"] = strict_server.host
    user, password = strict_server.auth()
    shell.run(f"crane auth login $REGISTRY -u {user} -p '{password}'")
    names = sorted(f"team-{number % 3}/app-{number:02}" for number in range(25))
    for name in names:
        strict_server.client("ecr").create_repository(repositoryName=name)
    assert shell.run("crane catalog $REGISTRY").splitlines() == names


def test_digests_of_the_api_and_of_the_wire_agree(crane: Shell, ecr: Any) -> None:
    """An index put through the API is what crane reads."""
    push_image(ecr, "first", IMAGES[1], "arm")
    index = make_index(*IMAGES)
    ecr.put_image(repositoryName="first", imageTag="multi", imageManifest=index.decode())
    assert crane.run("crane digest $REGISTRY/first:multi") == digest_of(index)
