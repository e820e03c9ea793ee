"""Blobs in a bucket: what happens when a server or the bucket's own server is killed."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.faults.test_large_layer import MemoryWatch, pieces
from tests.live import LiveServer
from tests.protocol.pushing import Registry, digest_of, error_codes
from tests.stores.s3 import S3Server

NAME = "faults/bucket"
MIB = 1024 * 1024
GROWTH_MAX = 96 * MIB
"""Four pieces of 8 MiB of one upload, copies of them while they are sent, and the S3 client."""


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Server]:
    server = S3Server()
    try:
        server.start()
        yield server
    finally:
        server.close()


def random_bytes(size: int, seed: int) -> bytes:
    """Bytes in which no two pieces are alike."""
    made = hashlib.shake_256(seed.to_bytes(8, "big")).digest(64 * 1024)
    count = size // len(made) + 1
    return b"".join(n.to_bytes(8, "big") + made[8:] for n in range(count))[:size]


def repository(live: LiveServer, http: httpx.Client) -> Registry:
    live.client("ecr").create_repository(repositoryName=NAME)
    return Registry(http, NAME)


def client(live: LiveServer) -> httpx.Client:
    return httpx.Client(base_url=live.url, auth=live.auth(), timeout=120)


@contextmanager
def serving(
    bucket: S3Server, prefix: str, **settings: str
) -> Iterator[tuple[LiveServer, httpx.Client]]:
    with (
        LiveServer(env=bucket.settings(prefix, **settings)) as live,
        client(live) as http,
    ):
        yield live, http


def dies_in_a_part(live: LiveServer, location: str, sent: bytes) -> None:
    """Kill the server when it has some of a part, and the client has not sent all."""
    under_way = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield sent
        under_way.set()
        time.sleep(60)
        yield b"never"

    def push() -> None:
        with client(live) as http, pytest.raises(httpx.HTTPError):
            http.patch(location, content=slowly())

    pushing = threading.Thread(target=push)
    pushing.start()
    assert under_way.wait(60)
    time.sleep(1)
    live.kill()
    pushing.join()


def part(location: str, http: httpx.Client, content: bytes, first: int) -> int:
    headers = {"content-range": f"{first}-{first + len(content) - 1}"}
    return http.patch(location, content=content, headers=headers).status_code


def test_an_upload_goes_on_after_the_server_was_killed_in_a_part(bucket: S3Server) -> None:
    """What was acknowledged is there, what was not is as if it had never come."""
    content = random_bytes(21 * MIB + 5, 1)
    acknowledged = 9 * MIB + 3
    with serving(bucket, "killed") as (live, http):
        location = repository(live, http).start()
        assert part(location, http, content[:acknowledged], 0) == 202
        # More than a piece, so that some of it is in the bucket when the server dies.
        dies_in_a_part(live, location, content[acknowledged:])
        assert len(bucket.keys("killed/uploads/")) > 2
        live.start()
        assert http.get(location).headers["range"] == f"0-{acknowledged - 1}"
        assert part(location, http, content[acknowledged:], acknowledged) == 202
        digest = digest_of(content)
        assert http.put(f"{location}?digest={digest}").status_code == 201
        got = http.get(f"/v2/{NAME}/blobs/{digest}", follow_redirects=True)
        assert got.content == content


def test_an_upload_begun_on_one_node_continues_on_another(bucket: S3Server, tmp_path: Path) -> None:
    """Two servers over one database and one bucket; each part goes to the other one."""
    content = random_bytes(20 * MIB, 2)
    settings, data = bucket.settings("nodes"), tmp_path / "data"
    with (
        LiveServer(env=settings, data=data) as one,
        LiveServer(env=settings, data=data) as other,
        client(one) as first,
        client(other) as second,
    ):
        location = repository(one, first).start()
        places = [0, 1, 6 * MIB, 6 * MIB + 1, 15 * MIB, len(content)]
        for number, (start, end) in enumerate(pairwise(places)):
            http = (first, second)[number % 2]
            assert part(location, http, content[start:end], start) == 202
        digest = digest_of(content)
        assert second.put(f"{location}?digest={digest}").status_code == 201
        got = first.get(f"/v2/{NAME}/blobs/{digest}", follow_redirects=True)
        assert got.content == content
    assert bucket.keys("nodes/uploads/") == []


def says_unavailable(refused: httpx.Response) -> bool:
    told = (refused.status_code, error_codes(refused), refused.headers["retry-after"])
    return told == (503, ["UNAVAILABLE"], "2")


def refuses_while_the_bucket_is_away(live: LiveServer, repo: Registry, small: str) -> None:
    ecr = live.client("ecr")
    assert says_unavailable(repo.request("GET", f"blobs/{small}"))
    assert repo.request("HEAD", f"blobs/{small}").status_code == 200
    begun = ecr.initiate_layer_upload(repositoryName=NAME)
    wanted = {"repositoryName": NAME, "uploadId": begun["uploadId"], "layerPartBlob": b"abc"}
    with pytest.raises(ClientError) as caught:
        ecr.upload_layer_part(**wanted, partFirstByte=0, partLastByte=2)
    assert caught.value.response["Error"]["Code"] == "ServerException"
    assert repo.http.get("/readyz").status_code == 503
    assert repo.http.get("/healthz").status_code == 200


def test_the_bucket_goes_away_and_comes_back(bucket: S3Server) -> None:
    """Each face says in its own way that it cannot be now; nothing acknowledged is lost."""
    content = random_bytes(12 * MIB, 3)
    half = 10 * MIB
    with serving(bucket, "away", PORTSIDE_BLOB_DELIVERY="proxy") as (live, http):
        repo = repository(live, http)
        small = repo.put_blob(b"small")
        location = repo.start()
        assert part(location, http, content[:half], 0) == 202
        bucket.kill()
        try:
            assert says_unavailable(http.patch(location, content=content[half:]))
            refuses_while_the_bucket_is_away(live, repo, small)
        finally:
            bucket.start()
        time.sleep(3)
        assert http.get("/readyz").status_code == 200
        assert part(location, http, content[half:], half) == 202
        digest = digest_of(content)
        assert http.put(f"{location}?digest={digest}").status_code == 201
        assert repo.request("GET", f"blobs/{digest}").content == content


def test_a_push_and_a_pull_never_list(bucket: S3Server) -> None:
    """Requests of clients ask the bucket for single objects only."""
    content = random_bytes(17 * MIB, 4)
    # The tasks do list: they look for what was left behind.
    settings = {"PORTSIDE_BLOB_DELIVERY": "proxy", "PORTSIDE_TASKS": "false"}
    with serving(bucket, "unlisted", **settings) as (live, http):
        repo = repository(live, http)
        repo.push("latest", content)
        location = repo.start()
        assert http.patch(location, content=content[:-1]).status_code == 202
        assert http.put(f"{location}?digest={digest_of(content[:-1])}").status_code == 201
        assert http.delete(repo.start()).status_code == 204
        assert repo.request("GET", f"blobs/{digest_of(content)}").content == content
        live.client("ecr").delete_repository(repositoryName=NAME, force=True)
    time.sleep(1)
    asked = [line for line in bucket.requests.read_text().splitlines() if "unlisted" in line]
    assert any("s3_UploadPartCopy" in line for line in asked)
    assert [line for line in asked if "s3_List" in line] == []


@pytest.mark.slow
def test_a_gibibyte_in_constant_memory(bucket: S3Server) -> None:
    """A layer of 1 GiB goes in and, through the server, out while its memory hardly grows."""
    size = 1024 * MIB
    hasher = hashlib.sha256()
    for piece in pieces(size):
        hasher.update(piece)
    digest = f"sha256:{hasher.hexdigest()}"
    with serving(bucket, "large", PORTSIDE_BLOB_DELIVERY="proxy") as (live, http):
        repo = repository(live, http)
        repo.request("GET", f"blobs/{repo.put_blob(b'warm')}")
        location = repo.start()
        with MemoryWatch(live) as memory:
            assert http.patch(location, content=pieces(size)).status_code == 202
            assert http.put(f"{location}?digest={digest}").status_code == 201
            pulled = hashlib.sha256()
            with http.stream("GET", f"/v2/{NAME}/blobs/{digest}") as answer:
                for piece in answer.iter_bytes(MIB):
                    pulled.update(piece)
    assert f"sha256:{pulled.hexdigest()}" == digest
    assert memory.growth < GROWTH_MAX, f"grew by {memory.growth / MIB:.0f} MiB"
    print(f"memory grew by {memory.growth / MIB:.1f} MiB at most")
