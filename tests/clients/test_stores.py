"""Client stores: whatever pushes, every other client pulls the same digest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clients.conftest import MakeShell
from tests.clients.shells import Shell
from tests.clients.web_image import write_web_image

LOGIN = "{client} login --username AWS --password-stdin $REGISTRY"
BUILD = {
    "docker": "docker build --network=none -t web .",
    "podman": "podman build -t web .",
    "buildah": "buildah bud --isolation chroot -t web .",
}
PUSH = {
    "docker": "docker tag web $REGISTRY/web:v1 && docker push $REGISTRY/web:v1",
    "podman": "podman push web $REGISTRY/web:v1",
    "buildah": "buildah push web docker://$REGISTRY/web:v1",
}
PULL = {
    "docker": "docker pull $REGISTRY/web:v1",
    "podman": "podman pull $REGISTRY/web:v1",
    "buildah": "buildah pull $REGISTRY/web:v1",
}
# Each client's own account of the digest that it pulled.
DIGEST = {
    "docker": "docker inspect --format '{{index .RepoDigests 0}}' $REGISTRY/web:v1",
    "podman": "podman inspect --format '{{.Digest}}' $REGISTRY/web:v1",
    "buildah": "buildah images --digests --format '{{.Digest}}' $REGISTRY/web:v1",
}

MakeMachine = Callable[[str], Shell]


@pytest.fixture
def client_machine(
    request: pytest.FixtureRequest, machine: MakeShell, need: Callable[[str], Path]
) -> MakeMachine:
    """Make a machine whose user has the named client, logged in."""
    aws = need("aws-v1")

    def make(client: str) -> Shell:
        need(client)
        made = machine(f"{client}-machine")
        made.define("aws", f'exec {aws} "$@"')
        if client == "docker":
            made.environment["DOCKER_HOST"] = request.getfixturevalue("docker_host")
        made.run(f"aws ecr get-login-password | {LOGIN.format(client=client)}")
        return made

    return make


@pytest.mark.parametrize(
    ("pusher", "puller"),
    [
        ("docker", "podman"),
        ("docker", "buildah"),
        ("podman", "docker"),
        ("podman", "buildah"),
        ("buildah", "docker"),
        ("buildah", "podman"),
    ],
)
def test_every_client_pulls_what_another_pushed(
    client_machine: MakeMachine, ecr: Any, busybox: Path, pusher: str, puller: str
) -> None:
    """The digest is the same in the pusher's registry and in the puller's store."""
    ecr.create_repository(repositoryName="web")
    giver, taker = client_machine(pusher), client_machine(puller)
    write_web_image(giver.work, busybox, page=f"from {pusher} to {puller}")
    giver.run(BUILD[pusher])
    giver.run(PUSH[pusher])
    image = ecr.describe_images(repositoryName="web")["imageDetails"]
    assert [one["imageTags"] for one in image] == [["v1"]]
    taker.run(PULL[puller])
    seen = taker.run(DIGEST[puller])
    assert seen.rpartition("@")[2] == image[0]["imageDigest"]


def test_a_second_push_moves_no_layer(client_machine: MakeMachine, ecr: Any, busybox: Path) -> None:
    """Docker finds its layers in the registry, and moves a tag only."""
    ecr.create_repository(repositoryName="web")
    user = client_machine("docker")
    write_web_image(user.work, busybox)
    user.run(BUILD["docker"])
    user.run(PUSH["docker"])
    again = user.run("docker tag web $REGISTRY/web:v2 && docker push $REGISTRY/web:v2")
    assert "Layer already exists" in again
    assert "Pushed" not in again


def test_docker_mounts_from_a_sister_repository(
    client_machine: MakeMachine, ecr: Any, busybox: Path
) -> None:
    """Layers known in one repository are mounted into another instead of sent again."""
    for name in ("web", "sister"):
        ecr.create_repository(repositoryName=name)
    user = client_machine("docker")
    write_web_image(user.work, busybox, page="mounted")
    user.run(BUILD["docker"])
    user.run(PUSH["docker"])
    moved = user.run("docker tag web $REGISTRY/sister:v1 && docker push $REGISTRY/sister:v1")
    assert "Mounted from web" in moved
    digests = {
        ecr.describe_images(repositoryName=name)["imageDetails"][0]["imageDigest"]
        for name in ("web", "sister")
    }
    assert len(digests) == 1
