"""Images and layers through the ECR API, and one face seen through the other."""

import json
import time
from typing import Any

import httpx
import pytest
from tests.protocol.pushing import (
    OCI_INDEX,
    OCI_MANIFEST,
    Registry,
    digest_of,
    index_of,
    manifest_of,
)
from tests.protocol.test_ecr_repositories import ACCOUNT, refused

MIB = 1024 * 1024
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


def upload(ecr: Any, name: str, *parts: bytes) -> str:
    started = ecr.initiate_layer_upload(repositoryName=name)
    assert started["partSize"] == 20 * MIB
    first = 0
    for part in parts:
        answer = ecr.upload_layer_part(
            repositoryName=name,
            uploadId=started["uploadId"],
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
        first += len(part)
        assert answer["lastByteReceived"] == first - 1
    return str(started["uploadId"])


def test_a_layer_uploaded_through_the_api_pulls_through_v2(ecr: Any, repo: Registry) -> None:
    parts = (b"a" * (5 * MIB), b"b" * (5 * MIB), b"end")
    digest = digest_of(b"".join(parts))
    upload_id = upload(ecr, repo.name, *parts)
    done = ecr.complete_layer_upload(
        repositoryName=repo.name, uploadId=upload_id, layerDigests=[digest]
    )
    assert done["layerDigest"] == digest
    assert repo.request("GET", f"blobs/{digest}").content == b"".join(parts)


def test_a_layer_pushed_through_v2_is_seen_by_the_api(ecr: Any, repo: Registry) -> None:
    digest = repo.put_blob(b"layer")
    unknown = digest_of(b"unknown")
    answer = ecr.batch_check_layer_availability(
        repositoryName=repo.name, layerDigests=[digest, unknown, "bad"]
    )
    assert answer["layers"] == [
        {"layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": 5},
        {"layerDigest": unknown, "layerAvailability": "UNAVAILABLE"},
    ]
    (failure,) = answer["failures"]
    assert failure["failureCode"] == "InvalidLayerDigest"


def test_download_url_needs_no_credentials_and_is_for_one_layer(ecr: Any, repo: Registry) -> None:
    digest, other = repo.put_blob(b"layer"), repo.put_blob(b"other")
    url = ecr.get_download_url_for_layer(repositoryName=repo.name, layerDigest=digest)[
        "downloadUrl"
    ]
    assert httpx.get(url).content == b"layer"
    assert httpx.get(url.replace(digest, other)).status_code == 401
    assert httpx.put(url).status_code == 401
    code, _ = refused(
        ecr.get_download_url_for_layer,
        repositoryName=repo.name,
        layerDigest=digest_of(b"unknown"),
    )
    assert code == "LayersNotFoundException"


def test_parts_must_follow_one_another(ecr: Any, repo: Registry) -> None:
    upload_id = upload(ecr, repo.name, b"0123")
    for first, blob in ((0, b"x"), (9, b"x")):
        with pytest.raises(ecr.exceptions.InvalidLayerPartException) as caught:
            ecr.upload_layer_part(
                repositoryName=repo.name,
                uploadId=upload_id,
                partFirstByte=first,
                partLastByte=first + len(blob) - 1,
                layerPartBlob=blob,
            )
        assert caught.value.response["lastValidByteReceived"] == 3
    code, _ = refused(
        ecr.upload_layer_part,
        repositoryName=repo.name,
        uploadId=upload_id,
        partFirstByte=4,
        partLastByte=10,
        layerPartBlob=b"short",
    )
    assert code == "InvalidLayerPartException"


def test_completing(ecr: Any, repo: Registry) -> None:
    def complete(upload_id: str, digest: str) -> str:
        return refused(
            ecr.complete_layer_upload,
            repositoryName=repo.name,
            uploadId=upload_id,
            layerDigests=[digest],
        )[0]

    small = upload(ecr, repo.name, b"too small", b"last")
    assert complete(small, digest_of(b"too smalllast")) == "LayerPartTooSmallException"
    assert complete(upload(ecr, repo.name), digest_of(b"")) == "EmptyUploadException"
    wrong = upload(ecr, repo.name, b"content")
    assert complete(wrong, digest_of(b"other")) == "InvalidLayerException"
    repo.put_blob(b"content")
    assert complete(wrong, digest_of(b"content")) == "LayerAlreadyExistsException"
    absent = "00000000-0000-0000-0000-000000000000"
    assert complete(absent, digest_of(b"content")) == "UploadNotFoundException"


def test_retagging_without_pulling(ecr: Any, repo: Registry) -> None:
    body = repo.push("latest", b"layer") + b"\n"
    repo.put_manifest("latest", body)
    got = ecr.batch_get_image(repositoryName=repo.name, imageIds=[{"imageTag": "latest"}])
    manifest = got["images"][0]["imageManifest"]
    put = ecr.put_image(repositoryName=repo.name, imageTag="2017.03", imageManifest=manifest)
    assert put["image"]["imageId"] == {"imageDigest": digest_of(body), "imageTag": "2017.03"}
    tags = [
        image.get("imageTags")
        for image in ecr.describe_images(repositoryName=repo.name)["imageDetails"]
    ]
    assert ["2017.03", "latest"] in tags
    assert repo.request("GET", "manifests/2017.03").content == body


def test_put_image_refusals(ecr: Any, repo: Registry) -> None:
    repo.put_blob(b"{}")
    body = manifest_of(b"{}").decode()

    def put(**params: Any) -> tuple[str, str]:
        return refused(
            ecr.put_image, **({"repositoryName": repo.name, "imageManifest": body} | params)
        )

    code, message = put(imageManifest=manifest_of(b"{}", b"absent").decode())
    assert (code, digest_of(b"absent") in message) == ("LayersNotFoundException", True)
    code, message = put(imageManifest=index_of(b"absent").decode())
    assert (code, digest_of(b"absent") in message) == ("ReferencedImagesNotFoundException", True)
    assert put(imageDigest=digest_of(b"other"))[0] == "ImageDigestDoesNotMatchException"
    assert put(imageDigest="junk")[0] == "InvalidParameterException"
    assert put(imageTag=".bad")[0] == "InvalidParameterException"
    assert put(imageManifest="junk")[0] == "InvalidParameterException"
    assert put(imageManifestMediaType=DOCKER)[0] == "InvalidParameterException"
    untyped = json.loads(body)
    del untyped["mediaType"]
    assert put(imageManifest=json.dumps(untyped))[0] == "InvalidParameterException"
    ecr.put_image(repositoryName=repo.name, imageManifest=body, imageTag="v1")
    digest = digest_of(body.encode())
    assert put(imageTag="v1") == (
        "ImageAlreadyExistsException",
        (
            f"Image with digest '{digest}' and tag 'v1' already exists in the repository with name "
            f"'{repo.name}' in registry with id '{ACCOUNT}'"
        ),
    )
    assert put()[0] == "ImageAlreadyExistsException"
    ecr.put_image_tag_mutability(repositoryName=repo.name, imageTagMutability="IMMUTABLE")
    assert put(imageManifest=body + " ", imageTag="v1")[0] == "ImageTagAlreadyExistsException"


def test_batch_get_image(ecr: Any, repo: Registry) -> None:
    one, two = repo.push("one", b"1"), repo.push("two", b"2")
    answer = ecr.batch_get_image(
        repositoryName=repo.name,
        imageIds=[
            {"imageTag": "one"},
            {"imageDigest": digest_of(two)},
            {"imageTag": "none"},
            {"imageTag": "one", "imageDigest": digest_of(two)},
            {"imageDigest": "bad"},
            {},
        ],
    )
    assert [image["imageManifest"] for image in answer["images"]] == [one.decode(), two.decode()]
    assert answer["images"][0]["imageManifestMediaType"] == OCI_MANIFEST
    codes = sorted(failure["failureCode"] for failure in answer["failures"])
    assert codes == [
        "ImageNotFound",
        "ImageTagDoesNotMatchDigest",
        "InvalidImageDigest",
        "MissingDigestAndTag",
    ]
    refused_type = ecr.batch_get_image(
        repositoryName=repo.name, imageIds=[{"imageTag": "one"}], acceptedMediaTypes=[DOCKER]
    )
    assert refused_type["failures"][0]["failureCode"] == "ImageNotFound"


def test_list_images_pages_and_filters(ecr: Any, repo: Registry) -> None:
    bodies = [repo.push(f"t{n}", bytes([n])) for n in range(4)]
    for n, body in enumerate(bodies):
        repo.put_manifest(f"u{n}", body)
    repo.push("t0", b"moved")
    repo.push("u0", b"moved")
    expected = {
        (digest_of(body), f"{kind}{n}") for n, body in enumerate(bodies) for kind in "tu" if n
    }
    for size in (1, 2, 3, 5, 100):
        pages = ecr.get_paginator("list_images").paginate(
            repositoryName=repo.name,
            filter={"tagStatus": "TAGGED"},
            PaginationConfig={"PageSize": size},
        )
        found = [
            (one["imageDigest"], one["imageTag"]) for page in pages for one in page["imageIds"]
        ]
        assert len(found) == len(set(found)) == 8
        assert expected < set(found)
    untagged = ecr.list_images(repositoryName=repo.name, filter={"tagStatus": "UNTAGGED"})
    assert untagged["imageIds"] == [{"imageDigest": digest_of(bodies[0])}]
    archived = ecr.list_images(repositoryName=repo.name, filter={"imageStatus": "ARCHIVED"})
    assert archived["imageIds"] == []


def test_describe_images(ecr: Any, repo: Registry) -> None:
    body = repo.push("v1", b"layer one", b"layer two")
    index = index_of(body)
    repo.put_manifest("i", index, OCI_INDEX)
    repo.request("GET", "manifests/v1")
    by_tag = {
        image["imageTags"][0]: image
        for image in ecr.describe_images(repositoryName=repo.name)["imageDetails"]
    }
    size = len(body) + len(b"{}") + len(b"layer one") + len(b"layer two")
    assert by_tag["v1"]["imageSizeInBytes"] == size
    assert by_tag["i"]["imageSizeInBytes"] == size
    assert by_tag["v1"]["artifactMediaType"] == "application/vnd.oci.image.config.v1+json"
    assert by_tag["v1"]["imageManifestMediaType"] == OCI_MANIFEST
    assert by_tag["v1"]["imageStatus"] == "ACTIVE"
    assert refused(
        ecr.describe_images, repositoryName=repo.name, imageIds=[{"imageTag": "none"}]
    ) == (
        "ImageNotFoundException",
        (
            "The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within "
            f"the repository with name '{repo.name}' in the registry with id '{ACCOUNT}'"
        ),
    )
    pages = ecr.get_paginator("describe_images").paginate(
        repositoryName=repo.name, PaginationConfig={"PageSize": 1}
    )
    assert sum(len(page["imageDetails"]) for page in pages) == 2


def test_batch_delete(ecr: Any, repo: Registry) -> None:
    body = repo.push("a", b"1")
    repo.put_manifest("b", body)
    digest = digest_of(body)

    def delete(*image_ids: dict[str, str]) -> dict[str, Any]:
        answer: dict[str, Any] = ecr.batch_delete_image(
            repositoryName=repo.name, imageIds=list(image_ids)
        )
        return answer

    gone = delete({"imageTag": "a"})
    assert gone["imageIds"] == [{"imageDigest": digest, "imageTag": "a"}]
    assert repo.request("GET", f"manifests/{digest}").status_code == 200
    delete({"imageTag": "b"})
    assert repo.request("GET", f"manifests/{digest}").status_code == 404
    repo.put_manifest("a", body)
    repo.put_manifest("b", body)
    gone = delete({"imageDigest": digest}, {"imageTag": "none"})
    assert gone["imageIds"] == [
        {"imageDigest": digest, "imageTag": "a"},
        {"imageDigest": digest, "imageTag": "b"},
    ]
    assert gone["failures"][0]["failureReason"] == "Requested image not found"


def test_batch_delete_keeps_what_an_index_needs(ecr: Any, repo: Registry) -> None:
    child = repo.push("child", b"1")
    index = index_of(child)
    repo.put_manifest("index", index, OCI_INDEX)
    child_id = {"imageDigest": digest_of(child)}
    kept = ecr.batch_delete_image(repositoryName=repo.name, imageIds=[child_id])
    (failure,) = kept["failures"]
    assert failure["failureCode"] == "ImageReferencedByManifestList"
    assert failure["failureReason"] == (
        f"Requested image referenced by manifest list: [{digest_of(index)}]"
    )
    both = ecr.batch_delete_image(
        repositoryName=repo.name, imageIds=[child_id, {"imageDigest": digest_of(index)}]
    )
    assert (both["failures"], len(both["imageIds"])) == ([], 2)


def test_the_pull_time_is_recorded(ecr: Any, repo: Registry) -> None:
    repo.push("v1")
    first = ecr.describe_images(repositoryName=repo.name)["imageDetails"][0]
    assert "lastRecordedPullTime" not in first
    repo.request("GET", "manifests/v1")
    seen = None
    for _ in range(100):
        (image,) = ecr.describe_images(repositoryName=repo.name)["imageDetails"]
        seen = image.get("lastRecordedPullTime")
        if seen:
            break
        time.sleep(0.1)
    assert seen is not None
    assert seen >= first["imagePushedAt"]
