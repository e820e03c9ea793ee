"""Selection: ECR's documented examples, and the oracle's opinion of everything else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.lifecycle.oracle import oracle

from portside.lifecycle.documents import render
from portside.lifecycle.policies import Action, CountType, Policy, Rule, StorageClass, TagStatus
from portside.lifecycle.select import Candidate, select

NOW = datetime(2026, 6, 1, tzinfo=UTC)
COUNT = CountType.IMAGE_COUNT_MORE_THAN
PUSHED = CountType.SINCE_IMAGE_PUSHED
PULLED = CountType.SINCE_IMAGE_PULLED
TRANSITIONED = CountType.SINCE_IMAGE_TRANSITIONED


def image(number: int, days: float, *tags: str, **more: Any) -> Candidate:
    return Candidate(id=number, pushed_at=NOW - timedelta(days=days), tags=tags, **more)


def tagged(priority: int, count: CountType, number: int, *patterns: str, **more: Any) -> Rule:
    return Rule(
        priority=priority,
        tag_status=TagStatus.TAGGED,
        patterns=patterns,
        count_type=count,
        count_number=number,
        **more,
    )


def rule(priority: int, status: TagStatus, count: CountType, number: int, **more: Any) -> Rule:
    return Rule(priority=priority, tag_status=status, count_type=count, count_number=number, **more)


def fates(images: list[Candidate], *rules: Rule) -> dict[int, int]:
    """Each image that goes, in order, with the rule's priority."""
    policy = Policy(rules, render(rules))
    return {one.image.id: one.rule.priority for one in select(images, policy, NOW)}


def test_an_image_of_a_higher_rule_is_no_lower_rules_to_take() -> None:
    """User guide, "Filtering on multiple rules", example A: B would violate rule 1 if it went."""
    images = [image(1, 10, "beta-1", "prod-1"), image(2, 9, "beta-2", "prod-2")]
    images.append(image(3, 8, "beta-3"))
    assert fates(images, tagged(1, COUNT, 1, "prod*"), tagged(2, COUNT, 1, "beta*")) == {1: 1}


def test_the_other_order_of_rules_takes_more() -> None:
    """User guide, "Filtering on multiple rules", example B."""
    images = [image(1, 10, "beta-1", "prod-1"), image(2, 9, "beta-2", "prod-2")]
    images.append(image(3, 8, "beta-3"))
    found = fates(images, tagged(1, COUNT, 1, "beta*"), tagged(2, COUNT, 1, "prod*"))
    assert found == {1: 1, 2: 1}


def test_all_patterns_must_be_found_among_the_tags() -> None:
    """User guide, "Filtering on multiple tags in a single rule"."""
    images = [
        image(1, 12, "alpha-1"),
        image(2, 11, "beta-1"),
        image(3, 10, "alpha-2", "beta-2"),
        image(4, 4, "alpha-3"),
        image(5, 4, "beta-3"),
        image(6, 2, "alpha-4", "beta-4"),
    ]
    assert fates(images, tagged(1, PUSHED, 5, "alpha*", "beta*")) == {3: 1}
    prefixes = rule(1, TagStatus.TAGGED, COUNT, 1, prefixes=("alpha", "beta"))
    assert fates(images, prefixes) == {3: 1}


def test_any_sees_what_others_took() -> None:
    """User guide, "Filtering on all images", example A."""
    images = [image(1, 4, "alpha-1"), image(2, 3, "beta-1"), image(3, 2), image(4, 1, "alpha-2")]
    found = fates(images, tagged(1, COUNT, 1, "alpha*"), rule(2, TagStatus.ANY, COUNT, 1))
    assert found == {1: 1, 2: 2, 3: 2}


def test_untagged_images_by_age_and_number() -> None:
    images = [image(1, 20), image(2, 15, "kept"), image(3, 14), image(4, 1)]
    assert fates(images, rule(1, TagStatus.UNTAGGED, PUSHED, 14)) == {1: 1}
    assert fates(images, rule(1, TagStatus.UNTAGGED, COUNT, 1)) == {1: 1, 3: 1}


