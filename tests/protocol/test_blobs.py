"""Blobs: pulling, ranges, validators, membership, deletion (distribution-spec end-2, end-10)."""

from typing import Any
from uuid import uuid4

import pytest
from tests.protocol.pushing import Registry, digest_of, error_codes

CONTENT = bytes(range(256)) * 8


def test_get_and_head(repo: Registry) -> None:
    digest = repo.put_blob(CONTENT)
    for method, body in (("GET", CONTENT), ("HEAD", b"")):
        answer = repo.request(method, f"blobs/{digest}")
        assert answer.status_code == 200
        assert answer.content == body
        assert answer.headers["content-length"] == str(len(CONTENT))
        assert answer.headers["docker-content-digest"] == digest
        assert answer.headers["etag"] == f'"{digest}"'
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["content-type"] == "application/octet-stream"


def test_if_none_match(repo: Registry) -> None:
    digest = repo.put_blob(CONTENT)
    answer = repo.request("GET", f"blobs/{digest}", headers={"if-none-match": f'"{digest}"'})
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=500-1499", 500, 1499),
        ("bytes=500-", 500, 2047),
        ("bytes=-500", 1548, 2047),
        ("bytes=2000-5000", 2000, 2047),
        ("bytes=-99999", 0, 2047),
        ("bytes=0-0", 0, 0),
    ],
)
def test_ranges(repo: Registry, header: str, first: int, last: int) -> None:
    digest = repo.put_blob(CONTENT)
    answer = repo.request("GET", f"blobs/{digest}", headers={"range": header})
    assert answer.status_code == 206
    assert answer.content == CONTENT[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/2048"


@pytest.mark.parametrize("header", ["bytes=500-0", "bytes=5000-10000", "bytes=-0", "bytes=2048-"])
def test_ranges_that_cannot_be(repo: Registry, header: str) -> None:
    digest = repo.put_blob(CONTENT)
    answer = repo.request("GET", f"blobs/{digest}", headers={"range": header})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */2048")


@pytest.mark.parametrize("header", ["bytes=0-1,3-4", "items=0-1", "bytes=a-b", "bytes=-"])
def test_ranges_that_are_ignored(repo: Registry, header: str) -> None:
    digest = repo.put_blob(CONTENT)
    answer = repo.request("GET", f"blobs/{digest}", headers={"range": header})
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_a_blob_of_another_repository_is_unknown(repo: Registry, ecr: Any) -> None:
    digest = repo.put_blob(uuid4().bytes)
    other = Registry(repo.http, f"protocol/{uuid4().hex}")
    ecr.create_repository(repositoryName=other.name)
    answer = other.request("GET", f"blobs/{digest}")
    assert (answer.status_code, error_codes(answer)) == (404, ["BLOB_UNKNOWN"])


def test_unknown_and_malformed_digests(repo: Registry) -> None:
    answer = repo.request("GET", f"blobs/{digest_of(b'never')}")
    assert (answer.status_code, error_codes(answer)) == (404, ["BLOB_UNKNOWN"])
    for bad in ("sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:" + "G" * 64):
        answer = repo.request("GET", f"blobs/{bad}")
        assert (answer.status_code, error_codes(answer)) == (400, ["DIGEST_INVALID"])


def test_ecr_does_not_delete_blobs(repo: Registry) -> None:
    digest = repo.put_blob(CONTENT)
    answer = repo.request("DELETE", f"blobs/{digest}")
    assert (answer.status_code, error_codes(answer)) == (405, ["UNSUPPORTED"])
    assert repo.request("HEAD", f"blobs/{digest}").status_code == 200


def test_oci_deletes_blobs(strict_repo: Registry) -> None:
    digest = strict_repo.put_blob(CONTENT)
    assert strict_repo.request("HEAD", f"blobs/{digest}").status_code == 200
    assert strict_repo.request("DELETE", f"blobs/{digest}").status_code == 202
    assert strict_repo.request("HEAD", f"blobs/{digest}").status_code == 404
    answer = strict_repo.request("DELETE", f"blobs/{digest}")
    assert (answer.status_code, error_codes(answer)) == (404, ["BLOB_UNKNOWN"])
    strict_repo.put_blob(CONTENT)
    assert strict_repo.request("GET", f"blobs/{digest}").content == CONTENT
