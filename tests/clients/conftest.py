"""Fixtures for tests with real client programs."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from tests.clients.daemon import docker_daemon
from tests.clients.shells import Shell
from tests.clients.tools import Toolbox
from tests.go_tools import ToolMissingError
from tests.live import LiveServer
from tests.not_run import cannot_run

HERE = Path(__file__).parent

MakeShell = Callable[..., Shell]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one that needs real client programs."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session")
def toolbox() -> Toolbox:
    """The programs of this test session."""
    return Toolbox()


@pytest.fixture(scope="session")
def need(toolbox: Toolbox, pytestconfig: pytest.Config) -> Callable[[str], Path]:
    """Return the path of a program that this test cannot do without."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def path_of(program: str) -> Path:
        try:
            # What is being installed must be seen while it happens, not only when a test fails.
            with capture.global_and_fixture_disabled() if capture else nullcontext():
                return toolbox.path(program)
        except ToolMissingError as error:
            missing = error
        cannot_run(missing)
        raise missing

    return path_of


@pytest.fixture(scope="session")
def server() -> Iterator[LiveServer]:
    """A server for this folder's tests alone: they empty it as they go."""
    with LiveServer() as live:
        yield live


@pytest.fixture
def ecr(server: LiveServer) -> Any:
    """An ECR client of an empty registry."""
    client = server.client("ecr")
    for page in client.get_paginator("describe_repositories").paginate():
        for repository in page["repositories"]:
            client.delete_repository(repositoryName=repository["repositoryName"], force=True)
    return client


@pytest.fixture
def registry(ecr: Any) -> str:
    """The registry's host and port as the server itself names it."""
    endpoint = ecr.get_authorization_token()["authorizationData"][0]["proxyEndpoint"]
    return str(endpoint).partition("://")[2]


@pytest.fixture
def machine(server: LiveServer, registry: str, tmp_path: Path) -> MakeShell:
    """Make a shell on a machine of its own: `machine("a")`."""

    def make(name: str) -> Shell:
        return Shell(tmp_path / name, server, registry)

    return make


@pytest.fixture
def shell(machine: MakeShell, need: Callable[[str], Path]) -> Shell:
    """A shell with version 1 of the AWS CLI as `aws`."""
    made = machine("user")
    made.define("aws", f'exec {need("aws-v1")} "$@"')
    return made


@pytest.fixture
def aws_v2(shell: Shell, need: Callable[[str], Path]) -> Shell:
    """The same shell with version 2 of the AWS CLI (too old to read `AWS_ENDPOINT_URL`)."""
    shell.define("aws", f'exec {need("aws-v2")} --endpoint-url "$AWS_ENDPOINT_URL" "$@"')
    return shell


@pytest.fixture(scope="session")
def docker_host(need: Callable[[str], Path]) -> Iterator[str]:
    """The address of a Docker daemon that lives as long as this test session."""
    try:
        with docker_daemon(need("dockerd"), need("docker")) as host:
            yield host
    except ToolMissingError as error:
        cannot_run(error)


@pytest.fixture
def docker(shell: Shell, docker_host: str) -> Shell:
    """The shell, with `docker` being Docker."""
    shell.environment["DOCKER_HOST"] = docker_host
    shell.environment["BUILD_OPTIONS"] = "--network=none"
    return shell


@pytest.fixture
def podman(shell: Shell, need: Callable[[str], Path]) -> Shell:
    """The shell, with `docker` being podman, as Debian's podman-docker makes it."""
    shell.define("docker", f'exec {need("podman")} "$@"')
    # chroot isolation, which needs no kernel privileges, knows no network of its own.
    shell.environment["BUILD_OPTIONS"] = ""
    return shell


@pytest.fixture(params=["docker", "podman"])
def engine(request: pytest.FixtureRequest) -> Shell:
    """The shell, once with Docker and once with podman as `docker`."""
    chosen: Shell = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture(scope="session")
def busybox(need: Callable[[str], Path]) -> Path:
    """A statically linked busybox, the one thing that an image from scratch needs."""
    return need("busybox")
