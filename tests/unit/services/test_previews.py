"""Previews: what a policy would do, without doing it; who finishes one, and how long it is kept."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.services.stage import NAME, REGISTRY, ROOT, Stage, by_count, by_days, digests, rules

from portside.lifecycle.documents import MalformedLifecyclePolicy, parse
from portside.lifecycle.policies import Action
from portside.lifecycle.records import PreviewStatus
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.images import Target
from portside.registry.lifecycles import (
    LifecyclePolicyNotFound,
    LifecyclePreviewInProgress,
    LifecyclePreviewNotFound,
)
from portside.registry.refusals import RepositoryNotFound
from portside.services.previews import EVALUATION_MAX, RESULTS_KEPT, PreviewPage, Shown


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


def preview(stage: Stage, text: str | None, page: PreviewPage | None = None) -> Shown:
    begun = stage.previews.begin(REGISTRY, NAME, text)
    stage.previews.evaluate(REGISTRY, NAME, begun)
    return stage.previews._get(REGISTRY, NAME, page or PreviewPage())


def test_a_preview_has_no_effect(stage: Stage) -> None:
    pushed = [stage.push(str(number), f"v{number}") for number in range(3)]
    shown = preview(stage, rules(by_count(1)))
    assert shown.preview.status is PreviewStatus.COMPLETE
    assert (shown.preview.expiring_count, shown.preview.transitioning_count) == (2, 0)
    assert {result.digest.text for result in shown.results} == digests(*pushed[:2])
    assert shown.results[0].tags == ("v0",)
    assert (shown.results[0].action, shown.results[0].rule_priority) == (Action.EXPIRE, 1)
    assert stage.held() == digests(*pushed)


def test_without_a_text_it_is_the_repositorys_policy(stage: Stage) -> None:
    with pytest.raises(LifecyclePolicyNotFound):
        stage.previews.begin(REGISTRY, NAME, None)
    stage.put_policy(rules(by_count(7)))
    assert preview(stage, None).preview.text == parse(rules(by_count(7))).text


def test_pages_and_filters(stage: Stage) -> None:
    for number in range(5):
        stage.push(str(number), *(f"v{number}",) * (number % 2))
    stage.turn(days=2)
    page = preview(stage, rules(by_days(1)), PreviewPage(limit=2))
    assert (len(page.results), page.next_after) == (2, 2)
    last = stage.previews._get(REGISTRY, NAME, PreviewPage(after=4, limit=2))
    assert (len(last.results), last.next_after) == (1, None)
    tagged = stage.previews._get(REGISTRY, NAME, PreviewPage(tagged=True))
    assert [result.tags for result in tagged.results] == [("v1",), ("v3",)]
    untagged = stage.previews._get(REGISTRY, NAME, PreviewPage(tagged=False))
    assert len(untagged.results) == 3


def test_named_images(stage: Stage) -> None:
    old, older = stage.push("older", "a", "b"), stage.push("old", "c")
    stage.turn(days=2)
    new = stage.push("new", "d")
    preview(stage, rules(by_days(1)))

    def asked(*targets: Target, tagged: bool | None = None) -> set[str]:
        page = PreviewPage(targets=targets, tagged=tagged)
        return {one.digest.text for one in stage.previews._get(REGISTRY, NAME, page).results}

    digest = Digest.of(old, "sha256")
    assert asked(Target(Tag("b"), None)) == digests(old)
    assert asked(Target(None, digest), Target(Tag("c"), None)) == digests(old, older)
    assert asked(Target(Tag("a"), digest)) == digests(old)
    assert asked(Target(Tag("c"), digest)) == set()
    assert asked(Target(Tag("d"), None), Target(Tag("no"), None)) == set()
    assert asked(Target(None, Digest.of(new, "sha256"))) == set()
    assert asked(Target(None, digest), tagged=False) == set()


def test_one_at_a_time_until_it_was_left(stage: Stage) -> None:
    stage.previews.begin(REGISTRY, NAME, rules(by_count(1)))
    with pytest.raises(LifecyclePreviewInProgress):
        stage.previews.begin(REGISTRY, NAME, rules(by_count(2)))
    stage.turn(seconds=EVALUATION_MAX.total_seconds() + 1)
    again = stage.previews.begin(REGISTRY, NAME, rules(by_count(2)))
    assert again.text == parse(rules(by_count(2))).text


def test_who_was_replaced_says_nothing(stage: Stage) -> None:
    stage.push("a")
    left = stage.previews.begin(REGISTRY, NAME, rules(by_count(1)))
    stage.turn(seconds=EVALUATION_MAX.total_seconds() + 1)
    stage.previews.begin(REGISTRY, NAME, rules(by_count(2)))
    stage.previews.evaluate(REGISTRY, NAME, left)
    shown = stage.previews._get(REGISTRY, NAME, PreviewPage())
    assert shown.preview.status is PreviewStatus.IN_PROGRESS


def test_a_left_preview_is_finished_by_who_asks(stage: Stage) -> None:
    """Whoever began it was killed: the next question has it evaluated, and loses nothing."""
    stage.push("a")
    stage.push("b")
    stage.previews.begin(REGISTRY, NAME, rules(by_count(1)))
    stage.turn(seconds=EVALUATION_MAX.total_seconds() + 1)

    async def ask() -> Shown:
        shown = await stage.previews.get(REGISTRY, NAME, PreviewPage())
        assert shown.preview.status is PreviewStatus.IN_PROGRESS
        return await settled(stage)

    assert len(asyncio.run(ask()).results) == 1


async def settled(stage: Stage) -> Shown:
    while True:
        shown = await stage.previews.get(REGISTRY, NAME, PreviewPage())
        if shown.preview.status is not PreviewStatus.IN_PROGRESS:
            return shown
        await asyncio.sleep(0.01)


def test_a_start_is_answered_before_the_evaluation(stage: Stage) -> None:
    async def start() -> str:
        text = await stage.previews.start(REGISTRY, NAME, rules(by_count(1)))
        assert (await settled(stage)).preview.status is PreviewStatus.COMPLETE
        return text

    assert asyncio.run(start()) == parse(rules(by_count(1))).text


def test_results_are_kept_for_a_day(stage: Stage) -> None:
    stage.push("a")
    stage.turn(days=2)
    preview(stage, rules(by_days(1)))
    stage.now += RESULTS_KEPT + timedelta(seconds=1)
    shown = stage.previews._get(REGISTRY, NAME, PreviewPage())
    assert (shown.preview.status, shown.results) == (PreviewStatus.EXPIRED, [])


def test_whatever_fails_is_told(stage: Stage) -> None:
    begun = stage.previews.begin(REGISTRY, NAME, rules(by_count(1)))
    with stage.database.write() as tx:
        tx.exec_driver_sql("UPDATE lifecycle_previews SET text = '{}'")
    broken = stage.previews._get(REGISTRY, NAME, PreviewPage()).preview
    assert broken.holder == begun.holder
    stage.previews.evaluate(REGISTRY, NAME, broken)
    shown = stage.previews._get(REGISTRY, NAME, PreviewPage())
    assert shown.preview.status is PreviewStatus.FAILED


def test_a_preview_goes_with_its_repository(stage: Stage) -> None:
    begun = stage.previews.begin(REGISTRY, NAME, rules(by_count(1)))
    stage.repositories._delete(REGISTRY, NAME, force=True)
    stage.previews.evaluate(REGISTRY, NAME, begun)
    with pytest.raises(RepositoryNotFound):
        stage.previews._get(REGISTRY, NAME, PreviewPage())


def test_refusals(stage: Stage) -> None:
    with pytest.raises(LifecyclePreviewNotFound):
        stage.previews._get(REGISTRY, NAME, PreviewPage())
    with pytest.raises(MalformedLifecyclePolicy):
        stage.previews.begin(REGISTRY, NAME, "{}")
    with pytest.raises(RepositoryNotFound):
        stage.previews.begin(REGISTRY, RepositoryName("no/such"), rules(by_count(1)))


def test_who_set_the_policy_is_remembered(stage: Stage) -> None:
    async def change() -> None:
        await stage.lifecycles.put(REGISTRY, NAME, rules(by_count(1)), ROOT)
        await stage.lifecycles.put(REGISTRY, NAME, rules(by_count(2)), ROOT)
        await stage.lifecycles.delete(REGISTRY, NAME, ROOT)

    asyncio.run(change())
    newest, middle, first = stage.lifecycles.history(REGISTRY, NAME)
    assert (newest.after, middle.before, first.before) == (None, first.after, None)
    assert newest.before == middle.after
    assert {one.principal for one in (newest, middle, first)} == {ROOT.arn.text}
