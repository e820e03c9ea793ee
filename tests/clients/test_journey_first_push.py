"""Journey: build a web server image, create a repository, log in, push, delete."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clients.shells import Shell
from tests.clients.web_image import PAGE, write_web_image
from tests.go_tools import ToolMissingError
from tests.live import free_port
from tests.not_run import cannot_run

LOGIN_V1 = "$(aws ecr get-login --no-include-email --region $REGION)"
LOGIN_V2 = (
    "aws ecr get-login-password --region $REGION"
    " | docker login --username AWS --password-stdin $REGISTRY"
)


@pytest.fixture(autouse=True)
def hello_world(shell: Shell, busybox: Path) -> None:
    """The folder in which the user stands holds the image's Dockerfile."""
    write_web_image(shell.work, busybox)


def test_first_push_as_the_course_teaches_it(engine: Shell, ecr: Any, registry: str) -> None:
    """Every line of the journey works as written, and every answer has ECR's shape."""
    engine.run("docker build $BUILD_OPTIONS -t hello-world .")
    assert "hello-world" in engine.run("docker images --filter reference=hello-world")

    answer = engine.run(
        "aws ecr create-repository --repository-name hello-repository --region $REGION"
    )
    repository = json.loads(answer)["repository"]
    region, account = engine.environment["REGION"], engine.environment["ACCOUNT"]
    assert repository["registryId"] == account
    assert repository["repositoryName"] == "hello-repository"
    arn = f"arn:aws:ecr:{region}:{account}:repository/hello-repository"
    assert repository["repositoryArn"] == arn
    assert repository["repositoryUri"] == f"{registry}/hello-repository"
    assert repository["createdAt"]

    engine.run("docker tag hello-world $REGISTRY/hello-repository")
    line = engine.run("aws ecr get-login --no-include-email --region $REGION")
    assert re.fullmatch(rf"docker login -u AWS -p \S+ https?://{re.escape(registry)}", line)
    assert "Login Succeeded" in engine.run(LOGIN_V1)
    engine.run("docker push $REGISTRY/hello-repository")
    pushed = ecr.list_images(repositoryName="hello-repository")["imageIds"]
    assert [image["imageTag"] for image in pushed] == ["latest"]

    delete = "aws ecr delete-repository --repository-name hello-repository --region $REGION"
    refused = engine.fails(delete)
    assert "RepositoryNotEmptyException" in refused
    assert (
        f"The repository with name 'hello-repository' in registry with id '{account}'"
        " cannot be deleted because it still contains images"
    ) in refused
    engine.run(f"{delete} --force")
    gone = engine.fails("aws ecr describe-repositories --repository-names hello-repository")
    assert "RepositoryNotFoundException" in gone


def test_login_with_the_second_version_of_the_cli(engine: Shell, aws_v2: Shell, ecr: Any) -> None:
    """`get-login-password | docker login` is all that a push needs."""
    engine.run("docker build $BUILD_OPTIONS -t hello-world .")
    aws_v2.run("aws ecr create-repository --repository-name hello-repository --region $REGION")
    assert "Login Succeeded" in aws_v2.run(LOGIN_V2)
    engine.run("docker tag hello-world $REGISTRY/hello-repository")
    engine.run("docker push $REGISTRY/hello-repository")
    listed = json.loads(aws_v2.run("aws ecr list-images --repository-name hello-repository"))
    assert listed["imageIds"] == ecr.list_images(repositoryName="hello-repository")["imageIds"]
    assert len(listed["imageIds"]) == 1


def test_the_pulled_image_serves_the_page(docker: Shell, ecr: Any, busybox: Path) -> None:
    """What comes back from the registry is a working web server."""
    port = free_port()
    # A page of its own, so that no layer of it can be in Docker's store already.
    write_web_image(docker.work, busybox, page=f"{PAGE} {port}")
    docker.run("docker build $BUILD_OPTIONS -t hello-world .")
    ecr.create_repository(repositoryName="hello-repository")
    docker.run(LOGIN_V1)
    docker.run("docker tag hello-world $REGISTRY/hello-repository")
    docker.run("docker push $REGISTRY/hello-repository")
    docker.run("docker rmi hello-world $REGISTRY/hello-repository")
    assert "Pull complete" in docker.run("docker pull $REGISTRY/hello-repository")
    start = f"docker run -d --network=host -e PORT={port} $REGISTRY/hello-repository"
    try:
        container = docker.run(start)
    except AssertionError as error:
        if "OCI runtime" not in str(error):
            raise
        cannot_run(ToolMissingError(f"containers cannot run on this machine: {error}"))
        raise
    try:
        assert _fetch(f"http://127.0.0.1:{port}/") == f"{PAGE} {port}\n"
    finally:
        docker.run(f"docker rm -f {container}")


def test_buildah_builds_and_pushes(shell: Shell, need: Callable[[str], Path], ecr: Any) -> None:
    """buildah, which has neither daemon nor Docker's code, pushes the same Dockerfile's image."""
    need("buildah")
    ecr.create_repository(repositoryName="hello-repository")
    shell.run("buildah bud --isolation chroot -t hello-world .")
    shell.run(
        "aws ecr get-login-password --region $REGION"
        " | buildah login --username AWS --password-stdin $REGISTRY"
    )
    shell.run("buildah push --digestfile digest hello-world docker://$REGISTRY/hello-repository")
    image = ecr.describe_images(repositoryName="hello-repository")["imageDetails"][0]
    assert image["imageDigest"] == (shell.work / "digest").read_text()
    assert image["imageTags"] == ["latest"]


def _fetch(url: str) -> str:
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as page:
                return str(page.read().decode())
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
