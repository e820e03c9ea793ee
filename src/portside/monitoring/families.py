"""Every metric that is told: a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A row: a metric's name as it is told, what it says, and its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()

    def of(self, samples: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
        """The metric with these samples: the labels' values and the number of each."""
        # The counters' own suffix tells what they are.
        kind = CounterMetricFamily if self.name.endswith("_total") else GaugeMetricFamily
        made = kind(self.name, self.help, labels=self.labels)
        for values, number in samples:
            made.add_metric(values, number)
        return made


_ROUTE: Final = ("face", "route")
_REGISTRY: Final = ("account", "region")
_REPOSITORY: Final = (*_REGISTRY, "repository")

BUILD: Final = Family(
    name="portside_build_info",
    help="1, with the versions of Portside and Python.",
    labels=("version", "python"),
)
REQUESTS: Final = Family(
    name="portside_requests_total",
    help="Requests answered, by face, route or operation, and HTTP status.",
    labels=(*_ROUTE, "status"),
)
DURATION: Final = Family(
    name="portside_request_duration_seconds",
    help="Time from a request's arrival until its answer was handed over.",
    labels=_ROUTE,
)
REQUEST_BYTES: Final = Family(
    name="portside_request_bytes_total", help="Bytes of requests' bodies.", labels=_ROUTE
)
RESPONSE_BYTES: Final = Family(
    name="portside_response_bytes_total", help="Bytes of answers' contents.", labels=_ROUTE
)
TASK_RUNS: Final = Family(
    name="portside_task_runs_total",
    help="Tasks that this server or worker ran, by kind and outcome (done or failed).",
    labels=("task", "outcome"),
)
TASK_DURATION: Final = Family(
    name="portside_task_duration_seconds", help="How long such tasks took.", labels=("task",)
)
CACHE_HITS: Final = Family(
    name="portside_cache_hits_total",
    help="How often a cache had what was looked for.",
    labels=("cache",),
)
CACHE_MISSES: Final = Family(
    name="portside_cache_misses_total",
    help="How often a cache had not what was looked for.",
    labels=("cache",),
)
READABLE: Final = Family(
    name="portside_database_readable",
    help="Whether the numbers below could be read; 0 where they are left out.",
)
REPOSITORIES: Final = Family(
    name="portside_repositories", help="Repositories of a registry.", labels=_REGISTRY
)
IMAGES: Final = Family(
    name="portside_images", help="Images of a registry, indexes included.", labels=_REGISTRY
)
BLOBS: Final = Family(name="portside_blobs", help="Blobs stored, each once for all registries.")
BLOB_BYTES: Final = Family(name="portside_blob_bytes", help="Bytes of the blobs stored.")
MANIFEST_BYTES: Final = Family(name="portside_manifest_bytes", help="Bytes of the manifests.")
SCANS: Final = Family(
    name="portside_scans", help="Images by the state of their newest scan.", labels=("state",)
)
ADVISORIES_AGE: Final = Family(
    name="portside_advisories_age_seconds",
    help="Time since the newest import of advisories; left out where there was none.",
)
UPLOADS: Final = Family(name="portside_uploads_open", help="Uploads begun and not finished.")
OUTBOX: Final = Family(
    name="portside_outbox_events_waiting", help="Events of which no tasks were made yet."
)
OLDEST_EVENT: Final = Family(
    name="portside_oldest_undelivered_event_age_seconds",
    help="Age of the oldest event to which somebody is still to react; 0 where there is none.",
)
TASKS_WAITING: Final = Family(
    name="portside_tasks_waiting", help="Tasks that wait or run, by kind.", labels=("task",)
)
TASKS_FAILED: Final = Family(
    name="portside_tasks_failed", help="Tasks that were given up, by kind.", labels=("task",)
)
SCHEDULES_FAILING: Final = Family(
    name="portside_schedules_failing", help="Schedules whose last run failed."
)
REPOSITORY_IMAGES: Final = Family(
    name="portside_repository_images", help="Images of a repository.", labels=_REPOSITORY
)
REPOSITORY_LOGICAL: Final = Family(
    name="portside_repository_logical_bytes",
    help="Bytes of a repository with each image counted whole.",
    labels=_REPOSITORY,
)
REPOSITORY_UNIQUE: Final = Family(
    name="portside_repository_unique_bytes",
    help="Bytes of a repository with each blob counted once.",
    labels=_REPOSITORY,
)

FAMILIES: Final = (
    *(BUILD, REQUESTS, DURATION, REQUEST_BYTES, RESPONSE_BYTES, TASK_RUNS, TASK_DURATION),
    *(CACHE_HITS, CACHE_MISSES),
    *(READABLE, REPOSITORIES, IMAGES, BLOBS, BLOB_BYTES, MANIFEST_BYTES, SCANS, ADVISORIES_AGE),
    *(UPLOADS, OUTBOX, OLDEST_EVENT, TASKS_WAITING, TASKS_FAILED, SCHEDULES_FAILING),
    *(REPOSITORY_IMAGES, REPOSITORY_LOGICAL, REPOSITORY_UNIQUE),
)
