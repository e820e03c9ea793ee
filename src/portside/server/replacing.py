"""Replacing a server's workers one by one, so that clients are answered all the time.

An old worker goes only when the new one listens, and may then take an hour over what it is doing:
a large layer on a slow line is not begun again because a certificate was renewed.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, Final

import structlog

START_SECONDS_MAX: Final = 60.0
FINISH_SECONDS_MAX: Final = 3600.0
POLL_SECONDS: Final = 0.1
_LISTENING: Final = "0A"

_log = structlog.get_logger()


def listens(pid: int, port: int) -> bool:
    """Whether a process has a socket that listens on this port."""
    sockets = _listening_inodes(pid, port)
    try:
        found = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
    return any(_target(descriptor) in sockets for descriptor in found)


def _listening_inodes(pid: int, port: int) -> set[str]:
    inodes = set()
    for name in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/{pid}/net/{name}").read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""


class Leaving:
    """Workers that have been replaced and finish what they are doing."""

    def __init__(self) -> None:
        self._workers: list[Any] = []

    def add(self, worker: Any) -> None:
        """Have a worker finish, and end it if it takes too long."""
        worker.terminate()
        self._workers.append(worker)
        threading.Thread(target=self._see_off, args=(worker,), daemon=True).start()

    def kill(self, seconds: float = 0.0) -> None:
        """Have all of them ended when this returns; they get so many seconds more."""
        end = time.monotonic() + seconds
        for worker in list(self._workers):
            worker.join(max(0.0, end - time.monotonic()))
            if worker.is_alive():
                worker.kill()
                worker.join()

    def _see_off(self, worker: Any) -> None:
        end = time.monotonic() + FINISH_SECONDS_MAX
        while worker.is_alive() and time.monotonic() < end:
            time.sleep(POLL_SECONDS)
        if worker.is_alive():
            _log.warning("a replaced worker did not finish in time and is killed")
            worker.kill()
        self._workers.remove(worker)
