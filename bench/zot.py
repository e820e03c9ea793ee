"""zot, the second peer: its pinned version, built through the Go module proxy."""

import shutil
import subprocess
from pathlib import Path

PACKAGE = "zotregistry.dev/zot/v2/cmd/zot"
VERSION = "v2.1.12"
BIN = Path(__file__).resolve().parent / ".tools" / "bin"
BUILD_SECONDS_MAX = 1200


class ZotMissingError(RuntimeError):
    """zot cannot be had on this machine; the message says why."""


def installed() -> Path:
    """Return the program's path, building the pinned version first when it is not there.

    Without build tags zot is its minimal build: the distribution API and no extensions.

    Raises:
        ZotMissingError: when there is no Go, or the build fails.
    """
    go = shutil.which("go")
    if go is None:
        raise ZotMissingError("zot is built with the Go toolchain, which is not installed")
    program = BIN / "zot"
    if program.exists() and _is_pinned(go, program):
        return program
    BIN.mkdir(parents=True, exist_ok=True)
    try:
        built = subprocess.run(
            ["env", f"GOBIN={BIN}", go, "install", f"{PACKAGE}@{VERSION}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired as error:
        raise ZotMissingError(f"go install {PACKAGE}@{VERSION} took too long") from error
    if built.returncode != 0:
        end = " ".join(built.stderr.split())[-400:]
        raise ZotMissingError(f"go install {PACKAGE}@{VERSION} failed: {end}")
    return program


def _is_pinned(go: str, program: Path) -> bool:
    stamp = subprocess.run(
        [go, "version", "-m", program], capture_output=True, text=True, check=False
    )
    return f"\t{VERSION}" in stamp.stdout
