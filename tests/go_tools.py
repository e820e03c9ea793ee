"""Pinned Go programs for tests, built into `.tools/bin` at the root of the repository."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.live import ROOT
from tests.locks import machine_lock

BIN = ROOT / ".tools" / "bin"
BUILD_SECONDS_MAX = 900


class ToolMissingError(RuntimeError):
    """A program cannot be had on this machine; the message says why in plain words."""


@dataclass(frozen=True, slots=True)
class GoTool:
    """One program of a Go module, at exactly one version."""

    package: str
    version: str

    @property
    def path(self) -> Path:
        """Where the program stands once it is built."""
        return BIN / self.package.rpartition("/")[2]

    def installed(self) -> Path:
        """Return the program's path, building the pinned version first when it is not there.

        Raises:
            ToolMissingError: when there is no Go, or the build fails.
        """
        go = shutil.which("go")
        if go is None:
            raise ToolMissingError("the Go toolchain (>= 1.24) is not installed")
        # One worker builds, and the others find it built.
        with machine_lock("go-install"):
            return self.path if self._built(go) else self._install(go)

    def _install(self, go: str) -> Path:
        print(
            f"installing {self.package}@{self.version} into {BIN} with `go install`",
            file=sys.stderr,
            flush=True,
        )
        BIN.mkdir(parents=True, exist_ok=True)
        build = subprocess.run(
            ["env", f"GOBIN={BIN}", go, "install", f"{self.package}@{self.version}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_SECONDS_MAX,
        )
        if build.returncode != 0:
            end = "\n".join(build.stderr.strip().splitlines()[-5:])
            raise ToolMissingError(f"go install {self.package}@{self.version} failed: {end}")
        return self.path

    def _built(self, go: str) -> bool:
        if not self.path.exists():
            return False
        stamp = subprocess.run(
            [go, "version", "-m", self.path], capture_output=True, text=True, check=False
        )
        module = re.search(r"^\tmod\t(\S+)\t(\S+)", stamp.stdout, re.MULTILINE)
        return (
            module is not None
            and self.package.startswith(module.group(1))
            and module.group(2) == self.version
        )
