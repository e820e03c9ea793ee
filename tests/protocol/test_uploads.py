"""Uploads (distribution-spec "Pushing blobs"; the replies listed in the OCI facts)."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.protocol.pushing import Registry, digest_of, error_codes

CONTENT = b"0123456789"


def put(repo: Registry, location: str, digest: str, **options: Any) -> httpx.Response:
    return repo.http.put(location, params={"digest": digest}, **options)


def test_post_then_put(repo: Registry) -> None:
    location = repo.start()
    answer = put(repo, location, digest_of(CONTENT), content=CONTENT)
    assert answer.status_code == 201
    assert answer.headers["docker-content-digest"] == digest_of(CONTENT)
    assert repo.http.get(answer.headers["location"]).content == CONTENT
    assert repo.http.get(location).status_code == 404


def test_start_tells_where_to_go_on(repo: Registry) -> None:
    answer = repo.request("POST", "blobs/uploads/")
    assert answer.headers["range"] == "0-0"
    assert answer.headers["location"].endswith(answer.headers["docker-upload-uuid"])
    assert repo.request("POST", "blobs/uploads").status_code == 202


def test_chunks_in_order_and_status(repo: Registry) -> None:
    location = repo.start()
    for at in (0, 4, 8):
        chunk = CONTENT[at : at + 4]
        headers = {"content-range": f"{at}-{at + len(chunk) - 1}"}
        answer = repo.http.patch(location, content=chunk, headers=headers)
        assert answer.status_code == 202
        assert answer.headers["range"] == f"0-{at + len(chunk) - 1}"
        status = repo.http.get(location)
        assert (status.status_code, status.headers["range"]) == (204, answer.headers["range"])
    assert put(repo, location, digest_of(CONTENT)).status_code == 201


@pytest.mark.parametrize("start", [0, 3, 5, 400])
def test_a_part_out_of_order_changes_nothing(repo: Registry, start: int) -> None:
    location = repo.start()
    repo.http.patch(location, content=CONTENT[:4])
    headers = {"content-range": f"{start}-{start + 5}"}
    for method in ("PATCH", "PUT"):
        path = f"{location}?digest={digest_of(CONTENT)}" if method == "PUT" else location
        answer = repo.http.request(method, path, content=CONTENT[4:], headers=headers)
        assert (answer.status_code, error_codes(answer)) == (416, ["RANGE_INVALID"])
        assert answer.headers["range"] == "0-3"
        assert answer.headers["location"] == location
    answer = repo.http.patch(location, content=CONTENT[4:], headers={"content-range": "4-9"})
    assert answer.status_code == 202
    assert put(repo, location, digest_of(CONTENT)).status_code == 201


@pytest.mark.parametrize("place", ["0-99", "bytes 0-9/*", "9-0", "x", "-", "0-"])
def test_a_part_that_contradicts_itself_is_refused(repo: Registry, place: str) -> None:
    location = repo.start()
    answer = repo.http.patch(location, content=CONTENT, headers={"content-range": place})
    assert (answer.status_code, error_codes(answer)) == (400, ["SIZE_INVALID"])
    assert repo.http.get(location).headers["range"] == "0-0"


def test_a_chunked_body_shorter_than_its_range_is_not_kept(repo: Registry) -> None:
    location = repo.start()
    answer = repo.http.patch(location, content=iter([b"abc"]), headers={"content-range": "0-9"})
    assert (answer.status_code, error_codes(answer)) == (400, ["SIZE_INVALID"])
    assert put(repo, location, digest_of(CONTENT), content=CONTENT).status_code == 201


def test_bodies_without_length(repo: Registry) -> None:
    location = repo.start()
    assert repo.http.patch(location, content=iter([b"01234", b"56789"])).status_code == 202
    assert put(repo, location, digest_of(CONTENT)).status_code == 201
    empty = repo.start()
    assert put(repo, empty, digest_of(b""), content=iter([b""])).status_code == 201
    answer = repo.request("GET", f"blobs/{digest_of(b'')}")
    assert (answer.status_code, answer.headers["content-length"]) == (200, "0")


def test_a_wrong_digest_is_refused_and_the_upload_goes_on(repo: Registry) -> None:
    location = repo.start()
    repo.http.patch(location, content=CONTENT)
    for wrong in (digest_of(b"other"), "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", ""):
        answer = put(repo, location, wrong)
        assert (answer.status_code, error_codes(answer)) == (400, ["DIGEST_INVALID"])
    assert repo.http.put(location).status_code == 400
    assert put(repo, location, digest_of(CONTENT)).status_code == 201


def test_a_wrong_digest_with_a_last_part_keeps_only_what_was_before(repo: Registry) -> None:
    location = repo.start()
    repo.http.patch(location, content=CONTENT[:5])
    assert put(repo, location, digest_of(b"other"), content=b"zzz").status_code == 400
    assert repo.http.get(location).headers["range"] == "0-4"
    assert put(repo, location, digest_of(CONTENT), content=CONTENT[5:]).status_code == 201


def test_monolithic_post(repo: Registry) -> None:
    path = f"blobs/uploads/?digest={digest_of(CONTENT)}"
    assert repo.request("POST", path, content=CONTENT).status_code == 201
    answer = repo.request("POST", f"blobs/uploads/?digest={digest_of(b'x')}", content=CONTENT)
    assert (answer.status_code, error_codes(answer)) == (400, ["DIGEST_INVALID"])
    assert repo.request("HEAD", f"blobs/{digest_of(b'x')}").status_code == 404


def test_sha512(repo: Registry) -> None:
    digest = repo.put_blob(CONTENT, "sha512")
    assert repo.request("HEAD", f"blobs/{digest}").headers["docker-content-digest"] == digest
    for path in ("blobs/uploads/", "blobs/uploads/?digest-algorithm=sha512"):
        location = repo.request("POST", path).headers["location"]
        repo.http.patch(location, content=b"more")
        assert put(repo, location, digest_of(b"more", "sha512")).status_code == 201
    assert repo.request("POST", "blobs/uploads/?digest-algorithm=md5").status_code == 400


def test_percent_encoded_digests(repo: Registry) -> None:
    digest = digest_of(CONTENT).replace(":", "%3A")
    answer = repo.request("POST", f"blobs/uploads/?digest={digest}", content=CONTENT)
    assert answer.status_code == 201
    assert repo.request("GET", f"blobs/{digest}").content == CONTENT


def test_cancel(repo: Registry) -> None:
    location = repo.start()
    repo.http.patch(location, content=CONTENT)
    assert repo.http.delete(location).status_code == 204
    for method in ("DELETE", "GET", "PATCH"):
        answer = repo.http.request(method, location, content=CONTENT if method == "PATCH" else None)
        assert answer.status_code == 404
        if method != "HEAD":
            assert error_codes(answer) == ["BLOB_UPLOAD_UNKNOWN"]


def test_an_upload_belongs_to_its_repository(repo: Registry, ecr: Any) -> None:
    other = f"protocol/{uuid4().hex}"
    ecr.create_repository(repositoryName=other)
    foreign = repo.start().replace(repo.name, other)
    assert repo.http.get(foreign).status_code == 404
    assert repo.http.get(f"/v2/{repo.name}/blobs/uploads/not-an-upload").status_code == 404


def test_mounts(repo: Registry, ecr: Any) -> None:
    digest = repo.put_blob(CONTENT)
    other = Registry(repo.http, f"protocol/{uuid4().hex}")
    ecr.create_repository(repositoryName=other.name)
    assert other.request("HEAD", f"blobs/{digest}").status_code == 404
    answer = other.request("POST", f"blobs/uploads/?mount={digest}&from={repo.name}")
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v2/{other.name}/blobs/{digest}"
    assert other.request("GET", f"blobs/{digest}").content == CONTENT
    third = Registry(repo.http, f"protocol/{uuid4().hex}")
    ecr.create_repository(repositoryName=third.name)
    assert third.request("POST", f"blobs/uploads/?mount={digest}").status_code == 201


@pytest.mark.parametrize(
    "query",
    [
        f"mount={digest_of(b'never pushed')}",
        f"mount={digest_of(b'never pushed')}&from=no/such",
        "mount=bad&from=no/such",
        f"mount={digest_of(b'never pushed')}&from=BAD",
    ],
)
def test_a_mount_that_cannot_be_begins_an_upload(repo: Registry, query: str) -> None:
    answer = repo.request("POST", f"blobs/uploads/?{query}")
    assert answer.status_code == 202
    location = answer.headers["location"]
    assert put(repo, location, digest_of(CONTENT), content=CONTENT).status_code == 201
