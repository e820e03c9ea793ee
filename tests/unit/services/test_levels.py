"""How much there is of what, counted in a real database."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.services.registry_in_a_folder import REGISTRY, Clock, RegistryInAFolder

from portside.metadata import events, images, repositories, scans, work
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.work import TaskKey
from portside.services import levels as levels_module
from portside.services.advisories import SAMPLE, Advisories
from portside.services.levels import Levels

NAME = "team/app"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RegistryInAFolder]:
    made = RegistryInAFolder(tmp_path, Clock())
    made.store.prepare()
    made.create(NAME)
    yield made
    made.database.close()


@pytest.fixture
def levels(registry: RegistryInAFolder, tmp_path: Path) -> Levels:
    advisories = Advisories(tmp_path / "advisories", registry.clock)
    return Levels(registry.database, registry.store, advisories)


def test_storage(registry: RegistryInAFolder, levels: Levels, tmp_path: Path) -> None:
    """Repositories and images by registry; blobs once, however many repositories have them."""
    empty = levels.storage()
    assert (empty.blob_count, empty.blob_bytes, empty.manifest_bytes) == (0, 0, 0)
    assert empty.advisories_at is None
    registry.create("team/other")
    for name in (NAME, "team/other"):
        registry.put_blob(name, b"x" * 100)
    found = levels.storage()
    assert (found.blob_count, found.blob_bytes) == (1, 100)
    (row,) = found.registries
    assert (row.registry, row.repository_count, row.image_count) == (REGISTRY, 2, 0)
    Advisories(tmp_path / "advisories", registry.clock).import_feeds([SAMPLE], lambda *_: None)
    imported = levels.storage().advisories_at
    assert imported is not None
    assert abs(imported - registry.clock()) < timedelta(seconds=1)
    (tmp_path / "advisories").write_bytes(b"no advisories")
    assert levels.storage().advisories_at is None


def test_images_and_scans(registry: RegistryInAFolder, levels: Levels) -> None:
    registry.put_blob(NAME, b"{}")
    registry.push(NAME, "one", b"{}")
    with registry.database.write() as tx:
        repository = repositories.find_repository(tx, REGISTRY, RepositoryName(NAME))
        assert repository is not None
        held = images.find_manifest(tx, repository, Tag("one"))
        assert held is not None
        scans.request_scan(tx, held.image_id, registry.clock())
    found = levels.storage()
    assert found.registries[0].image_count == 1
    assert found.manifest_bytes == len(held.body)
    assert found.scans == {"WAITING": 1}


def test_work(registry: RegistryInAFolder, levels: Levels) -> None:
    """An event counts as undelivered from its commit until nobody is to react any more."""
    begun = levels.work()
    assert begun.uploads_open == 0
    first = registry.clock()
    assert (begun.events_waiting, begun.oldest_event_at) == (1, first)
    registry.begin(NAME, b"part")
    registry.clock.time += timedelta(hours=1)
    registry.create("team/later")
    found = levels.work()
    assert (found.uploads_open, found.events_waiting) == (1, 2)
    assert found.oldest_event_at == first
    with registry.database.write() as tx:
        one, two = (event.id for event in events.list_waiting(tx, 10))
        rows = [("replicate", "a", one), ("scan", "a", one), ("scan", "b", two)]
        work.insert_reactions(tx, rows, first)
        events.mark_dispatched(tx, [one, two])
        work.abandon_lane(tx, TaskKey("reaction", "replicate", "a"), "gave up", first)
    found = levels.work()
    assert found.events_waiting == 0
    assert found.reactions_waiting == {"scan": 2}
    assert found.reactions_failed == {"replicate": 1}
    assert found.oldest_event_at == first
    with registry.database.write() as tx:
        work.abandon_lane(tx, TaskKey("reaction", "scan", "a"), "gave up", first)
    assert levels.work().oldest_event_at == registry.clock()
    with registry.database.write() as tx:
        work.abandon_lane(tx, TaskKey("reaction", "scan", "b"), "gave up", first)
    assert levels.work().oldest_event_at is None


def test_schedules_that_fail(registry: RegistryInAFolder, levels: Levels) -> None:
    now, key = registry.clock(), TaskKey("schedule", "collect", "")
    with registry.database.write() as tx:
        work.put_schedule(tx, "collect", now)
        work.take_task(tx, key, "me", now, now)
        work.finish_task(tx, key, "me", now=now, due_at=now, error="no room")
    assert levels.work().schedules_failing == 1


def test_usage_is_bounded(
    registry: RegistryInAFolder, levels: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.create("team/zoo")
    registry.put_blob("team/zoo", json.dumps({}).encode())
    found = [(of, usage.repository, usage.unique_bytes) for of, usage in levels.usage()]
    assert found == [(REGISTRY, NAME, 0), (REGISTRY, "team/zoo", 2)]
    monkeypatch.setattr(levels_module, "REPOSITORIES_MAX", 1)
    assert [usage.repository for _, usage in levels.usage()] == [NAME]
