"""The AWS SDK for JavaScript: typed errors, dates, pages and bytes as its programs see them."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clients.tools import JAVASCRIPT_SOURCE
from tests.live import LiveServer, clean_environment

SECONDS_MAX = 120


@pytest.fixture
def scenario(need: Callable[[str], Path], server: LiveServer, ecr: Any) -> Callable[[str], str]:
    """Run a scenario of the program against an empty registry; what it said."""
    del ecr
    folder = need("javascript")

    def run(name: str) -> str:
        done = subprocess.run(
            ["node", "ecr.mjs", name],
            cwd=folder,
            env=clean_environment(
                AWS_ENDPOINT_URL=server.url,
                AWS_REGION=server.region,
                AWS_ACCESS_KEY_ID=server.access_key_id,
                AWS_SECRET_ACCESS_KEY=server.secret_access_key,
            ),
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.mark.parametrize("name", ["repositories", "images", "layers", "waiters", "credentials"])
def test_scenarios(scenario: Callable[[str], str], name: str) -> None:
    assert scenario(name) == f"{name}: well"


def test_every_command_of_the_sdk_is_known(scenario: Callable[[str], str]) -> None:
    """The SDK is released more often than botocore: a command that it adds is named here."""
    assert scenario("completeness") == "completeness: well"


def test_the_lock_names_no_host() -> None:
    """Whoever installs it does so from the registry that is configured there."""
    lock = json.loads((JAVASCRIPT_SOURCE / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in package and package["integrity"] for package in packages)
