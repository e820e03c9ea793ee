"""A server that is told to stop while it starts stops at once."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from tests.live import PORTSIDE, clean_environment, free_port

SECONDS_MAX = 15.0


@pytest.mark.parametrize("attempt", range(4))
def test_a_stop_while_workers_start(tmp_path: Path, attempt: int) -> None:
    """A signal that comes between a worker's birth and its readiness is not lost."""
    process = subprocess.Popen(
        [PORTSIDE, "serve", "--port", str(free_port()), "--data", tmp_path / "data"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(),
        start_new_session=True,
    )
    try:
        while not psutil.Process(process.pid).children():
            time.sleep(0.001)
        time.sleep(attempt * 0.005)
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS_MAX)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
