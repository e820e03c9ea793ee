"""boto3: the ECR API as programs use it, with paginators and typed errors."""

import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.clients.images import (
    OCI_MANIFEST,
    digest_of,
    make_image,
    make_index,
    push_blob,
    push_image,
)
from tests.live import LiveServer


def test_repositories_from_birth_to_end(ecr: Any, server: LiveServer) -> None:
    """Create, describe, refuse a second birth, delete, refuse a second death."""
    born = ecr.create_repository(repositoryName="app")["repository"]
    assert born["imageTagMutability"] == "MUTABLE"
    assert born["imageScanningConfiguration"] == {"scanOnPush": False}
    assert born["encryptionConfiguration"] == {"encryptionType": "AES256"}
    assert ecr.describe_repositories(repositoryNames=["app"])["repositories"] == [born]
    with pytest.raises(ecr.exceptions.RepositoryAlreadyExistsException) as twice:
        ecr.create_repository(repositoryName="app")
    assert twice.value.response["Error"]["Message"] == (
        f"The repository with name 'app' already exists in the registry with id '{server.account}'"
    )
    gone = ecr.delete_repository(repositoryName="app")["repository"]
    assert gone["repositoryArn"] == born["repositoryArn"]
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        ecr.delete_repository(repositoryName="app")


def test_paginators_return_everything_once(ecr: Any) -> None:
    """Small pages of repositories and images add up to the whole, without repeats."""
    names = [f"app-{number:02}" for number in range(7)]
    for name in names:
        ecr.create_repository(repositoryName=name)
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 3})
    found = [one["repositoryName"] for page in pages for one in page["repositories"]]
    assert found == names
    tags = [f"v{number}" for number in range(7)]
    digests = {push_image(ecr, "app-00", make_image(tag), tag) for tag in tags}
    for operation, key in (("list_images", "imageIds"), ("describe_images", "imageDetails")):
        pages = ecr.get_paginator(operation).paginate(
            repositoryName="app-00", PaginationConfig={"PageSize": 2}
        )
        seen = [one["imageDigest"] for page in pages for one in page[key]]
        assert len(seen) == len(tags)
        assert set(seen) == digests


