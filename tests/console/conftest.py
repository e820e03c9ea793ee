"""A server with the console built, a browser for each module, and a fresh page for each test."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser
from tests.clients.tools import Toolbox
from tests.console.browser import Console, build_console, chromium
from tests.go_tools import ToolMissingError
from tests.live import LiveServer
from tests.not_run import cannot_run
from tests.protocol.principals import Person, grant, make_user, root
from tests.protocol.pushing import Registry

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one that needs a real browser."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session")
def chromium_program(pytestconfig: pytest.Config) -> Path:
    """Debian's Chromium, with the console built for it to show."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    try:
        # What is being installed must be seen while it happens, not only when a test fails.
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            build_console()
            return Toolbox().path("chromium")
    except ToolMissingError as error:
        missing = error
    cannot_run(missing)
    raise missing


# Playwright keeps an event loop running in its thread for as long as the browser lives, and other
# folders' tests need that thread without one: hence one browser a module, not one a session.
@pytest.fixture(scope="module")
def browser(chromium_program: Path) -> Iterator[Browser]:
    """A running browser."""
    with chromium(chromium_program) as running:
        yield running


@pytest.fixture(scope="session")
def server(chromium_program: Path) -> Iterator[LiveServer]:  # noqa: ARG001 - the console is built
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
def iam(server: LiveServer) -> Any:
    """An IAM client of the root user."""
    return server.client("iam")


@pytest.fixture
def person(server: LiveServer) -> Iterator[Any]:
    """Make a user with these rights and a key, `person(*statements)`, who goes afterwards."""
    made: list[tuple[str, Person]] = []

    def make(*statements: Any) -> Person:
        name = f"person-{uuid4().hex[:8]}"
        made.append((name, make_user(root(server), name, *statements)))
        return made[-1][1]

    yield make
    iam = server.client("iam")
    for name, one in made:
        iam.delete_access_key(UserName=name, AccessKeyId=one.key_id)
        grant(root(server), name)
        iam.delete_user(UserName=name)


@pytest.fixture(scope="session")
def push(server: LiveServer) -> Iterator[Any]:
    """Push a small image: `push(repository, tag)`."""
    with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as client:
        yield lambda name, tag: Registry(client, name).push(tag, f"{name}{tag}".encode())


@pytest.fixture
def visitor(browser: Browser, server: LiveServer) -> Iterator[Console]:
    """The console with nobody signed in; its log must stay clean."""
    console = Console(browser, server)
    yield console
    console.close()
    assert console.complaints == []


@pytest.fixture
def console(visitor: Console) -> Console:
    """The console with the root user signed in."""
    visitor.sign_in()
    return visitor
