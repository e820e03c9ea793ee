"""Replication: what it copies, that events may come late and twice, and where it ends."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.services.stage import NAME, REGISTRY, Stage

from portside.metadata import events, images, listings, registry_settings, repositories
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.digests import Digest
from portside.names.tags import Tag
from portside.registry.events import ImageReplicated, Occurrence
from portside.registry.images import Image, ImageFilter, StorageClass, Target
from portside.registry.refusals import ImageNotFound
from portside.registry.replication import ReplicationConfiguration, ReplicationRule
from portside.services.replication import Replication
from portside.services.repositories import require
from portside.services.transitions import move_image

THERE = RegistryId(REGISTRY.account, Region("eu-west-1"))
BEYOND = RegistryId(REGISTRY.account, Region("ap-south-1"))
NOWHERE = RegistryId(AccountId("999999999999"), Region("us-east-1"))


class Copies:
    """A stage with replication to another region, and the events that it has not reacted to."""

    def __init__(self, folder: Path, *, deletes: bool = True) -> None:
        self.stage = Stage(folder)
        self.replication = Replication(
            self.stage.database,
            self.stage.repositories,
            self.stage.images,
            self.stage.deleting,
            self.stage.clock,
        )
        self.configure(REGISTRY, THERE, deletes=deletes)
        self.configure(THERE, BEYOND, deletes=deletes)
        self.seen = 0

    def configure(self, source: RegistryId, *destinations: RegistryId, deletes: bool) -> None:
        rule = ReplicationRule(destinations=destinations, deletes=deletes)
        with self.stage.database.write() as tx:
            registry_settings.put_replication(
                tx, source, ReplicationConfiguration(rules=(rule,)), self.stage.now
            )

    def waiting(self) -> list[Occurrence]:
        """The events that replication reacts to, and has not."""
        with self.stage.database.read() as tx:
            found = events.list_events(tx, after=self.seen, limit=10_000)
        return [one for one in found if one.kind in ("ImagePushed", "ImageDeleted")]

    def react(self, *, times: int = 1) -> None:
        """React to everything, also to what comes of that, each event so many times."""
        while waiting := self.waiting():
            for occurrence in waiting:
                for _ in range(times):
                    self.replication.react(occurrence)
            self.seen = waiting[-1].id

    def tags(self, registry: RegistryId) -> dict[str, Digest]:
        return {tag.text: image.digest for image in self.held(registry) for tag in image.tags}

    def held(self, registry: RegistryId) -> list[Image]:
        with self.stage.database.read() as tx:
            repository = repositories.find_repository(tx, registry, NAME)
            if repository is None:
                return []
            return listings.list_images(tx, repository, ImageFilter(), after=0, limit=1000)

    def told(self, registry: RegistryId) -> list[tuple[object, object]]:
        with self.stage.database.read() as tx:
            found = events.list_events(tx, after=0, limit=10_000, registry=registry)
        return [
            (one.document["tag"], one.document["failure_code"])
            for one in found
            if one.kind == ImageReplicated.__name__
        ]

    def delete(self, target: Target) -> None:
        with self.stage.database.write() as tx:
            self.stage.deleting.delete_within(tx, require(tx, REGISTRY, NAME), target)


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[Copies]:
    made = Copies(tmp_path)
    yield made
    made.stage.close()


def test_an_image_comes_with_all_that_it_names_and_once(copies: Copies) -> None:
    shared = copies.stage.push("shared")
    inner = copies.stage.push("inner", children=(shared,))
    copies.seen = copies.waiting()[-1].id
    copies.stage.push("outer", "v1", "v2", children=(shared, inner))
    copies.react()
    assert {image.digest for image in copies.held(THERE)} == {
        image.digest for image in copies.held(REGISTRY)
    }
    assert copies.tags(THERE) == copies.tags(REGISTRY)
    assert copies.told(THERE) == [("v1", None), ("v2", None)]
    copies.seen = 0
    copies.react(times=2)
    assert copies.told(THERE) == [("v1", None), ("v2", None)]
    assert copies.held(BEYOND) == []


def test_an_archived_image_stays(copies: Copies) -> None:
    body = copies.stage.push("one", "v1")
    with copies.stage.database.write() as tx:
        repository = require(tx, REGISTRY, NAME)
        image = images.find_image(tx, repository, Digest.of(body))
        assert image is not None
        move_image(tx, repository, image, StorageClass.ARCHIVE, copies.stage.now)
    copies.react()
    assert copies.held(THERE) == []


def test_a_destination_that_is_not_here_fails_and_the_others_do_not(copies: Copies) -> None:
    copies.configure(REGISTRY, NOWHERE, THERE, deletes=True)
    copies.stage.push("one", "v1")
    copies.react()
    assert copies.tags(THERE) == copies.tags(REGISTRY)
    assert copies.told(NOWHERE) == [("v1", "DESTINATION_REGISTRY_NOT_FOUND")]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.sampled_from("abc"), st.sampled_from(["t", "u", "v"])),
        st.tuples(st.just("untag"), st.sampled_from(["t", "u", "v"])),
        st.tuples(st.just("delete"), st.sampled_from(["t", "u", "v"])),
        st.tuples(st.just("react"), st.integers(1, 2)),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_the_copy_ends_like_the_original(steps: list[tuple[object, ...]]) -> None:
    """However late and often events come, in the end both have the same images and tags."""
    with tempfile.TemporaryDirectory() as folder:
        copies = Copies(Path(folder))
        for step in steps:
            match step:
                case ("push", str(text), str(tag)):
                    copies.stage.push(text, tag)
                case ("untag", str(tag)):
                    if tag in copies.tags(REGISTRY):
                        copies.delete(Target(Tag(tag), None))
                case ("delete", str(tag)):
                    if digest := copies.tags(REGISTRY).get(tag):
                        copies.delete(Target(None, digest))
                case ("react", int(times)):
                    copies.react(times=times)
                case _:
                    raise AssertionError(step)
        copies.react()
        assert copies.tags(THERE) == copies.tags(REGISTRY)
        assert {one.digest for one in copies.held(THERE)} == {
            one.digest for one in copies.held(REGISTRY)
        }
        assert copies.held(BEYOND) == []
        copies.stage.close()


def test_deletions_are_carried_only_where_told(tmp_path: Path) -> None:
    copies = Copies(tmp_path, deletes=False)
    copies.stage.push("one", "v1")
    copies.react()
    copies.delete(Target(Tag("v1"), None))
    copies.react()
    assert set(copies.tags(THERE)) == {"v1"}
    with pytest.raises(ImageNotFound):
        copies.delete(Target(Tag("v1"), None))
    copies.stage.close()


def test_a_repository_that_went_meanwhile(copies: Copies) -> None:
    copies.stage.push("one", "v1")
    waiting = copies.waiting()
    with copies.stage.database.write() as tx:
        repositories.delete_repository(tx, require(tx, REGISTRY, NAME))
    for occurrence in waiting:
        copies.replication.react(occurrence)
    assert copies.held(THERE) == []
