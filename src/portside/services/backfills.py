"""Backfills: copying to a destination what was in a registry before (ECR StartReplicationBackfill).

A backfill goes on in steps: each is a reaction to an event, and each image is copied, recorded and
counted in one transaction, so that a backfill goes on behind the last image after any end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from portside.metadata import backfills, events, images, registry_settings, repositories
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.media_types import INDEXES
from portside.names.repositories import RepositoryName
from portside.registry.backfills import (
    DESTINATION_REMOVED,
    IN_PROGRESS_MAX,
    RETENTION,
    Backfill,
    BackfillEnded,
    BackfillInProgress,
    BackfillNotFound,
    BackfillResult,
    BackfillStatus,
    DestinationNotConfigured,
    Progress,
    TooManyBackfills,
)
from portside.registry.events import BackfillDue, Occurrence
from portside.registry.images import Image, ImageStatus
from portside.registry.repositories import Repository
from portside.services.replication import NotReplicated, Replication

STEP_IMAGES: Final = 50
_PAGE_REPOSITORIES: Final = 500


class Backfills:
    """The backfills of every registry."""

    def __init__(
        self,
        database: Database,
        replication: Replication,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._database = database
        self._replication = replication
        self._clock = clock
        self._new_id = new_id

    async def start(self, registry: RegistryId, destination: RegistryId) -> Backfill:
        """Have everything copied to a destination that its rules are for.

        Raises:
            DestinationNotConfigured: no rule names the destination.
            BackfillInProgress: one to the destination's region is under way.
            TooManyBackfills: as many as may be are under way.
        """

        def change() -> Backfill:
            now = self._clock()
            with self._database.write() as tx:
                configuration = registry_settings.get_replication(tx, registry)
                if destination not in configuration.all_destinations:
                    raise DestinationNotConfigured(destination)
                under_way = backfills.list_under_way(tx, registry)
                if any(one.destination.region == destination.region for one in under_way):
                    raise BackfillInProgress(destination.region.text)
                if len(under_way) >= IN_PROGRESS_MAX:
                    raise TooManyBackfills(IN_PROGRESS_MAX)
                backfills.delete_backfills_before(tx, registry, now - RETENTION)
                backfill = Backfill(
                    id=self._new_id(),
                    registry=registry,
                    destination=destination,
                    status=BackfillStatus.PREPARING,
                    started_at=now,
                )
                backfills.insert_backfill(tx, backfill)
                self._go_on(tx, backfill)
            return backfill

        return await asyncio.to_thread(change)

    async def stop(self, registry: RegistryId, backfill_id: str) -> Backfill:
        """Have no more images copied; those that were stay.

        Raises:
            BackfillNotFound: the registry has no such backfill.
            BackfillEnded: it has ended already.
        """

        def change() -> Backfill:
            with self._database.write() as tx:
                backfill = _require(tx, registry, backfill_id)
                if backfill.status.has_ended:
                    raise BackfillEnded(backfill_id, backfill.status)
                return self._end(tx, backfill, BackfillStatus.STOPPED)

        return await asyncio.to_thread(change)

    async def page(
        self, registry: RegistryId, before: int | None, limit: int
    ) -> list[tuple[int, Backfill]]:
        """Up to ``limit`` backfills before a number, the newest first, with their numbers."""

        def look() -> list[tuple[int, Backfill]]:
            since = self._clock() - RETENTION
            with self._database.read() as tx:
                return backfills.list_backfills(
                    tx, registry, since=since, before=before, limit=limit
                )

        return await asyncio.to_thread(look)

    async def results(
        self,
        registry: RegistryId,
        backfill_id: str,
        *,
        failed: bool | None,
        after: int,
        limit: int,
    ) -> tuple[Backfill, list[tuple[int, BackfillResult]]]:
        """A backfill and, once it has ended, up to ``limit`` results behind a number.

        Raises:
            BackfillNotFound: the registry has no such backfill.
        """

        def look() -> tuple[Backfill, list[tuple[int, BackfillResult]]]:
            with self._database.read() as tx:
                backfill = _require(tx, registry, backfill_id)
                if not backfill.status.has_ended:
                    return backfill, []
                return backfill, backfills.list_results(
                    tx, backfill, failed=failed, after=after, limit=limit
                )

        return await asyncio.to_thread(look)

    def react(self, occurrence: Occurrence) -> None:
        """Take a backfill one step further; again the same event may come."""
        registry, backfill_id = occurrence.registry, occurrence.document["backfill_id"]
        with self._database.write() as tx:
            backfill = backfills.find_backfill(tx, registry, backfill_id)
            if backfill is not None and backfill.status is BackfillStatus.PREPARING:
                backfill = self._prepare(tx, backfill)
        if backfill is None or backfill.status is not BackfillStatus.IN_PROGRESS:
            return
        with self._database.read() as tx:
            found = backfills.list_images_behind(tx, registry, backfill.position, STEP_IMAGES)
        for name, image in found:
            if not self._copy(registry, backfill_id, name, image):
                return
        with self._database.write() as tx:
            held = backfills.find_backfill(tx, registry, backfill_id)
            if held is not None and held.status is BackfillStatus.IN_PROGRESS:
                if len(found) < STEP_IMAGES:
                    self._end(tx, held, BackfillStatus.COMPLETE)
                else:
                    self._go_on(tx, held)

    def _prepare(self, tx: Transaction, backfill: Backfill) -> Backfill:
        configuration = registry_settings.get_replication(tx, backfill.registry)
        if backfill.destination not in configuration.all_destinations:
            return self._fail(tx, backfill)
        total, after = 0, ""
        while True:
            page = repositories.list_repositories(
                tx, backfill.registry, after=after, limit=_PAGE_REPOSITORIES
            )
            total += sum(
                backfills.count_replications(tx, one)
                for one in page
                if backfill.destination in configuration.destinations(one.name)
            )
            if len(page) < _PAGE_REPOSITORIES:
                break
            after = page[-1].name.text
        prepared = replace(
            backfill,
            status=BackfillStatus.IN_PROGRESS,
            progress=Progress(total=total, completed=0, failed=0),
        )
        backfills.update_backfill(tx, prepared)
        return prepared

    def _copy(
        self, registry: RegistryId, backfill_id: str, name: RepositoryName, image: Image
    ) -> bool:
        """Copy one image; whether the backfill is to go on."""
        try:
            with self._database.write() as tx:
                return self._advance(tx, registry, backfill_id, (name, image), None)
        except NotReplicated as failure:
            with self._database.write() as tx:
                return self._advance(tx, registry, backfill_id, (name, image), failure)

    def _advance(
        self,
        tx: Transaction,
        registry: RegistryId,
        backfill_id: str,
        found: tuple[RepositoryName, Image],
        failure: NotReplicated | None,
    ) -> bool:
        name, seen = found
        backfill = backfills.find_backfill(tx, registry, backfill_id)
        if backfill is None or backfill.status is not BackfillStatus.IN_PROGRESS:
            return False
        configuration = registry_settings.get_replication(tx, registry)
        if backfill.destination not in configuration.all_destinations:
            self._fail(tx, backfill)
            return False
        backfill = replace(backfill, position=(name.text, seen.id))
        source = repositories.find_repository(tx, registry, name)
        is_meant = backfill.destination in configuration.destinations(name)
        # Read again under the lock: tags may have moved, and the image may have gone.
        image = images.find_image(tx, source, seen.digest) if source and is_meant else None
        if source and image and image.status is ImageStatus.ACTIVE:
            backfill = self._replicate(tx, backfill, (source, image), failure)
        backfills.update_backfill(tx, backfill)
        return True

    def _replicate(
        self,
        tx: Transaction,
        backfill: Backfill,
        found: tuple[Repository, Image],
        failure: NotReplicated | None,
    ) -> Backfill:
        source, image = found
        if failure is None:
            self._replication.copy(tx, source, image, image.tags, backfill.destination)
        else:
            where = (backfill.destination, failure.code)
            self._replication.record_failure(tx, source, image, image.tags, where)
        results = _results(source, image, failure)
        backfills.insert_results(tx, backfill, results)
        progress = backfill.progress or Progress(total=0, completed=0, failed=0)
        if failure is None:
            counted = replace(progress, completed=progress.completed + len(results))
        else:
            codes = dict.fromkeys((*progress.failure_codes, failure.code.value))
            counted = replace(
                progress, failed=progress.failed + len(results), failure_codes=tuple(codes)
            )
        return replace(backfill, progress=counted)

    def _fail(self, tx: Transaction, backfill: Backfill) -> Backfill:
        failed = replace(backfill, failure_code=DESTINATION_REMOVED)
        return self._end(tx, failed, BackfillStatus.FAILED)

    def _end(self, tx: Transaction, backfill: Backfill, status: BackfillStatus) -> Backfill:
        ended = replace(backfill, status=status, ended_at=self._clock())
        backfills.update_backfill(tx, ended)
        return ended

    def _go_on(self, tx: Transaction, backfill: Backfill) -> None:
        due = BackfillDue(backfill_id=backfill.id)
        events.insert_event(tx, backfill.registry, due, self._clock())


def _require(tx: Transaction, registry: RegistryId, backfill_id: str) -> Backfill:
    backfill = backfills.find_backfill(tx, registry, backfill_id)
    if backfill is None:
        raise BackfillNotFound(registry, backfill_id)
    return backfill


def _results(
    source: Repository, image: Image, failure: NotReplicated | None
) -> list[BackfillResult]:
    codes: tuple[str, ...] | None = None
    if image.media_type in INDEXES:
        codes = (failure.code.value,) if failure is not None and failure.in_child else ()
    return [
        BackfillResult(
            repository=source.name.text,
            digest=image.digest.text,
            tag=tag.text if tag else None,
            failure_code=failure.code.value if failure is not None else None,
            child_failure_codes=codes,
        )
        for tag in image.tags or (None,)
    ]
