"""Events as EventBridge shows them: AWS's documented forms, one for each tag, ids that stay."""

from datetime import UTC, datetime
from typing import Any

import pytest

from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry import events
from portside.registry.events import Event, Occurrence, render_event
from portside.registry.notifications import NOTIFIED_KINDS, notify

REGISTRY = RegistryId(AccountId("123456789012"), Region("us-west-2"))
MOMENT = datetime(2019, 11, 16, 1, 54, 34, 567890, tzinfo=UTC)
DIGEST = "sha256:" + "7f" * 32
ARN = "arn:aws:ecr:us-west-2:123456789012:repository/my/repo"
IMAGE: dict[str, Any] = {"repository": "my/repo", "digest": DIGEST}
NAMED = {"repository-name": "my/repo", "image-digest": DIGEST}
MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"


def occurred(event: Event, number: int = 7) -> Occurrence:
    kind, document = render_event(event)
    return Occurrence(
        id=number, registry=REGISTRY, kind=kind, document=document, occurred_at=MOMENT
    )


def test_a_push_word_for_word() -> None:
    """As in ECR's user guide, "Event for a completed image push"."""
    event = events.ImagePushed(**IMAGE, media_type=MEDIA_TYPE, tags=("latest",))
    (notification,) = notify(occurred(event))
    identifier = notification.pop("id")
    assert len(identifier) == 36
    assert notification == {
        "version": "0",
        "detail-type": "ECR Image Action",
        "source": "aws.ecr",
        "account": "123456789012",
        "time": "2019-11-16T01:54:34Z",
        "region": "us-west-2",
        "resources": [],
        "detail": {
            "result": "SUCCESS",
            "repository-name": "my/repo",
            "image-digest": DIGEST,
            "action-type": "PUSH",
            "image-tag": "latest",
            "manifest-media-type": MEDIA_TYPE,
        },
    }


@pytest.mark.parametrize(
    ("event", "detail_type", "detail"),
    [
        (
            events.ImageArchived(**IMAGE, tags=("a",)),
            "ECR Image Action",
            {
                "result": "SUCCESS",
                **NAMED,
                "action-type": "UPDATE_STORAGE_CLASS",
                "target-storage-class": "ARCHIVE",
                "image-tag": "a",
            },
        ),
        (
            events.ImageActivated(**IMAGE, tags=()),
            "ECR Image Action",
            {
                "result": "SUCCESS",
                **NAMED,
                "action-type": "UPDATE_STORAGE_CLASS",
                "target-storage-class": "STANDARD",
            },
        ),
        (
            events.ImageScanned(**IMAGE, tags=("a", "b"), status="COMPLETE", counts={"HIGH": 2}),
            "ECR Image Scan",
            {
                **NAMED,
                "scan-status": "COMPLETE",
                "image-tags": ["a", "b"],
                "finding-severity-counts": {"HIGH": 2},
            },
        ),
        (
            events.ImageReplicated(
                **IMAGE, tag="a", source_account="210987654321", source_region="eu-west-1"
            ),
            "ECR Replication Action",
            {
                "result": "SUCCESS",
                **NAMED,
                "action-type": "REPLICATE",
                "source-account": "210987654321",
                "source-region": "eu-west-1",
                "image-tag": "a",
            },
        ),
        (
            events.ImageReplicated(
                **IMAGE,
                tag=None,
                source_account="210987654321",
                source_region="eu-west-1",
                failure_code="AccessDenied",
            ),
            "ECR Replication Action",
            {
                "result": "FAILED",
                **NAMED,
                "action-type": "REPLICATE",
                "source-account": "210987654321",
                "source-region": "eu-west-1",
                "failure-code": "AccessDenied",
            },
        ),
        (
            events.PullThroughCacheAction(
                repository="my/repo",
                prefix="my",
                upstream_url="public.ecr.aws",
                digest=DIGEST,
                tag="latest",
                failure=None,
            ),
            "ECR Pull Through Cache Action",
            {
                "rule-version": "1",
                "sync-status": "SUCCESS",
                "ecr-repository-prefix": "my",
                **NAMED,
                "upstream-registry-url": "public.ecr.aws",
                "image-tag": "latest",
            },
        ),
        (
            events.PullThroughCacheAction(
                repository="my/repo",
                prefix="my",
                upstream_url="public.ecr.aws",
                digest=None,
                tag=None,
                failure="timeout",
            ),
            "ECR Pull Through Cache Action",
            {
                "rule-version": "1",
                "sync-status": "FAILED",
                "ecr-repository-prefix": "my",
                "repository-name": "my/repo",
                "upstream-registry-url": "public.ecr.aws",
                "failure-reason": "timeout",
            },
        ),
        (
            events.ImageExpired(**IMAGE, tags=("a", "b"), rule_priority=3),
            "ECR Lifecycle Policy Action",
            {
                "result": "SUCCESS",
                **NAMED,
                "action-type": "EXPIRE",
                "image-tags": ["a", "b"],
                "rule-priority": 3,
            },
        ),
    ],
)
def test_each_kind(event: Event, detail_type: str, detail: dict[str, Any]) -> None:
    """Each kind has ECR's detail-type and detail; those that name a repository list its ARN."""
    (notification,) = notify(occurred(event))
    assert (notification["detail-type"], notification["detail"]) == (detail_type, detail)
    expected = [] if detail_type == "ECR Image Action" else [ARN]
    assert notification["resources"] == expected


