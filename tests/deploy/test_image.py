"""The Dockerfile: it builds without a network, twice the same, and its image serves, confined."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
import httpx
import pytest
from tests.clients.daemon import docker_daemon
from tests.clients.tools import Toolbox
from tests.deploy.base_image import make_base
from tests.go_tools import ToolMissingError
from tests.live import ACCESS_KEY_ID, ROOT, SECRET_ACCESS_KEY, clean_environment, free_port
from tests.not_run import cannot_run

BUILD_SECONDS_MAX = 900
HEALTHY_SECONDS_MAX = 180
USER = 65532
SOURCES = (
    "console",
    "requirements",
    "src",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    ".dockerignore",
)
Docker = Callable[..., str]


@pytest.fixture(scope="module")
def docker() -> Iterator[Docker]:
    """Docker, with a daemon of this module's own."""
    toolbox = Toolbox()
    try:
        program = toolbox.path("docker")
        with docker_daemon(toolbox.path("dockerd"), program) as host:

            def run(*arguments: str, stdin: Path | None = None) -> str:
                with (stdin or Path("/dev/null")).open("rb") as source:
                    done = subprocess.run(
                        [program, "-H", host, *arguments],
                        stdin=source,
                        env=clean_environment(DOCKER_BUILDKIT="0"),
                        capture_output=True,
                        check=False,
                        timeout=BUILD_SECONDS_MAX,
                    )
                told = done.stdout.decode() + done.stderr.decode()
                assert done.returncode == 0, f"{arguments}\n{told[-4000:]}"
                return done.stdout.decode().strip()

            yield run
    except ToolMissingError as error:
        cannot_run(error)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as it is built from, with the wheels that a network would have brought."""
    folder = tmp_path_factory.mktemp("context")
    ignored = shutil.ignore_patterns("node_modules", "__pycache__", "app", "*.egg-info")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    app = folder / "src" / "portside" / "console" / "app"
    app.mkdir()
    (app / "index.html").write_text("<title>made elsewhere</title>")
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    download += ["--require-hashes", "--only-binary=:all:", "--dest", str(folder / "wheels")]
    for lock in ("runtime", "build"):
        subprocess.run(
            [*download, "-r", str(ROOT / "requirements" / f"{lock}.txt")],
            check=True,
            timeout=BUILD_SECONDS_MAX,
        )
    return folder


@pytest.fixture(scope="module")
def build(docker: Docker, context: Path, tmp_path_factory: pytest.TempPathFactory) -> Docker:
    """Build the image under a name, from nothing, without a network."""
    tar = tmp_path_factory.mktemp("base") / "base.tar"
    make_base(tar, Toolbox().path("busybox"))
    docker("import", "-", "base", stdin=tar)

    def make(name: str) -> str:
        arguments = ["BASE=base", "NODE=base", "CONSOLE=prebuilt"]
        arguments += ["PIP_OPTIONS=--no-index --find-links=/src/locked"]
        given = [part for argument in arguments for part in ("--build-arg", argument)]
        file = str(ROOT / "deploy" / "Dockerfile")
        docker(
            "build", "--network=none", "--no-cache", "-f", file, "-t", name, *given, str(context)
        )
        return name

    return make


@pytest.fixture(scope="module")
def image(build: Docker) -> str:
    return build("portside:first")


def _until_healthy(docker: Docker, container: str) -> None:
    end = time.monotonic() + HEALTHY_SECONDS_MAX
    state: dict[str, Any] = {}
    while state.get("Health", {}).get("Status") != "healthy":
        state = json.loads(docker("inspect", "--format={{json .State}}", container))
        assert state["Running"], docker("logs", container)
        assert time.monotonic() < end, state
        time.sleep(0.5)


def _options(port: int) -> list[str]:
    environment = {
        "PORTSIDE_PORT": port,
        "PORTSIDE_WORKERS": 1,
        "PORTSIDE_ROOT_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "PORTSIDE_ROOT_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
    }
    given = [f"--env={name}={value}" for name, value in environment.items()]
    confined = ["--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    return [*given, *confined, "--network=host", "--health-interval=1s", "--health-timeout=60s"]


def test_the_image_serves_with_nothing_but_its_data_folder(docker: Docker, image: str) -> None:
    """As its own user, in a root that cannot be written, without capabilities; it stops cleanly."""
    port = free_port()
    container = docker("run", "--detach", *_options(port), image)
    _until_healthy(docker, container)
    client: Any = boto3.client(
        "ecr",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )
    client.create_repository(repositoryName="in/a/container")
    assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    assert "made elsewhere" in httpx.get(f"http://127.0.0.1:{port}/console/").text
    process = json.loads(docker("inspect", "--format={{json .State.Pid}}", container))
    status = Path(f"/proc/{process}/status").read_text()
    assert f"Uid:\t{USER}\t{USER}\t{USER}\t{USER}" in status
    assert docker("exec", container, "portside", "version").startswith("portside ")
    docker("stop", "--time=30", container)
    assert docker("inspect", "--format={{.State.ExitCode}}", container) == "0"
    docker("start", container)
    _until_healthy(docker, container)
    names = [one["repositoryName"] for one in client.describe_repositories()["repositories"]]
    assert names == ["in/a/container"]
    docker("rm", "--force", "--volumes", container)


def test_the_same_sources_make_the_same_layers(docker: Docker, build: Docker, image: str) -> None:
    """Built twice from nothing, each layer has the same bytes."""
    layers = "--format={{json .RootFS.Layers}}"
    again = build("portside:second")
    first, second = docker("inspect", layers, image), docker("inspect", layers, again)
    assert first == second
