"""Backups beside a server that is pushed to, killed in the middle, and brought back elsewhere."""

import itertools
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import (
    OCI_MANIFEST,
    Registry,
    digest_of,
    manifest_of,
)
from tests.stores import postgresql, s3

pytestmark = pytest.mark.skipif(
    postgresql.wanted() or s3.wanted(), reason="it looks into the data folder's own files"
)

REPOSITORY = "faults/backup"
LAYER_BYTES = 200_000
SECONDS_MAX = 120.0


def portside(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PORTSIDE), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=SECONDS_MAX,
    )


def kill_when(command: list[str], path: Path, count: int) -> None:
    """Start a command, and kill it once so many blobs lie below the path."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment()
    )
    end = time.monotonic() + SECONDS_MAX
    while process.poll() is None and time.monotonic() < end:
        if len(blobs(path)) >= count:
            break
        time.sleep(0.001)
    assert process.poll() is None, "it ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()


def blobs(data: Path) -> set[str]:
    return {path.name for path in (data / "blobs" / "sha256").rglob("*") if path.is_file()}


@contextmanager
def pushing(server: LiveServer) -> Iterator[list[str]]:
    """Pushes and deletes images as long as the block runs; the tags that were acknowledged."""
    stop, pushed = threading.Event(), []

    def push() -> None:
        with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as http:
            registry = Registry(http, REPOSITORY)
            for number in itertools.count():
                if stop.is_set():
                    return
                registry.push(f"t{number}", os.urandom(LAYER_BYTES), b"shared")
                pushed.append(f"t{number}")
                if number % 5 == 4:
                    tag = f"t{number - 2}"
                    assert registry.request("DELETE", f"manifests/{tag}").status_code == 202

    thread = threading.Thread(target=push)
    thread.start()
    try:
        yield pushed
    finally:
        stop.set()
        thread.join()


def check_every_image(server: LiveServer) -> int:
    """Pull all that the repository has, and hash it; how many images there are."""
    tags = [
        tag
        for page in server.client("ecr")
        .get_paginator("list_images")
        .paginate(repositoryName=REPOSITORY)
        for tag in (one["imageTag"] for one in page["imageIds"])
    ]
    with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as http:
        registry = Registry(http, REPOSITORY)
        for tag in tags:
            answer = registry.request("GET", f"manifests/{tag}", headers={"accept": OCI_MANIFEST})
            assert digest_of(answer.content) == answer.headers["docker-content-digest"]
            document = answer.json()
            for blob in (document["config"], *document["layers"]):
                content = registry.request("GET", f"blobs/{blob['digest']}").content
                assert digest_of(content) == blob["digest"]
    return len(tags)


def back_up_beside_pushes(target: Path) -> tuple[int, int]:
    """Kill a backup in the middle and make it again; images before and after, at the least."""
    with LiveServer("--gc-interval", "1", "--gc-grace", "5") as server:
        server.client("ecr").create_repository(repositoryName=REPOSITORY)
        command = ["backup", str(target), "--data", str(server.data), "--parallel", "1"]
        with pushing(server) as pushed:
            end = time.monotonic() + SECONDS_MAX
            while len(pushed) < 20 and time.monotonic() < end:
                time.sleep(0.05)
            kill_when([str(PORTSIDE), *command], target, count=5)
            assert not list(target.glob("snapshots/*/snapshot.json"))
            copied_before = len(blobs(target))
            before = len(pushed)
            done = portside(*command)
            assert done.returncode == 0, done.stderr
            assert "It holds the secrets key" in done.stderr
            after = len(pushed)
        # What the killed command had copied was not copied again.
        copied = int(done.stdout.partition("copied ")[2].partition(",")[0])
        assert copied <= len(blobs(target)) - copied_before + 1
        verified = portside("verify", "--data", str(server.data))
        assert verified.returncode == 0, verified.stdout
    return before, after


def test_a_backup_beside_pushes_is_one_moment_and_whole(tmp_path: Path) -> None:
    """Restored elsewhere, also after a kill -9 in the middle, every image is there and right."""
    target, elsewhere = tmp_path / "backup", tmp_path / "elsewhere"
    before, after = back_up_beside_pushes(target)
    assert portside("restore", str(target), "--check").returncode == 0
    restore = ["restore", str(target), "--data", str(elsewhere), "--parallel", "1"]
    kill_when([str(PORTSIDE), *restore], elsewhere, count=5)
    done = portside(*restore)
    assert done.returncode == 0, done.stderr
    refused = portside(*restore)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "holds a registry; --force replaces it" in refused.stderr
    assert portside("verify", "--data", str(elsewhere)).returncode == 0
    with LiveServer(data=elsewhere) as server:
        count = check_every_image(server)
        # One moment between the beginning and the end: a fifth of the pushed was deleted.
        assert before * 4 // 5 - 2 <= count <= after * 4 // 5 + 5
        with httpx.Client(base_url=server.url, auth=server.auth()) as http:
            Registry(http, REPOSITORY).push("after", b"goes on")
    done = portside(*restore, "--force")
    assert done.returncode == 0, done.stderr
    with LiveServer(data=elsewhere) as server:
        assert check_every_image(server) == count


def test_a_backup_of_what_was_lost_says_so(tmp_path: Path) -> None:
    """It is made all the same, ends with 3, and tells what is missing."""
    target = tmp_path / "backup"
    with (
        LiveServer() as server,
        httpx.Client(base_url=server.url, auth=server.auth()) as http,
    ):
        server.client("ecr").create_repository(repositoryName=REPOSITORY)
        registry = Registry(http, REPOSITORY)
        body = registry.push("v1", b"a layer")
        assert body == manifest_of(b"{}", b"a layer")
        digest = digest_of(b"a layer").removeprefix("sha256:")
        (server.data / "blobs" / "sha256" / digest[:2] / digest).unlink()
        command = ("backup", str(target), "--data", str(server.data), "--without-key")
        done = portside(*command)
        assert done.returncode == 3
        assert f"sha256:{digest}: its bytes are gone" in done.stderr
        assert "It holds no secrets key" in done.stderr
        # A client that asks first would be told that the blob is there, until a repair.
        registry.push("v1", b"a layer")
        done = portside(*command, "--keep", "1")
        assert (done.returncode, "removed 2" in done.stdout) == (0, True)
    listed = portside("restore", str(target), "--list").stdout
    assert "without key" in listed
    restore = ("restore", str(target), "--data", str(tmp_path / "new"))
    refused = portside(*restore)
    assert refused.returncode == 1
    assert "made without its secrets key" in refused.stderr
    assert not (tmp_path / "new").exists()
    assert portside("restore", str(tmp_path / "nothing")).returncode == 1
