"""Metrics in Prometheus's text format."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import HistogramMetricFamily, Metric

from portside.monitoring import families
from portside.names.accounts import RegistryId
from portside.registry.levels import StorageLevels, WorkLevels
from portside.registry.usage import Usage
from portside.web.board import BOUNDS, Row

CACHE_FACE: Final = "cache"
"""Under this face the board keeps what caches were asked: hits and misses, no requests."""

TASK_FACE: Final = "task"
"""Under this face it keeps tasks that were run: route is their name, status 1 for a failure."""

_OUTCOMES: Final = ("done", "failed")

__all__ = ["CACHE_FACE", "CONTENT_TYPE_LATEST", "TASK_FACE", "Exposition", "render"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposition:
    """Everything that is told at a moment. What could not be read is ``None`` and left out."""

    now: datetime
    version: str
    rows: Sequence[Row]
    work: WorkLevels | None
    storage: StorageLevels | None
    usage: Sequence[tuple[RegistryId, Usage]] = ()

    def collect(self) -> Iterator[Metric]:
        """The metrics, in the order of the table."""
        build = ((self.version, platform.python_version()), 1.0)
        yield families.BUILD.of([build])
        apart = (CACHE_FACE, TASK_FACE)
        yield from _requests([row for row in self.rows if row.face not in apart])
        yield from _tasks([row for row in self.rows if row.face == TASK_FACE])
        caches = [row for row in self.rows if row.face == CACHE_FACE]
        yield families.CACHE_HITS.of(((row.route,), row.buckets[0]) for row in caches)
        yield families.CACHE_MISSES.of(((row.route,), row.buckets[1]) for row in caches)
        readable = self.work is not None and self.storage is not None
        yield families.READABLE.of([((), float(readable))])
        if self.storage is not None:
            yield from _storage(self.storage, self.now)
        if self.work is not None:
            yield from _work(self.work, self.now)
        if self.usage:
            yield from _usage(self.usage)


def render(exposition: Exposition) -> bytes:
    """The text that a scrape is answered with."""
    return generate_latest(exposition)


def _requests(rows: Sequence[Row]) -> Iterator[Metric]:
    counted = [row for row in rows if sum(row.buckets)]
    yield families.REQUESTS.of(
        ((row.face, row.route, str(row.status)), sum(row.buckets)) for row in counted
    )
    durations = HistogramMetricFamily(
        families.DURATION.name, families.DURATION.help, labels=families.DURATION.labels
    )
    received, sent = [], []
    for route, of_route in _by_route(counted):
        durations.add_metric(route, _buckets(of_route), sum(row.seconds for row in of_route))
        received.append((route, sum(row.bytes_in for row in of_route)))
        sent.append((route, sum(row.bytes_out for row in of_route)))
    yield durations
    yield families.REQUEST_BYTES.of(received)
    yield families.RESPONSE_BYTES.of(sent)


def _tasks(rows: Sequence[Row]) -> Iterator[Metric]:
    yield families.TASK_RUNS.of(
        ((row.route, _OUTCOMES[row.status]), sum(row.buckets)) for row in rows
    )
    durations = HistogramMetricFamily(
        families.TASK_DURATION.name,
        families.TASK_DURATION.help,
        labels=families.TASK_DURATION.labels,
    )
    for (_, name), of_task in _by_route(rows):
        durations.add_metric([name], _buckets(of_task), sum(row.seconds for row in of_task))
    yield durations


def _buckets(rows: Sequence[Row]) -> list[tuple[str, float]]:
    sums = accumulate(sum(row.buckets[i] for row in rows) for i in range(len(BOUNDS) + 1))
    return list(zip((*(str(bound) for bound in BOUNDS), "+Inf"), sums, strict=True))


def _by_route(rows: Iterable[Row]) -> list[tuple[tuple[str, str], list[Row]]]:
    routes: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        routes.setdefault((row.face, row.route), []).append(row)
    return sorted(routes.items())


def _storage(levels: StorageLevels, now: datetime) -> Iterator[Metric]:
    kept = [((*_labels(one.registry),), one) for one in levels.registries]
    yield families.REPOSITORIES.of((labels, one.repository_count) for labels, one in kept)
    yield families.IMAGES.of((labels, one.image_count) for labels, one in kept)
    yield families.BLOBS.of([((), levels.blob_count)])
    yield families.BLOB_BYTES.of([((), levels.blob_bytes)])
    yield families.MANIFEST_BYTES.of([((), levels.manifest_bytes)])
    yield families.SCANS.of(((state,), count) for state, count in levels.scans.items())
    if levels.advisories_at is not None:
        yield families.ADVISORIES_AGE.of([((), _age(levels.advisories_at, now))])


def _work(levels: WorkLevels, now: datetime) -> Iterator[Metric]:
    oldest = 0.0 if levels.oldest_event_at is None else _age(levels.oldest_event_at, now)
    yield families.UPLOADS.of([((), levels.uploads_open)])
    yield families.OUTBOX.of([((), levels.events_waiting)])
    yield families.OLDEST_EVENT.of([((), oldest)])
    yield families.TASKS_WAITING.of(
        ((name,), count) for name, count in levels.reactions_waiting.items()
    )
    yield families.TASKS_FAILED.of(
        ((name,), count) for name, count in levels.reactions_failed.items()
    )
    yield families.SCHEDULES_FAILING.of([((), levels.schedules_failing)])


def _usage(usage: Sequence[tuple[RegistryId, Usage]]) -> Iterator[Metric]:
    rows = [((*_labels(registry), one.repository), one) for registry, one in usage]
    yield families.REPOSITORY_IMAGES.of((labels, one.image_count) for labels, one in rows)
    yield families.REPOSITORY_LOGICAL.of((labels, one.logical_bytes) for labels, one in rows)
    yield families.REPOSITORY_UNIQUE.of((labels, one.unique_bytes) for labels, one in rows)


def _labels(registry: RegistryId) -> tuple[str, str]:
    return registry.account.text, registry.region.text


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
