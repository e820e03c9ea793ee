"""Moving a filled registry to other stores and back, killed in the middle."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.go_tools import ToolMissingError
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.not_run import cannot_run
from tests.protocol.pushing import OCI_INDEX, Registry, digest_of, index_of
from tests.stores import postgresql, s3

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


@pytest.fixture
def bucket() -> dict[str, str]:
    """The settings of a real S3 server's bucket, under a prefix of its own."""
    try:
        return s3.session_server().settings()
    except ToolMissingError as error:
        cannot_run(error)
        raise


def portside(data: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PORTSIDE), *arguments, "--data", str(data)],
        check=False,
        capture_output=True,
        text=True,
        env=clean_environment(**env),
        timeout=SECONDS_MAX,
    )


def kill_when(ready: Callable[[], bool], data: Path, *arguments: str, **env: str) -> None:
    """Begin a command, and kill it when it has come so far."""
    process = subprocess.Popen(
        [str(PORTSIDE), *arguments, "--data", str(data)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(**env),
    )
    end = time.monotonic() + SECONDS_MAX
    while process.poll() is None and not ready() and time.monotonic() < end:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()


def has_schema(url: str) -> bool:
    """Whether the tables are there, as they are just before the rows come."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT to_regclass('leases') IS NOT NULL").fetchone()
    return bool(found and found[0])


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
    kill_when(lambda: has_schema(database), data, "migrate", "--to-database", database)
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


@pytest.mark.skipif(s3.wanted(), reason="it begins with a folder")
def test_to_a_bucket_and_back(bucket: dict[str, str], database: str, tmp_path: Path) -> None:
    """Ahead while serving, killed, and then with the rows; nothing of the folder is read then."""
    data = tmp_path / "data"
    place = bucket.pop("PORTSIDE_BLOBS")
    with LiveServer(data=data) as server:
        pushed = fill(server)
        ahead = ("migrate", "--to-blobs", place, "--blobs-only", "--parallel", "1")
        prefix = place.partition("://")[2].partition("/")[2]
        some = lambda: len(s3.session_server().keys(prefix)) >= 3  # noqa: E731 - asked again and again
        kill_when(some, data, *ahead, **bucket)
        done = portside(data, *ahead, **bucket)
        assert done.returncode == 0, done.stderr
        with httpx.Client(base_url=server.url, auth=server.auth()) as http:
            pushed["late"] = Registry(http, "app").push("late", os.urandom(LAYER_BYTES))
    course = ("migrate", "--to-blobs", place, "--to-database", database)
    done = portside(data, *course, **bucket)
    assert done.returncode == 0, done.stderr
    assert "copied 1 blobs" in done.stdout
    moved = bucket | {"PORTSIDE_BLOBS": place, "PORTSIDE_DATABASE": database}
    (data / "blobs").rename(tmp_path / "away")
    with LiveServer(data=data, env=moved) as server:
        check(server, pushed)
    verified = portside(data, "verify", **moved)
    assert verified.returncode == 0, verified.stdout
    back = ("migrate", "--to-blobs", "folder", "--to-database", "file", "--force")
    done = portside(data, *back, **moved)
    assert done.returncode == 0, done.stderr
    with LiveServer(data=data) as server:
        check(server, pushed)
    assert portside(data, "verify").returncode == 0


def test_a_backup_of_one_pair_is_restored_to_another(
    bucket: dict[str, str], database: str, tmp_path: Path
) -> None:
    """From a file and a folder to PostgreSQL and a bucket, and from there to a file again."""
    with LiveServer(data=tmp_path / "data") as server:
        pushed = fill(server)
        made = portside(server.data, "backup", str(tmp_path / "backup"), **server.env)
        assert made.returncode == 0, made.stderr
    there = bucket | {"PORTSIDE_DATABASE": database}
    restored = portside(tmp_path / "there", "restore", str(tmp_path / "backup"), **there)
    assert restored.returncode == 0, restored.stderr
    with LiveServer(data=tmp_path / "there", env=there) as server:
        check(server, pushed)
        again = portside(server.data, "backup", str(tmp_path / "backup"), **there)
        assert again.returncode == 0, again.stderr
        # Only the layer that the check pushed is new.
        assert "copied 1," in again.stdout
    back = portside(tmp_path / "back", "restore", str(tmp_path / "backup"))
    assert back.returncode == 0, back.stderr
    with LiveServer(data=tmp_path / "back") as server:
        check(server, pushed)
