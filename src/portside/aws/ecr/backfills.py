"""Replication backfills (ECR StartReplicationBackfill …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.registry.backfills import Backfill, BackfillResult, Progress
from portside.registry.pages import parse_token, render_token
from portside.registry.replication import read_destination, render_destination

BACKFILLS_PAGE_DEFAULT = 25
RESULTS_PAGE_DEFAULT = 100


async def start_replication_backfill(call: Call) -> dict[str, Any]:
    """Have what is there already copied to a destination."""
    destination = read_destination(call.params["destination"])
    return _answer(call, await call.deeds.backfills.start(call.registry, destination))


async def stop_replication_backfill(call: Call) -> dict[str, Any]:
    """Have no more copied."""
    wanted = call.params["replicationBackfillId"]
    return _answer(call, await call.deeds.backfills.stop(call.registry, wanted))


async def list_replication_backfills(call: Call) -> dict[str, Any]:
    """Show the registry's backfills by pages, the newest first."""
    limit = call.params.get("maxResults") or BACKFILLS_PAGE_DEFAULT
    position = parse_token("backfills", call.params.get("nextToken"))
    before = int(position[0]) if position else None
    found = await call.deeds.backfills.page(call.registry, before, limit + 1)
    answer: dict[str, Any] = {
        "registryId": call.account,
        "backfills": [_summary(backfill) for _, backfill in found[:limit]],
    }
    if len(found) > limit:
        answer["nextToken"] = render_token("backfills", found[limit - 1][0])
    return answer


async def describe_replication_backfill_results(call: Call) -> dict[str, Any]:
    """Show how far a backfill has come and, once it has ended, what became of each image."""
    params = call.params
    limit = params.get("maxResults") or RESULTS_PAGE_DEFAULT
    position = parse_token("backfill-results", params.get("nextToken"))
    wanted = params.get("resultStatusFilter")
    backfill, found = await call.deeds.backfills.results(
        call.registry,
        params["replicationBackfillId"],
        failed=None if wanted is None else wanted == "FAILED",
        after=int(position[0]) if position else 0,
        limit=limit + 1,
    )
    answer = {
        "registryId": call.account,
        **_summary(backfill),
        "results": [_result(result) for _, result in found[:limit]],
    }
    if len(found) > limit:
        answer["nextToken"] = render_token("backfill-results", found[limit - 1][0])
    return answer


def _answer(call: Call, backfill: Backfill) -> dict[str, Any]:
    return {
        "registryId": call.account,
        "replicationBackfillId": backfill.id,
        "destination": render_destination(backfill.destination),
        "status": backfill.status.value,
        "startedAt": backfill.started_at,
    }


def _summary(backfill: Backfill) -> dict[str, Any]:
    shown = {
        "replicationBackfillId": backfill.id,
        "destination": render_destination(backfill.destination),
        "status": backfill.status.value,
        "startedAt": backfill.started_at,
        "endedAt": backfill.ended_at,
        "failureCode": backfill.failure_code,
        "progress": backfill.progress and _progress(backfill.progress),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _progress(progress: Progress) -> dict[str, Any]:
    return {
        "totalReplicationCount": progress.total,
        "completedReplicationCount": progress.completed,
        "failedReplicationCount": progress.failed,
        "failureCodes": list(progress.failure_codes),
    }


def _result(result: BackfillResult) -> dict[str, Any]:
    identifier = {"imageDigest": result.digest}
    if result.tag is not None:
        identifier["imageTag"] = result.tag
    shown: dict[str, Any] = {
        "repositoryName": result.repository,
        "imageId": identifier,
        "status": "COMPLETE" if result.failure_code is None else "FAILED",
    }
    if result.failure_code is not None:
        shown["failureCode"] = result.failure_code
    if result.child_failure_codes is not None:
        shown["subImageFailureCodes"] = list(result.child_failure_codes)
    return shown