def test_layers_are_uploaded_in_parts_and_downloaded(ecr: Any) -> None:
    """A layer of three parts arrives whole; its download URL gives the same bytes."""
    ecr.create_repository(repositoryName="app")
    content = bytes(range(256)) * 4096 * 11
    part_size = 5 * 1024 * 1024
    upload = ecr.initiate_layer_upload(repositoryName="app")["uploadId"]
    for first in range(0, len(content), part_size):
        part = content[first : first + part_size]
        sent = ecr.upload_layer_part(
            repositoryName="app",
            uploadId=upload,
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
        assert sent["lastByteReceived"] == first + len(part) - 1
    done = ecr.complete_layer_upload(
        repositoryName="app", uploadId=upload, layerDigests=[digest_of(content)]
    )
    assert done["layerDigest"] == digest_of(content)
    url = ecr.get_download_url_for_layer(repositoryName="app", layerDigest=digest_of(content))
    with urllib.request.urlopen(url["downloadUrl"], timeout=30) as answer:
        assert answer.read() == content


def test_a_layer_with_another_digest_is_refused(ecr: Any) -> None:
    """Bytes that are not what they are called never become a layer."""
    ecr.create_repository(repositoryName="app")
    upload = ecr.initiate_layer_upload(repositoryName="app")["uploadId"]
    ecr.upload_layer_part(
        repositoryName="app",
        uploadId=upload,
        partFirstByte=0,
        partLastByte=3,
        layerPartBlob=b"this",
    )
    wrong = digest_of(b"that")
    with pytest.raises(ecr.exceptions.InvalidLayerException):
        ecr.complete_layer_upload(repositoryName="app", uploadId=upload, layerDigests=[wrong])
    known = ecr.batch_check_layer_availability(repositoryName="app", layerDigests=[wrong])
    assert known["layers"][0]["layerAvailability"] == "UNAVAILABLE"


def test_an_image_without_its_layers_is_refused(ecr: Any) -> None:
    """PutImage wants every blob in the repository first, and every child of an index."""
    ecr.create_repository(repositoryName="app")
    image = make_image("app")
    with pytest.raises(ecr.exceptions.LayersNotFoundException):
        ecr.put_image(repositoryName="app", imageManifest=image.manifest.decode(), imageTag="v1")
    with pytest.raises(ecr.exceptions.ReferencedImagesNotFoundException):
        ecr.put_image(
            repositoryName="app", imageManifest=make_index(image).decode(), imageTag="all"
        )
    assert ecr.list_images(repositoryName="app")["imageIds"] == []


def test_a_tag_moves_and_the_old_image_stays(ecr: Any) -> None:
    """In a mutable repository the old image stays, untagged."""
    ecr.create_repository(repositoryName="app")
    old = push_image(ecr, "app", make_image("old"), "latest")
    new = push_image(ecr, "app", make_image("new"), "latest")
    untagged = ecr.list_images(repositoryName="app", filter={"tagStatus": "UNTAGGED"})
    assert untagged["imageIds"] == [{"imageDigest": old}]
    tagged = ecr.list_images(repositoryName="app", filter={"tagStatus": "TAGGED"})
    assert tagged["imageIds"] == [{"imageDigest": new, "imageTag": "latest"}]
    with pytest.raises(ecr.exceptions.ImageAlreadyExistsException):
        push_image(ecr, "app", make_image("new"), "latest")


def test_batch_get_image_answers_one_by_one(ecr: Any) -> None:
    """Known images come with bytes and type; unknown ones are failures, not errors."""
    ecr.create_repository(repositoryName="app")
    image = make_image("app")
    push_image(ecr, "app", image, "v1")
    answer = ecr.batch_get_image(
        repositoryName="app", imageIds=[{"imageTag": "v1"}, {"imageTag": "none"}]
    )
    assert [one["imageManifest"].encode() for one in answer["images"]] == [image.manifest]
    assert answer["images"][0]["imageManifestMediaType"] == OCI_MANIFEST
    assert answer["failures"] == [
        {
            "imageId": {"imageTag": "none"},
            "failureCode": "ImageNotFound",
            "failureReason": "Requested image not found",
        }
    ]


def test_a_child_of_an_index_is_kept(ecr: Any) -> None:
    """BatchDeleteImage does not pull a child out of its index."""
    ecr.create_repository(repositoryName="app")
    image = make_image("app")
    push_image(ecr, "app", image, "child")
    index = make_index(image)
    ecr.put_image(repositoryName="app", imageManifest=index.decode(), imageTag="all")
    answer = ecr.batch_delete_image(repositoryName="app", imageIds=[{"imageDigest": image.digest}])
    assert answer["imageIds"] == []
    failure = answer["failures"][0]
    assert failure["failureCode"] == "ImageReferencedByManifestList"
    assert failure["failureReason"] == (
        f"Requested image referenced by manifest list: [{digest_of(index)}]"
    )


def test_wrong_keys_open_nothing(server: LiveServer, ecr: Any) -> None:
    """An unknown key and a wrong secret are told apart as AWS does."""
    ecr.create_repository(repositoryName="app")
    unknown = server.client("ecr", aws_access_key_id="AKIAUNKNOWN000000000")
    with pytest.raises(ClientError) as refused:
        unknown.describe_repositories()
    assert refused.value.response["Error"]["Code"] == "UnrecognizedClientException"
    forged = server.client("ecr", aws_secret_access_key="not the secret")  # noqa: S106 - wrong on purpose
    with pytest.raises(ClientError) as refused:
        forged.describe_repositories()
    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"


def test_a_registry_survives_a_restart() -> None:
    """What was acknowledged before a stop, and before a kill, is there afterwards."""
    with LiveServer() as live:
        live.client("ecr").create_repository(repositoryName="app")
        first = push_image(live.client("ecr"), "app", make_image("one"), "v1")
        assert live.stop() == 0
        live.start()
        second = push_image(live.client("ecr"), "app", make_image("two"), "v2")
        live.kill()
        live.start()
        listed = live.client("ecr").list_images(repositoryName="app")["imageIds"]
        assert {one["imageTag"]: one["imageDigest"] for one in listed} == {
            "v1": first,
            "v2": second,
        }


def test_blobs_are_known_per_repository(ecr: Any) -> None:
    """A layer pushed to one repository is not a layer of another."""
    for name in ("one", "two"):
        ecr.create_repository(repositoryName=name)
    push_blob(ecr, "one", b"only in one")
    states = [
        ecr.batch_check_layer_availability(
            repositoryName=name, layerDigests=[digest_of(b"only in one")]
        )["layers"][0]["layerAvailability"]
        for name in ("one", "two")
    ]
    assert states == ["AVAILABLE", "UNAVAILABLE"]
