"""Manifests (distribution-spec end-3, end-7, end-9; ECR's rules where they differ)."""

import json
from typing import Any

import pytest
from tests.protocol.pushing import (
    OCI_INDEX,
    OCI_MANIFEST,
    Registry,
    digest_of,
    error_codes,
    index_of,
    manifest_of,
)

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"


def test_exact_bytes_by_tag_and_digest(repo: Registry) -> None:
    repo.put_blob(b"{}")
    body = manifest_of(b"{}") + b"\n  "
    answer = repo.put_manifest("v1", body)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v2/{repo.name}/manifests/{digest_of(body)}"
    for reference in ("v1", digest_of(body)):
        for method, content in (("GET", body), ("HEAD", b"")):
            pulled = repo.request(method, f"manifests/{reference}")
            assert pulled.status_code == 200
            assert pulled.content == content
            assert pulled.headers["content-type"] == OCI_MANIFEST
            assert pulled.headers["content-length"] == str(len(body))
            assert pulled.headers["docker-content-digest"] == digest_of(body)


def test_if_none_match(repo: Registry) -> None:
    digest = digest_of(repo.push("v1"))
    for validator in (f'"{digest}"', digest):
        answer = repo.request("GET", "manifests/v1", headers={"if-none-match": validator})
        assert (answer.status_code, answer.content) == (304, b"")


def test_the_content_type_that_was_pushed_comes_back(repo: Registry) -> None:
    repo.put_blob(b"{}")
    docker = manifest_of(b"{}", mediaType=DOCKER)
    assert repo.put_manifest("d", docker, DOCKER).status_code == 201
    assert repo.request("GET", "manifests/d").headers["content-type"] == DOCKER
    plain = json.loads(manifest_of(b"{}"))
    del plain["mediaType"]
    body = json.dumps(plain).encode()
    assert repo.put_manifest("p", body, f"{OCI_MANIFEST}; charset=utf-8").status_code == 201
    assert repo.request("GET", "manifests/p").headers["content-type"] == OCI_MANIFEST


def test_unknown_media_types_with_valid_json(repo: Registry) -> None:
    body = b'{"anything": [1, 2]}'
    assert repo.put_manifest("x", body, "application/vnd.example+json").status_code == 201
    answer = repo.request("GET", "manifests/x")
    assert (answer.content, answer.headers["content-type"]) == (
        body,
        "application/vnd.example+json",
    )


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", OCI_MANIFEST),
        (b"junk", OCI_MANIFEST),
        (b"[]", OCI_MANIFEST),
        (b"{}", OCI_MANIFEST),
        (b"[" * 100_000, OCI_MANIFEST),
        (b'{"schemaVersion": 2}', OCI_MANIFEST),
        (b'{"schemaVersion": 1, "manifests": []}', OCI_INDEX),
        (manifest_of(b"{}"), DOCKER),
        (manifest_of(b"{}", manifests=[{}]), OCI_MANIFEST),
        (index_of(layers=[{}]), OCI_INDEX),
        (manifest_of(b"{}", layers=[{"digest": "sha256:x"}]), OCI_MANIFEST),
        (b'{"schemaVersion": 1}', SCHEMA1),
        (b'{"schemaVersion": 2}', ""),
        (b"\xff\xfe{\x00}\x00", OCI_MANIFEST),
    ],
)
def test_what_is_no_manifest_is_refused(repo: Registry, body: bytes, media_type: str) -> None:
    answer = repo.put_manifest("bad", body, media_type)
    assert (answer.status_code, error_codes(answer)) == (400, ["MANIFEST_INVALID"])
    assert repo.request("GET", "tags/list").json()["tags"] == []


def test_schema_1_is_refused_clearly(repo: Registry) -> None:
    answer = repo.put_manifest("old", b'{"schemaVersion": 1, "signatures": []}', SCHEMA1)
    assert "schema 1 is not supported" in answer.json()["errors"][0]["message"]


def test_size_limit(repo: Registry) -> None:
    repo.put_blob(b"{}")
    limit = 4 * 1024 * 1024
    empty = len(manifest_of(b"{}", annotations={"a": ""}))
    largest = manifest_of(b"{}", annotations={"a": "x" * (limit - empty)})
    assert len(largest) == limit
    assert repo.put_manifest("big", largest).status_code == 201
    assert repo.request("GET", "manifests/big").content == largest
    for body in (largest + b" ", iter([largest, b" "])):
        headers = {"content-type": OCI_MANIFEST}
        answer = repo.request("PUT", "manifests/bigger", content=body, headers=headers)
        assert (answer.status_code, error_codes(answer)) == (413, ["SIZE_INVALID"])


def test_each_missing_blob_is_named(repo: Registry) -> None:
    repo.put_blob(b"{}")
    body = manifest_of(b"{}", b"one", b"two")
    answer = repo.put_manifest("v1", body)
    assert answer.status_code == 400
    assert error_codes(answer) == ["MANIFEST_BLOB_UNKNOWN"] * 2
    named = [error["detail"]["digest"] for error in answer.json()["errors"]]
    assert named == [digest_of(b"one"), digest_of(b"two")]
    assert repo.request("GET", "manifests/v1").status_code == 404


def test_an_index_needs_its_images(repo: Registry) -> None:
    child = repo.push("child")
    answer = repo.put_manifest("i", index_of(child, b"absent"), OCI_INDEX)
    assert (answer.status_code, error_codes(answer)) == (400, ["MANIFEST_BLOB_UNKNOWN"])
    assert repo.put_manifest("i", index_of(child), OCI_INDEX).status_code == 201


