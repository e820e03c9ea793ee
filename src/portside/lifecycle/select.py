"""Which images a policy acts on (ECR user guide, "Lifecycle policy evaluation rules").

All rules look at all images, as if none had been acted on; then they are applied by priority. An
image that a rule selects by its tags and storage class is shielded from every rule behind it,
whether or not the rule acts on it. Images that refer to another (signatures, bills of materials)
are selected by no rule and share their subject's fate. What an index lists stays with the index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from portside.lifecycle.matching import pattern_matcher, prefix_matcher, searchable
from portside.lifecycle.policies import Action, CountType, Policy, Rule, StorageClass, TagStatus

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An image as rules see it; ``children`` and ``subject`` are ids of other candidates."""

    id: int
    pushed_at: datetime
    tags: tuple[str, ...] = ()
    storage_class: StorageClass = StorageClass.STANDARD
    pulled_at: datetime | None = None
    archived_at: datetime | None = None
    activated_at: datetime | None = None
    """When it last came back from the archive."""
    children: tuple[int, ...] = ()
    subject: int | None = None


class Chosen(NamedTuple):
    """An image that goes or moves, the rule by which, and the subject that it follows, if any."""

    image: Candidate
    rule: Rule
    subject: int | None = None

    @property
    def action(self) -> Action:
        """What becomes of it."""
        return self.rule.action


def select(candidates: Iterable[Candidate], policy: Policy, now: datetime) -> list[Chosen]:
    """What the policy acts on now: each image at most once, an index before what it lists."""
    # Two sorts by one field each cost less than one sort by two.
    newest_first = sorted(candidates, key=attrgetter("id"), reverse=True)
    newest_first.sort(key=attrgetter("pushed_at"), reverse=True)
    images = {one.id: one for one in newest_first}
    free = [one for one in newest_first if one.subject is None or one.subject not in images]
    chosen = {one.image.id: one for one in _apply(free, policy, now)}
    if not chosen:
        return []
    relations = _Relations(images)
    relations.add_referrers(chosen)
    relations.drop_listed(chosen)
    return relations.ordered(chosen)


class _Shelf:
    """The images of one storage class, newest first, with the texts of their tags beside them."""

    def __init__(self, images: list[Candidate]) -> None:
        self.images = images
        self._tagged = [one for one in images if one.tags]
        self._texts = [searchable(one.tags) for one in self._tagged]

    def selected(self, rule: Rule) -> Sequence[Candidate]:
        """The images that a rule looks at by their tags."""
        if rule.tag_status is TagStatus.ANY:
            return self.images
        if rule.tag_status is TagStatus.UNTAGGED:
            return [one for one in self.images if not one.tags]
        found = list(zip(self._tagged, self._texts, strict=True))
        for matches in (*map(prefix_matcher, rule.prefixes), *map(pattern_matcher, rule.patterns)):
            found = [one for one in found if matches(one[1])]
        return [one for one, _ in found]


def _apply(free: Sequence[Candidate], policy: Policy, now: datetime) -> Iterable[Chosen]:
    shelves = {
        storage_class: _Shelf([one for one in free if one.storage_class is storage_class])
        for storage_class in {rule.storage_class for rule in policy.rules}
    }
    shielded: set[int] = set()
    for rule in policy.rules:
        selected = shelves[rule.storage_class].selected(rule)
        for one in _due(rule, selected, now):
            if one.id not in shielded:
                yield Chosen(one, rule)
        shielded.update([one.id for one in selected])


def _due(rule: Rule, selected: Sequence[Candidate], now: datetime) -> Sequence[Candidate]:
    if rule.count_type is CountType.IMAGE_COUNT_MORE_THAN:
        return selected[rule.count_number :]
    try:
        limit = now - timedelta(days=rule.count_number)
    except OverflowError:
        return ()
    since = _SINCE[rule.count_type]
    return [one for one in selected if since(one) < limit]


def _since_pulled(image: Candidate) -> datetime:
    pulled = image.pulled_at or image.pushed_at
    return max(pulled, image.activated_at or _LONG_AGO)


