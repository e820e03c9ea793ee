"""The console travels in the wheel: whoever installs Portside needs no Node.js."""

import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from tests.console.browser import INDEX
from tests.live import ROOT

APP = "portside/console/app/"
BUILD_SECONDS_MAX = 300


def test_a_wheel_carries_the_whole_console(tmp_path: Path, chromium_program: Path) -> None:
    """Each file of the build, and all that the page names."""
    assert chromium_program.exists()
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    options = ["--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run([*command, *options], check=True, timeout=BUILD_SECONDS_MAX)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        held = {name.removeprefix(APP) for name in archive.namelist() if name.startswith(APP)}
        page = archive.read(f"{APP}index.html").decode()
    built = {
        file.relative_to(INDEX.parent).as_posix()
        for file in INDEX.parent.rglob("*")
        if file.is_file()
    }
    assert held == built
    named = re.findall(r'"/console/([^"]+\.(?:js|css|svg))"', page)
    assert named
    assert set(named) <= held
