"""A real `portside worker` for tests, beside a server's data folder or on stores of its own."""

import http.client
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.live import PORTSIDE, LiveServer, LiveServerError, clean_environment, free_port

START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0


class LiveWorker:
    """One `portside worker` process that works for `server`, and listens for `/readyz`."""

    def __init__(
        self,
        server: LiveServer,
        *extra_args: str,
        listens: bool = True,
        data: Path | None = None,
    ) -> None:
        self.port = free_port() if listens else None
        self.log = server.log.with_name(f"worker-{free_port()}.log")
        command = [str(PORTSIDE), "worker", "--data", str(data or server.data), *extra_args]
        if self.port is not None:
            command += ["--worker-port", str(self.port)]
        environment = clean_environment(**server.env)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    @property
    def url(self) -> str:
        """Where it tells health, readiness and metrics."""
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> Self:
        """Return when `GET /readyz` answers 200.

        Raises:
            LiveServerError: it ended, or is not ready in time.
        """
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end and self.process.poll() is None:
            if self._status() == 200:
                return self
            time.sleep(0.05)
        raise LiveServerError(f"the worker is not ready\n{self.log.read_text(errors='replace')}")

    def stop(self) -> int:
        """End it with SIGTERM, as an operator would, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS_MAX)

    def kill(self) -> None:
        """End it and all its children at once with SIGKILL."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS_MAX)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _status(self) -> int | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
