"""`portside verify` beside a running server: what it finds, what it mends, how it ends."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import (
    OCI_INDEX,
    Registry,
    digest_of,
    index_of,
    manifest_of,
)
from tests.protocol.small_upstream import small_upstream
from tests.stores import postgresql, s3

from portside.server.preparation import open_database
from portside.settings import resolve

pytestmark = pytest.mark.skipif(
    postgresql.wanted() or s3.wanted(), reason="it looks into the data folder's own files"
)

LAYER = b"a layer of a verified image " * 1000


@pytest.fixture
def filled() -> Iterator[tuple[LiveServer, Registry]]:
    """A server with an image of one layer in a repository, tagged v1."""
    with LiveServer() as live, httpx.Client(base_url=live.url, auth=live.auth()) as http:
        live.client("ecr").create_repository(repositoryName="app")
        registry = Registry(http, "app")
        registry.push("v1", LAYER)
        yield live, registry


def verify(server: LiveServer, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what was found."""
    done = run(server, "--json", *options)
    return done.returncode, json.loads(done.stdout)


def run(server: LiveServer, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(PORTSIDE), "verify", "--data", str(server.data), *options]
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=clean_environment(COLUMNS="200", **server.env),
    )


def change(server: LiveServer, *statements: str) -> None:
    """Break rows as a bug would."""
    database = open_database(resolve({"data": str(server.data)}, server.env).settings)
    with closing(database), database.write() as tx:
        for statement in statements:
            tx.execute(text(statement))


def file_of(server: LiveServer, content: bytes) -> Path:
    encoded = digest_of(content).removeprefix("sha256:")
    return server.data / "blobs" / "sha256" / encoded[:2] / encoded


def faults(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["fault"], one["outcome"]) for one in found["findings"]]


def test_nothing_is_wrong(filled: tuple[LiveServer, Registry]) -> None:
    """A server in use is whole; an open upload is no fault."""
    server, registry = filled
    registry.http.patch(registry.start(), content=b"half")
    assert verify(server) == (0, {"wrong": 0, "counts": [], "findings": []})
    assert run(server).stdout == "nothing is wrong\n"


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "fault", "seen_without_reading"),
    [
        (flip, "blob-corrupt", False),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), "blob-corrupt", True),
        (lambda file: file.write_bytes(b""), "blob-gone", True),
        (Path.unlink, "blob-gone", True),
    ],
)
def test_a_damaged_blob_is_set_aside_and_healed_by_a_push(
    filled: tuple[LiveServer, Registry],
    damage: Callable[[Path], Any],
    fault: str,
    seen_without_reading: bool,
) -> None:
    """Found, but left alone without `--repair`; then the registry says that it is not there."""
    server, registry = filled
    damage(file_of(server, LAYER))
    status, found = verify(server, "--sample", "0")
    assert (status, bool(found["findings"])) == ((3, True) if seen_without_reading else (0, False))
    status, found = verify(server)
    assert (status, faults(found)) == (3, [(fault, "found")])
    assert found["findings"][0]["subject"] == digest_of(LAYER)
    assert found["findings"][0]["repository"] == "app"
    path = f"blobs/{digest_of(LAYER)}"
    assert registry.request("HEAD", path).status_code == 200
    assert (verify(server, "--repair")[0], registry.request("HEAD", path).status_code) == (3, 404)
    kept = list((server.data / "quarantine").glob("*"))
    assert [file.name for file in kept] == (
        [f"sha256-{digest_of(LAYER)[7:]}"] if fault == "blob-corrupt" else []
    )
    status, found = verify(server)
    assert (status, faults(found)) == (3, [("layer-missing", "found")])
    registry.push("v1", LAYER)
    assert verify(server)[0] == 0
    assert registry.request("GET", path).content == LAYER


def test_rows_that_contradict_one_another_are_mended(
    filled: tuple[LiveServer, Registry],
) -> None:
    """Marks, counts, references and memberships are put right from what is certain."""
    server, registry = filled
    child = registry.push("child", b"of an index")
    assert registry.put_manifest("all", index_of(child), OCI_INDEX).status_code == 201
    layer = digest_of(LAYER)
    change(
        server,
        "UPDATE images SET tagged = NOT tagged WHERE id = 1",
        "UPDATE repositories SET image_count = 7",
        "UPDATE registries SET repository_count = 9",
        "DELETE FROM image_children",
        "DELETE FROM unreferenced_blobs",
        "DELETE FROM repository_blobs",
    )
    expected = {"tagged-wrong", "count-wrong", "named-wrong", "layer-missing"}
    status, found = verify(server)
    assert (status, {one["fault"] for one in found["findings"]}) == (3, expected)
    assert registry.request("HEAD", f"blobs/{layer}").status_code == 404
    status, found = verify(server, "--repair")
    assert status == 0
    assert {one["outcome"] for one in found["findings"]} == {"mended"}
    assert verify(server)[0] == 0
    assert registry.request("GET", f"blobs/{layer}").content == LAYER


