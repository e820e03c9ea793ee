"""The archive: what goes in, what can be done with it there, and how it comes back."""

from typing import Any

import httpx
import pytest
from tests.protocol.pushing import OCI_INDEX, Registry, digest_of, error_codes, index_of
from tests.protocol.test_ecr_image_details import NO_IMAGES, TAG_OF_ANOTHER
from tests.protocol.test_ecr_repositories import ACCOUNT, refused


def move(ecr: Any, repo: Registry, storage_class: str, **image_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = ecr.update_image_storage_class(
        repositoryName=repo.name, imageId=image_id, targetStorageClass=storage_class
    )
    answer.pop("ResponseMetadata")
    return answer


def statuses(ecr: Any, repo: Registry, status: str | None = None) -> dict[str, str]:
    chosen = {"imageStatus": status} if status else {}
    details = ecr.describe_images(repositoryName=repo.name, filter=chosen)["imageDetails"]
    return {image["imageDigest"]: image["imageStatus"] for image in details}


def test_an_archived_image_cannot_be_pulled_until_it_comes_back(ecr: Any, repo: Registry) -> None:
    body = repo.push("v1", b"layer")
    digest = digest_of(body)
    assert move(ecr, repo, "ARCHIVE", imageTag="v1") == {
        "registryId": ACCOUNT,
        "repositoryName": repo.name,
        "imageId": {"imageDigest": digest, "imageTag": "v1"},
        "imageStatus": "ARCHIVED",
    }
    for reference in ("v1", digest):
        answer = repo.request("GET", f"manifests/{reference}")
        assert (answer.status_code, error_codes(answer)) == (404, ["MANIFEST_UNKNOWN"])
    got = ecr.batch_get_image(repositoryName=repo.name, imageIds=[{"imageTag": "v1"}])
    assert got["images"] == []
    assert got["failures"][0]["failureCode"] == "ImageInaccessible"
    assert move(ecr, repo, "STANDARD", imageDigest=digest)["imageStatus"] == "ACTIVE"
    assert repo.request("GET", "manifests/v1").content == body


def test_the_layers_of_archived_images_are_archived(ecr: Any, repo: Registry) -> None:
    only, shared = digest_of(b"only"), digest_of(b"shared")
    digest = digest_of(repo.push("old", b"only", b"shared"))
    repo.push("new", b"shared")
    move(ecr, repo, "ARCHIVE", imageDigest=digest)
    layers = ecr.batch_check_layer_availability(
        repositoryName=repo.name, layerDigests=[only, shared]
    )["layers"]
    assert [layer["layerAvailability"] for layer in layers] == ["ARCHIVED", "AVAILABLE"]
    code, message = refused(
        ecr.get_download_url_for_layer, repositoryName=repo.name, layerDigest=only
    )
    assert (code, "archived" in message) == ("LayerInaccessibleException", True)
    url = ecr.get_download_url_for_layer(repositoryName=repo.name, layerDigest=shared)
    assert httpx.get(url["downloadUrl"]).content == b"shared"
    assert repo.request("GET", f"blobs/{only}").status_code == 404
    assert repo.request("HEAD", f"blobs/{only}").status_code == 200
    assert repo.request("GET", f"blobs/{shared}").content == b"shared"
    move(ecr, repo, "STANDARD", imageDigest=digest)
    assert repo.request("GET", f"blobs/{only}").content == b"only"


def test_listings_show_active_images_unless_asked_for_others(ecr: Any, repo: Registry) -> None:
    archived, active = digest_of(repo.push("a", b"1")), digest_of(repo.push("b", b"2"))
    move(ecr, repo, "ARCHIVE", imageTag="a")
    assert statuses(ecr, repo) == statuses(ecr, repo, "ACTIVE") == {active: "ACTIVE"}
    assert statuses(ecr, repo, "ARCHIVED") == {archived: "ARCHIVED"}
    assert statuses(ecr, repo, "ACTIVATING") == {}
    assert statuses(ecr, repo, "ANY") == {archived: "ARCHIVED", active: "ACTIVE"}
    listed = ecr.list_images(
        repositoryName=repo.name, filter={"imageStatus": "ARCHIVED", "tagStatus": "TAGGED"}
    )
    assert listed["imageIds"] == [{"imageDigest": archived, "imageTag": "a"}]
    assert len(ecr.list_images(repositoryName=repo.name)["imageIds"]) == 1
    named = ecr.describe_images(repositoryName=repo.name, imageIds=[{"imageTag": "a"}])
    assert named["imageDetails"][0]["imageStatus"] == "ARCHIVED"


def test_when_it_went_and_came_back_is_told(ecr: Any, repo: Registry) -> None:
    repo.push("v1", b"layer")

    def detail() -> dict[str, Any]:
        shown = ecr.describe_images(repositoryName=repo.name, imageIds=[{"imageTag": "v1"}])
        image: dict[str, Any] = shown["imageDetails"][0]
        return image

    assert not {"lastArchivedAt", "lastActivatedAt"} & detail().keys()
    move(ecr, repo, "ARCHIVE", imageTag="v1")
    assert "lastActivatedAt" not in detail()
    archived_at = detail()["lastArchivedAt"]
    assert archived_at > detail()["imagePushedAt"]
    move(ecr, repo, "ARCHIVE", imageTag="v1")
    assert detail()["lastArchivedAt"] == archived_at
    move(ecr, repo, "STANDARD", imageTag="v1")
    assert detail()["lastActivatedAt"] > archived_at


def test_pushing_an_archived_image_brings_it_back(ecr: Any, repo: Registry) -> None:
    body = repo.push("v1", b"layer")
    move(ecr, repo, "ARCHIVE", imageTag="v1")
    assert repo.put_manifest("v1", body).status_code == 201
    assert repo.request("GET", "manifests/v1").content == body
    move(ecr, repo, "ARCHIVE", imageTag="v1")
    ecr.put_image(repositoryName=repo.name, imageManifest=body.decode(), imageTag="v1")
    assert statuses(ecr, repo) == {digest_of(body): "ACTIVE"}


def test_an_index_keeps_its_images_from_the_archive(ecr: Any, repo: Registry) -> None:
    child = repo.push("child", b"layer")
    index = index_of(child)
    repo.put_manifest("all", index, OCI_INDEX)
    code, message = refused(
        ecr.update_image_storage_class,
        repositoryName=repo.name,
        imageId={"imageTag": "child"},
        targetStorageClass="ARCHIVE",
    )
    assert code == "ImageStorageClassUpdateNotSupportedException"
    assert digest_of(index) in message
    move(ecr, repo, "ARCHIVE", imageTag="all")
    move(ecr, repo, "ARCHIVE", imageTag="child")
    assert statuses(ecr, repo) == {}
    assert repo.put_manifest("again", index_of(child) + b"\n", OCI_INDEX).status_code == 400
    move(ecr, repo, "STANDARD", imageTag="all")
    assert set(statuses(ecr, repo)) == {digest_of(child), digest_of(index)}


def test_referrers_of_the_archive_are_not_shown(ecr: Any, repo: Registry) -> None:
    subject = repo.push("v1", b"layer")
    descriptor = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": digest_of(subject),
        "size": len(subject),
    }
    digest = digest_of(repo.push("sig", b"signature", subject=descriptor))
    path = f"referrers/{digest_of(subject)}"
    assert [one["digest"] for one in repo.request("GET", path).json()["manifests"]] == [digest]
    move(ecr, repo, "ARCHIVE", imageTag="sig")
    assert repo.request("GET", path).json()["manifests"] == []


@pytest.mark.parametrize(
    ("image_id", "code"), [*NO_IMAGES, (TAG_OF_ANOTHER, "InvalidParameterException")]
)
def test_images_that_cannot_be_moved(
    ecr: Any, repo: Registry, image_id: dict[str, str], code: str
) -> None:
    repo.push("v1", b"layer")
    change = {"imageId": image_id, "targetStorageClass": "ARCHIVE"}
    assert refused(ecr.update_image_storage_class, repositoryName=repo.name, **change)[0] == code
    change["imageId"] = {"imageTag": "v1"}
    code, _ = refused(ecr.update_image_storage_class, repositoryName="not/there", **change)
    assert code == "RepositoryNotFoundException"


def test_an_archived_image_can_be_deleted(ecr: Any, repo: Registry) -> None:
    repo.push("v1", b"layer")
    move(ecr, repo, "ARCHIVE", imageTag="v1")
    ecr.batch_delete_image(repositoryName=repo.name, imageIds=[{"imageTag": "v1"}])
    assert statuses(ecr, repo, "ANY") == {}
