"""skopeo and podman pull through Portside from Debian's docker-registry."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bench.servers import Server, docker_registry
from tests.clients.images import make_image, make_index, write_layout
from tests.clients.shells import Shell
from tests.live import LiveServer

IMAGES = (make_image("for amd64"), make_image("for arm64", architecture="arm64"))
LOGIN = (
    "aws ecr get-login-password --region $REGION"
    " | {} login --username AWS --password-stdin $REGISTRY"
)


@pytest.fixture
def source(need: Callable[[str], Path], tmp_path: Path) -> Iterator[Server]:
    """Debian's docker-registry, empty and open to everybody."""
    need("docker-registry")
    with docker_registry(tmp_path) as server:
        yield server


@pytest.fixture
def behind(source: Server, need: Callable[[str], Path], tmp_path: Path) -> Iterator[Shell]:
    """A shell of a Portside that pulls through from it, and what is there to pull."""
    aws = need("aws-v1")
    need("skopeo")
    with LiveServer("--upstream-hosts", f"http://{source.address}") as live:
        shell = Shell(tmp_path / "user", live, live.host)
        shell.define("aws", f'exec {aws} "$@"')
        write_layout(shell.work / "layout", "multi", *IMAGES)
        target = f"docker://{source.address}/team/multi:all"
        shell.run(f"skopeo copy --dest-tls-verify=false --all oci:layout:multi {target}")
        shell.run(
            "aws ecr create-pull-through-cache-rule --ecr-repository-prefix hub "
            f"--upstream-registry-url {source.address}"
        )
        yield shell


def test_skopeo_pulls_everything_byte_for_byte(behind: Shell) -> None:
    """An index with its children and layers comes through as it is upstream."""
    behind.run(LOGIN.format("skopeo"))
    raw = behind.run("skopeo inspect --raw docker://$REGISTRY/hub/team/multi:all")
    assert raw.encode() == make_index(*IMAGES)
    behind.run("skopeo copy --all docker://$REGISTRY/hub/team/multi:all oci:back:multi")
    for blob in sorted((behind.work / "layout" / "blobs" / "sha256").iterdir()):
        assert (behind.work / "back" / "blobs" / "sha256" / blob.name).read_bytes() == (
            blob.read_bytes()
        )
    described: Any = behind.run(
        "aws ecr describe-repositories --query 'repositories[].repositoryName' --output text"
    )
    assert described == "hub/team/multi"


def test_podman_pulls_and_pulls_again_without_the_upstream(
    behind: Shell, source: Server, need: Callable[[str], Path]
) -> None:
    """What one client has pulled, another one gets when the upstream is gone."""
    behind.define("podman", f'exec {need("podman")} "$@"')
    behind.run(LOGIN.format("podman"))
    behind.run("podman pull --quiet --arch amd64 $REGISTRY/hub/team/multi:all")
    first = behind.run("podman image inspect --format '{{.Digest}}' $REGISTRY/hub/team/multi:all")
    source.__exit__()
    behind.run("podman rmi --all --force")
    behind.run("podman pull --quiet --arch amd64 $REGISTRY/hub/team/multi:all")
    again = behind.run("podman image inspect --format '{{.Digest}}' $REGISTRY/hub/team/multi:all")
    assert first == again
    said = behind.fails("podman pull --quiet $REGISTRY/hub/team/other:all")
    assert "503 Service Unavailable" in said