def test_a_prefix_is_not_a_pattern() -> None:
    images = [image(1, 9, "prod-1"), image(2, 8, "x-prod-1")]
    by_prefix = rule(1, TagStatus.TAGGED, PUSHED, 1, prefixes=("prod*",))
    assert fates(images, by_prefix) == {}
    assert fates([image(1, 9, "a"), image(2, 8, "b\nc")], tagged(1, PUSHED, 1, "a\nb")) == {}


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("prod", {"prod"}),
        ("prod*", {"prod", "prod-1", "prod-x-1"}),
        ("*prod", {"prod", "my-prod"}),
        ("*prod*", {"prod", "prod-1", "prod-x-1", "my-prod"}),
        ("*", {"prod", "prod-1", "prod-x-1", "my-prod", "1.0"}),
        ("p*-*1", {"prod-1", "prod-x-1"}),
        ("1.*", {"1.0"}),
        ("1?0", set()),
        ("**prod", {"prod", "my-prod"}),
    ],
)
def test_wildcards(pattern: str, matched: set[str]) -> None:
    names = ["prod", "prod-1", "prod-x-1", "my-prod", "1.0"]
    images = [image(number, 9, name) for number, name in enumerate(names)]
    found = fates(images, tagged(1, PUSHED, 1, pattern))
    assert {names[number] for number in found} == matched


def test_last_use_is_a_pull_or_the_push_or_the_return() -> None:
    """User guide: an image never pulled counts from its push, a restored one from its return."""
    images = [
        image(1, 100),
        image(2, 100, pulled_at=NOW - timedelta(days=5)),
        image(3, 100, pulled_at=NOW - timedelta(days=50)),
        image(4, 100, pulled_at=NOW - timedelta(days=50), activated_at=NOW - timedelta(days=2)),
        image(5, 100, storage_class=StorageClass.ARCHIVE),
    ]
    archive = rule(1, TagStatus.ANY, PULLED, 30, action=Action.TRANSITION)
    assert fates(images, archive) == {1: 1, 3: 1}


def test_archived_images_go_by_the_time_of_their_archiving() -> None:
    archived = StorageClass.ARCHIVE
    images = [
        image(1, 400, storage_class=archived, archived_at=NOW - timedelta(days=91)),
        image(2, 400, storage_class=archived, archived_at=NOW - timedelta(days=89)),
        image(3, 400),
    ]
    old = rule(1, TagStatus.ANY, TRANSITIONED, 90, storage_class=archived)
    assert fates(images, old) == {1: 1}


def test_exactly_as_old_is_not_older() -> None:
    images = [image(1, 14), image(2, 14.0001)]
    assert fates(images, rule(1, TagStatus.ANY, PUSHED, 14)) == {2: 1}


def test_a_number_of_days_before_all_time_takes_nothing() -> None:
    assert fates([image(1, 9)], rule(1, TagStatus.ANY, PUSHED, 2**31 - 1)) == {}


def test_what_an_index_lists_stays_with_it() -> None:
    images = [image(1, 9), image(2, 9), image(3, 8, "latest", children=(1, 2)), image(4, 9)]
    assert fates(images, rule(1, TagStatus.UNTAGGED, PUSHED, 1)) == {4: 1}


def test_an_index_goes_before_what_it_lists() -> None:
    images = [image(1, 9), image(2, 9), image(3, 8, children=(1, 2)), image(4, 7, children=(3,))]
    assert list(fates(images, rule(1, TagStatus.ANY, PUSHED, 1))) == [4, 3, 1, 2]


def test_a_listed_image_is_archived_with_its_index_not_before() -> None:
    archive = rule(1, TagStatus.UNTAGGED, PUSHED, 1, action=Action.TRANSITION)
    images = [image(1, 9), image(2, 8, "latest", children=(1,))]
    assert fates(images, archive) == {}
    archived = [image(1, 9), image(2, 8, children=(1,), storage_class=StorageClass.ARCHIVE)]
    assert fates(archived, archive) == {1: 1}
    assert fates(archived, rule(1, TagStatus.UNTAGGED, PUSHED, 1)) == {}


