"""Backfills: what was pushed before replication was configured is copied when asked for."""

from itertools import count
from typing import Any

import httpx
import pytest
from tests.live import ACCOUNT, LiveServer
from tests.protocol.pushing import Registry
from tests.protocol.test_replication import STRANGER, configure, eventually, refused, rule, tags

REGIONS = (f"sa-test-{number}" for number in count(1))
UNKNOWN = "00000000-0000-4000-8000-000000000000"


class Place:
    """A registry with images, in a region of its own; its host name leads to it."""

    def __init__(self, server: LiveServer, region: str) -> None:
        self.region = region
        self.ecr = server.client("ecr", region_name=region)
        host = f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com"
        self.http = httpx.Client(base_url=server.url, auth=server.auth(), headers={"host": host})

    def push(self, name: str, *names: str) -> None:
        if not tags(self.ecr, name):
            self.ecr.create_repository(repositoryName=name)
        for tag in names:
            Registry(self.http, name).push(tag, f"{name} {tag}".encode())

    def start(self, region: str, account: str = ACCOUNT) -> dict[str, Any]:
        started = self.ecr.start_replication_backfill(
            destination={"region": region, "registryId": account}
        )
        return dict(started)

    def ended(self, backfill_id: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.ecr.describe_replication_backfill_results(
                replicationBackfillId=backfill_id
            )
            return dict(found) if "endedAt" in found else None

        found: dict[str, Any] = eventually(look)
        return found


@pytest.fixture
def place(server: LiveServer) -> Any:
    made = Place(server, next(REGIONS))
    yield made
    made.http.close()


def test_what_was_there_is_copied(server: LiveServer, place: Place) -> None:
    region = next(REGIONS)
    there = server.client("ecr", region_name=region)
    place.push("prod/app", "v1", "v2")
    place.push("prod/web", "v1")
    place.push("dev/app", "v1")
    configure(place.ecr, rule(region, "prod/"))
    started = place.start(region)
    assert started["status"] == "PREPARING"
    assert started["registryId"] == ACCOUNT
    assert started["destination"] == {"region": region, "registryId": ACCOUNT}
    found = place.ended(started["replicationBackfillId"])
    assert found["status"] == "COMPLETE"
    assert found["progress"] == {
        "totalReplicationCount": 3,
        "completedReplicationCount": 3,
        "failedReplicationCount": 0,
        "failureCodes": [],
    }
    assert [(one["repositoryName"], one["imageId"]["imageTag"]) for one in found["results"]] == [
        ("prod/app", "v1"),
        ("prod/app", "v2"),
        ("prod/web", "v1"),
    ]
    for name in ("prod/app", "prod/web"):
        assert tags(there, name) == tags(place.ecr, name)
    assert tags(there, "dev/app") == {}
    (listed,) = place.ecr.list_replication_backfills()["backfills"]
    assert {**listed, "results": found["results"]} == {
        key: value for key, value in found.items() if key not in ("registryId", "ResponseMetadata")
    }


def test_failures_are_told(server: LiveServer, place: Place) -> None:
    region = next(REGIONS)
    there = server.client("ecr", region_name=region)
    there.create_repository(repositoryName="app", imageTagMutability="IMMUTABLE")
    place.push("app", "v1")
    configure(place.ecr, rule(region))
    place.ended(place.start(region)["replicationBackfillId"])
    configure(place.ecr)
    Registry(place.http, "app").push("v1", b"something else")
    place.push("app", "v2")
    configure(place.ecr, rule(region))
    backfill = place.start(region)["replicationBackfillId"]
    found = place.ended(backfill)
    code = "DESTINATION_IMAGE_TAG_ALREADY_EXISTS"
    assert found["progress"]["failureCodes"] == [code]
    assert found["progress"]["failedReplicationCount"] == 1

    def results(**more: Any) -> list[tuple[Any, ...]]:
        answer = place.ecr.describe_replication_backfill_results(
            replicationBackfillId=backfill, **more
        )
        return [
            (one["imageId"].get("imageTag"), one["status"], one.get("failureCode"))
            for one in answer["results"]
        ]

    assert results(resultStatusFilter="FAILED") == [("v1", "FAILED", code)]
    assert results(resultStatusFilter="COMPLETE") == [
        (None, "COMPLETE", None),
        ("v2", "COMPLETE", None),
    ]
    assert len(results()) == 3


def test_an_account_that_is_not_here(place: Place) -> None:
    place.push("app", "v1")
    configure(place.ecr, rule("us-west-2", account=STRANGER))
    found = place.ended(place.start("us-west-2", STRANGER)["replicationBackfillId"])
    assert found["status"] == "COMPLETE"
    assert found["progress"]["failureCodes"] == ["DESTINATION_REGISTRY_NOT_FOUND"]


def test_an_empty_registry(place: Place) -> None:
    configure(place.ecr, rule("us-west-2"))
    found = place.ended(place.start("us-west-2")["replicationBackfillId"])
    assert (found["status"], found["results"]) == ("COMPLETE", [])


def test_backfills_and_results_come_by_pages(place: Place) -> None:
    region = next(REGIONS)
    place.push("app", "a", "b", "c")
    configure(place.ecr, rule(region))
    made = [place.start(region)["replicationBackfillId"]]
    place.ended(made[0])
    made.append(place.start(region)["replicationBackfillId"])
    place.ended(made[1])
    pages = place.ecr.get_paginator("list_replication_backfills").paginate(
        PaginationConfig={"PageSize": 1}
    )
    found = [one["replicationBackfillId"] for page in pages for one in page["backfills"]]
    assert found == made[::-1]
    pages = place.ecr.get_paginator("describe_replication_backfill_results").paginate(
        replicationBackfillId=made[1], PaginationConfig={"PageSize": 2}
    )
    shown = [[one["imageId"]["imageTag"] for one in page["results"]] for page in pages]
    assert shown == [["a", "b"], ["c"]]
    for operation, more in (
        (place.ecr.list_replication_backfills, {}),
        (
            place.ecr.describe_replication_backfill_results,
            {"replicationBackfillId": made[0]},
        ),
    ):
        code, _ = refused(operation, nextToken="x", **more)
        assert code == "InvalidParameterException"


def test_a_destination_must_be_configured(place: Place) -> None:
    assert refused(
        place.ecr.start_replication_backfill,
        destination={"region": "us-west-2", "registryId": ACCOUNT},
    ) == (
        "InvalidParameterException",
        (
            "Invalid parameter at 'destination' failed to satisfy constraint: 'The replication "
            f"configuration has no rule for the registry with id '{ACCOUNT}' in the Region "
            "'us-west-2''"
        ),
    )


def test_a_backfill_must_be_there(place: Place) -> None:
    expected = (
        "ReplicationBackfillNotFoundException",
        (
            f"The replication backfill with id '{UNKNOWN}' does not exist in the registry with id "
            f"'{ACCOUNT}'"
        ),
    )
    for operation in (
        place.ecr.stop_replication_backfill,
        place.ecr.describe_replication_backfill_results,
    ):
        assert refused(operation, replicationBackfillId=UNKNOWN) == expected


def test_a_backfill_that_has_ended_is_not_stopped(place: Place) -> None:
    configure(place.ecr, rule("us-west-2"))
    backfill = place.start("us-west-2")["replicationBackfillId"]
    place.ended(backfill)
    assert refused(place.ecr.stop_replication_backfill, replicationBackfillId=backfill) == (
        "ReplicationBackfillInvalidStatusException",
        (
            f"The replication backfill with id '{backfill}' has the status 'COMPLETE' and cannot "
            "be stopped"
        ),
    )


def test_one_backfill_for_a_region_and_ten_for_a_registry() -> None:
    """Without a task process none goes on, so they stay under way, and can be stopped."""
    with LiveServer("--no-tasks") as live:
        here = live.client("ecr")
        regions = [f"eu-west-{number}" for number in range(1, 12)]
        configure(here, *(rule(region) for region in regions))
        for region in regions[:10]:
            here.start_replication_backfill(destination={"region": region, "registryId": ACCOUNT})
        first = {"region": regions[0], "registryId": ACCOUNT}
        assert refused(here.start_replication_backfill, destination=first) == (
            "ReplicationBackfillInProgressException",
            "A replication backfill is already in progress for the Region 'eu-west-1'",
        )
        last = {"region": regions[10], "registryId": ACCOUNT}
        assert refused(here.start_replication_backfill, destination=last) == (
            "LimitExceededException",
            "A registry can have at most 10 replication backfills in progress",
        )
        listed = here.list_replication_backfills(maxResults=50)["backfills"]
        assert {one["status"] for one in listed} == {"PREPARING"}
        assert not any("progress" in one or "endedAt" in one for one in listed)
        one = listed[-1]["replicationBackfillId"]
        shown = here.describe_replication_backfill_results(replicationBackfillId=one)
        assert shown["results"] == []
        assert here.stop_replication_backfill(replicationBackfillId=one)["status"] == "STOPPED"
        here.start_replication_backfill(destination=first)
