"""Locks between processes: several workers of one test run share a machine."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(tempfile.gettempdir()) / f"portside-tests-{os.geteuid()}"


@contextmanager
def machine_lock(name: str, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock `name`: alone, or together with all others that take it `shared`.

    The system lets go of it when the process ends, however it ends.
    """
    held = _open(name)
    try:
        fcntl.flock(held, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def claim(name: str) -> int | None:
    """Take the lock `name` until the returned file is closed; None where somebody has it."""
    held = _open(name)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held


def _open(name: str) -> int:
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    return os.open(FOLDER / name, os.O_RDWR | os.O_CREAT, 0o600)
