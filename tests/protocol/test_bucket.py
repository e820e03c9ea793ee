"""Blobs in a bucket: how they are given out."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.live import LiveServer
from tests.protocol.pushing import Registry, digest_of
from tests.stores import s3

CONTENT = bytes(range(256)) * 1000
NAME = "protocol/bucket"


@pytest.fixture(scope="module")
def redirecting() -> Iterator[LiveServer]:
    """A server whose clients reach the bucket under another name than it does itself."""
    bucket = s3.session_server()
    public = {"PORTSIDE_BLOBS_PUBLIC_ENDPOINT": f"http://localhost:{bucket.port}"}
    with LiveServer(env=bucket.settings(**public, PORTSIDE_BLOB_DELIVERY="redirect")) as live:
        live.client("ecr").create_repository(repositoryName=NAME)
        yield live


@pytest.fixture
def repo(redirecting: LiveServer) -> Iterator[Registry]:
    with httpx.Client(base_url=redirecting.url, auth=redirecting.auth(), timeout=60) as http:
        yield Registry(http, NAME)


def test_a_blob_is_at_an_address_of_the_bucket(redirecting: LiveServer, repo: Registry) -> None:
    """A short-lived one, under the name by which clients reach the bucket."""
    digest = repo.put_blob(CONTENT)
    moved = repo.request("GET", f"blobs/{digest}")
    assert (moved.status_code, moved.content) == (307, b"")
    assert moved.headers["docker-content-digest"] == digest
    assert moved.headers["cache-control"] == "no-store"
    address = urlsplit(moved.headers["location"])
    assert address.netloc == f"localhost:{s3.session_server().port}"
    assert parse_qs(address.query)["X-Amz-Expires"] == ["900"]
    assert httpx.get(moved.headers["location"]).content == CONTENT
    part = repo.request("GET", f"blobs/{digest}", headers={"range": "bytes=5-9"})
    again = httpx.get(part.headers["location"], headers={"range": "bytes=5-9"})
    assert (again.status_code, again.content) == (206, CONTENT[5:10])
    log = redirecting.log.read_text()
    assert "X-Amz-Signature" not in log
    assert s3.SECRET_ACCESS_KEY not in log


def test_what_needs_no_bytes_is_answered_here(repo: Registry) -> None:
    """HEAD, an empty blob, what is known already, and what is not there."""
    digest = repo.put_blob(CONTENT)
    head = repo.request("HEAD", f"blobs/{digest}")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(CONTENT)))
    held = repo.request("GET", f"blobs/{digest}", headers={"if-none-match": f'"{digest}"'})
    assert held.status_code == 304
    empty = repo.request("GET", f"blobs/{repo.put_blob(b'')}")
    assert (empty.status_code, empty.content) == (200, b"")
    assert repo.request("GET", f"blobs/{digest_of(b'other')}").status_code == 404


def test_ecr_gives_an_address_of_the_bucket(redirecting: LiveServer, repo: Registry) -> None:
    """GetDownloadUrlForLayer, as AWS's own: an address of the object itself."""
    digest = repo.put_blob(CONTENT)
    answer = redirecting.client("ecr").get_download_url_for_layer(
        repositoryName=NAME, layerDigest=digest
    )
    assert urlsplit(answer["downloadUrl"]).port == s3.session_server().port
    assert httpx.get(answer["downloadUrl"]).content == CONTENT


def test_an_address_is_only_for_who_may_pull(redirecting: LiveServer, repo: Registry) -> None:
    """Without credentials there is no address, and a changed one is none."""
    digest = repo.put_blob(CONTENT)
    assert httpx.get(f"{redirecting.url}/v2/{NAME}/blobs/{digest}").status_code == 401
    address = repo.request("GET", f"blobs/{digest}").headers["location"]
    other = digest_of(b"other").partition(":")[2]
    stolen = address.replace(digest.partition(":")[2], other)
    assert httpx.get(stolen).status_code == 403
    assert httpx.get(address.partition("?")[0]).status_code == 403


def test_many_small_parts_become_one_blob(repo: Registry) -> None:
    """A client may send as little at a time as it likes."""
    location = repo.start()
    for number in range(30):
        first = number * 11
        headers = {"content-range": f"{first}-{first + 10}"}
        part = CONTENT[first : first + 11]
        assert repo.http.patch(location, content=part, headers=headers).status_code == 202
    assert repo.http.get(location).headers["range"] == "0-329"
    digest = digest_of(CONTENT[:330])
    wrong = repo.http.put(f"{location}?digest={digest_of(b'wrong')}", content=b"!")
    assert wrong.status_code == 400
    assert repo.http.put(f"{location}?digest={digest}").status_code == 201
    got = repo.request("GET", f"blobs/{digest}", follow_redirects=True)
    assert got.content == CONTENT[:330]
