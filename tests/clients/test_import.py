"""`portside import` from Debian's docker-registry, which knows no referrers; killed, and again."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from bench.servers import Server, docker_registry
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import (
    OCI_INDEX,
    OCI_MANIFEST,
    Registry,
    descriptor,
    digest_of,
    index_of,
    manifest_of,
)
from tests.stores import s3

pytestmark = pytest.mark.skipif(s3.wanted(), reason="it looks into the data folder's own files")

IMAGES = 8
LAYER_BYTES = 1024 * 1024


@pytest.fixture
def source(need: Callable[[str], Path], tmp_path: Path) -> Iterator[Server]:
    need("docker-registry")
    with docker_registry(tmp_path) as server:
        yield server


def put(registry: Registry, tag: str, body: bytes, *blobs: bytes, kind: str = OCI_MANIFEST) -> None:
    for blob in blobs:
        location = registry.request("POST", "blobs/uploads/").headers["location"]
        address = f"{location}&digest={digest_of(blob)}"
        answer = registry.http.put(address, content=blob)
        assert answer.status_code == 201, answer.text
    assert registry.put_manifest(tag, body, kind).status_code == 201


def fill(server: Server) -> dict[str, bytes]:
    """Push images, an index of two, and a signature under the tag that stands for referrers."""
    pushed: dict[str, bytes] = {}
    with httpx.Client(base_url=f"http://{server.address}", timeout=60) as http:
        registry = Registry(http, "team/app")
        for number in range(IMAGES):
            layer = os.urandom(LAYER_BYTES)
            body = manifest_of(b"{}", layer, b"shared")
            put(registry, f"v{number}", body, b"{}", layer, b"shared")
            pushed[f"v{number}"] = body
        index = index_of(pushed["v0"], pushed["v1"])
        put(registry, "all", index, kind=OCI_INDEX)
        signature = manifest_of(b"{}", b"signed", subject=descriptor(index, OCI_INDEX))
        put(registry, digest_of(signature), signature, b"signed")
        fallback = digest_of(index).replace(":", "-")
        put(registry, fallback, index_of(signature), kind=OCI_INDEX)
    return pushed | {"all": index, fallback: index_of(signature)}


def blobs(data: Path) -> int:
    return len([path for path in (data / "blobs" / "sha256").rglob("*") if path.is_file()])


def test_killed_in_the_middle_and_given_again(source: Server) -> None:
    """Every tag names what it named, the signature is a referrer, and nothing is fetched twice."""
    pushed = fill(source)
    with LiveServer() as target:
        command = [str(PORTSIDE), "import", f"http://{source.address}", "--json"]
        command += ["--data", str(target.data), "--parallel", "1"]
        environment = clean_environment(**target.env)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
        while process.poll() is None and blobs(target.data) < 3:
            time.sleep(0.001)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        found = {row["tag"]: row["digest"] for row in json.loads(done.stdout)}
        assert found == {tag: digest_of(body) for tag, body in pushed.items()}
        with httpx.Client(base_url=target.url, auth=target.auth()) as http:
            registry = Registry(http, "team/app")
            for tag, body in pushed.items():
                assert registry.request("GET", f"manifests/{tag}").content == body
            referrers = registry.request("GET", f"referrers/{digest_of(pushed['all'])}").json()
            assert len(referrers["manifests"]) == 1
        again = subprocess.run(
            command, check=False, capture_output=True, text=True, env=environment
        )
        assert {row["outcome"] for row in json.loads(again.stdout)} == {"present"}
        verified = [str(PORTSIDE), "verify", "--data", str(target.data)]
        assert subprocess.run(verified, check=False, env=environment).returncode == 0
