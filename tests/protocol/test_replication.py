"""Replication between the registries of one server, as boto3 and `/v2/` show it."""

import json
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.live import ACCOUNT, LiveServer
from tests.protocol.pushing import Registry, digest_of, index_of, manifest_of

REGIONS = (f"us-test-{number}" for number in count(1))
DENIED = "DESTINATION_REGISTRY_ACCESS_DENIED"
STRANGER = "999999999999"
SECONDS_MAX = 30.0
Check = Callable[[], Any]


def eventually(check: Check) -> Any:
    """What `check` returns once it is true."""
    end = time.monotonic() + SECONDS_MAX
    while not (found := check()):
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.1)
    return found


def refused(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def rule(region: str, *prefixes: str, account: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"destinations": [{"region": region, "registryId": account}], **more}
    if prefixes:
        made["repositoryFilters"] = [
            {"filter": prefix, "filterType": "PREFIX_MATCH"} for prefix in prefixes
        ]
    return made


@pytest.fixture
def name(ecr: Any) -> str:
    """The name of a new, empty repository."""
    made = f"replicated/{uuid4().hex}"
    ecr.create_repository(repositoryName=made)
    return made


@pytest.fixture
def here(ecr: Any) -> Iterator[Any]:
    """The client of the registry that images are pushed to, without replication afterwards."""
    yield ecr
    ecr.put_replication_configuration(replicationConfiguration={"rules": []})


def configure(client: Any, *rules: dict[str, Any]) -> None:
    client.put_replication_configuration(replicationConfiguration={"rules": list(rules)})


def tags(client: Any, name: str) -> dict[str, str]:
    """What each tag names; nothing where there is no such repository."""
    try:
        found = client.list_images(repositoryName=name, filter={"tagStatus": "TAGGED"})
    except client.exceptions.RepositoryNotFoundException:
        return {}
    return {one["imageTag"]: one["imageDigest"] for one in found["imageIds"]}


def statuses(client: Any, name: str, **image: str) -> list[tuple[str, ...]]:
    found = client.describe_image_replication_status(repositoryName=name, imageId=image)
    return [
        (one["region"], one["registryId"], one["status"], one.get("failureCode", ""))
        for one in found["replicationStatuses"]
    ]


def test_a_push_is_copied(server: LiveServer, http: httpx.Client, here: Any, name: str) -> None:
    region = next(REGIONS)
    there = server.client("ecr", region_name=region)
    configure(here, rule(region, "replicated/"))
    repo = Registry(http, name)
    body = repo.push("v1", b"layer", b"another")
    eventually(lambda: tags(there, name) == tags(here, name))
    assert statuses(here, name, imageTag="v1") == [(region, ACCOUNT, "COMPLETE", "")]
    copied = there.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "v1"}])
    assert copied["images"][0]["imageManifest"].encode() == body
    (detail,) = there.describe_images(repositoryName=name)["imageDetails"]
    (original,) = here.describe_images(repositoryName=name)["imageDetails"]
    assert detail["imageSizeInBytes"] == original["imageSizeInBytes"]
    for layer in original["imageDigest"], *json.loads(body)["layers"]:
        if isinstance(layer, dict):
            url = there.get_download_url_for_layer(repositoryName=name, layerDigest=layer["digest"])
            assert url["layerDigest"] == layer["digest"]
    assert statuses(there, name, imageTag="v1") == []


def test_a_tag_that_moves_is_carried_over(
    server: LiveServer, http: httpx.Client, here: Any, name: str
) -> None:
    region = next(REGIONS)
    there = server.client("ecr", region_name=region)
    configure(here, rule(region))
    repo = Registry(http, name)
    for content in (b"one", b"two", b"one"):
        repo.push("latest", content)
        repo.push("other", content)
        eventually(lambda: tags(there, name) == tags(here, name))


def test_an_index_comes_with_its_images(
    server: LiveServer, http: httpx.Client, here: Any, name: str
) -> None:
    repo = Registry(http, name)
    repo.put_blob(b"{}")
    children = []
    for content in (b"amd64", b"arm64"):
        repo.put_blob(content)
        children.append(manifest_of(b"{}", content))
        digest = digest_of(children[-1])
        assert repo.put_manifest(digest, children[-1]).status_code == 201
    region = next(REGIONS)
    there = server.client("ecr", region_name=region)
    configure(here, rule(region))
    index = index_of(*children)
    media_type = "application/vnd.oci.image.index.v1+json"
    assert repo.put_manifest("multi", index, media_type).status_code == 201
    eventually(lambda: tags(there, name) == tags(here, name))
    assert len(there.list_images(repositoryName=name)["imageIds"]) == 3


