"""Policy texts: what is read, the canonical text, and every sentence of refusal."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.lifecycle.documents import NOT_JSON, MalformedLifecyclePolicy, parse
from portside.lifecycle.policies import Action, CountType, StorageClass, TagStatus

COUNT = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5}
DAYS = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": 5}
EXPIRE = {"type": "expire"}
ARCHIVE = {"type": "transition", "targetStorageClass": "archive"}
ARCHIVED = {
    "tagStatus": "any",
    "storageClass": "archive",
    "countType": "sinceImageTransitioned",
    "countUnit": "days",
    "countNumber": 90,
}
TYPE = 'instance type ({}) does not match any allowed primitive type (allowed: ["{}"])'
STATUSES = '["any","tagged","untagged"]'
LACKS = "object has missing required properties ([{}])"
UNKNOWN = 'object instance has properties which are not allowed by the schema: (["x"])'
NONE_OF = "instance failed to match exactly one schema (matched 0 out of {})"


def a_rule(selection: Any = None, action: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "rulePriority": 1,
        "selection": COUNT if selection is None else selection,
        "action": EXPIRE if action is None else action,
        **more,
    }


def refusal(document: Any) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(MalformedLifecyclePolicy) as refused:
        parse(text)
    return refused.value.reason


def refusal_of(selection: Any = None, action: Any = None, **more: Any) -> str:
    return refusal({"rules": [a_rule(selection, action, **more)]})


def selecting(status: str, **more: Any) -> dict[str, Any]:
    return {"tagStatus": status, **DAYS, **more}


def test_the_course_policy() -> None:
    policy = parse(
        '{"rules":[{"rulePriority":10,"description":"Expire old images","selection":'
        '{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":800},'
        '"action":{"type":"expire"}}]}'
    )
    (rule,) = policy.rules
    assert (rule.priority, rule.description, rule.count_number) == (10, "Expire old images", 800)
    assert rule.tag_status is TagStatus.ANY
    assert rule.count_type is CountType.IMAGE_COUNT_MORE_THAN
    assert rule.action is Action.EXPIRE


def test_the_documented_policies_are_policies() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "lifecycle.md"
    texts = re.findall(r"```json\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert [len(parse(text).rules) for text in texts] == [3, 2]


def test_the_canonical_text() -> None:
    """Compact, by priority, in ECR's order of fields, and the same again when read again."""
    days = {"countUnit": "days", "countNumber": 14.0, "countType": "sinceImagePushed"}
    document = {
        "rules": [
            {"action": EXPIRE, "selection": ARCHIVED, "rulePriority": 9},
            {
                "action": ARCHIVE,
                "selection": {**days, "tagStatus": "tagged", "tagPrefixList": ["é"]},
                "description": "d",
                "rulePriority": 2,
            },
            a_rule(selecting("tagged", tagPatternList=["a*"], storageClass="standard")),
        ]
    }
    text = parse(json.dumps(document, indent=4)).text
    assert text == (
        '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"tagged","tagPatternList":["a*"],'
        '"countType":"sinceImagePushed","countUnit":"days","countNumber":5},"action":{"type":'
        '"expire"}},{"rulePriority":2,"description":"d","selection":{"tagStatus":"tagged",'
        '"tagPrefixList":["é"],"countType":"sinceImagePushed","countUnit":"days","countNumber":14},'
        '"action":{"type":"transition","targetStorageClass":"archive"}},{"rulePriority":9,'
        '"selection":{"tagStatus":"any","storageClass":"archive","countType":'
        '"sinceImageTransitioned","countUnit":"days","countNumber":90},"action":{"type":"expire"}}]}'
    )
    assert parse(text).text == text
    assert parse(text).rules[2].storage_class is StorageClass.ARCHIVE


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '"rules"', "null", "[" * 100_000, " " * 30_721, '{"rules": 1'[:-1] + "x"],
)
def test_what_is_no_json_object_cannot_be_mapped(text: str) -> None:
    assert refusal(text) == NOT_JSON


def test_a_transition_without_a_target_cannot_be_mapped() -> None:
    assert refusal_of(action={"type": "transition"}) == NOT_JSON


def test_documents() -> None:
    assert refusal({}) == LACKS.format('"rules"')
    assert refusal({"x": 1}) == LACKS.format('"rules"')
    assert refusal({"rules": [a_rule()], "x": 1}) == UNKNOWN
    assert refusal({"rules": {}}) == (TYPE.format("object", "array"))
    assert refusal({"rules": ["x"]}) == (TYPE.format("string", "object"))
    assert refusal({"rules": []}) == (
        "array is too short: must have at least 1 elements but instance has 0 elements"
    )
    many = [a_rule(selecting("tagged", tagPatternList=[f"a{n}"])) for n in range(51)]
    for number, rule in enumerate(many):
        rule["rulePriority"] = number + 1
    assert refusal({"rules": many}) == (
        "array is too long: must have at most 50 elements but instance has 51 elements"
    )
    assert len(parse(json.dumps({"rules": many[:50]})).rules) == 50