def test_sparse_images_where_oci_rules_hold(strict_repo: Registry) -> None:
    assert strict_repo.put_manifest("v1", manifest_of(b"{}", b"one")).status_code == 201
    assert strict_repo.put_manifest("i", index_of(b"absent"), OCI_INDEX).status_code == 201


def test_layers_from_elsewhere_are_not_required(repo: Registry) -> None:
    repo.put_blob(b"{}")
    layer = {
        "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "digest": digest_of(b"windows"),
        "size": 7,
        "urls": ["https://example.com/layer"],
    }
    assert repo.put_manifest("w", manifest_of(b"{}", layers=[layer])).status_code == 201


def test_digest_references(repo: Registry) -> None:
    repo.put_blob(b"{}")
    body = manifest_of(b"{}")
    assert repo.put_manifest(digest_of(body), body).status_code == 201
    assert repo.put_manifest(digest_of(body, "sha512"), body).status_code == 201
    long = repo.request("GET", f"manifests/{digest_of(body, 'sha512')}")
    assert long.headers["docker-content-digest"] == digest_of(body, "sha512")
    answer = repo.put_manifest(digest_of(b"other"), body)
    assert (answer.status_code, error_codes(answer)) == (400, ["DIGEST_INVALID"])
    answer = repo.put_manifest("sha256:baddigeststring", body)
    assert (answer.status_code, error_codes(answer)) == (400, ["DIGEST_INVALID"])
    answer = repo.put_manifest(".bad", body)
    assert (answer.status_code, error_codes(answer)) == (400, ["TAG_INVALID"])


def test_tag_parameters(repo: Registry) -> None:
    repo.put_blob(b"{}")
    body = manifest_of(b"{}")
    answer = repo.put_manifest(f"{digest_of(body)}?tag=a&tag=b&tag=a", body)
    assert (answer.status_code, answer.headers["oci-tag"]) == (201, "a, b")
    assert repo.request("GET", "tags/list").json()["tags"] == ["a", "b"]
    many = "&".join(f"tag=t{n}" for n in range(101))
    assert repo.put_manifest(f"{digest_of(body)}?{many}", body).status_code == 414


def test_accept(repo: Registry) -> None:
    child = repo.push("child")
    platform = {"os": "linux", "architecture": "amd64"}
    document = json.loads(index_of(child))
    document["manifests"][0]["platform"] = platform
    body = json.dumps(document).encode()
    assert repo.put_manifest("multi", body, OCI_INDEX).status_code == 201

    def accept(tag: str, value: str) -> Any:
        return repo.request("GET", f"manifests/{tag}", headers={"accept": value})

    assert accept("multi", f"{OCI_MANIFEST}, {OCI_INDEX}").content == body
    assert accept("multi", "*/*").content == body
    assert accept("multi", OCI_MANIFEST).content == child
    assert accept("child", "application/json").content == child
    answer = accept("child", DOCKER)
    assert (answer.status_code, error_codes(answer)) == (404, ["MANIFEST_UNKNOWN"])
    by_digest = accept(digest_of(child), DOCKER)
    assert by_digest.content == child


def test_deleting(repo: Registry) -> None:
    body = repo.push("a")
    repo.put_manifest("b", body)
    assert repo.request("DELETE", "manifests/a").status_code == 202
    assert repo.request("GET", "manifests/a").status_code == 404
    assert repo.request("GET", "manifests/b").status_code == 200
    assert repo.request("DELETE", f"manifests/{digest_of(body)}").status_code == 202
    assert repo.request("GET", "manifests/b").status_code == 404
    answer = repo.request("DELETE", f"manifests/{digest_of(body)}")
    assert (answer.status_code, error_codes(answer)) == (404, ["MANIFEST_UNKNOWN"])
    assert repo.request("DELETE", "manifests/nosuch").status_code == 404


def test_an_index_protects_its_images(repo: Registry) -> None:
    child = repo.push("child")
    repo.put_manifest("i", index_of(child), OCI_INDEX)
    answer = repo.request("DELETE", f"manifests/{digest_of(child)}")
    assert (answer.status_code, error_codes(answer)) == (405, ["UNSUPPORTED"])
    assert repo.request("DELETE", "manifests/i").status_code == 202
    assert repo.request("DELETE", f"manifests/{digest_of(child)}").status_code == 202


def test_an_immutable_tag_stays_in_ecrs_words(repo: Registry, ecr: Any) -> None:
    body = repo.push("v1")
    ecr.put_image_tag_mutability(repositoryName=repo.name, imageTagMutability="IMMUTABLE")
    assert repo.put_manifest("v1", body).status_code == 201
    answer = repo.put_manifest("v1", body + b" ")
    assert (answer.status_code, error_codes(answer)) == (400, ["TAG_INVALID"])
    assert answer.json()["errors"][0]["message"] == (
        f"The image tag 'v1' already exists in the '{repo.name}' repository and cannot be "
        "overwritten because the repository is immutable."
    )
    assert repo.request("GET", "manifests/v1").content == body
    assert repo.put_manifest("v2", body + b" ").status_code == 201


def test_an_image_takes_a_hundred_tags(repo: Registry) -> None:
    body = repo.push("t0")
    for n in range(1, 100):
        assert repo.put_manifest(f"t{n}", body).status_code == 201
    answer = repo.put_manifest("t100", body)
    assert (answer.status_code, error_codes(answer)) == (403, ["DENIED"])
    assert "maximum allowed number of tags which is '100'" in answer.json()["errors"][0]["message"]
    assert repo.put_manifest("t99", body).status_code == 201
    assert repo.put_manifest("t100", body + b" ").status_code == 201
