"""Journey: the day of a user, over two machines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.clients.conftest import MakeShell
from tests.clients.shells import Shell
from tests.clients.web_image import write_web_image


def test_the_day_of_a_user(
    engine: Shell,
    machine: MakeShell,
    need: Callable[[str], Path],
    ecr: Any,
    busybox: Path,
) -> None:
    """Push on one machine, pull on another: the same digest; then clean up."""
    engine.run("$(aws ecr get-login --no-include-email --region $REGION)")
    write_web_image(engine.work, busybox, page="trusty")
    engine.run("docker build $BUILD_OPTIONS -t ubuntu:trusty .")
    engine.run("aws ecr create-repository --repository-name ubuntu")
    assert "ubuntu" in engine.run("docker images")
    engine.run("docker tag ubuntu:trusty $REGISTRY/ubuntu:trusty")
    engine.run("docker push $REGISTRY/ubuntu:trusty")
    pushed = ecr.describe_images(repositoryName="ubuntu")["imageDetails"][0]["imageDigest"]

    other = machine("other")
    other.define("aws", f'exec {need("aws-v1")} "$@"')
    other.define("docker", f'exec {need("podman")} "$@"')
    other.run(
        "aws ecr get-login-password --region $REGION"
        " | docker login --username AWS --password-stdin $REGISTRY"
    )
    other.run("docker pull $REGISTRY/ubuntu:trusty")
    digest = other.run("docker inspect --format '{{.Digest}}' $REGISTRY/ubuntu:trusty")
    assert digest == pushed

    removed = json.loads(
        engine.run(
            "aws ecr batch-delete-image --repository-name ubuntu --image-ids imageTag=trusty"
        )
    )
    assert removed == {
        "imageIds": [{"imageTag": "trusty", "imageDigest": pushed}],
        "failures": [],
    }
    other.run("docker rmi $REGISTRY/ubuntu:trusty")
    other.fails("docker pull $REGISTRY/ubuntu:trusty")
    engine.run("aws ecr delete-repository --repository-name ubuntu --force")
    assert json.loads(engine.run("aws ecr describe-repositories")) == {"repositories": []}
