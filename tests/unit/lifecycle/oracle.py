"""Lifecycle selection, slowly and obviously: what `select` is compared with."""

from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from portside.lifecycle.policies import Action, CountType, Policy, Rule, StorageClass, TagStatus
from portside.lifecycle.select import Candidate


def sees(rule: Rule, image: Candidate) -> bool:
    if image.storage_class is not rule.storage_class:
        return False
    if rule.tag_status is TagStatus.UNTAGGED:
        return not image.tags
    wanted = [f"{prefix}*" for prefix in rule.prefixes] + list(rule.patterns)
    return all(any(fnmatchcase(tag, one) for tag in image.tags) for one in wanted)


def since(rule: Rule, image: Candidate) -> datetime:
    if rule.count_type is CountType.SINCE_IMAGE_PUSHED:
        return image.pushed_at
    if rule.count_type is CountType.SINCE_IMAGE_TRANSITIONED:
        return image.archived_at or image.pushed_at
    last_use = image.pulled_at or image.pushed_at
    if image.activated_at and image.activated_at > last_use:
        return image.activated_at
    return last_use


def due(rule: Rule, seen: list[Candidate], image: Candidate, now: datetime) -> bool:
    if rule.count_type is CountType.IMAGE_COUNT_MORE_THAN:
        newer = [one for one in seen if (one.pushed_at, one.id) > (image.pushed_at, image.id)]
        return len(newer) >= rule.count_number
    return now - since(rule, image) > timedelta(days=rule.count_number)


def ruled(images: list[Candidate], policy: Policy, now: datetime) -> dict[int, Rule]:
    ids = {image.id for image in images}
    fates = {}
    for image in images:
        if image.subject in ids:
            continue
        for rule in policy.rules:
            seen = [one for one in images if one.subject not in ids and sees(rule, one)]
            if image in seen:
                if due(rule, seen, image, now):
                    fates[image.id] = rule
                break
    return fates


def followed(images: list[Candidate], fates: dict[int, Rule]) -> dict[int, Rule]:
    while True:
        more = {
            image.id: fates[image.subject]
            for image in images
            if image.id not in fates
            and image.subject in fates
            and (
                fates[image.subject].action is Action.EXPIRE
                or image.storage_class is StorageClass.STANDARD
            )
        }
        if not more:
            return fates
        fates = fates | more


def held(image: Candidate, images: list[Candidate], fates: dict[int, Rule]) -> bool:
    action = fates[image.id].action
    for parent in (one for one in images if image.id in one.children):
        parent_action = fates[parent.id].action if parent.id in fates else None
        archived = parent.storage_class is StorageClass.ARCHIVE or parent_action is not None
        if parent_action is not Action.EXPIRE and (action is Action.EXPIRE or not archived):
            return True
    return image.subject in {one.id for one in images} and image.subject not in fates


def oracle(images: list[Candidate], policy: Policy, now: datetime) -> dict[int, Rule]:
    fates = followed(images, ruled(images, policy, now))
    while stuck := [image for image in images if image.id in fates and held(image, images, fates)]:
        for image in stuck:
            del fates[image.id]
    return fates