def test_what_was_copied_goes_no_further(
    server: LiveServer, http: httpx.Client, here: Any, name: str
) -> None:
    region, further = next(REGIONS), next(REGIONS)
    there, beyond = (server.client("ecr", region_name=one) for one in (region, further))
    configure(here, rule(region, deleteReplication={"enabled": True}))
    configure(there, rule(further), rule("us-east-1"))
    repo = Registry(http, name)
    repo.push("v1", b"layer")
    eventually(lambda: tags(there, name))
    repo.push("v2", b"layer", b"more")
    eventually(lambda: "v2" in tags(there, name))
    assert tags(beyond, name) == {}
    assert statuses(there, name, imageTag="v1") == []
    here.batch_delete_image(repositoryName=name, imageIds=[{"imageTag": "v1"}])
    eventually(lambda: tags(there, name) == tags(here, name))
    digest = tags(here, name)["v2"]
    here.batch_delete_image(repositoryName=name, imageIds=[{"imageDigest": digest}])
    eventually(lambda: tags(there, name) == {})
    assert there.list_images(repositoryName=name)["imageIds"] == []


def test_deletions_stay_here_unless_told(
    server: LiveServer, http: httpx.Client, here: Any, name: str
) -> None:
    region = next(REGIONS)
    there = server.client("ecr", region_name=region)
    configure(here, rule(region))
    repo = Registry(http, name)
    repo.push("v1", b"layer")
    eventually(lambda: tags(there, name))
    here.batch_delete_image(repositoryName=name, imageIds=[{"imageTag": "v1"}])
    repo.push("v2", b"other")
    eventually(lambda: "v2" in tags(there, name))
    assert set(tags(there, name)) == {"v1", "v2"}


def test_an_immutable_tag_stays(
    server: LiveServer, http: httpx.Client, here: Any, name: str
) -> None:
    region = next(REGIONS)
    there = server.client("ecr", region_name=region)
    there.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    configure(here, rule(region))
    repo = Registry(http, name)
    repo.push("v1", b"one")
    before = eventually(lambda: tags(there, name))
    repo.push("v1", b"two")
    failed = [(region, ACCOUNT, "FAILED", "DESTINATION_IMAGE_TAG_ALREADY_EXISTS")]
    eventually(lambda: statuses(here, name, imageTag="v1") == failed)
    assert tags(there, name) == before


def test_only_what_a_rule_names_is_copied(
    server: LiveServer, http: httpx.Client, here: Any, name: str
) -> None:
    region, other = next(REGIONS), next(REGIONS)
    there, nothing = (server.client("ecr", region_name=one) for one in (region, other))
    configure(here, rule(region, name), rule(other, "else/where"))
    Registry(http, name).push("v1", b"layer")
    eventually(lambda: tags(there, name))
    assert tags(nothing, name) == {}
    assert [one[0] for one in statuses(here, name, imageTag="v1")] == [region]


def test_an_account_that_is_not_here(http: httpx.Client, here: Any, name: str) -> None:
    configure(here, rule("us-west-2", account=STRANGER))
    Registry(http, name).push("v1", b"layer")
    failed = [("us-west-2", STRANGER, "FAILED", "DESTINATION_REGISTRY_NOT_FOUND")]
    eventually(lambda: statuses(here, name, imageTag="v1") == failed)


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ({"imageTag": "absent"}, "ImageNotFoundException"),
        ({}, "InvalidParameterException"),
        ({"imageDigest": "x"}, "InvalidParameterException"),
    ],
)
def test_statuses_need_an_image(ecr: Any, name: str, image: dict[str, str], code: str) -> None:
    found, _ = refused(ecr.describe_image_replication_status, repositoryName=name, imageId=image)
    assert found == code


def test_statuses_need_a_repository(ecr: Any) -> None:
    found, _ = refused(
        ecr.describe_image_replication_status, repositoryName="absent", imageId={"imageTag": "x"}
    )
    assert found == "RepositoryNotFoundException"
