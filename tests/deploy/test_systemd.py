"""The systemd units: well-formed, tightly confined, and a server runs under what they forbid."""

import ctypes
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.clients.tools import Toolbox
from tests.go_tools import ToolMissingError
from tests.live import PORTSIDE, ROOT, LiveServer
from tests.not_run import cannot_run

from portside.settings import SETTINGS

UNITS = ROOT / "deploy" / "systemd"
NAMES = ("portside.service", "portside-worker.service")
EXPOSURE_MAX = 20
"""Of 100, in tenths of what is shown: 2.0 is "OK", and a service without any of this 9.6."""
DENY_WRITE_EXECUTE = 65
"""PR_SET_MDWE of prctl(2), which is MemoryDenyWriteExecute of the units."""
LAUNCHER = f"""\
import ctypes, os, sys
assert ctypes.CDLL(None).prctl({DENY_WRITE_EXECUTE}, 1, 0, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture
def analyze(tmp_path: Path) -> Callable[..., str]:
    """Run `systemd-analyze` on copies of the units whose program is the one under test."""
    try:
        program = Toolbox().path("systemd-analyze")
    except ToolMissingError as error:
        cannot_run(error)
        raise
    for name in NAMES:
        text = (UNITS / name).read_text().replace("/opt/portside/bin/portside", str(PORTSIDE))
        (tmp_path / name).write_text(text)

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [program, *arguments],
            cwd=tmp_path,
            env=os.environ | {"SYSTEMD_COLORS": "0"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.mark.parametrize("name", NAMES)
def test_systemd_understands_every_line(analyze: Callable[..., str], name: str) -> None:
    """No unknown key, no value that is ignored, no program that is missing."""
    told = analyze("verify", "--man=no", f"./{name}")
    assert [line for line in told.splitlines() if "portside" in line] == []


@pytest.mark.parametrize("name", NAMES)
def test_units_are_confined(analyze: Callable[..., str], name: str) -> None:
    """By systemd's own account of what a service could still do."""
    threshold = f"--threshold={EXPOSURE_MAX}"
    assert "OK" in analyze("security", "--offline=yes", threshold, f"./{name}")


def test_a_server_runs_without_memory_that_is_written_and_executed(tmp_path: Path) -> None:
    """What `MemoryDenyWriteExecute` forbids, no library of ours does."""
    if ctypes.CDLL(None).prctl(DENY_WRITE_EXECUTE + 1, 0, 0, 0, 0) < 0:
        cannot_run(ToolMissingError("PR_SET_MDWE: the kernel is older than 6.3"))
    launcher = tmp_path / "portside"
    (tmp_path / "launcher.py").write_text(LAUNCHER)
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/launcher.py {PORTSIDE} "$@"')
    launcher.chmod(0o755)
    with LiveServer("--workers=1", self_signed=True, program=launcher) as live:
        ecr = live.client("ecr")
        ecr.create_repository(repositoryName="confined")
        assert live.password()


def test_settings_of_the_example_exist() -> None:
    """No line of the example names a setting that there is not."""
    text = (UNITS / "portside.env.example").read_text()
    named = set(re.findall(r"^#?(PORTSIDE_[A-Z_]+)=", text, re.MULTILINE))
    assert named - {setting.variable for setting in SETTINGS} == set()