_SINCE: dict[CountType, Callable[[Candidate], datetime]] = {
    CountType.SINCE_IMAGE_PUSHED: lambda image: image.pushed_at,
    CountType.SINCE_IMAGE_PULLED: _since_pulled,
    CountType.SINCE_IMAGE_TRANSITIONED: lambda image: image.archived_at or image.pushed_at,
}


class _Relations:
    """Who lists whom and who refers to whom, among the candidates."""

    def __init__(self, images: dict[int, Candidate]) -> None:
        self._images = images
        self._parents: dict[int, list[Candidate]] = defaultdict(list)
        self._referrers: dict[int, list[Candidate]] = defaultdict(list)
        for image in images.values():
            for child in image.children:
                self._parents[child].append(image)
            if image.subject is not None and image.subject in images:
                self._referrers[image.subject].append(image)

    def add_referrers(self, chosen: dict[int, Chosen]) -> None:
        """Let what refers to a chosen image follow it."""
        waiting = [chosen[subject] for subject in self._referrers if subject in chosen]
        while waiting:
            leader = waiting.pop()
            for follower in self._referrers.get(leader.image.id, ()):
                if follower.id not in chosen and _may_follow(follower, leader.action):
                    chosen[follower.id] = Chosen(follower, leader.rule, leader.image.id)
                    waiting.append(chosen[follower.id])

    def drop_listed(self, chosen: dict[int, Chosen]) -> None:
        """Take out what an index lists that stays, and so on for what it lists or refers to it."""
        waiting = [image_id for image_id in self._parents if image_id in chosen]
        while waiting:
            image_id = waiting.pop()
            one = chosen.get(image_id)
            if one is None or not self._is_held(one, chosen):
                continue
            del chosen[image_id]
            waiting += one.image.children
            waiting += [follower.id for follower in self._referrers.get(image_id, ())]

    def _is_held(self, one: Chosen, chosen: dict[int, Chosen]) -> bool:
        if one.subject is not None and one.subject not in chosen:
            return True
        return any(
            not _lets_go(parent, chosen.get(parent.id), one.action)
            for parent in self._parents.get(one.image.id, ())
        )

    def ordered(self, chosen: dict[int, Chosen]) -> list[Chosen]:
        """Oldest first, but each behind the indexes that list it and behind its subject."""
        oldest_first = [one for one in reversed(self._images) if one in chosen]
        before = {one: self._before(chosen[one], chosen) for one in oldest_first}
        done: list[Chosen] = []
        ready = [one for one in oldest_first if not before[one]]
        while ready:
            done += [chosen[one] for one in ready]
            freed: set[int] = set()
            for one in ready:
                for image_id in self._behind(one, chosen):
                    before[image_id] -= 1
                    if not before[image_id]:
                        freed.add(image_id)
            ready = sorted(freed, key=lambda one: (self._images[one].pushed_at, one))
        # An index may refer to an image that it lists by way of another: those go together.
        return done + [chosen[one] for one in oldest_first if before[one]]

    def _before(self, one: Chosen, chosen: dict[int, Chosen]) -> int:
        count = 0 if one.subject is None else 1
        if one.image.id in self._parents:
            count += sum(parent.id in chosen for parent in self._parents[one.image.id])
        return count

    def _behind(self, image_id: int, chosen: dict[int, Chosen]) -> Iterable[int]:
        followers = self._referrers.get(image_id, ())
        return [child for child in self._images[image_id].children if child in chosen] + [
            follower.id
            for follower in followers
            if follower.id in chosen and chosen[follower.id].subject == image_id
        ]


def _may_follow(follower: Candidate, action: Action) -> bool:
    return action is Action.EXPIRE or follower.storage_class is StorageClass.STANDARD


def _lets_go(parent: Candidate, fate: Chosen | None, action: Action) -> bool:
    if fate is not None and fate.action is Action.EXPIRE:
        return True
    archived = fate is not None or parent.storage_class is StorageClass.ARCHIVE
    return action is Action.TRANSITION and archived