@pytest.mark.parametrize("name", ["rulePriority", "selection", "action"])
def test_a_rule_lacks(name: str) -> None:
    rule = a_rule()
    del rule[name]
    assert refusal({"rules": [rule]}) == LACKS.format(f'"{name}"')


def test_rules() -> None:
    assert refusal_of(x=1) == UNKNOWN
    assert refusal_of(rulePriority=0) == (
        "numeric instance is lower than the required minimum (minimum: 1, found: 0)"
    )
    assert refusal_of(rulePriority=2**31) == (
        "numeric instance is greater than the required maximum (maximum: 2147483647, found: "
        "2147483648)"
    )
    for value, name in ((True, "boolean"), ("1", "string"), (1.5, "number"), (None, "null")):
        assert refusal_of(rulePriority=value) == (
            f"instance type ({name}) does not match any allowed primitive type "
            '(allowed: ["integer"])'
        )
    assert refusal_of(description=1) == (TYPE.format("integer", "string"))
    assert refusal_of(description="d" * 257) == (
        f'string "{"d" * 257}" is too long (length: 257, maximum allowed: 256)'
    )
    assert refusal({"rules": [a_rule(), a_rule(selecting("untagged"))]}) == (
        "Duplicate priority in multiple rules.\n"
        "Rule for tagStatus=ANY must have the lowest priority per storage class."
    )


@pytest.mark.parametrize("name", ["tagStatus", "countType", "countNumber"])
def test_a_selection_lacks(name: str) -> None:
    selection = {key: value for key, value in COUNT.items() if key != name}
    assert refusal_of(selection) == LACKS.format(f'"{name}"')


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        (
            [],
            TYPE.format("array", "object"),
        ),
        (COUNT | {"x": 1}, UNKNOWN),
        (
            COUNT | {"tagStatus": "all"},
            f"instance value (all) not found in enum (possible values: {STATUSES})",
        ),
        (
            COUNT | {"tagStatus": None},
            f"instance value (null) not found in enum (possible values: {STATUSES})",
        ),
        (
            ARCHIVED | {"storageClass": "glacier"},
            'instance value (glacier) not found in enum (possible values: ["archive","standard"])',
        ),
        (COUNT | {"countType": "unknown"}, NONE_OF.format(4)),
        (COUNT | {"countType": ["x"]}, NONE_OF.format(4)),
        (COUNT | {"countUnit": "days"}, NONE_OF.format(4)),
        (COUNT | {"countUnit": None}, NONE_OF.format(4)),
        ({"tagStatus": "any", **DAYS, "countUnit": None}, NONE_OF.format(4)),
        (COUNT | {"countType": "sinceImagePulled"}, NONE_OF.format(4)),
        (
            selecting("any", countUnit="hours"),
            'instance value (hours) not found in enum (possible values: ["days"])',
        ),
        (
            COUNT | {"countNumber": 0},
            "numeric instance is lower than the required minimum (minimum: 1, found: 0)",
        ),
        (
            COUNT | {"countNumber": -1},
            "numeric instance is lower than the required minimum (minimum: 1, found: -1)",
        ),
        (
            ARCHIVED | {"countNumber": 89},
            "numeric instance is lower than the required minimum (minimum: 90, found: 89)",
        ),
        (
            COUNT | {"countNumber": "5"},
            TYPE.format("string", "integer"),
        ),
        (
            COUNT | {"tagPrefixList": None},
            TYPE.format("null", "array"),
        ),
        (
            selecting("tagged", tagPatternList=[]),
            "array is too short: must have at least 1 elements but instance has 0 elements",
        ),
        (
            selecting("tagged", tagPatternList=["a"] * 101),
            "array is too long: must have at most 100 elements but instance has 101 elements",
        ),
        (
            selecting("tagged", tagPrefixList=[""]),
            'string "" is too short (length: 0, required minimum: 1)',
        ),
        (
            selecting("tagged", tagPrefixList=[1]),
            TYPE.format("integer", "string"),
        ),
        (
            selecting("tagged"),
            "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.",
        ),
        (
            selecting("tagged", tagPrefixList=["a"], tagPatternList=["a"]),
            (
                "If policy has a tagged rule, it must specify only one of tagPrefixList or "
                "tagPatternList."
            ),
        ),
        (
            selecting("untagged", tagPrefixList=["a"]),
            "Cannot specify tagPrefixList with tagStatus UNTAGGED.",
        ),
        (COUNT | {"tagPatternList": ["a"]}, "Cannot specify tagPatternList with tagStatus ANY."),
        (selecting("tagged", tagPatternList=["a*b*c*d*e*"]), "Invalid tag pattern provided."),
        (selecting("tagged", tagPatternList=["a b"]), "Invalid tag pattern provided."),
        (
            COUNT | {"storageClass": "archive"},
            (
                "SINCE_IMAGE_PUSHED, SINCE_IMAGE_PULLED and IMAGE_COUNT_MORE_THAN support the "
                "STANDARD storage class only."
            ),
        ),
        (
            {key: value for key, value in ARCHIVED.items() if key != "storageClass"},
            "SINCE_IMAGE_TRANSITIONED supports the ARCHIVE storage class only.",
        ),
    ],
)
def test_selections(selection: Any, sentence: str) -> None:
    assert refusal_of(selection) == sentence


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (
            "x",
            TYPE.format("string", "object"),
        ),
        ({}, LACKS.format('"type"')),
        (EXPIRE | {"x": 1}, UNKNOWN),
        (
            {"type": "keep"},
            'instance value (keep) not found in enum (possible values: ["expire","transition"])',
        ),
        (EXPIRE | {"targetStorageClass": "archive"}, NONE_OF.format(2)),
        (EXPIRE | {"targetStorageClass": None}, NONE_OF.format(2)),
        (ARCHIVE | {"targetStorageClass": None}, NONE_OF.format(2)),
        (
            ARCHIVE | {"targetStorageClass": "standard"},
            'instance value (standard) not found in enum (possible values: ["archive"])',
        ),
    ],
)
def test_actions(action: Any, sentence: str) -> None:
    assert refusal_of(action=action) == sentence


