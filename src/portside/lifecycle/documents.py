"""Reading lifecycle policies: their grammar, and ECR's own sentence for each thing wrong with one.

ECR checks a text in three steps, and so does this: is it JSON, does it follow the schema (here one
sentence for each violation, in the order of the document), and do its rules fit together.
Source: ECR user guide, "Lifecycle policy properties" and "Lifecycle policy evaluation rules".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from portside.lifecycle import combinations, schema
from portside.lifecycle.policies import (
    TEXT_LENGTH_MAX,
    Action,
    CountType,
    Policy,
    Rule,
    StorageClass,
    TagStatus,
)
from portside.names.errors import Refusal

NOT_JSON = "Could not map policyString into LifecyclePolicy."
REASON_LENGTH_MAX = 4096


class MalformedLifecyclePolicy(Refusal):
    """A text that is no lifecycle policy; ``reason`` is ECR's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(text: str) -> Policy:
    """Read a policy as PutLifecyclePolicy and StartLifecyclePolicyPreview do.

    Raises:
        MalformedLifecyclePolicy: not JSON, against the schema, or its rules do not fit together.
    """
    document = _load(text)
    _refuse(schema.violations(document))
    rules = tuple(sorted(map(_rule, document["rules"]), key=lambda rule: rule.priority))
    _refuse(combinations.violations(rules))
    return Policy(rules, render(rules))


def render(rules: tuple[Rule, ...]) -> str:
    """The canonical text: without spaces, rules by priority, fields in ECR's order."""
    document = {"rules": [_show(rule) for rule in rules]}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def _load(text: str) -> dict[str, Any]:
    if len(text) > TEXT_LENGTH_MAX:
        raise MalformedLifecyclePolicy(NOT_JSON)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedLifecyclePolicy(NOT_JSON) from error
    if not isinstance(document, dict) or schema.lacks_target(document):
        raise MalformedLifecyclePolicy(NOT_JSON)
    return document


def _refuse(violations: Iterator[str]) -> None:
    reason = "\n".join(violations)
    if reason:
        raise MalformedLifecyclePolicy(reason[:REASON_LENGTH_MAX])


def _rule(document: dict[str, Any]) -> Rule:
    selection = document["selection"]
    return Rule(
        priority=int(document["rulePriority"]),
        description=document.get("description"),
        tag_status=TagStatus(selection["tagStatus"]),
        prefixes=tuple(selection.get("tagPrefixList", ())),
        patterns=tuple(selection.get("tagPatternList", ())),
        storage_class=StorageClass(selection.get("storageClass", StorageClass.STANDARD)),
        count_type=CountType(selection["countType"]),
        count_number=int(selection["countNumber"]),
        action=Action(document["action"]["type"]),
    )


def _show(rule: Rule) -> dict[str, Any]:
    counted = rule.count_type is CountType.IMAGE_COUNT_MORE_THAN
    archived = rule.storage_class is StorageClass.ARCHIVE
    selection = {
        "tagStatus": rule.tag_status.value,
        "tagPatternList": list(rule.patterns) or None,
        "tagPrefixList": list(rule.prefixes) or None,
        "storageClass": rule.storage_class.value if archived else None,
        "countType": rule.count_type.value,
        "countUnit": None if counted else "days",
        "countNumber": rule.count_number,
    }
    target = StorageClass.ARCHIVE.value if rule.action is Action.TRANSITION else None
    return _given(
        {
            "rulePriority": rule.priority,
            "description": rule.description,
            "selection": _given(selection),
            "action": _given({"type": rule.action.value, "targetStorageClass": target}),
        }
    )


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
