"""Blobs in a bucket: real clients push, and pull by redirect and through the server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients.conftest import MakeShell
from tests.clients.images import digest_of
from tests.clients.web_image import write_web_image
from tests.live import LiveServer
from tests.stores import s3

PUSH = {
    "docker": "docker build --network=none -t web . && docker tag web $REGISTRY/web:v1"
    " && docker push $REGISTRY/web:v1",
    "podman": "podman build -t web . && podman push web $REGISTRY/web:v1",
}
FRESH_PULL = {
    "docker": "docker rmi web $REGISTRY/web:v1 && docker pull $REGISTRY/web:v1",
    "podman": "podman rmi -a -f && podman pull $REGISTRY/web:v1",
}


@pytest.fixture(scope="module", params=["redirect", "proxy"])
def server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    """A server over a bucket, for this module alone."""
    settings = s3.session_server().settings(PORTSIDE_BLOB_DELIVERY=request.param)
    with LiveServer(env=settings) as live:
        yield live


@pytest.mark.parametrize("client", sorted(PUSH))
def test_clients_push_and_pull(
    request: pytest.FixtureRequest,
    machine: MakeShell,
    need: Callable[[str], Path],
    ecr: Any,
    busybox: Path,
    client: str,
) -> None:
    """The image comes back to its pusher, and skopeo copies it whole."""
    ecr.create_repository(repositoryName="web")
    user, aws = machine(client), need("aws-v1")
    need(client)
    need("skopeo")
    user.define("aws", f'exec {aws} "$@"')
    if client == "docker":
        user.environment["DOCKER_HOST"] = request.getfixturevalue("docker_host")
    write_web_image(user.work, busybox, page=f"by {client}")
    for program in (client, "skopeo"):
        user.run(
            "aws ecr get-login-password"
            f" | {program} login --username AWS --password-stdin $REGISTRY"
        )
    user.run(PUSH[client])
    user.run(FRESH_PULL[client])
    user.run("skopeo copy docker://$REGISTRY/web:v1 dir:copy")
    (image,) = ecr.describe_images(repositoryName="web")["imageDetails"]
    assert digest_of((user.work / "copy" / "manifest.json").read_bytes()) == image["imageDigest"]
