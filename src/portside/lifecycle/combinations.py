"""Whether the parts of a rule, and the rules of a policy, fit together, in ECR's sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from portside.lifecycle.policies import (
    WILDCARDS_MAX,
    Action,
    CountType,
    Rule,
    StorageClass,
    TagStatus,
)

_PATTERN = re.compile(r"[A-Za-z0-9_.*-]+")


def violations(rules: Sequence[Rule]) -> Iterator[str]:
    """What is wrong with rules that each follow the schema; they stand in ascending priority."""
    for rule in rules:
        yield from _tags(rule)
        yield from _storage(rule)
    if _repeated(rule.priority for rule in rules):
        yield "Duplicate priority in multiple rules."
    for storage_class in StorageClass:
        yield from _together([one for one in rules if one.storage_class is storage_class])


def _tags(rule: Rule) -> Iterator[str]:
    given = {"tagPrefixList": rule.prefixes, "tagPatternList": rule.patterns}
    if rule.tag_status is not TagStatus.TAGGED:
        for name in (name for name, pieces in given.items() if pieces):
            yield f"Cannot specify {name} with tagStatus {rule.tag_status.name}."
    elif rule.prefixes and rule.patterns:
        yield (
            "If policy has a tagged rule, it must specify only one of tagPrefixList or "
            "tagPatternList."
        )
    elif not rule.prefixes and not rule.patterns:
        yield "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED."
    if any(
        piece.count("*") > WILDCARDS_MAX or not _PATTERN.fullmatch(piece) for piece in rule.patterns
    ):
        yield "Invalid tag pattern provided."


def _storage(rule: Rule) -> Iterator[str]:
    archived = rule.storage_class is StorageClass.ARCHIVE
    if rule.count_type is not CountType.SINCE_IMAGE_TRANSITIONED:
        if archived:
            yield (
                "SINCE_IMAGE_PUSHED, SINCE_IMAGE_PULLED and IMAGE_COUNT_MORE_THAN support the "
                "STANDARD storage class only."
            )
        return
    if not archived:
        yield "SINCE_IMAGE_TRANSITIONED supports the ARCHIVE storage class only."
    if rule.action is not Action.EXPIRE:
        yield "SINCE_IMAGE_TRANSITIONED supports the EXPIRE action only."


def _together(rules: Sequence[Rule]) -> Iterator[str]:
    if _repeated(frozenset(one.prefixes) for one in rules if one.prefixes) or _repeated(
        frozenset(one.patterns) for one in rules if one.patterns
    ):
        yield "Duplicate set of tags in multiple rules per storage class."
    statuses = Counter(rule.tag_status for rule in rules)
    if statuses[TagStatus.UNTAGGED] > 1:
        yield "Only one rule can select Untagged images per storage class."
    if statuses[TagStatus.ANY] > 1:
        yield "Only one rule can specify tagStatus=ANY per storage class."
    elif statuses[TagStatus.ANY] and rules[-1].tag_status is not TagStatus.ANY:
        yield "Rule for tagStatus=ANY must have the lowest priority per storage class."


def _repeated(values: Iterator[object]) -> bool:
    return any(count > 1 for count in Counter(values).values())
