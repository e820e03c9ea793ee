"""How several workers share the tests: whole files, those of the slow folders first."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # xdist ships none

# What takes long comes first, so that no worker is left with it when the others have finished.
SLOW_FIRST = ("scale", "clients", "console", "faults", "deploy", "protocol", "contracts")
# Of these folders all tests share what takes long to start.
SHARED = ("scale",)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """A file's tests stay together, as they share its servers; files come in the order given."""

    def _split_scope(self, nodeid: str) -> str:
        path = str(nodeid.partition("::")[0])
        folder = path.removeprefix("tests/").partition("/")[0]
        return folder if folder in SHARED else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Replace the scheduler of pytest-xdist, which puts files with many tests first."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def slow_first(items: list[pytest.Item]) -> None:
    """Sort tests by their folder, and leave the order within each as it is."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    return SLOW_FIRST.index(folder) if folder in SLOW_FIRST else len(SLOW_FIRST)
