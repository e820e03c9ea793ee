"""One HTTP client and one API client for all protocol tests; each test has its own repository."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.live import LiveServer
from tests.protocol.pushing import Registry


@pytest.fixture(scope="session")
def http(server: LiveServer) -> Iterator[httpx.Client]:
    """An authenticated client for `/v2/`."""
    with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def ecr(server: LiveServer) -> Any:
    """A boto3 client for ECR."""
    return server.client("ecr")


@pytest.fixture
def repo(http: httpx.Client, ecr: Any) -> Registry:
    """A new, empty repository with ECR's defaults."""
    name = f"protocol/{uuid4().hex}"
    ecr.create_repository(repositoryName=name)
    return Registry(http, name)


@pytest.fixture(scope="session")
def strict_server() -> Iterator[LiveServer]:
    """A server that follows OCI's rules where ECR's differ."""
    with LiveServer("--oci-strict") as live:
        yield live


@pytest.fixture
def strict_repo(strict_server: LiveServer) -> Iterator[Registry]:
    """A new repository of the OCI-strict server."""
    name = f"protocol/{uuid4().hex}"
    strict_server.client("ecr").create_repository(repositoryName=name)
    with httpx.Client(base_url=strict_server.url, auth=strict_server.auth()) as client:
        yield Registry(client, name)
