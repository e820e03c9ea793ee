"""Wildcards, against regular expressions and at length."""

import re
import time

from hypothesis import example, given
from hypothesis import strategies as st

from portside.policy.matching import Wild, action_matches, matches, read_pattern
from portside.policy.variables import Reading, arn_matches, expand, read_template

letters = st.text("ab*?", max_size=12)
texts = st.text("ab*?:", max_size=14)


def reference(pattern: str, text: str) -> bool:
    parts = [{"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern]
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


@given(letters, texts)
@example("", "")
@example("*", "")
@example("?", "")
@example("a*a", "a")
@example("*ab?*b*", "aabbab")
def test_matching_is_what_the_expression_says(pattern: str, text: str) -> None:
    assert matches(read_pattern(pattern), text) is reference(pattern, text)


@given(letters)
def test_a_text_without_wildcards_is_itself(text: str) -> None:
    assert matches((text,), text)
    assert matches(read_template(text, variables=False, wildcards=False), text)  # type: ignore[arg-type]  # it has no variable


@given(letters)
def test_both_readers_of_patterns_agree(pattern: str) -> None:
    template = read_template(pattern, variables=True, wildcards=True)
    assert expand(template, Reading({})) == read_pattern(pattern)


def test_the_parts_of_a_pattern() -> None:
    assert read_pattern("a*b?") == ("a", Wild.MANY, "b", Wild.ONE)


def test_actions_have_no_case() -> None:
    assert action_matches("ECR:Put*", "ecr:putimage")
    assert not action_matches("ecr:Put", "ecr:PutImage")


def test_patterns_that_defeat_backtracking_take_no_time() -> None:
    """Hundreds of stars on a long text that nearly fits end in a moment."""
    pattern = read_pattern("a*" * 500 + "?a" * 200 + "*b")
    begun = time.perf_counter()
    assert not matches(pattern, "a" * 2000)
    assert time.perf_counter() - begun < 2.0


segments = st.text("ab*?", min_size=1, max_size=4)


@given(st.lists(segments, min_size=2, max_size=6), st.lists(st.text("ab", max_size=4), min_size=6))
def test_arns_are_matched_part_by_part(wanted: list[str], given_: list[str]) -> None:
    pattern, arn = ":".join(wanted), ":".join(given_)
    parts = arn.split(":", 5)
    expected = all(map(reference, wanted + ["*"] * (6 - len(wanted)), parts))
    template = read_template(pattern, variables=False, wildcards=True)
    assert arn_matches(template, arn, Reading({})) is expected


def test_what_is_no_arn_fits_no_arn() -> None:
    template = read_template("arn:aws:ecr:*:*:*", variables=True, wildcards=True)
    assert arn_matches(template, "*", Reading({})) is False


def test_a_value_adds_no_parts_to_an_arn() -> None:
    """A colon in a variable's value stays in the part that the variable stands in."""
    template = read_template("arn:aws:ecr:${k}:1:repository/x", variables=True, wildcards=True)
    reading = Reading({"k": ("us-east-1:1:repository/x",)})
    assert arn_matches(template, "arn:aws:ecr:us-east-1:1:repository/x", reading) is False
    assert arn_matches(template, "arn:aws:ecr:us-east-1:1:repository/x", Reading({})) is None
