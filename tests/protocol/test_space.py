"""Space from the command line, beside a running server."""

import json
import subprocess

import httpx
import pytest
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import Registry, digest_of
from tests.stores.blobs import Stray


def portside(server: LiveServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(PORTSIDE), *arguments, "--data", str(server.data)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env=clean_environment(**server.env)
    )


def test_deleting_an_image_frees_its_bytes() -> None:
    """`du` shows them, a dry run only tells, the grace keeps them, `--grace 0` frees them."""
    layer = b"x" * 100_000
    with LiveServer() as server, httpx.Client(base_url=server.url, auth=server.auth()) as http:
        ecr = server.client("ecr")
        ecr.create_repository(repositoryName="app")
        registry = Registry(http, "app")
        kept = registry.push("kept", b"kept")
        registry.push("gone", layer, b"kept")
        before = json.loads(
            portside(server, "du", "--repository", "app", "--format", "json").stdout
        )
        assert before[0]["image_count"] == 2
        assert before[0]["logical_bytes"] > before[0]["unique_bytes"] > len(layer)
        assert registry.request("DELETE", "manifests/gone").status_code == 202
        told = "97.7 KiB (100000 bytes) in 1 blobs; 0 abandoned uploads\n"
        assert portside(server, "gc").stdout.startswith("freed 0 B (0 bytes) in 0 blobs")
        assert portside(server, "gc", "--grace", "0", "--dry-run").stdout == f"would free {told}"
        assert portside(server, "gc", "--grace", "0").stdout == f"freed {told}"
        assert registry.request("HEAD", f"blobs/{digest_of(layer)}").status_code == 404
        assert registry.request("GET", "manifests/kept").content == kept
        assert registry.request("GET", f"blobs/{digest_of(b'kept')}").content == b"kept"
        assert "app" in portside(server, "du").stdout


def test_no_grace_frees_what_a_crash_left() -> None:
    """`--grace 0` also looks at the files: a kill between a rename and its commit leaves some."""
    with LiveServer() as server, httpx.Client(base_url=server.url, auth=server.auth()) as http:
        server.client("ecr").create_repository(repositoryName="app")
        kept = Registry(http, "app").push("kept", b"kept")
        known = digest_of(b"kept")
        held = http.post("/v2/app/blobs/uploads/").headers["location"]
        assert http.patch(held, content=b"held").status_code == 202
        left = Stray(server.data, b"left behind")
        assert "in 0 blobs" in portside(server, "gc", "--grace", "0", "--no-sweep").stdout
        assert "in 0 blobs" in portside(server, "gc").stdout
        assert left.is_there()
        told = "11 B (11 bytes) in 1 blobs; 0 abandoned uploads\n"
        assert portside(server, "gc", "--grace", "0", "--dry-run").stdout == f"would free {told}"
        assert portside(server, "gc", "--grace", "0").stdout == f"freed {told}"
        assert not left.is_there()
        done = http.put(held, params={"digest": digest_of(b"held")})
        assert done.status_code == 201
        assert http.get("/v2/app/manifests/kept").content == kept
        assert http.get(f"/v2/app/blobs/{known}").content == b"kept"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("gc", "--grace", "-1"), 2, "--grace is -1"),
        (("du", "--repository", "none"), 1, "there is no repository none"),
        (("du", "--repository", "UPPER"), 2, "malformed"),
        (("du", "--format", "xml"), 2, "--format is 'xml'"),
        (("tasks", "--format", "xml"), 2, "--format is 'xml'"),
        (("events", "tail", "--last", "-1"), 2, "--last is -1"),
        (("events", "replay"), 2, "name ids of dead letters, or --all"),
        (("events", "replay", "99"), 1, "there is no dead letter 99"),
        (("events", "dead-letters", "--format", "xml"), 2, "--format is 'xml'"),
    ],
)
def test_wrong_use(
    server: LiveServer, arguments: tuple[str, ...], status: int, message: str
) -> None:
    done = portside(server, *arguments)
    assert done.returncode == status
    assert message in done.stderr