def test_a_deletion_tells_of_each_tag() -> None:
    """An image with three tags makes three notifications, as in ECR, each with an id of its own."""
    event = events.ImageDeleted(**IMAGE, tags=("a", "b", "c"), image_gone=True)
    notifications = notify(occurred(event))
    assert [one["detail"]["image-tag"] for one in notifications] == ["a", "b", "c"]
    assert {one["detail"]["action-type"] for one in notifications} == {"DELETE"}
    assert len({one["id"] for one in notifications}) == 3


def test_ids_stay_and_differ() -> None:
    """A repetition has the ids of the first time; another event has others."""
    event = events.ImageDeleted(**IMAGE, tags=("a", "b"), image_gone=True)
    first = [one["id"] for one in notify(occurred(event))]
    assert first == [one["id"] for one in notify(occurred(event))]
    assert not set(first) & {one["id"] for one in notify(occurred(event, 8))}


def test_of_some_events_nobody_is_told() -> None:
    """What ECR has no event for makes none; a replicated push is told of as a replication."""
    push = events.ImagePushed(**IMAGE, media_type="m", tags=("a",), replicated=True)
    assert notify(occurred(push)) == []
    assert notify(occurred(events.RepositoryCreated(repository="my/repo"))) == []
    internal: tuple[Event, ...] = (
        events.ScanRequested(**IMAGE),
        events.BackfillDue(backfill_id="b"),
        events.RepositoryDeleted(repository="my/repo"),
    )
    for event in internal:
        assert notify(occurred(event)) == []
        assert type(event).__name__ not in NOTIFIED_KINDS
    assert "RepositoryCreated" not in NOTIFIED_KINDS


def test_a_replicated_deletion_is_a_deletion() -> None:
    """ECR has no replication action for what goes: it is told of where it goes, as a `DELETE`."""
    event = events.ImageDeleted(**IMAGE, tags=("a",), image_gone=True, replicated=True)
    (notification,) = notify(occurred(event))
    assert notification["detail-type"] == "ECR Image Action"
    assert notification["detail"]["action-type"] == "DELETE"


def test_another_source() -> None:
    """AWS's own EventBridge refuses sources of AWS, so another can be set."""
    event = events.ImagePushed(**IMAGE, media_type="m", tags=())
    (notification,) = notify(occurred(event), "example.registry")
    assert notification["source"] == "example.registry"
    assert "image-tag" not in notification["detail"]
