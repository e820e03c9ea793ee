"""A server that is told to stop while it starts stops at once."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.live import PORTSIDE, clean_environment, free_port

SECONDS_MAX = 15.0


@pytest.mark.parametrize("after_seconds", [0.3, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2])
def test_a_stop_during_the_start(tmp_path: Path, after_seconds: float) -> None:
    """No worker is left waiting for a signal that came before it could listen."""
    process = subprocess.Popen(
        [PORTSIDE, "serve", "--port", str(free_port()), "--data", tmp_path / "data"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(),
        start_new_session=True,
    )
    try:
        time.sleep(after_seconds)
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS_MAX)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