def test_referrers_share_their_subjects_fate() -> None:
    """A signature, and a signature of it, are not counted, not selected, and go with the image."""
    images = [
        image(1, 9, "v1"),
        image(2, 9, subject=1),
        image(3, 9, subject=2),
        image(4, 1, "v2"),
        image(5, 99, subject=4),
        image(6, 99, subject=77),
    ]
    assert fates(images, tagged(1, COUNT, 1, "v*")) == {1: 1, 2: 1, 3: 1}
    # Whose subject is not in the repository is an image like others.
    assert fates(images, rule(1, TagStatus.UNTAGGED, PUSHED, 1)) == {6: 1}


def test_archived_referrers_need_not_move() -> None:
    images = [image(1, 9, "v1"), image(2, 9, subject=1, storage_class=StorageClass.ARCHIVE)]
    archive = rule(1, TagStatus.ANY, PUSHED, 1, action=Action.TRANSITION)
    assert fates(images, archive) == {1: 1}


def test_a_circle_of_lists_and_subjects_goes_together() -> None:
    """An index over an index over an image, referring to the image: no order, yet no deadlock."""
    images = [image(1, 9), image(2, 8, children=(1,)), image(3, 7, children=(2,), subject=1)]
    assert set(fates(images, rule(1, TagStatus.ANY, PUSHED, 1))) == {1, 2, 3}


TAGS = ("a-1", "a-2", "b-1", "b-2", "ab")
PATTERNS = ("a*", "b*", "*-1", "*b*", "a-1", "a*1")


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    """Images with every relation; an image lists and refers to older ones only, as digests do."""
    count = draw(st.integers(0, 9))
    found: list[Candidate] = []
    for number in range(count):
        older = st.sampled_from([one.id for one in found] or [99])
        archived = draw(st.booleans())
        found.append(
            image(
                number,
                draw(st.integers(0, 6)) * 40,
                *draw(st.lists(st.sampled_from(TAGS), max_size=2, unique=True)),
                storage_class=StorageClass.ARCHIVE if archived else StorageClass.STANDARD,
                pulled_at=draw(days_ago()),
                archived_at=draw(days_ago()) if archived else None,
                activated_at=draw(days_ago()),
                children=tuple(draw(st.lists(older, max_size=2, unique=True))),
                subject=draw(st.none() | older),
            )
        )
    return found


def days_ago() -> st.SearchStrategy[datetime | None]:
    return st.none() | st.integers(0, 250).map(lambda days: NOW - timedelta(days=days))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    rules = []
    for priority in range(draw(st.integers(1, 4))):
        status = draw(st.sampled_from(TagStatus))
        count = draw(st.sampled_from(CountType))
        archived = count is TRANSITIONED
        some = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2, unique=True)
        rules.append(
            rule(
                priority,
                status,
                count,
                draw(st.sampled_from((1, 2, 90))),
                patterns=tuple(draw(some)) if status is TagStatus.TAGGED else (),
                storage_class=StorageClass.ARCHIVE if archived else StorageClass.STANDARD,
                action=Action.EXPIRE if archived else draw(st.sampled_from(Action)),
            )
        )
    return Policy(tuple(rules), "")


@settings(max_examples=400, deadline=None)
@given(candidates(), policies())
def test_as_the_oracle_says(images: list[Candidate], policy: Policy) -> None:
    chosen = select(images, policy, NOW)
    expected = oracle(images, policy, NOW)
    assert {one.image.id: one.rule.priority for one in chosen} == {
        number: one.priority for number, one in expected.items()
    }
    assert len(chosen) == len(expected)
    _assert_order(chosen)


def _assert_order(chosen: list[Any]) -> None:
    """An index stands before what it lists, unless something that it lists is its subject."""
    at = {one.image.id: position for position, one in enumerate(chosen)}
    circular = {one.image.id for one in chosen if one.subject is not None and one.image.children}
    if circular:
        return
    for one in chosen:
        assert all(at[child] > at[one.image.id] for child in one.image.children if child in at)
        assert one.subject is None or at[one.subject] < at[one.image.id]
