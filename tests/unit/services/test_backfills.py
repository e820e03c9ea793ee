"""Backfills: steps, repeated steps, stops, and a destination that is taken away."""

import asyncio
import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.services.stage import NAME, REGISTRY
from tests.unit.services.test_replication import BEYOND, THERE, Copies

from portside.metadata import backfills, events, repositories
from portside.names.repositories import RepositoryName
from portside.registry.backfills import (
    RETENTION,
    Backfill,
    BackfillEnded,
    BackfillNotFound,
    BackfillResult,
    BackfillStatus,
    DestinationNotConfigured,
)
from portside.registry.events import Occurrence
from portside.services.backfills import STEP_IMAGES, Backfills
from portside.services.repositories import require


class Filling:
    """Images that were there before, and backfills that go on when told."""

    def __init__(self, folder: Path, image_count: int) -> None:
        self.copies = Copies(folder)
        stage = self.copies.stage
        for number in range(image_count):
            stage.push(str(number), *([f"t{number}"] if number % 2 else []))
        ids = (f"backfill-{number}" for number in itertools.count())
        self.backfills = Backfills(
            stage.database, self.copies.replication, stage.clock, ids.__next__
        )
        self.seen = 0

    def start(self) -> Backfill:
        return asyncio.run(self.backfills.start(REGISTRY, THERE))

    def look(self, backfill: Backfill) -> Backfill:
        with self.copies.stage.database.read() as tx:
            found = backfills.find_backfill(tx, REGISTRY, backfill.id)
        assert found is not None
        return found

    def results(self, backfill: Backfill) -> list[BackfillResult]:
        _, found = asyncio.run(
            self.backfills.results(REGISTRY, backfill.id, failed=None, after=0, limit=10_000)
        )
        return [result for _, result in found]

    def due(self) -> list[Occurrence]:
        with self.copies.stage.database.read() as tx:
            found = events.list_events(tx, after=self.seen, limit=10_000)
        return [one for one in found if one.kind == "BackfillDue"]

    def step(self, *, times: int = 1) -> bool:
        """One step, the same event so many times; whether there was one to make."""
        for occurrence in self.due():
            for _ in range(times):
                self.backfills.react(occurrence)
            self.seen = occurrence.id
            return True
        return False


@pytest.fixture
def filling(tmp_path: Path) -> Iterator[Filling]:
    made = Filling(tmp_path, STEP_IMAGES + 10)
    yield made
    made.copies.stage.close()


@pytest.mark.parametrize("times", [1, 2])
def test_it_goes_on_by_steps_and_counts_each_image_once(filling: Filling, times: int) -> None:
    backfill = filling.start()
    assert filling.look(backfill).progress is None
    assert filling.step(times=times)
    while filling.step(times=times):
        pass
    ended = filling.look(backfill)
    assert ended.status is BackfillStatus.COMPLETE
    assert ended.progress is not None
    count = STEP_IMAGES + 10
    counted = (ended.progress.total, ended.progress.completed, ended.progress.failed)
    assert counted == (count, count, 0)
    results = filling.results(backfill)
    assert len(results) == count
    assert len({(one.digest, one.tag) for one in results}) == count
    assert {one.child_failure_codes for one in results} == {()}
    assert filling.copies.tags(THERE) == filling.copies.tags(REGISTRY)
    assert len(filling.copies.held(THERE)) == count
    assert filling.copies.held(BEYOND) == []


def test_one_step_is_bounded(filling: Filling) -> None:
    backfill = filling.start()
    filling.step()
    held = filling.look(backfill)
    assert held.status is BackfillStatus.IN_PROGRESS
    assert held.progress is not None
    assert held.progress.completed == STEP_IMAGES
    assert filling.results(backfill) == []


def test_a_stop_leaves_what_was_copied(filling: Filling) -> None:
    backfill = filling.start()
    filling.step()
    stopped = asyncio.run(filling.backfills.stop(REGISTRY, backfill.id))
    assert stopped.status is BackfillStatus.STOPPED
    while filling.step():
        pass
    assert len(filling.copies.held(THERE)) == STEP_IMAGES
    assert len(filling.results(backfill)) == STEP_IMAGES
    with pytest.raises(BackfillEnded):
        asyncio.run(filling.backfills.stop(REGISTRY, backfill.id))


@pytest.mark.parametrize("steps", [0, 1])
def test_a_destination_that_is_taken_away_ends_it(filling: Filling, steps: int) -> None:
    backfill = filling.start()
    for _ in range(steps):
        filling.step()
    filling.copies.configure(REGISTRY, BEYOND, deletes=False)
    while filling.step():
        pass
    ended = filling.look(backfill)
    assert (ended.status, ended.failure_code) == (
        BackfillStatus.FAILED,
        "DESTINATION_NOT_CONFIGURED",
    )
    assert ended.ended_at == filling.copies.stage.now
    assert len(filling.copies.held(THERE)) == steps * STEP_IMAGES


def test_what_comes_and_goes_meanwhile(filling: Filling) -> None:
    stage = filling.copies.stage
    backfill = filling.start()
    filling.step()
    stage.push("late", "late")
    other = RepositoryName("zebra")
    stage.create(other)
    stage.push("in another", "v1", name=other)
    with stage.database.write() as tx:
        repositories.delete_repository(tx, require(tx, REGISTRY, NAME))
    while filling.step():
        pass
    ended = filling.look(backfill)
    assert ended.status is BackfillStatus.COMPLETE
    assert [one.repository for one in filling.results(backfill)][STEP_IMAGES:] == ["zebra"]


def test_old_backfills_are_forgotten(tmp_path: Path) -> None:
    filling = Filling(tmp_path, 1)
    first = filling.start()
    while filling.step():
        pass
    filling.copies.stage.now += RETENTION + timedelta(seconds=1)
    assert asyncio.run(filling.backfills.page(REGISTRY, None, 10)) == []
    second = filling.start()
    with pytest.raises(BackfillNotFound):
        asyncio.run(filling.backfills.stop(REGISTRY, first.id))
    page = asyncio.run(filling.backfills.page(REGISTRY, None, 10))
    assert [one.id for _, one in page] == [second.id]
    with pytest.raises(DestinationNotConfigured):
        asyncio.run(filling.backfills.start(REGISTRY, BEYOND))
    filling.copies.stage.close()
