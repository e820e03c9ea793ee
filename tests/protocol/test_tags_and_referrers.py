"""tags/list and referrers (distribution-spec end-8, end-12)."""

import json
from typing import Any

import pytest
from tests.protocol.pushing import (
    OCI_INDEX,
    OCI_MANIFEST,
    Registry,
    digest_of,
    error_codes,
    manifest_of,
)

TAGS = ["A", "Z", "_x", "a", "a.1", "a_", "b", "v1.10", "v1.9"]


@pytest.fixture
def tagged(repo: Registry) -> Registry:
    body = repo.push("a")
    for tag in TAGS:
        repo.put_manifest(tag, body)
    return repo


def test_order_of_bytes(tagged: Registry) -> None:
    answer = tagged.request("GET", "tags/list").json()
    assert answer == {"name": tagged.name, "tags": sorted(TAGS, key=str.encode)}


@pytest.mark.parametrize("size", [1, 2, 4, 8, 9, 10, 1000])
def test_pages_lead_through_all(tagged: Registry, size: int) -> None:
    found: list[str] = []
    path: str | None = f"/v2/{tagged.name}/tags/list?n={size}"
    while path:
        answer = tagged.http.get(path)
        page = answer.json()["tags"]
        assert len(page) == min(size, len(TAGS) - len(found))
        found += page
        path = answer.links["next"]["url"] if "next" in answer.links else None
    assert found == sorted(TAGS)


def test_last_need_not_exist(tagged: Registry) -> None:
    assert tagged.request("GET", "tags/list?last=a.5").json()["tags"] == [
        "a_",
        "b",
        "v1.10",
        "v1.9",
    ]
    assert tagged.request("GET", "tags/list?last=zzz&n=3").json()["tags"] == []


def test_page_sizes(tagged: Registry) -> None:
    answer = tagged.request("GET", "tags/list?n=0")
    assert (answer.json()["tags"], "link" in answer.headers) == ([], False)
    assert tagged.request("GET", "tags/list?n=&last=").json()["tags"] == sorted(TAGS)
    for bad in ("-1", "x", "1.5", "٣"):
        answer = tagged.request("GET", f"tags/list?n={bad}")
        assert (answer.status_code, error_codes(answer)) == (400, ["PAGINATION_NUMBER_INVALID"])


def test_more_than_ecr_puts_into_a_page(tagged: Registry, strict_repo: Registry) -> None:
    """ECR refuses it in these words, by which clients know to ask for less; OCI has no limit."""
    for size in (1001, 10_000, 99_999_999):
        answer = tagged.request("GET", f"tags/list?n={size}")
        assert (answer.status_code, error_codes(answer)) == (405, ["UNSUPPORTED"])
        assert answer.json()["errors"][0]["message"] == (
            "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have "
            "value less than or equal to 1000'"
        )
    strict_repo.push("v1")
    answer = strict_repo.request("GET", "tags/list?n=99999999")
    assert answer.json()["tags"] == ["v1"]


def push_referrer(repo: Registry, subject: bytes, kind: str, **more: Any) -> bytes:
    repo.put_blob(b"{}")
    link = {"mediaType": OCI_MANIFEST, "digest": digest_of(subject), "size": len(subject)}
    body = manifest_of(b"{}", subject=link, artifactType=kind, **more)
    answer = repo.put_manifest(digest_of(body), body)
    assert answer.status_code == 201
    assert answer.headers["oci-subject"] == digest_of(subject)
    return body


def test_referrers(repo: Registry) -> None:
    subject = repo.push("image")
    signature = push_referrer(repo, subject, "test/signature", annotations={"by": "me"})
    sbom = push_referrer(repo, subject, "test/sbom")
    answer = repo.request("GET", f"referrers/{digest_of(subject)}")
    assert answer.headers["content-type"] == OCI_INDEX
    index = answer.json()
    assert (index["schemaVersion"], index["mediaType"]) == (2, OCI_INDEX)
    assert index["manifests"][0] == {
        "mediaType": OCI_MANIFEST,
        "digest": digest_of(signature),
        "size": len(signature),
        "artifactType": "test/signature",
        "annotations": {"by": "me"},
    }
    assert index["manifests"][1]["digest"] == digest_of(sbom)


def test_filter_by_artifact_type(repo: Registry) -> None:
    subject = repo.push("image")
    push_referrer(repo, subject, "test/signature")
    sbom = push_referrer(repo, subject, "test/sbom+json")
    path = f"referrers/{digest_of(subject)}?artifactType=test/sbom%2Bjson"
    answer = repo.request("GET", path)
    assert answer.headers["oci-filters-applied"] == "artifactType"
    assert [entry["digest"] for entry in answer.json()["manifests"]] == [digest_of(sbom)]


def test_the_subject_may_be_missing_or_go(repo: Registry) -> None:
    body = push_referrer(repo, b"never pushed", "test/x")
    path = f"referrers/{digest_of(b'never pushed')}"
    assert len(repo.request("GET", path).json()["manifests"]) == 1
    repo.request("DELETE", f"manifests/{digest_of(body)}")
    assert repo.request("GET", path).json()["manifests"] == []
    assert repo.request("GET", "referrers/sha256:bad").status_code == 400


def test_who_deletes_a_subject_leaves_its_referrers(repo: Registry, ecr: Any) -> None:
    """As with ECR they are deleted by their own digest; only policies have them go along."""
    subject = repo.push("image")
    signature = push_referrer(repo, subject, "test/signature")
    done = ecr.batch_delete_image(
        repositoryName=repo.name, imageIds=[{"imageDigest": digest_of(subject)}]
    )
    assert done["failures"] == []
    path = f"referrers/{digest_of(subject)}"
    assert len(repo.request("GET", path).json()["manifests"]) == 1
    done = ecr.batch_delete_image(
        repositoryName=repo.name, imageIds=[{"imageDigest": digest_of(signature)}]
    )
    assert done["failures"] == []
    assert repo.request("GET", path).json()["manifests"] == []


def test_large_referrers_come_by_pages(repo: Registry) -> None:
    subject = repo.push("image")
    pushed = [
        push_referrer(repo, subject, "test/big", annotations={"n": str(n), "x": "y" * 1_500_000})
        for n in range(5)
    ]
    found: list[str] = []
    path: str | None = f"/v2/{repo.name}/referrers/{digest_of(subject)}?artifactType=test/big"
    pages = 0
    while path:
        answer = repo.http.get(path)
        assert len(answer.content) < 5 * 1024 * 1024
        found += [entry["digest"] for entry in json.loads(answer.content)["manifests"]]
        pages += 1
        path = answer.links["next"]["url"] if "next" in answer.links else None
    assert found == [digest_of(body) for body in pushed]
    assert pages > 1
