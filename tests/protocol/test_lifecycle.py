"""Lifecycle policies over the API: texts, sentences, previews with pages, filters and a waiter."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from tests.protocol.pushing import OCI_INDEX, Registry

COURSE = (
    '{"rules":[{"rulePriority":10,"description":"Expire old images","selection":{"tagStatus":'
    '"any","countType":"imageCountMoreThan","countNumber":800},"action":{"type":"expire"}}]}'
)
STATUSES = '["any","tagged","untagged"]'
TOO_LOW = "numeric instance is lower than the required minimum"
WAITING = {"WaiterConfig": {"Delay": 0.1, "MaxAttempts": 100}}


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as error:
        call(**params)
    answer = error.value.response
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return answer["Error"]["Code"], answer["Error"]["Message"], status


def policy(*rules: dict[str, Any]) -> str:
    return json.dumps(
        {
            "rules": [
                {"rulePriority": number, "action": {"type": "expire"}, **rule}
                for number, rule in enumerate(rules, start=1)
            ]
        },
        indent=2,
    )


def keep(count: int, **more: Any) -> dict[str, Any]:
    counted = {"countType": "imageCountMoreThan", "countNumber": count}
    return {"selection": {"tagStatus": "any", **counted, **more}}


def push(repo: Registry, text: str, *tags: str) -> str:
    """Push an index without images, which needs no layers; its digest."""
    body = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [],
            "annotations": {"text": text, "unique": uuid4().hex},
        }
    ).encode()
    answer = repo.put_manifest(tags[0] if tags else "passing", body, OCI_INDEX)
    assert answer.status_code == 201, answer.text
    for tag in tags[1:]:
        assert repo.put_manifest(tag, body, OCI_INDEX).status_code == 201
    return str(answer.headers["docker-content-digest"])


def previewed(ecr: Any, repo: Registry, text: str, **params: Any) -> dict[str, Any]:
    started = ecr.start_lifecycle_policy_preview(repositoryName=repo.name, lifecyclePolicyText=text)
    assert started["status"] == "IN_PROGRESS"
    waiter = ecr.get_waiter("lifecycle_policy_preview_complete")
    waiter.wait(repositoryName=repo.name, **WAITING)
    answer: dict[str, Any] = ecr.get_lifecycle_policy_preview(repositoryName=repo.name, **params)
    assert answer["status"] == "COMPLETE"
    return answer


def test_a_policy_is_put_shown_and_removed(ecr: Any, repo: Registry) -> None:
    """The text comes back in its canonical form, from every operation."""
    spaced = json.dumps(json.loads(COURSE), indent=4)
    put = ecr.put_lifecycle_policy(repositoryName=repo.name, lifecyclePolicyText=spaced)
    assert put["lifecyclePolicyText"] == COURSE
    assert (put["repositoryName"], put["registryId"]) == (repo.name, "123456789012")
    got = ecr.get_lifecycle_policy(repositoryName=repo.name)
    assert got["lifecyclePolicyText"] == COURSE
    deleted = ecr.delete_lifecycle_policy(repositoryName=repo.name)
    assert deleted["lifecyclePolicyText"] == COURSE
    sentence = (
        f"Lifecycle policy does not exist for the repository with name '{repo.name}' in the "
        "registry with id '123456789012'"
    )
    for call in (ecr.get_lifecycle_policy, ecr.delete_lifecycle_policy):
        expected = ("LifecyclePolicyNotFoundException", sentence, 400)
        assert refused(call, repositoryName=repo.name) == expected
    assert refused(ecr.start_lifecycle_policy_preview, repositoryName=repo.name)[0] == (
        "LifecyclePolicyNotFoundException"
    )


def test_no_repository(ecr: Any) -> None:
    calls: tuple[tuple[Any, dict[str, str]], ...] = (
        (ecr.put_lifecycle_policy, {"lifecyclePolicyText": COURSE}),
        (ecr.get_lifecycle_policy, {}),
        (ecr.delete_lifecycle_policy, {}),
        (ecr.start_lifecycle_policy_preview, {"lifecyclePolicyText": COURSE}),
        (ecr.get_lifecycle_policy_preview, {}),
    )
    for call, params in calls:
        code, message, _ = refused(call, repositoryName="no/such", **params)
        assert code == "RepositoryNotFoundException"
        assert message == (
            "The repository with name 'no/such' does not exist in the registry with id "
            "'123456789012'"
        )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 100, "Could not map policyString into LifecyclePolicy."),
        (policy(keep(0)), f"{TOO_LOW} (minimum: 1, found: 0)"),
        (
            policy(keep(1, tagStatus="some")),
            f"instance value (some) not found in enum (possible values: {STATUSES})",
        ),
        (
            policy(keep(1), keep(2)),
            "Only one rule can specify tagStatus=ANY per storage class.",
        ),
    ],
)
def test_a_text_that_is_no_policy(ecr: Any, repo: Registry, text: str, reason: str) -> None:
    """Both operations that take a text refuse it, in the same words."""
    for call in (ecr.put_lifecycle_policy, ecr.start_lifecycle_policy_preview):
        code, message, status = refused(call, repositoryName=repo.name, lifecyclePolicyText=text)
        assert (code, status) == ("InvalidParameterException", 400)
        assert message == (
            "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
            f"'Lifecycle policy validation failure: {reason}'"
        )


def test_a_preview_shows_what_would_go(ecr: Any, repo: Registry) -> None:
    digests = [push(repo, str(number), f"v{number}", f"w{number}") for number in range(3)]
    answer = previewed(ecr, repo, policy(keep(1)))
    assert answer["summary"] == {
        "expiringImageTotalCount": 2,
        "transitioningImageTotalCounts": [],
    }
    first = answer["previewResults"][0]
    assert first.pop("imagePushedAt")
    assert first == {
        "imageTags": ["v0", "w0"],
        "imageDigest": digests[0],
        "action": {"type": "EXPIRE"},
        "appliedRulePriority": 1,
        "storageClass": "STANDARD",
    }
    assert json.loads(answer["lifecyclePolicyText"]) == json.loads(policy(keep(1)))
    listed = ecr.list_images(repositoryName=repo.name)["imageIds"]
    assert {one["imageDigest"] for one in listed} == set(digests)


def test_a_preview_of_the_repositorys_own_policy_that_archives(ecr: Any, repo: Registry) -> None:
    for number in range(3):
        push(repo, str(number), f"v{number}")
    archive = {"type": "transition", "targetStorageClass": "archive"}
    text = policy({**keep(2), "action": archive})
    ecr.put_lifecycle_policy(repositoryName=repo.name, lifecyclePolicyText=text)
    started = ecr.start_lifecycle_policy_preview(repositoryName=repo.name)
    ecr.get_waiter("lifecycle_policy_preview_complete").wait(repositoryName=repo.name, **WAITING)
    answer = ecr.get_lifecycle_policy_preview(repositoryName=repo.name)
    assert answer["lifecyclePolicyText"] == started["lifecyclePolicyText"]
    assert answer["summary"] == {
        "expiringImageTotalCount": 0,
        "transitioningImageTotalCounts": [{"targetStorageClass": "ARCHIVE", "imageTotalCount": 1}],
    }
    (result,) = answer["previewResults"]
    assert result["action"] == {"type": "TRANSITION", "targetStorageClass": "ARCHIVE"}


def test_pages_filters_and_named_images(ecr: Any, repo: Registry) -> None:
    """Seven images go: four have lost their tag to the next, two have tags, one was `passing`."""
    digests = [push(repo, str(number)) for number in range(5)]
    tagged = [push(repo, tag, tag) for tag in ("a", "b", "c")]
    previewed(ecr, repo, policy(keep(1)))
    paginator = ecr.get_paginator("get_lifecycle_policy_preview")
    pages = list(paginator.paginate(repositoryName=repo.name, PaginationConfig={"PageSize": 3}))
    assert [len(page["previewResults"]) for page in pages] == [3, 3, 1]
    shown = [result["imageDigest"] for page in pages for result in page["previewResults"]]
    assert shown == [*digests, *tagged[:2]]

    def found(**params: Any) -> list[str]:
        answer = ecr.get_lifecycle_policy_preview(repositoryName=repo.name, **params)
        return [result["imageDigest"] for result in answer["previewResults"]]

    assert found(filter={"tagStatus": "TAGGED"}) == [digests[4], *tagged[:2]]
    assert found(filter={"tagStatus": "UNTAGGED"}) == digests[:4]
    assert found(filter={"tagStatus": "ANY"}) == shown
    assert found(imageIds=[{"imageTag": "b"}, {"imageTag": "c"}]) == [tagged[1]]
    assert found(imageIds=[{"imageDigest": digests[0]}]) == [digests[0]]
    code, _, _ = refused(
        ecr.get_lifecycle_policy_preview, repositoryName=repo.name, nextToken="x"
    )  # fmt: skip
    assert code == "InvalidParameterException"
    code, message, _ = refused(
        ecr.get_lifecycle_policy_preview, repositoryName=repo.name, imageIds=[{}]
    )
    assert code == "InvalidParameterException"
    assert "both tag and digest cannot be null" in message


def test_no_preview(ecr: Any, repo: Registry) -> None:
    code, message, status = refused(ecr.get_lifecycle_policy_preview, repositoryName=repo.name)
    assert (code, status) == ("LifecyclePolicyPreviewNotFoundException", 400)
    assert message == (
        f"Lifecycle policy preview does not exist for the repository with name '{repo.name}' in "
        "the registry with id '123456789012'"
    )
