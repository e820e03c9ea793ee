"""Tests that want a program which is not here: reported as not run, never silently passed over."""

import os
from typing import NoReturn

import pytest
from tests.go_tools import ToolMissingError

NOT_RUN = "NOT RUN: "


def cannot_run(error: ToolMissingError) -> NoReturn:
    """End this test as not run; as failed where all client programs are required."""
    if os.environ.get("PORTSIDE_REQUIRE_CLIENTS") == "1":
        pytest.fail(f"{NOT_RUN}{error}", pytrace=False)
    pytest.skip(f"{NOT_RUN}{error}")


def list_not_run(reporter: pytest.TerminalReporter) -> None:
    """List the tests that were not run for want of a program, so that nobody misses it."""
    missing: dict[str, list[str]] = {}
    for report in reporter.stats.get("skipped", []):
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
        if NOT_RUN in reason:
            missing.setdefault(reason.partition(NOT_RUN)[2], []).append(report.nodeid)
    if missing:
        reporter.section("CLIENT TESTS NOT RUN: PROGRAMS ARE MISSING", red=True, bold=True)
        for reason, tests in missing.items():
            reporter.write_line(reason, red=True)
            for test in tests:
                reporter.write_line(f"    {test}")
