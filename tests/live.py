"""A real Portside server for tests: its own process group, port, data folder and log file."""

import http.client
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
from botocore.config import Config
from tests.ports import claim_port

ACCOUNT = "123456789012"
REGION = "us-east-1"
ACCESS_KEY_ID = "AKIAPORTSIDELIVETEST"
SECRET_ACCESS_KEY = "live-tests-only-not-a-secret-0123456789ab"  # noqa: S105 - made up for tests
ROOT = Path(__file__).resolve().parents[1]
PORTSIDE = Path(sys.executable).parent / "portside"
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0


class LiveServerError(RuntimeError):
    """The server did not start, answer or stop as it must; the message carries the log's end."""


@dataclass(frozen=True, slots=True)
class TLSFiles:
    """A certificate and key to serve with, and the authority that a client must trust."""

    certificate: Path
    key: Path
    authority: Path


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on, for this process alone."""
    return claim_port()


def clean_environment(**extra: str) -> dict[str, str]:
    """Return this process's environment without AWS and Portside settings, plus `extra`."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PORTSIDE_", "DOCKER_", "OCI_"))
    }
    return inherited | extra


def _stores(data: Path) -> dict[str, str]:
    """The settings of the stores that this run of the tests is to use, for a data folder."""
    from tests.stores import postgresql, s3  # noqa: PLC0415 - they need this module

    settings: dict[str, str] = {}
    if postgresql.wanted():
        made = postgresql.session_server().make_database(postgresql.name_of(data), migrated=True)
        settings["PORTSIDE_DATABASE"] = made
    if s3.wanted():
        settings |= s3.session_server().settings(s3.prefix_of(data))
        # Through the server, as from a folder: most tests' clients follow no redirects.
        settings["PORTSIDE_BLOB_DELIVERY"] = "proxy"
    return settings


def _drop_stores(data: Path) -> None:
    from tests.stores import postgresql  # noqa: PLC0415 - as above

    if postgresql.wanted():
        postgresql.session_server().drop_database(postgresql.name_of(data))


class LiveServer:
    """One `portside serve` process: start, stop, kill and restart it; its clients and credentials.

    Used as a context manager it starts on entry, and on exit stops and removes what it made. Port
    and data folder stay the same over `stop()`/`kill()` and `start()`, so a restart finds its data.
    """

    def __init__(
        self,
        *extra_args: str,
        port: int | None = None,
        data: Path | None = None,
        env: Mapping[str, str] | None = None,
        tls: TLSFiles | None = None,
        self_signed: bool = False,
        address: str = "127.0.0.1",
        program: Path = PORTSIDE,
    ) -> None:
        self._work = Path(tempfile.mkdtemp(prefix="portside-live-"))
        self.extra_args: Sequence[str] = extra_args
        self.port = port or free_port()
        self.data = data or self._work / "data"
        self.env = _stores(self.data) | dict(env or {})
        self.tls = tls
        self.self_signed = self_signed
        self.address = address
        self.program = program
        self.log = self._work / "server.log"
        self.access_key_id = ACCESS_KEY_ID
        self.secret_access_key = SECRET_ACCESS_KEY
        self.account = ACCOUNT
        self.region = REGION
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """The registry's host and port, as `docker tag` wants it."""
        return f"{self.address}:{self.port}"

    @property
    def url(self) -> str:
        """The one endpoint of all AWS services and of `/v2/`."""
        return f"{'https' if self.authority else 'http'}://{self.host}"

    @property
    def authority(self) -> Path | None:
        """The authority that clients must trust; None where there is no TLS."""
        if self.self_signed:
            return self.data / "tls" / "authority.pem"
        return self.tls.authority if self.tls else None

    @property
    def pid(self) -> int:
        """The process id of the running server, which is also its process group's."""
        return self._running().pid

    @property
    def running(self) -> bool:
        """Whether the server's first process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start the server and return when `GET /healthz` answers 200.

        Raises:
            LiveServerError: when it ends early or is not healthy in time.
        """
        if self.running:
            raise LiveServerError("this server is running already")
        command = [str(self.program), "serve", "--host", self.address, "--port", str(self.port)]
        command += ["--data", str(self.data), *self.extra_args]
        if self.tls:
            command += ["--tls-cert", str(self.tls.certificate), "--tls-key", str(self.tls.key)]
        if self.self_signed:
            command += ["--tls", "self-signed"]
        environment = clean_environment(
            PORTSIDE_ROOT_ACCESS_KEY_ID=self.access_key_id,
            PORTSIDE_ROOT_SECRET_ACCESS_KEY=self.secret_access_key,
            **self.env,
        )
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> int:
        """End the server with SIGTERM, as an operator would, and return its exit code.

        Raises:
            LiveServerError: when it does not end in time (its whole group is killed then).
        """
        process = self._running()
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            self.kill()
            message = f"SIGTERM did not end the server in {STOP_SECONDS_MAX:.0f} s"
            raise LiveServerError(f"{message}\n{self.log_tail()}") from error
        self._end_group(process.pid)
        self._process = None
        return code

    def kill(self) -> None:
        """End the server and all its workers at once with SIGKILL; nothing when none runs."""
        if self._process is None:
            return
        self._end_group(self._process.pid)
        self._process.wait()
        self._process = None

    def close(self) -> None:
        """Stop the server if it runs, and remove the log and data folder that were made here."""
        try:
            if self.running:
                self.stop()
        finally:
            self.kill()
            if self.data.is_relative_to(self._work):
                _drop_stores(self.data)
            shutil.rmtree(self._work, ignore_errors=True)

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client of `service` for this server; `options` override its defaults."""
        defaults: dict[str, Any] = {
            "region_name": self.region,
            "endpoint_url": self.url,
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
            "verify": str(self.authority) if self.authority else None,
            "config": Config(retries={"total_max_attempts": 1}, proxies={}),
        }
        return boto3.session.Session().client(service, **(defaults | options))

    def authorization_token(self) -> str:
        """Return a fresh token of `GetAuthorizationToken`: base64 of `AWS:PASSWORD`."""
        answer = self.client("ecr").get_authorization_token()
        return str(answer["authorizationData"][0]["authorizationToken"])

    def password(self) -> str:
        """Return the password that `docker login -u AWS` takes."""
        user, _, password = b64decode(self.authorization_token()).decode().partition(":")
        if user != "AWS":
            raise LiveServerError(f"the token's user must be AWS, not {user!r}")
        return password

    def auth(self) -> tuple[str, str]:
        """Return user and password for HTTP Basic authentication on `/v2/`."""
        return ("AWS", self.password())

    def log_tail(self, line_count: int = 60) -> str:
        """Return the last lines that the server wrote."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-line_count:])

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            raise LiveServerError(f"no server is running\n{self.log_tail()}")
        return self._process

    def _wait_until_healthy(self) -> None:
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end:
            self._running()
            if self._healthz() == 200:
                return
            time.sleep(0.05)
        message = f"no 200 from {self.url}/healthz in {START_SECONDS_MAX:.0f} s"
        raise LiveServerError(f"{message}\n{self.log_tail()}")

    def _healthz(self) -> int | None:
        if self.authority:
            if not self.authority.exists():
                return None
            trust = ssl.create_default_context(cafile=self.authority)
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self.address, self.port, timeout=5, context=trust
            )
        else:
            connection = http.client.HTTPConnection(self.address, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    @staticmethod
    def _end_group(group: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
