"""Moving a filled registry to other stores and back, killed in the middle."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from tests.go_tools import ToolMissingError
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.not_run import cannot_run
from tests.protocol.pushing import OCI_INDEX, Registry, digest_of, index_of
from tests.stores import postgresql

from portside.metadata import rows
from portside.metadata.opening import open_database
from portside.settings import resolve

IMAGES = 12
LAYER_BYTES = 300_000
SECONDS_MAX = 120.0


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database of a real PostgreSQL."""
    try:
        server = postgresql.session_server()
    except ToolMissingError as error:
        cannot_run(error)
        raise
    url = server.make_database("migrated_to")
    yield url
    server.drop_database("migrated_to")


def portside(data: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PORTSIDE), *arguments, "--data", str(data)],
        check=False,
        capture_output=True,
        text=True,
        env=clean_environment(**env),
        timeout=SECONDS_MAX,
    )


def kill_soon(data: Path, *arguments: str) -> None:
    """Begin a command, and kill it while it works."""
    command = [str(PORTSIDE), *arguments, "--data", str(data)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment()
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGKILL)
    process.wait()


def fill(server: LiveServer) -> dict[str, bytes]:
    """Images, an index, a user with an access key, a policy; what each tag names."""
    server.client("ecr").create_repository(repositoryName="app")
    iam = server.client("iam")
    iam.create_user(UserName="robot")
    pushed = {}
    with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as http:
        registry = Registry(http, "app")
        for number in range(IMAGES):
            pushed[f"v{number}"] = registry.push(f"v{number}", os.urandom(LAYER_BYTES), b"shared")
        pushed["all"] = index_of(pushed["v0"], pushed["v1"])
        assert registry.put_manifest("all", pushed["all"], OCI_INDEX).status_code == 201
    return pushed


def check(server: LiveServer, pushed: dict[str, bytes]) -> None:
    """Everything that was pushed can be pulled, users are there, and a push goes on."""
    assert server.client("iam").get_user(UserName="robot")
    with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as http:
        registry = Registry(http, "app")
        for tag, body in pushed.items():
            answer = registry.request("GET", f"manifests/{tag}")
            assert answer.content == body
            for layer in answer.json().get("layers", ()):
                blob = registry.request("GET", f"blobs/{layer['digest']}", follow_redirects=True)
                assert digest_of(blob.content) == layer["digest"]
        registry.push("more", os.urandom(1000))


def sequences(data: Path, **env: str) -> dict[str, int]:
    settings = resolve({"data": str(data)}, env).settings
    opened = open_database(settings.database, settings.data)
    with closing(opened), opened.read() as tx:
        return rows.read_sequences(tx)


@pytest.mark.skipif(postgresql.wanted(), reason="it begins with a file")
def test_to_postgresql_and_back(database: str, tmp_path: Path) -> None:
    """Killed and given again, all rows are there, ids go on, and what is there is not replaced."""
    with LiveServer(data=tmp_path / "data") as server:
        pushed = fill(server)
    data = server.data
    before = sequences(data)
    kill_soon(data, "migrate", "--to-database", database)
    done = portside(data, "migrate", "--to-database", database)
    if done.returncode:
        # It was done before it was killed.
        assert "--force replaces it" in done.stderr
        done = portside(data, "migrate", "--to-database", database, "--force")
    assert done.returncode == 0, done.stderr
    assert "copied 0 blobs" in done.stdout
    moved = {"PORTSIDE_DATABASE": database}
    assert sequences(data, **moved) == before
    refused = portside(data, "migrate", "--to-database", database)
    assert (refused.returncode, refused.stdout) == (1, "")
    with LiveServer(data=data, env=moved) as server:
        check(server, pushed)
    assert portside(data, "verify", **moved).returncode == 0
    # The way back: the file still holds what it held.
    back = ("migrate", "--to-database", "file")
    assert "--force replaces it" in portside(data, *back, **moved).stderr
    done = portside(data, *back, "--force", **moved)
    assert done.returncode == 0, done.stderr
    with LiveServer(data=data) as server:
        check(server, pushed)
        with httpx.Client(base_url=server.url, auth=server.auth()) as http:
            assert Registry(http, "app").request("GET", "manifests/more").status_code == 200


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        ((), 2, "nothing is to be moved"),
        (("--to-database", "file", "--to-blobs", "folder"), 2, "nothing is to be moved"),
        (("--to-database", "mysql://host/name"), 2, "postgresql://"),
        (("--to-blobs", "ftp://host/name"), 2, "s3://BUCKET/PREFIX"),
        (("--to-blobs", "s3://bucket/x"), 1, "No such file or directory"),
    ],
)
def test_wrong_use(tmp_path: Path, options: tuple[str, ...], status: int, message: str) -> None:
    done = portside(tmp_path / "none", "migrate", *options)
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr
