"""What the ECR API tells of images, and each way in which it does not."""

import json
import time
from typing import Any

import pytest
from botocore.config import Config
from tests.live import LiveServer
from tests.protocol.pushing import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    Registry,
    descriptor,
    digest_of,
    index_of,
    manifest_of,
)
from tests.protocol.test_ecr_repositories import ACCOUNT, refused

SIGNATURE = "application/vnd.example.signature"
SBOM = "application/vnd.example.sbom"

NO_IMAGES: list[tuple[dict[str, str], str]] = [
    ({}, "InvalidParameterException"),
    ({"imageDigest": "junk"}, "InvalidParameterException"),
    ({"imageTag": ".bad"}, "InvalidParameterException"),
    ({"imageTag": "none"}, "ImageNotFoundException"),
    ({"imageDigest": digest_of(b"none")}, "ImageNotFoundException"),
]
"""Identifiers of no image, and what an operation on one image says of them."""

TAG_OF_ANOTHER = {"imageTag": "v1", "imageDigest": digest_of(b"none")}


def referring(repo: Registry, subject: bytes, content: bytes, artifact_type: str) -> str:
    """Push an artifact that names the subject; its digest."""
    repo.put_blob(b"{}")
    repo.put_blob(content)
    body = manifest_of(
        b"{}",
        content,
        artifactType=artifact_type,
        subject=descriptor(subject, OCI_MANIFEST),
        annotations={"made.of": content.decode()},
    )
    digest = digest_of(body)
    assert repo.put_manifest(digest, body).status_code == 201
    return digest


def test_every_detail_of_an_image(ecr: Any, repo: Registry) -> None:
    body = repo.push("v1", b"layer")
    repo.put_manifest("v0", body)
    (detail,) = ecr.describe_images(repositoryName=repo.name)["imageDetails"]
    assert time.time() - detail.pop("imagePushedAt").timestamp() < 60
    assert detail == {
        "registryId": ACCOUNT,
        "repositoryName": repo.name,
        "imageDigest": digest_of(body),
        "imageTags": ["v0", "v1"],
        "imageSizeInBytes": len(body) + len(b"{}") + len(b"layer"),
        "imageManifestMediaType": OCI_MANIFEST,
        "artifactMediaType": OCI_CONFIG,
        "imageStatus": "ACTIVE",
    }


def test_details_of_artifacts_and_indexes(ecr: Any, repo: Registry) -> None:
    subject = repo.push("v1", b"layer")
    digest = referring(repo, subject, b"sig", SIGNATURE)
    repo.put_manifest("all", index_of(subject), OCI_INDEX)

    def detail(**image_id: str) -> dict[str, Any]:
        found = ecr.describe_images(repositoryName=repo.name, imageIds=[image_id])
        image: dict[str, Any] = found["imageDetails"][0]
        return image

    artifact = detail(imageDigest=digest)
    assert artifact["artifactMediaType"] == SIGNATURE
    assert artifact["subjectManifestDigest"] == digest_of(subject)
    assert "imageTags" not in artifact
    index = detail(imageTag="all")
    assert index["imageManifestMediaType"] == OCI_INDEX
    assert "artifactMediaType" not in index
    assert index["imageSizeInBytes"] == detail(imageTag="v1")["imageSizeInBytes"]


def test_named_images_are_told_once_each_in_their_order(ecr: Any, repo: Registry) -> None:
    one, two = digest_of(repo.push("one", b"1")), digest_of(repo.push("two", b"2"))
    found = ecr.describe_images(
        repositoryName=repo.name,
        imageIds=[{"imageTag": "two"}, {"imageDigest": one}, {"imageTag": "one"}],
    )
    assert [image["imageDigest"] for image in found["imageDetails"]] == [two, one]


@pytest.mark.parametrize(
    ("image_id", "code"), [*NO_IMAGES, (TAG_OF_ANOTHER, "ImageNotFoundException")]
)
def test_images_that_cannot_be_described(
    ecr: Any, repo: Registry, image_id: dict[str, str], code: str
) -> None:
    repo.push("v1", b"layer")
    assert refused(ecr.describe_images, repositoryName=repo.name, imageIds=[image_id])[0] == code


@pytest.mark.parametrize("extra", [{"maxResults": 5}, {"nextToken": "any"}])
def test_named_things_are_one_page(ecr: Any, repo: Registry, extra: dict[str, Any]) -> None:
    (parameter,) = extra
    code, message = refused(
        ecr.describe_images, repositoryName=repo.name, imageIds=[{"imageTag": "v1"}], **extra
    )
    assert (code, f"'{parameter}'" in message) == ("InvalidParameterException", True)
    code, message = refused(ecr.describe_repositories, repositoryNames=[repo.name], **extra)
    assert (code, f"'{parameter}'" in message) == ("InvalidParameterException", True)


def test_filters_of_details(ecr: Any, repo: Registry) -> None:
    first = repo.push("moving", b"1")
    second = repo.push("moving", b"2")

    def found(**chosen: str) -> list[str]:
        pages = ecr.get_paginator("describe_images").paginate(
            repositoryName=repo.name, filter=chosen, PaginationConfig={"PageSize": 1}
        )
        return [image["imageDigest"] for page in pages for image in page["imageDetails"]]

    one, two = digest_of(first), digest_of(second)
    assert found(tagStatus="TAGGED") == [two]
    assert found(tagStatus="UNTAGGED") == [one]
    assert found(tagStatus="ANY") == found() == [one, two]
    ecr.batch_delete_image(repositoryName=repo.name, imageIds=[{"imageDigest": two}])
    assert found(tagStatus="TAGGED") == []
    repo.put_manifest("again", first)
    assert found(tagStatus="TAGGED") == [one]
    assert found(tagStatus="UNTAGGED") == []


def test_referrers(ecr: Any, repo: Registry) -> None:
    subject = repo.push("v1", b"layer")
    signature = referring(repo, subject, b"sig", SIGNATURE)
    sbom = referring(repo, subject, b"sbom", SBOM)

    def listed(**params: Any) -> list[dict[str, Any]]:
        answer = ecr.list_image_referrers(
            repositoryName=repo.name, subjectId={"imageDigest": digest_of(subject)}, **params
        )
        referrers: list[dict[str, Any]] = answer["referrers"]
        return referrers

    shown = listed()
    assert [one["digest"] for one in shown] == [signature, sbom]
    assert shown[0] == {
        "digest": signature,
        "mediaType": OCI_MANIFEST,
        "artifactType": SIGNATURE,
        "size": shown[0]["size"],
        "annotations": {"made.of": "sig"},
        "artifactStatus": "ACTIVE",
    }
    assert [one["digest"] for one in listed(filter={"artifactTypes": [SBOM]})] == [sbom]
    assert len(listed(filter={"artifactTypes": [SBOM, SIGNATURE]})) == 2
    assert listed(filter={"artifactTypes": ["application/none"]}) == []
    ecr.update_image_storage_class(
        repositoryName=repo.name, imageId={"imageDigest": sbom}, targetStorageClass="ARCHIVE"
    )
    assert [one["digest"] for one in listed()] == [signature]
    (archived,) = listed(filter={"artifactStatus": "ARCHIVED"})
    assert (archived["digest"], archived["artifactStatus"]) == (sbom, "ARCHIVED")
    assert len(listed(filter={"artifactStatus": "ANY"})) == 2
    assert listed(filter={"artifactStatus": "ACTIVATING"}) == []


def test_pages_of_referrers(ecr: Any, repo: Registry) -> None:
    subject = repo.push("v1", b"layer")
    made = [referring(repo, subject, str(n).encode(), SBOM) for n in range(23)]
    asked = {"repositoryName": repo.name, "subjectId": {"imageDigest": digest_of(subject)}}
    first = ecr.list_image_referrers(**asked)
    assert len(first["referrers"]) == 20
    rest = ecr.list_image_referrers(**asked, nextToken=first["nextToken"])
    assert "nextToken" not in rest
    assert [one["digest"] for one in first["referrers"] + rest["referrers"]] == made
    two = ecr.list_image_referrers(**asked, maxResults=2)
    assert len(two["referrers"]) == 2
    code, _ = refused(ecr.list_image_referrers, **asked, nextToken="junk")
    assert code == "InvalidParameterException"


def test_referrers_of_what_is_not_there(ecr: Any, repo: Registry) -> None:
    asked = {"repositoryName": repo.name}
    absent = ecr.list_image_referrers(**asked, subjectId={"imageDigest": digest_of(b"none")})
    assert absent["referrers"] == []
    code, _ = refused(ecr.list_image_referrers, **asked, subjectId={"imageDigest": "junk"})
    assert code == "InvalidParameterException"
    code, _ = refused(
        ecr.list_image_referrers,
        repositoryName="not/there",
        subjectId={"imageDigest": digest_of(b"none")},
    )
    assert code == "RepositoryNotFoundException"


def test_each_failure_of_a_batch(server: LiveServer, repo: Registry) -> None:
    """What comes back of a batch in which everything is wrong, and with which reasons."""
    ecr = server.client("ecr", config=Config(parameter_validation=False))
    one, two = repo.push("one", b"1"), repo.push("two", b"2")
    repo.push("old", b"3")
    ecr.update_image_storage_class(
        repositoryName=repo.name, imageId={"imageTag": "old"}, targetStorageClass="ARCHIVE"
    )
    wrong = {
        "MissingDigestAndTag": {},
        "InvalidImageDigest": {"imageDigest": "junk"},
        "InvalidImageTag": {"imageTag": ".bad"},
        "ImageTagDoesNotMatchDigest": {"imageTag": "one", "imageDigest": digest_of(two)},
        "ImageNotFound": {"imageTag": "none"},
        "ImageInaccessible": {"imageTag": "old"},
    }
    asked = [*wrong.values(), {"imageTag": "one", "imageDigest": digest_of(one)}]
    answer = ecr.batch_get_image(repositoryName=repo.name, imageIds=asked)
    assert {one["failureCode"]: one["imageId"] for one in answer["failures"]} == wrong
    assert all(one["failureReason"] for one in answer["failures"])
    assert [image["imageManifest"] for image in answer["images"]] == [one.decode()]
    del wrong["ImageInaccessible"]
    answer = ecr.batch_delete_image(repositoryName=repo.name, imageIds=list(wrong.values()))
    assert {one["failureCode"]: one["imageId"] for one in answer["failures"]} == wrong
    assert answer["imageIds"] == []


def test_a_batch_is_a_pull(ecr: Any, repo: Registry) -> None:
    repo.push("v1")
    ecr.batch_get_image(repositoryName=repo.name, imageIds=[{"imageTag": "v1"}])
    end = time.monotonic() + 20
    while time.monotonic() < end:
        (image,) = ecr.describe_images(repositoryName=repo.name)["imageDetails"]
        if "lastRecordedPullTime" in image:
            return
        time.sleep(0.2)
    pytest.fail("the pull was not recorded")


def test_an_upload_goes_on_through_either_face(ecr: Any, repo: Registry) -> None:
    content = b"first" + b"second"
    started = ecr.initiate_layer_upload(repositoryName=repo.name)
    upload = {"repositoryName": repo.name, "uploadId": started["uploadId"]}
    ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=4, layerPartBlob=b"first")
    path = f"blobs/uploads/{started['uploadId']}"
    assert repo.request("PATCH", path, content=b"second").status_code == 202
    assert repo.request("PUT", f"{path}?digest={digest_of(content)}").status_code == 201
    assert repo.request("GET", f"blobs/{digest_of(content)}").content == content

    upload_id = repo.start().rpartition("/")[2]
    assert repo.request("PATCH", f"blobs/uploads/{upload_id}", content=b"x").status_code == 202
    done = ecr.complete_layer_upload(
        repositoryName=repo.name, uploadId=upload_id, layerDigests=[digest_of(b"x")]
    )
    assert done["layerDigest"] == digest_of(b"x")
    assert repo.request("GET", f"blobs/{digest_of(b'x')}").content == b"x"


def test_a_layer_has_every_digest_that_is_given(ecr: Any, repo: Registry) -> None:
    started = ecr.initiate_layer_upload(repositoryName=repo.name)
    upload = {"repositoryName": repo.name, "uploadId": started["uploadId"]}
    ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=4, layerPartBlob=b"layer")
    both = [digest_of(b"layer"), digest_of(b"other")]
    code, _ = refused(ecr.complete_layer_upload, **upload, layerDigests=both)
    assert code == "InvalidLayerException"
    code, _ = refused(ecr.complete_layer_upload, **upload, layerDigests=["junk"])
    assert code == "InvalidParameterException"
    ecr.complete_layer_upload(**upload, layerDigests=[both[0], both[0]])


def test_a_manifest_as_its_type_says(ecr: Any, repo: Registry) -> None:
    """A manifest without a type is taken with the one that the request gives."""
    repo.put_blob(b"{}")
    untyped = json.loads(manifest_of(b"{}"))
    del untyped["mediaType"]
    put = ecr.put_image(
        repositoryName=repo.name,
        imageManifest=json.dumps(untyped),
        imageManifestMediaType=OCI_MANIFEST,
        imageTag="typed",
    )
    assert put["image"]["imageManifestMediaType"] == OCI_MANIFEST
    got = repo.request("GET", "manifests/typed")
    assert got.headers["content-type"] == OCI_MANIFEST
