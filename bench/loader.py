"""The load generator: builds the Go program in `bench/load/` and runs it for one case."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
WORK = BENCH / "work"
PROGRAM = WORK / "load"
RUN_SECONDS_MAX = 300


class LoadError(RuntimeError):
    """The load generator could not be built or did not finish; the message says why."""


def build() -> None:
    """Build the load generator into `bench/work/`.

    Raises:
        LoadError: when there is no Go toolchain or the build fails.
    """
    go = shutil.which("go")
    if go is None:
        raise LoadError("the load generator needs the Go toolchain (>= 1.22): install `go`")
    WORK.mkdir(exist_ok=True)
    built = subprocess.run(
        [go, "build", "-o", PROGRAM, "."],
        cwd=BENCH / "load",
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        raise LoadError(f"go build failed:\n{built.stderr}")


def run(spec: Mapping[str, object], seconds_max: float = RUN_SECONDS_MAX) -> dict[str, Any]:
    """Put the load of `spec` on its server and return what the generator saw.

    Raises:
        LoadError: when the generator fails before the clock starts, or does not end in time.
    """
    try:
        done = subprocess.run(
            [PROGRAM],
            input=json.dumps(spec),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds_max,
        )
    except subprocess.TimeoutExpired as error:
        raise LoadError(f"the load did not end in {seconds_max:.0f} s") from error
    if done.returncode != 0:
        raise LoadError(done.stderr.strip())
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen
