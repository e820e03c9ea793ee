"""Applying lifecycle policies: what goes, what stays, what is told, and what others may do."""

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.unit.services.stage import (
    NAME,
    REGISTRY,
    Stage,
    by_count,
    by_days,
    digests,
    rules,
)

from portside.lifecycle.policies import Action
from portside.metadata import images
from portside.metadata.tables import events
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.images import StorageClass
from portside.registry.lifecycles import LifecyclePolicyNotFound, LifecycleRunInProgress
from portside.registry.refusals import RepositoryNotFound
from portside.server.equipment import run_id, run_is_dead
from portside.services.expiry import BATCH_IMAGES, HELD_FOR, Expiry, Pace
from portside.services.images import PushedImage
from portside.services.repositories import require
from portside.services.targets import get_target
from portside.services.transitions import move_image

ARCHIVE = {"type": "transition", "targetStorageClass": "archive"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


def told(stage: Stage, kind: str) -> list[dict[str, Any]]:
    with stage.database.read() as tx:
        query = select(events.c.document).where(events.c.kind == kind).order_by(events.c.id)
        return list(tx.scalars(query))


def image_of(stage: Stage, body: bytes) -> Any:
    with stage.database.read() as tx:
        return images.find_image(tx, require(tx, REGISTRY, NAME), Digest.of(body, "sha256"))


def test_the_oldest_goes(stage: Stage) -> None:
    """The course's policy, smaller: of one image more than allowed the oldest expires."""
    pushed = [stage.push(str(number), f"v{number}") for number in range(6)]
    stage.put_policy(rules(by_count(5)))
    outcome = stage.expiry.run(REGISTRY, NAME)
    assert outcome.finished
    assert stage.held() == digests(*pushed[1:])
    assert outcome.counts() == {(1, Action.EXPIRE): 1}
    digest = digests(pushed[0]).pop()
    (event,) = told(stage, "ImageExpired")
    assert event == {"repository": "team/app", "digest": digest, "tags": ["v0"], "rule_priority": 1}
    (deleted,) = told(stage, "ImageDeleted")
    assert deleted["image_gone"] is True


def test_what_went_can_be_asked_for(stage: Stage) -> None:
    old = stage.push("old", "a", "b")
    signature = stage.push("signature", subject=old)
    stage.turn(days=3)
    stage.push("new", "c")
    stage.put_policy(rules(by_days(2)))
    stage.expiry.run(REGISTRY, NAME)
    history = stage.expiry.history(REGISTRY, NAME, before=None, limit=10)
    second, first = [act for _, act in history]
    assert (first.digest.text, first.tags) == (digests(old).pop(), ("a", "b"))
    assert (first.action, first.rule_priority, first.subject) == (Action.EXPIRE, 1, None)
    assert first.acted_at == stage.now
    assert second.digest.text == digests(signature).pop()
    assert second.subject == first.digest
    ids = [act_id for act_id, _ in history]
    assert stage.expiry.history(REGISTRY, NAME, before=ids[0], limit=1) == history[1:]


def test_an_evaluation_is_remembered_and_nothing_goes_twice(stage: Stage) -> None:
    stage.push("a")
    stage.put_policy(rules(by_count(1)))
    stage.expiry.run(REGISTRY, NAME)
    assert stage.expiry.run(REGISTRY, NAME).acts == []
    assert list(stage.expiry.with_policies(stage.now - timedelta(hours=1))) == []
    assert list(stage.expiry.with_policies(stage.now)) == [(REGISTRY, NAME)]


def test_more_images_than_a_batch(stage: Stage) -> None:
    pushed = [stage.push(str(number)) for number in range(BATCH_IMAGES * 2 + 3)]
    stage.put_policy(rules(by_count(2)))
    seen: list[tuple[int, int]] = []
    outcome = stage.expiry.run(REGISTRY, NAME, lambda done, of: seen.append((done, of)))
    assert stage.held() == digests(*pushed[-2:])
    assert len(outcome.acts) == BATCH_IMAGES * 2 + 1
    total = len(outcome.acts)
    assert seen == [(0, total), (BATCH_IMAGES, total), (BATCH_IMAGES * 2, total), (total, total)]
    assert len(stage.rests) == 6


def test_an_index_goes_and_what_it_lists_with_it(stage: Stage) -> None:
    arm, amd = stage.push("arm"), stage.push("amd")
    index = stage.push("both", "v1", children=(arm, amd))
    stage.put_policy(rules(by_days(1, "untagged")))
    stage.turn(days=2)
    assert stage.expiry.run(REGISTRY, NAME).acts == []
    stage.put_policy(rules(by_days(1)))
    first, *_ = stage.expiry.run(REGISTRY, NAME).acts
    assert first.digest.text in digests(index)
    assert stage.held() == set()


def test_what_a_new_index_lists_stays(stage: Stage) -> None:
    """An index that was pushed between the evaluation and the act keeps its images."""
    old = stage.push("old")
    stage.turn(days=2)
    stage.put_policy(rules(by_days(1)))
    between(stage, lambda: stage.push("index", children=(old,)))
    assert digests(old) < stage.held()


def between(stage: Stage, deed: Any) -> Any:
    """Apply the policy, and let something happen between its evaluation and its first act."""
    deeds: list[Any] = [None, None, deed]

    class Pausing(Pace):
        def __call__(self, work: Any) -> Any:
            if deeds and (now := deeds.pop(0)):
                now()
            return work()

    expiry = stage.another_process(Pausing(stage.rests.append, lambda: 0.0))
    return expiry.run(REGISTRY, NAME)


def test_an_image_that_got_a_tag_stays(stage: Stage) -> None:
    old = stage.push("old")
    stage.turn(days=2)
    stage.put_policy(rules(by_days(1, "untagged")))
    body = PushedImage(body=old, media_type=None, tags=(Tag("kept"),))
    outcome = between(stage, lambda: stage.images._put(REGISTRY, NAME, body))
    assert (outcome.acts, outcome.finished) == ([], True)
    assert stage.held() == digests(old)


def test_an_image_that_was_pulled_stays(stage: Stage) -> None:
    old = stage.push("old")
    stage.turn(days=2)
    stage.put_policy(rules(by_days(1, kind="sinceImagePulled")))

    def pull() -> None:
        with stage.database.write() as tx:
            images.record_pulls(tx, {image_of(stage, old).id: stage.now})

    assert between(stage, pull).acts == []
    assert stage.held() == digests(old)


def test_a_rule_does_not_count_what_another_deleted(stage: Stage) -> None:
    """Of three images with one too many, someone deletes one: none is too many any more."""
    pushed = [stage.push(str(number)) for number in range(3)]
    stage.put_policy(rules(by_count(2)))

    def delete() -> None:
        stage.deleting._delete_reference(REGISTRY, NAME, Digest.of(pushed[2], "sha256"))

    outcome = between(stage, delete)
    assert (outcome.acts, outcome.finished) == ([], True)
    assert stage.held() == digests(*pushed[:2])


def test_pushes_meanwhile_do_not_stop_a_run(stage: Stage) -> None:
    pushed = [stage.push(str(number)) for number in range(5)]
    stage.put_policy(rules(by_count(2)))
    outcome = between(stage, lambda: pushed.append(stage.push("late")))
    assert len(outcome.acts) == 3
    assert stage.held() == digests(*pushed[3:])


def test_a_policy_that_changes_stops_its_run(stage: Stage) -> None:
    pushed = [stage.push(str(number)) for number in range(3)]
    stage.put_policy(rules(by_count(1)))
    outcome = between(stage, lambda: stage.put_policy(rules(by_count(3))))
    assert (outcome.acts, outcome.finished) == ([], False)
    assert stage.held() == digests(*pushed)


def test_one_run_at_a_time_until_its_holder_is_gone(stage: Stage) -> None:
    stage.push("a")
    stage.put_policy(rules(by_count(1)))
    stage.expiry._begin(REGISTRY, NAME)
    with pytest.raises(LifecycleRunInProgress):
        stage.expiry.run(REGISTRY, NAME)
    assert stage.expiry.run_due(timedelta(0)) == []
    stage.turn(seconds=HELD_FOR.total_seconds() + 1)
    assert stage.expiry.run(REGISTRY, NAME).finished


def test_nobody_waits_for_a_run_that_is_known_to_be_dead(stage: Stage) -> None:
    """Only the run whose process is no more loses its hold before the time."""
    stage.push("a")
    stage.put_policy(rules(by_count(1)))
    killed = stage.expiry._begin(REGISTRY, NAME).holder
    pace = Pace(stage.rests.append, lambda: 0.0)
    ids = itertools.count()

    def another(is_dead: Callable[[str], bool]) -> Expiry:
        new_id = lambda: f"another-{next(ids)}"  # noqa: E731 - a name is enough
        return Expiry(stage.database, stage.clock, new_id, pace, is_dead=is_dead)

    with pytest.raises(LifecycleRunInProgress):
        another(lambda holder: holder != killed).run(REGISTRY, NAME)
    assert another(lambda holder: holder == killed).run(REGISTRY, NAME).finished
    assert stage.expiry.run(REGISTRY, NAME).finished


def test_a_name_tells_whether_its_process_lives() -> None:
    """A name fits its column; only of this node's processes it is known that they are dead."""
    mine = run_id()
    assert len(mine) <= 64
    assert not run_is_dead(mine)
    node, _, unique = mine.split("/")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    assert run_is_dead(f"{node}/{ended.pid}/{unique}")
    assert not run_is_dead(f"elsewhere/{ended.pid}/{unique}")
    assert not run_is_dead(unique)


def test_a_run_that_lost_its_hold_touches_nothing(stage: Stage) -> None:
    pushed = [stage.push(str(number)) for number in range(3)]
    stage.put_policy(rules(by_count(1)))
    run = stage.expiry._begin(REGISTRY, NAME)
    stage.turn(seconds=HELD_FOR.total_seconds() + 1)
    stage.expiry._begin(REGISTRY, NAME)
    assert stage.expiry._apply(run, None) is False
    assert stage.held() == digests(*pushed)


def test_archiving_and_expiring_from_the_archive(stage: Stage) -> None:
    old = stage.push("old", "v1")
    signature = stage.push("signature", subject=old)
    stage.put_policy(
        rules(
            by_days(30, action=ARCHIVE),
            by_days(90, kind="sinceImageTransitioned", storageClass="archive"),
        )
    )
    stage.turn(days=31)
    outcome = stage.expiry.run(REGISTRY, NAME)
    assert outcome.counts() == {(1, Action.TRANSITION): 2}
    assert image_of(stage, old).storage_class is StorageClass.ARCHIVE
    assert image_of(stage, signature).storage_class is StorageClass.ARCHIVE
    assert len(told(stage, "ImageArchived")) == 2
    stage.turn(days=89)
    assert stage.expiry.run(REGISTRY, NAME).acts == []
    stage.turn(days=2)
    assert stage.expiry.run(REGISTRY, NAME).counts() == {(2, Action.EXPIRE): 2}
    assert stage.held() == set()


def test_an_image_that_came_back_counts_from_then(stage: Stage) -> None:
    old = stage.push("old")
    stage.put_policy(rules(by_days(30, kind="sinceImagePulled", action=ARCHIVE)))
    stage.turn(days=31)
    stage.expiry.run(REGISTRY, NAME)
    with stage.database.write() as tx:
        repository = require(tx, REGISTRY, NAME)
        from portside.registry.images import Target  # noqa: PLC0415

        image = get_target(tx, repository, Target(None, Digest.of(old, "sha256")))
        move_image(tx, repository, image, StorageClass.STANDARD, stage.now)
    stage.turn(days=29)
    assert stage.expiry.run(REGISTRY, NAME).acts == []
    stage.turn(days=2)
    assert len(stage.expiry.run(REGISTRY, NAME).acts) == 1


def test_a_signature_that_came_late_goes_too(stage: Stage) -> None:
    """What refers to an image goes with it, also if it was pushed after the evaluation."""
    old = stage.push("old")
    stage.turn(days=2)
    stage.put_policy(rules(by_days(1)))
    between(stage, lambda: stage.push("late", subject=old))
    assert stage.held() == set()
    assert len(told(stage, "ImageExpired")) == 2


def test_a_referrer_that_an_index_lists_stays(stage: Stage) -> None:
    old = stage.push("old", "v1")
    signature = stage.push("signature", subject=old)
    index = stage.push("index", "list", children=(signature,))
    stage.put_policy(rules(by_days(1, "tagged", tagPrefixList=["v"])))
    stage.turn(days=2)
    stage.expiry.run(REGISTRY, NAME)
    assert stage.held() == digests(signature, index)


def test_refusals(stage: Stage) -> None:
    with pytest.raises(LifecyclePolicyNotFound):
        stage.expiry.run(REGISTRY, NAME)
    with pytest.raises(RepositoryNotFound):
        stage.expiry.run(REGISTRY, RepositoryName("no/such"))
    with pytest.raises(RepositoryNotFound):
        stage.expiry.history(REGISTRY, RepositoryName("no/such"), before=None, limit=1)


def test_all_that_are_due(stage: Stage) -> None:
    names = [RepositoryName(f"due/r{number:03}") for number in range(103)]
    for name in names:
        stage.create(name)
        stage.put_policy(rules(by_count(1)), name)
    stage.push("a", name=names[1])
    stage.push("b", name=names[1])
    outcomes = stage.expiry.run_due(timedelta(hours=1))
    assert {outcome.repository for outcome in outcomes} == set(names)
    assert sum(len(outcome.acts) for outcome in outcomes) == 1
    assert stage.expiry.run_due(timedelta(hours=1)) == []
    stage.turn(hours=1)
    assert len(stage.expiry.run_due(timedelta(hours=1))) == 103


def test_one_policy_that_cannot_be_applied_keeps_no_other_waiting(stage: Stage) -> None:
    other = RepositoryName("team/other")
    stage.create(other)
    stage.put_policy(rules(by_count(1)))
    stage.put_policy(rules(by_count(1)), other)
    with stage.database.write() as tx:
        tx.exec_driver_sql("UPDATE lifecycle_policies SET text = '{}' WHERE repository_id = 1")
    outcomes = stage.expiry.run_due(timedelta(hours=1))
    assert [outcome.repository for outcome in outcomes] == [other]


def test_the_oldest_history_is_forgotten(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portside.services.expiry.ACTS_KEPT_MAX", 2)
    for number in range(4):
        stage.push(str(number), f"v{number}")
    stage.put_policy(rules(by_count(1)))
    stage.expiry.run(REGISTRY, NAME)
    history = stage.expiry.history(REGISTRY, NAME, before=None, limit=9)
    assert [act.tags for _, act in history] == [("v2",), ("v1",)]


def test_rests_are_as_long_as_asked_for() -> None:
    moments = iter((1.0, 1.1, 5.0, 9.0, 10.0, 10.5))
    rests: list[float] = []
    pace = Pace(rests.append, lambda: next(moments), rests=4.0)
    assert pace(lambda: True) is True
    assert pace(lambda: False) is False
    pace.come(7)
    pace.leave(9)
    pace.come(9)
    assert pace(lambda: None) is None
    assert rests == [pytest.approx(0.4), 2.0, pytest.approx(0.5)]


def test_a_run_knows_whether_others_write(stage: Stage) -> None:
    """Alone it hardly rests; a push tells it to leave the database to others."""
    ticks = itertools.count()
    rests: list[float] = []
    pace = Pace(rests.append, lambda: float(next(ticks)), rests=2.0, rests_alone=1.0)
    expiry = stage.another_process(pace)
    for number in range(BATCH_IMAGES * 2):
        stage.push(str(number))
    stage.put_policy(rules(by_count(1)))

    def watch(done: int, _of: int) -> None:
        if done == 0:
            stage.push("meanwhile")

    expiry.run(REGISTRY, NAME, watch)
    assert rests == [2.0, 2.0, 2.0, 1.0, 1.0]
    rests.clear()
    expiry.run(REGISTRY, NAME)
    assert rests == [1.0] * 4
