"""`portside health`: what containers' health checks run."""

import subprocess

from tests.live import PORTSIDE, LiveServer, clean_environment, free_port


def _health(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [PORTSIDE, "health", *arguments],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_server_that_answers_is_well(server: LiveServer) -> None:
    """Alive, and able to use its stores."""
    port = f"--port={server.port}"
    assert _health(port) == (0, '{"status":"ok"}\n')
    status, said = _health(port, "--ready", "--host=0.0.0.0")
    assert (status, '"status":"ready"' in said) == (0, True)


def test_over_tls_too() -> None:
    """Whatever names its certificate is for."""
    with LiveServer("--workers=1", self_signed=True) as live:
        assert _health(f"--port={live.port}", "--tls=self-signed")[0] == 0


def test_what_is_not_well_is_told() -> None:
    """Nothing listens, or a worker has no port to be asked at."""
    port = free_port()
    status, said = _health(f"--port={port}")
    assert (status, said.startswith(f"portside: nothing answers on port {port}: ")) == (1, True)
    assert _health("--worker") == (
        1,
        "portside: the worker has no --worker-port to be asked at\n",
    )
