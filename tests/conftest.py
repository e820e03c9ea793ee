"""What all tests share: one real server, started when the first test asks for it."""

from collections.abc import Iterator

import pytest
from tests.live import LiveServer


@pytest.fixture(scope="session")
def server() -> Iterator[LiveServer]:
    """One shared server with ECR's defaults; each test uses repositories of its own name."""
    with LiveServer() as live:
        yield live
