"""What a lifecycle policy does to a few images, in one transaction that looks at each again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portside.lifecycle.policies import Action, CountType, StorageClass
from portside.lifecycle.records import Act
from portside.lifecycle.select import Candidate, Chosen
from portside.metadata import candidates, events, lifecycles
from portside.metadata.database import Transaction
from portside.names.digests import Digest
from portside.registry.events import ImageExpired
from portside.registry.images import Image
from portside.registry.images import StorageClass as ImageClass
from portside.registry.refusals import StorageClassUnchangeable
from portside.registry.repositories import Repository
from portside.services.deletions import remove_image
from portside.services.transitions import move_image

REFERRERS_MAX = 1000
"""How many images that refer to one go in its transaction; what is more goes later."""


@dataclass(frozen=True, slots=True)
class Done:
    """Images that were acted on: those that went by their ids, and the record of all."""

    removed: set[int]
    acts: list[Act]


class Batch:
    """Some of the images that a policy chose, as they are now.

    Left alone is what changed since it was chosen: another tag, another storage class, a pull where
    the rule asks for it, an index that lists it.
    """

    def __init__(
        self, tx: Transaction, repository: Repository, chosen: Sequence[Chosen], acted_on: set[int]
    ) -> None:
        self._tx = tx
        self._repository = repository
        self._acted_on = acted_on
        self._now_there = candidates.find_images(tx, [one.image.id for one in chosen])
        digests = [image.digest for image in self._now_there.values()]
        self._listings: dict[Digest, list[tuple[int, StorageClass]]] = {}
        for digest, index, storage_class in candidates.list_listings(tx, repository, digests):
            self._listings.setdefault(digest, []).append((index, storage_class))
        self._going = {one.image.id: one for one in chosen if self._is_as_chosen(one)}
        self._keep_what_is_held()
        self._done = Done(set(), [])

    def act(self, now: datetime) -> Done:
        """Remove or move the images, with what refers to them; tell of each and remember it."""
        for one in self._going.values():
            if one.image.id not in self._acted_on:
                self._act_with_referrers(one, now)
        lifecycles.insert_acts(self._tx, self._repository, self._done.acts)
        return self._done

    def _is_as_chosen(self, one: Chosen) -> bool:
        image = self._now_there.get(one.image.id)
        return (
            image is not None
            and tuple(tag.text for tag in image.tags) == one.image.tags
            and image.storage_class.name == one.image.storage_class.name
            and (
                one.rule.count_type is not CountType.SINCE_IMAGE_PULLED
                or _last_use(image) == _last_use(one.image)
            )
        )

    def _keep_what_is_held(self) -> None:
        while kept := [one for one in self._going.values() if self._is_held(one)]:
            for one in kept:
                del self._going[one.image.id]

    def _is_held(self, one: Chosen) -> bool:
        if one.subject is not None and one.subject not in self._going.keys() | self._acted_on:
            return True
        digest = self._now_there[one.image.id].digest
        return self._is_listed(digest, one.action)

    def _is_listed(self, digest: Digest, action: Action) -> bool:
        for index, storage_class in self._listings.get(digest, ()):
            fate = self._going.get(index)
            goes = fate is not None and fate.action is Action.EXPIRE
            archived = fate is not None or storage_class is StorageClass.ARCHIVE
            if not goes and not (action is Action.TRANSITION and archived):
                return True
        return False

    def _act_with_referrers(self, leader: Chosen, now: datetime) -> None:
        first = self._now_there[leader.image.id]
        self._act(leader, first, first.subject if leader.subject is not None else None, now)
        waiting, left = [first.digest], REFERRERS_MAX
        while waiting and left > 0:
            subject = waiting.pop()
            found = candidates.list_referring(self._tx, self._repository, subject, limit=left)
            self._note_listings(found)
            for image in found:
                left -= 1
                if self._follows(image, leader.action):
                    self._act(leader, image, subject, now)
                    waiting.append(image.digest)

    def _follows(self, image: Image, action: Action) -> bool:
        moved = action is Action.TRANSITION and image.storage_class is ImageClass.ARCHIVE
        return not (moved or image.id in self._acted_on or self._is_listed(image.digest, action))

    def _note_listings(self, found: Sequence[Image]) -> None:
        new = [image.digest for image in found if image.digest not in self._listings]
        for digest in new:
            self._listings[digest] = []
        rows = candidates.list_listings(self._tx, self._repository, new)
        for digest, index, storage_class in rows:
            self._listings[digest].append((index, storage_class))

    def _act(self, by: Chosen, image: Image, subject: Digest | None, now: datetime) -> None:
        if by.action is Action.EXPIRE:
            remove_image(self._tx, self._repository, image, now)
            self._done.removed.add(image.id)
            self._tell(by, image, now)
        else:
            try:
                move_image(self._tx, self._repository, image, ImageClass.ARCHIVE, now)
            except StorageClassUnchangeable:
                return
        self._acted_on.add(image.id)
        self._done.acts.append(
            Act(
                digest=image.digest,
                tags=tuple(tag.text for tag in image.tags),
                pushed_at=image.pushed_at,
                action=by.action,
                rule_priority=by.rule.priority,
                subject=subject,
                acted_at=now,
            )
        )

    def _tell(self, by: Chosen, image: Image, now: datetime) -> None:
        event = ImageExpired(
            repository=self._repository.name.text,
            digest=image.digest.text,
            tags=tuple(tag.text for tag in image.tags),
            rule_priority=by.rule.priority,
        )
        events.insert_event(self._tx, self._repository.registry, event, now)


def _last_use(image: Image | Candidate) -> tuple[datetime | None, datetime | None]:
    return image.pulled_at, image.activated_at
