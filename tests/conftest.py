"""What all tests share: one real server, started when the first test asks for it."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from tests.live import LiveServer
from tests.not_run import list_not_run
from tests.parallel import pytest_xdist_make_scheduler, slow_first

__all__ = ["pytest_xdist_make_scheduler"]

# A busy machine is slow without being wrong: what must be quick is measured where it is promised.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture(scope="session")
def server() -> Iterator[LiveServer]:
    """One shared server with ECR's defaults; each test uses repositories of its own name."""
    # Nearly every test makes a repository of its own: they may become more than the default quota.
    with LiveServer("--repositories-per-registry-max=100000") as live:
        yield live


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""
    slow_first(items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell loudly which tests could not run."""
    list_not_run(terminalreporter)