def test_four_wildcards_are_allowed() -> None:
    patterns = ["*test*1*2*3", "test*1*2*3*"]
    text = json.dumps({"rules": [a_rule(selecting("tagged", tagPatternList=patterns))]})
    assert parse(text).rules[0].patterns == tuple(patterns)


def numbered(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"rules": [rule | {"rulePriority": n} for n, rule in enumerate(rules, start=1)]}


def test_rules_that_do_not_fit_together() -> None:
    untagged, everything = a_rule(selecting("untagged")), a_rule(selecting("any"))
    assert refusal(numbered(untagged, untagged)) == (
        "Only one rule can select Untagged images per storage class."
    )
    assert refusal(numbered(everything, everything)) == (
        "Only one rule can specify tagStatus=ANY per storage class."
    )
    assert refusal(numbered(everything, untagged)) == (
        "Rule for tagStatus=ANY must have the lowest priority per storage class."
    )
    assert refusal(numbered(a_rule(ARCHIVED, ARCHIVE))) == (
        "SINCE_IMAGE_TRANSITIONED supports the EXPIRE action only."
    )
    same = [a_rule(selecting("tagged", tagPrefixList=names)) for names in (["a", "b"], ["b", "a"])]
    assert refusal(numbered(*same)) == (
        "Duplicate set of tags in multiple rules per storage class."
    )


def test_each_storage_class_has_rules_of_its_own() -> None:
    """ECR's own example: archive by age whatever there is, then expire from the archive."""
    text = json.dumps(numbered(a_rule(selecting("any"), ARCHIVE), a_rule(ARCHIVED)))
    assert [rule.action for rule in parse(text).rules] == [Action.TRANSITION, Action.EXPIRE]


def test_every_violation_has_its_line() -> None:
    assert refusal_of(
        COUNT | {"tagStatus": "x", "countNumber": 0}, {"type": "y"}, rulePriority=0
    ) == (
        "numeric instance is lower than the required minimum (minimum: 1, found: 0)\n"
        'instance value (x) not found in enum (possible values: ["any","tagged","untagged"])\n'
        "numeric instance is lower than the required minimum (minimum: 1, found: 0)\n"
        'instance value (y) not found in enum (possible values: ["expire","transition"])'
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(("any", "tagged", "expire", "transition", "days", "imageCountMoreThan")),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ("rules", "rulePriority", "selection", "action", "type", "tagStatus", "countType",
             "countNumber", "countUnit", "tagPatternList", "targetStorageClass", "storageClass")
        ),
        inner,
        max_size=6,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON, JSON, JSON)
def test_whatever_comes_is_read_or_refused(selection: Any, action: Any, priority: Any) -> None:
    rule = {"selection": selection, "action": action, "rulePriority": priority}
    for document in (selection, {"rules": selection}, {"rules": [rule]}):
        try:
            assert parse(json.dumps(document)).rules
        except MalformedLifecyclePolicy as refused:
            assert refused.reason  # noqa: PT017 - either outcome is right, none without a word
