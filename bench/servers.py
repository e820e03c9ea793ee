"""The servers under load: start, stop, versions and credentials, each on a port of 127.0.0.1."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Self

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
from bench import zot
from bench.cases import REPOSITORIES
from bench.figures import DOCKER_REGISTRY, PORTSIDE, ZOT
from botocore.config import Config

ACCESS_KEY_ID = "AKIAPORTSIDEBENCHMRK"
SECRET_ACCESS_KEY = "benchmarks-only-not-a-secret-0123456789a"  # noqa: S105 - made up for benchmarks
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 40.0
DOCKER_REGISTRY_CONFIG = Path("/etc/docker/registry/config.yml")


class ServerError(RuntimeError):
    """A server did not start or cannot be had; the message says why."""


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _nothing(_port: int) -> str:
    return ""


@dataclass
class Server:
    """One registry's process: `authorize` runs once it is ready and returns its credential."""

    name: str
    version: str
    command: Sequence[str]
    port: int
    log: Path
    ready_path: str
    env: Mapping[str, str] = field(default_factory=dict)
    authorize: Callable[[int], str] = _nothing
    authorization: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port for the load generator."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The first process of the server's tree."""
        if self.process is None or self.process.poll() is not None:
            raise ServerError(f"{self.name} is not running:\n{self.log_tail()}")
        return self.process.pid

    def log_tail(self) -> str:
        """Return the last lines that the server wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def __enter__(self) -> Self:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "PORTSIDE_", "REGISTRY_"))
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=inherited | dict(self.env),
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
            self.authorization = self.authorize(self.port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end and self.pid:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", self.ready_path)
                if connection.getresponse().status == 200:
                    return
            except (OSError, HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.05)
        raise ServerError(f"{self.name} was not ready in time:\n{self.log_tail()}")


def portside(work: Path) -> Server:
    """Return Portside as it ships: authentication, fsync, a worker for each core, a folder."""
    port = free_port()
    program = Path(sys.executable).parent / "portside"
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(port)]
    return Server(
        PORTSIDE,
        f"{installed_version('portside')}{_revision()}",
        [*command, "--data", str(work / "portside-data")],
        port,
        work / "portside.log",
        "/healthz",
        env={
            "PORTSIDE_ROOT_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "PORTSIDE_ROOT_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        },
        authorize=_open_portside,
    )


def _revision() -> str:
    """Return the commit that is measured, with a plus when `src/` differs from it; or nothing."""
    git = shutil.which("git")
    if git is None:
        return ""
    asked = [git, "-C", str(Path(__file__).resolve().parent)]
    said = subprocess.run(
        [*asked, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    if said.returncode != 0:
        return ""
    changed = subprocess.run([*asked, "diff", "--quiet", "HEAD", "--", "../src"], check=False)
    return f" ({said.stdout.strip()}{'+' if changed.returncode else ''})"


def _open_portside(port: int) -> str:
    ecr = boto3.session.Session().client(
        "ecr",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    for repository in REPOSITORIES:
        ecr.create_repository(repositoryName=repository)
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return f"Basic {token}"


def docker_registry(work: Path) -> Server:
    """Return Debian's docker-registry with the configuration that it ships, but anonymous.

    Raises:
        ServerError: when the package is not installed.
    """
    program = shutil.which("docker-registry")
    if program is None or not DOCKER_REGISTRY_CONFIG.exists():
        raise ServerError("docker-registry is not installed: apt-get install docker-registry")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    port = free_port()
    config = work / "docker-registry.yml"
    config.write_text(anonymous_config(DOCKER_REGISTRY_CONFIG.read_text()))
    return Server(
        DOCKER_REGISTRY,
        said.stdout.split()[-1],
        [program, "serve", str(config)],
        port,
        work / "docker-registry.log",
        "/v2/",
        env={
            "REGISTRY_HTTP_ADDR": f"127.0.0.1:{port}",
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": str(work / "docker-registry-data"),
        },
    )


def anonymous_config(shipped: str) -> str:
    """Return docker-registry's shipped configuration without its `auth` section."""
    kept: list[str] = []
    skipping = False
    for line in shipped.splitlines():
        if line and not line[0].isspace():
            skipping = line.startswith("auth:")
        if not skipping:
            kept.append(line)
    return "\n".join(kept) + "\n"


def zot_registry(work: Path) -> Server:
    """Return zot's minimal build on a folder, with its defaults, anonymous.

    Raises:
        ServerError: when the program is not there and cannot be built here.
    """
    try:
        program = zot.installed()
    except zot.ZotMissingError as error:
        raise ServerError(str(error)) from error
    port = free_port()
    config = work / "zot.json"
    config.write_text(
        json.dumps(
            {
                "storage": {"rootDirectory": str(work / "zot-data")},
                "http": {"address": "127.0.0.1", "port": str(port)},
                "log": {"level": "info"},
            }
        )
    )
    command = [str(program), "serve", str(config)]
    return Server(ZOT, zot.VERSION, command, port, work / "zot.log", "/v2/")


STARTERS: Mapping[str, Callable[[Path], Server]] = {
    PORTSIDE: portside,
    DOCKER_REGISTRY: docker_registry,
    ZOT: zot_registry,
}
