"""What a scrape is told, in Prometheus's own reading of it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from portside.monitoring.exposition import Exposition, render
from portside.monitoring.families import FAMILIES
from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.levels import RegistryLevel, StorageLevels, WorkLevels
from portside.registry.usage import Usage
from portside.web.board import BOUNDS, Row

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "metrics.md"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))
ROWS = [
    Row("cache", "manifests", 0, (7, 3, *[0.0] * 6), 0, 0, 0),
    Row("distribution", "GET manifest", 200, (2, 1, *[0.0] * 6), 0.25, 0, 900),
    Row("distribution", "GET manifest", 404, (0, 0, 0, 0, 0, 0, 0, 1), 20, 5, 100),
    Row("other", "other", 0, tuple([0.0] * 8), 0, 0, 0),
    Row("task", "scan", 0, (0, 0, 0, 4, *[0.0] * 4), 1.5, 0, 0),
    Row("task", "scan", 1, (0, 0, 0, 0, 0, 0, 1, 0), 9, 0, 0),
]
WORK = WorkLevels(
    uploads_open=4,
    events_waiting=2,
    oldest_event_at=NOW - timedelta(minutes=2),
    reactions_waiting={"replicate": 3},
    reactions_failed={"deliver-webhook-0a1b2c3d": 1},
    schedules_failing=1,
)
STORAGE = StorageLevels(
    registries=(RegistryLevel(registry=REGISTRY, repository_count=1, image_count=5),),
    blob_count=9,
    blob_bytes=2**40,
    manifest_bytes=4096,
    scans={"COMPLETE": 4, "WAITING": 1},
    advisories_at=NOW - timedelta(days=1),
)
USAGE = Usage(repository="team/app", image_count=5, logical_bytes=300, unique_bytes=200)


def told(**changed: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by its name and labels."""
    asked: dict[str, Any] = {"rows": ROWS, "work": WORK, "storage": STORAGE} | changed
    text = render(Exposition(now=NOW, version="1.2.3", **asked)).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(name: str, samples: Any = None, **labels: str) -> float | None:
    found: float | None = (samples or told()).get((name, frozenset(labels.items())))
    return found


def test_requests() -> None:
    """Counted by status; durations and bytes are of the route as a whole."""
    route = {"face": "distribution", "route": "GET manifest"}
    assert value("portside_requests_total", **route, status="200") == 3
    assert value("portside_requests_total", **route, status="404") == 1
    assert value("portside_request_bytes_total", **route) == 5
    assert value("portside_response_bytes_total", **route) == 1000
    assert value("portside_requests_total", face="other", route="other", status="0") is None


def test_buckets_are_cumulative() -> None:
    route = {"face": "distribution", "route": "GET manifest"}
    bounds = [*map(str, BOUNDS), "+Inf"]
    name = "portside_request_duration_seconds"
    assert [value(f"{name}_bucket", **route, le=le) for le in bounds] == [2, 3, 3, 3, 3, 3, 3, 4]
    assert value(f"{name}_sum", **route) == 20.25
    assert value(f"{name}_count", **route) == 4


def test_caches_are_no_requests() -> None:
    assert value("portside_cache_hits_total", cache="manifests") == 7
    assert value("portside_cache_misses_total", cache="manifests") == 3
    assert not [key for key in told() if ("face", "cache") in key[1]]


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("portside_repositories", {"account": "123456789012", "region": "us-east-1"}, 1),
        ("portside_images", {"account": "123456789012", "region": "us-east-1"}, 5),
        ("portside_blobs", {}, 9),
        ("portside_blob_bytes", {}, 2**40),
        ("portside_manifest_bytes", {}, 4096),
        ("portside_scans", {"state": "COMPLETE"}, 4),
        ("portside_advisories_age_seconds", {}, 86_400),
        ("portside_uploads_open", {}, 4),
        ("portside_outbox_events_waiting", {}, 2),
        ("portside_oldest_undelivered_event_age_seconds", {}, 120),
        ("portside_tasks_waiting", {"task": "replicate"}, 3),
        ("portside_tasks_failed", {"task": "deliver-webhook-0a1b2c3d"}, 1),
        ("portside_schedules_failing", {}, 1),
        ("portside_database_readable", {}, 1),
    ],
)
def test_levels(name: str, labels: dict[str, str], expected: float) -> None:
    assert value(name, **labels) == expected


def test_usage_of_repositories() -> None:
    """Told only where it was asked for."""
    labels = {"account": "123456789012", "region": "us-east-1", "repository": "team/app"}
    asked = told(usage=[(REGISTRY, USAGE)])
    assert value("portside_repository_images", asked, **labels) == 5
    assert value("portside_repository_logical_bytes", asked, **labels) == 300
    assert value("portside_repository_unique_bytes", asked, **labels) == 200
    assert value("portside_repository_unique_bytes", **labels) is None


def test_tasks_are_told_apart_from_requests() -> None:
    assert value("portside_task_runs_total", task="scan", outcome="done") == 4
    assert value("portside_task_runs_total", task="scan", outcome="failed") == 1
    assert value("portside_task_duration_seconds_count", task="scan") == 5
    assert value("portside_task_duration_seconds_sum", task="scan") == 10.5
    assert value("portside_requests_total", face="task", route="scan", status="0") is None


def test_what_cannot_be_read_is_left_out() -> None:
    """The counts of requests are told whatever the database does; no number is made up."""
    samples = told(work=None, storage=None)
    assert value("portside_database_readable", samples) == 0
    assert value("portside_blobs", samples) is None
    assert value("portside_uploads_open", samples) is None
    assert value("portside_cache_hits_total", samples, cache="manifests") == 7


def test_everything_told_is_in_the_table_and_on_the_page() -> None:
    """The reference page names every metric with its labels, and no other."""
    text = render(
        Exposition(
            now=NOW, version="1", rows=ROWS, work=WORK, storage=STORAGE, usage=[(REGISTRY, USAGE)]
        )
    ).decode()
    names = {family.name for family in FAMILIES}
    assert set(re.findall(r"^# HELP (\w+) ", text, re.MULTILINE)) == names
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(portside_\w+)` \| ([^|]*) \|", page, re.MULTILINE)
    told_labels = {name: tuple(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert told_labels == {family.name: family.labels for family in FAMILIES}
    assert set(re.findall(r"portside_\w+", page)) <= names | {
        f"portside_request_duration_seconds_{part}" for part in ("bucket", "sum", "count")
    }
