"""A machine of the tests' own: its `/etc` and its trust are a layer above this machine's.

Other mount namespaces see nothing of it, and it is gone with the process that holds it.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.go_tools import ToolMissingError
from tests.live import clean_environment

SCRIPT_SECONDS_MAX = 300
_HOLD = """\
set -e
mount -t tmpfs tmpfs "$1"
layer() {
  mkdir "$1/$3-upper" "$1/$3-work"
  mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/$3-upper,workdir=$1/$3-work" "$2"
}
layer "$1" /etc etc
layer "$1" /usr/local/share share
echo ready
exec sleep infinity
"""


class Elsewhere:
    """Runs bash scripts on that machine, as a user whose home is a folder of the tests."""

    def __init__(self, folder: Path, holder: int) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.bin = folder / "bin"
        for part in (self.home / ".aws", self.bin, folder / "run"):
            part.mkdir(parents=True)
        self.inside: Sequence[str] = ("nsenter", f"--target={holder}", "--mount", "--")
        self.environment = clean_environment(
            PATH=f"{self.bin}:{os.environ['PATH']}:/usr/sbin:/sbin",
            HOME=str(self.home),
            XDG_RUNTIME_DIR=str(folder / "run"),
            AWS_EC2_METADATA_DISABLED="true",
            AWS_PAGER="",
        )
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            self.environment.pop(name, None)
            self.environment.pop(name.lower(), None)

    def define(self, command: str, program: Path) -> None:
        """Make `command` mean this program."""
        (self.bin / command).symlink_to(program)

    def run(self, script: str) -> str:
        """Execute `script`, which must succeed, and return what it printed, without the last \\n.

        Raises:
            AssertionError: when any of its commands fails; with everything that was printed.
        """
        done = self._bash(script)
        told = f"{script}\n-> exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, told
        return done.stdout.removesuffix("\n")

    def fails(self, script: str) -> str:
        """Execute `script`, which must fail, and return all that it printed."""
        done = self._bash(script)
        assert done.returncode != 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def _bash(self, script: str) -> subprocess.CompletedProcess[str]:
        # nsenter leaves the working folder: a relative path would mean another machine's.
        return subprocess.run(
            [*self.inside, "bash", "-euo", "pipefail", "-c", f"cd {self.home}\n{script}"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SCRIPT_SECONDS_MAX,
        )


@contextmanager
def elsewhere(folder: Path) -> Iterator[Elsewhere]:
    """Hold a machine of its own while the block runs.

    Raises:
        ToolMissingError: only root may, and a kernel without overlays cannot.
    """
    if os.geteuid() != 0:
        raise ToolMissingError("unshare: only root can have a mount namespace of its own")
    layers = folder / "layers"
    layers.mkdir(parents=True)
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _HOLD, "sh"]
    with subprocess.Popen(
        [*command, str(layers)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stderr is not None
            if holder.stdout.readline() != "ready\n":
                raise ToolMissingError(f"unshare: {holder.stderr.read().strip()[-300:]}")
            yield Elsewhere(folder, holder.pid)
        finally:
            holder.kill()
