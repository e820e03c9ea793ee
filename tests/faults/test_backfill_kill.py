"""A backfill survives `kill -9`: it goes on where it was, and copies and counts nothing twice."""

import time
from typing import Any

import httpx
from tests.live import ACCOUNT, LiveServer
from tests.protocol.pushing import Registry, manifest_of

IMAGES = 150
KILLS = 3
SECONDS_MAX = 90.0


def progress(ecr: Any, backfill: str) -> dict[str, Any]:
    return dict(ecr.describe_replication_backfill_results(replicationBackfillId=backfill))


def completed(shown: dict[str, Any]) -> int:
    return int(shown.get("progress", {}).get("completedReplicationCount", 0))


def fill(live: LiveServer) -> None:
    live.client("ecr").create_repository(repositoryName="app")
    with httpx.Client(base_url=live.url, auth=live.auth(), timeout=60) as http:
        repo = Registry(http, "app")
        repo.put_blob(b"{}")
        repo.put_blob(b"layer")
        for number in range(IMAGES):
            body = manifest_of(b"{}", b"layer", annotations={"n": str(number)})
            assert repo.put_manifest(f"t{number:03}", body).status_code == 201


def tags(client: Any) -> set[tuple[str, str]]:
    pages = client.get_paginator("list_images").paginate(repositoryName="app")
    found = [one for page in pages for one in page["imageIds"]]
    return {(one["imageTag"], one["imageDigest"]) for one in found}


def test_a_killed_backfill_goes_on() -> None:
    with LiveServer() as live:
        fill(live)
        here, there = live.client("ecr"), live.client("ecr", region_name="eu-west-1")
        destination = {"region": "eu-west-1", "registryId": ACCOUNT}
        rules = [{"destinations": [destination]}]
        here.put_replication_configuration(replicationConfiguration={"rules": rules})
        backfill = here.start_replication_backfill(destination=destination)["replicationBackfillId"]
        end = time.monotonic() + SECONDS_MAX
        for kill in range(1, KILLS + 1):
            while completed(progress(here, backfill)) < kill * 10:
                assert time.monotonic() < end
                time.sleep(0.02)
            live.kill()
            live.start()
        while "endedAt" not in progress(here, backfill):
            assert time.monotonic() < end
            time.sleep(0.2)
        assert progress(here, backfill)["status"] == "COMPLETE"
        assert completed(progress(here, backfill)) == IMAGES
        pages = here.get_paginator("describe_replication_backfill_results").paginate(
            replicationBackfillId=backfill
        )
        results = [one["imageId"]["imageTag"] for page in pages for one in page["results"]]
        assert results == [f"t{number:03}" for number in range(IMAGES)]
        assert tags(there) == tags(here)
