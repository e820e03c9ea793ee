"""The schema of a lifecycle policy's JSON, and the sentences of the validator that ECR uses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from portside.lifecycle.policies import (
    ARCHIVED_DAYS_MIN,
    DESCRIPTION_LENGTH_MAX,
    RULES_MAX,
    WHOLE_MAX,
    Action,
    CountType,
    StorageClass,
    TagStatus,
)

SHOWN_LENGTH_MAX = 300
PIECE_LENGTH_MAX = 300
PIECES_MAX = 100
"""So long a list of tags on one image no quota allows by default."""

_RULE = ({"rulePriority", "selection", "action"}, {"description"})
_SELECTION = (
    {"tagStatus", "countType", "countNumber"},
    {"tagPatternList", "tagPrefixList", "storageClass", "countUnit"},
)
_ACTION = ({"type"}, {"targetStorageClass"})
_TYPES = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def violations(document: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a policy's JSON object, a sentence each."""
    if "rules" not in document:
        yield _missing({"rules"})
        return
    yield from _unknown(document, {"rules"})
    yield from _typed(document["rules"], list)
    if isinstance(document["rules"], list):
        rules = document["rules"]
        yield from _sized(rules, RULES_MAX)
        for rule in rules[:RULES_MAX]:
            yield from _rule(rule)


def lacks_target(document: dict[str, Any]) -> bool:
    """Whether a rule moves images without saying where to: ECR cannot map such a document."""
    rules = document.get("rules")
    actions = [rule.get("action") for rule in _objects(rules if isinstance(rules, list) else [])]
    return any(
        action.get("type") == Action.TRANSITION and "targetStorageClass" not in action
        for action in _objects(actions)
    )


def _objects(values: Iterable[Any]) -> Iterator[dict[str, Any]]:
    return (value for value in values if isinstance(value, dict))


def _rule(rule: Any) -> Iterator[str]:
    if not isinstance(rule, dict):
        yield from _typed(rule, dict)
        return
    yield from _fields(rule, *_RULE)
    if "rulePriority" in rule:
        yield from _whole(rule["rulePriority"], 1)
    if "description" in rule:
        yield from _text(rule["description"], 0, DESCRIPTION_LENGTH_MAX)
    if "selection" in rule:
        yield from _selection(rule["selection"])
    if "action" in rule:
        yield from _action(rule["action"])


def _selection(selection: Any) -> Iterator[str]:
    if not isinstance(selection, dict):
        yield from _typed(selection, dict)
        return
    wrong = list(_fields(selection, *_SELECTION))
    if "tagStatus" in selection:
        wrong += _among(selection["tagStatus"], TagStatus)
    for name in ("tagPatternList", "tagPrefixList"):
        if name in selection:
            wrong += _pieces(selection[name])
    if "storageClass" in selection:
        wrong += _among(selection["storageClass"], StorageClass)
    yield from wrong
    if {"countType", "countNumber"} <= selection.keys():
        yield from _count(selection)


def _count(selection: dict[str, Any]) -> Iterator[str]:
    count_type, unit = selection["countType"], selection.get("countUnit")
    counted = count_type == CountType.IMAGE_COUNT_MORE_THAN
    # The schema has an alternative for each count type; only those of days have a unit.
    if (
        count_type not in tuple(CountType)
        or ("countUnit" in selection) is counted
        or ("countUnit" in selection and not isinstance(unit, str))
    ):
        yield _alternatives(len(CountType))
        return
    if unit is not None:
        yield from _among(unit, ("days",))
    archived = count_type == CountType.SINCE_IMAGE_TRANSITIONED
    yield from _whole(selection["countNumber"], ARCHIVED_DAYS_MIN if archived else 1)


def _action(action: Any) -> Iterator[str]:
    if not isinstance(action, dict):
        yield from _typed(action, dict)
        return
    yield from _fields(action, *_ACTION)
    if "type" not in action:
        return
    wrong = list(_among(action["type"], Action))
    yield from wrong
    if wrong or "targetStorageClass" not in action:
        return
    target = action["targetStorageClass"]
    if action["type"] == Action.EXPIRE or not isinstance(target, str):
        yield _alternatives(len(Action))
    else:
        yield from _among(target, (StorageClass.ARCHIVE,))


def _pieces(value: Any) -> Iterator[str]:
    if not isinstance(value, list):
        yield from _typed(value, list)
        return
    yield from _sized(value, PIECES_MAX)
    for piece in value[:PIECES_MAX]:
        yield from _text(piece, 1, PIECE_LENGTH_MAX)


def _fields(value: dict[str, Any], needed: set[str], allowed: set[str]) -> Iterator[str]:
    if needed - value.keys():
        yield _missing(needed - value.keys())
    yield from _unknown(value, needed | allowed)


def _missing(names: set[str]) -> str:
    return f"object has missing required properties ({_list(names)})"


def _unknown(value: dict[str, Any], known: set[str]) -> Iterator[str]:
    names = {name[:SHOWN_LENGTH_MAX] for name in value.keys() - known}
    if names:
        listed = _list(names)
        yield f"object instance has properties which are not allowed by the schema: ({listed})"


def _alternatives(count: int) -> str:
    return f"instance failed to match exactly one schema (matched 0 out of {count})"


def _typed(value: Any, kind: type) -> Iterator[str]:
    if type(value) is not kind:
        allowed = _list({_TYPES[kind]})
        yield (
            f"instance type ({_TYPES[type(value)]}) does not match any allowed primitive type "
            f"(allowed: {allowed})"
        )


def _sized(value: list[Any], most: int) -> Iterator[str]:
    if not value:
        yield "array is too short: must have at least 1 elements but instance has 0 elements"
    if len(value) > most:
        yield (
            f"array is too long: must have at most {most} elements but instance has {len(value)} "
            "elements"
        )


def _text(value: Any, least: int, most: int) -> Iterator[str]:
    yield from _typed(value, str)
    if not isinstance(value, str):
        return
    shown = value[:SHOWN_LENGTH_MAX]
    if len(value) < least:
        yield f'string "{shown}" is too short (length: {len(value)}, required minimum: {least})'
    if len(value) > most:
        yield f'string "{shown}" is too long (length: {len(value)}, maximum allowed: {most})'


def _whole(value: Any, least: int) -> Iterator[str]:
    # JSON has one kind of number: 14.0 is as whole as 14.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    yield from _typed(value, int)
    if type(value) is not int:
        return
    if value < least:
        yield (
            f"numeric instance is lower than the required minimum (minimum: {least}, found: "
            f"{value})"
        )
    if value > WHOLE_MAX:
        yield (
            f"numeric instance is greater than the required maximum (maximum: {WHOLE_MAX}, found: "
            f"{value})"
        )


def _among(value: Any, allowed: Iterable[str]) -> Iterator[str]:
    known = {str(one) for one in allowed}
    if not isinstance(value, str) or value not in known:
        text = value if isinstance(value, str) else json.dumps(value)
        shown = text[:SHOWN_LENGTH_MAX]
        yield f"instance value ({shown}) not found in enum (possible values: {_list(known)})"


def _list(names: Iterable[str]) -> str:
    return json.dumps(sorted(names), separators=(",", ":"), ensure_ascii=False)