def test_manifests_are_hashed_too(filled: tuple[LiveServer, Registry]) -> None:
    """A manifest of another digest, or none, and a child that is gone, cannot be mended here."""
    server, registry = filled
    child = registry.push("child", b"of an index")
    assert registry.put_manifest("all", index_of(child), OCI_INDEX).status_code == 201
    change(
        server,
        "UPDATE manifests SET body = x'7b7d' WHERE image_id = 1",
        "UPDATE images SET digest = 'sha256:' || hex(zeroblob(32)) WHERE id = 2",
        "DELETE FROM manifests WHERE image_id = 2",
    )
    expected = [("child-missing", "found"), ("manifest-corrupt", "found")]
    expected += [("manifest-gone", "found")]
    for options in ((), ("--repair",)):
        status, found = verify(server, *options)
        assert (status, sorted(faults(found))) == (3, expected)


def test_what_a_crash_leaves_harms_nobody(filled: tuple[LiveServer, Registry]) -> None:
    """Bytes that nobody knows of are told, count as right, and go with `--repair`."""
    server, _ = filled
    file_of(server, b"left").write_bytes(b"left")
    status, found = verify(server)
    assert (status, faults(found)) == (0, [("blob-unknown", "found")])
    status, found = verify(server, "--repair")
    assert (status, faults(found)) == (0, [("blob-unknown", "mended")])
    assert not file_of(server, b"left").exists()


def test_a_dangling_tag_and_an_upload_without_bytes(filled: tuple[LiveServer, Registry]) -> None:
    """Both go with `--repair`."""
    server, registry = filled
    location = registry.start()
    assert registry.http.patch(location, content=b"half").status_code == 202
    for file in (server.data / "blobs" / "uploads").iterdir():
        file.unlink()
    change(
        server,
        "UPDATE uploads SET updated_at = 0",
        "INSERT INTO repositories (id, account_id, region, name, created_at, mutability,"
        " mutability_exclusions, scan_on_push, encryption_type, generation, image_count)"
        " SELECT 99, account_id, region, 'other', created_at, mutability,"
        " mutability_exclusions, scan_on_push, encryption_type, 0, 0 FROM repositories",
        "UPDATE registries SET repository_count = 2",
        "INSERT INTO tags (repository_id, name, image_id, tagged_at) VALUES (99, 'astray', 1, 0)",
    )
    status, found = verify(server)
    assert status == 3
    assert sorted(faults(found)) == [("tag-dangling", "found"), ("upload-gone", "found")]
    assert verify(server, "--repair")[0] == 0
    assert verify(server) == (0, {"wrong": 0, "counts": [], "findings": []})


def test_a_copy_is_fetched_again() -> None:
    """Where a pull-through rule covers the repository, its upstream has the right bytes still."""
    with (
        small_upstream() as upstream,
        LiveServer("--upstream-hosts", upstream.url) as server,
        httpx.Client(base_url=server.url, auth=server.auth()) as http,
    ):
        upstream.push("app", "v1", manifest_of(b"{}", LAYER), b"{}", LAYER)
        server.client("ecr").create_pull_through_cache_rule(
            ecrRepositoryPrefix="hub", upstreamRegistryUrl=upstream.host
        )
        copy = Registry(http, "hub/app")
        for path in ("manifests/v1", f"blobs/{digest_of(LAYER)}"):
            assert copy.request("GET", path).status_code == 200
        flip(file_of(server, LAYER))
        options = ("--repair", "--upstream-hosts", upstream.url)
        status, found = verify(server, *options)
        assert (status, faults(found)) == (0, [("blob-corrupt", "mended")])
        assert copy.request("GET", f"blobs/{digest_of(LAYER)}").content == LAYER
        assert verify(server)[0] == 0


def test_going_on_where_it_stopped(filled: tuple[LiveServer, Registry]) -> None:
    """`--from` passes over the blobs before, and over the rows, which were looked at already."""
    server, registry = filled
    registry.push("v2", b"second")
    layers = sorted([digest_of(LAYER), digest_of(b"second"), digest_of(b"{}")])
    for content in (LAYER, b"second", b"{}"):
        flip(file_of(server, content))
    _, found = verify(server, "--parallel", "1", "--from", layers[0])
    assert [one["subject"] for one in found["findings"]] == layers[1:]
    assert verify(server, "--since", "1h")[1]["wrong"] == 3
    change(server, "UPDATE blobs SET created_at = 0")
    assert verify(server, "--since", "1h")[1]["wrong"] == 0
    shown = run(server).stdout
    assert "3 blob-corrupt (found): a blob's bytes have another digest or size" in shown
    assert "3 faults are left" in shown


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--from", "sha256:short"), 2, "--from: digest `sha256:short` is malformed"),
        (("--since", "yesterday"), 2, "--since is 'yesterday'"),
        (("--sample", "101"), 2, "less than or equal to 100"),
        (("--data", "/nowhere/at/all"), 1, "the data folder /nowhere/at/all cannot be used"),
    ],
)
def test_wrong_use(options: tuple[str, ...], status: int, message: str, tmp_path: Path) -> None:
    command = [str(PORTSIDE), "verify", "--data", str(tmp_path), *options]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=clean_environment()
    )
    assert done.returncode == status
    assert message in done.stderr
