"""A Docker daemon of the tests' own: its data, its socket, and its end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.go_tools import ToolMissingError
from tests.live import clean_environment

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0


@contextmanager
def docker_daemon(dockerd: Path, docker: Path, inside: Sequence[str] = ()) -> Iterator[str]:
    """Run a Docker daemon and yield its `DOCKER_HOST`; stop it and remove its data at the end.

    `inside` is a command that runs it somewhere else, such as in other namespaces.

    Raises:
        ToolMissingError: when it cannot run here; with the last words of its log.
    """
    if os.geteuid() != 0:
        raise ToolMissingError("dockerd: only root can start a Docker daemon")
    # A short path: a socket's may have 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="portside-docker-", dir="/tmp"))
    host = f"unix://{folder}/d.sock"
    log = folder / "log"
    command = [*inside, str(dockerd), "-H", host, "--iptables=false", "--bridge=none"]
    for option, part in (("--data-root", "data"), ("--exec-root", "exec"), ("--pidfile", "pid")):
        command += [option, str(folder / part)]
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=clean_environment(),
                start_new_session=True,
            )
        try:
            _wait_until_ready(process, docker, host, log)
            yield host
        finally:
            _stop(process)
    finally:
        _unmount_below(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(process: subprocess.Popen[bytes], docker: Path, host: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < end and process.poll() is None:
        asked = subprocess.run(
            [docker, "-H", host, "version"], capture_output=True, check=False, timeout=30
        )
        if asked.returncode == 0:
            return
        time.sleep(0.2)
    last_words = " | ".join(log.read_text(errors="replace").splitlines()[-4:])
    raise ToolMissingError(f"dockerd: a Docker daemon does not run here: {last_words}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS_MAX)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _unmount_below(folder: Path) -> None:
    """Let go of what the daemon leaves mounted (its network namespace), or the folder stays."""
    mounts = [Path(line.split()[1]) for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in mounts:
        if mount.is_relative_to(folder):
            subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)
