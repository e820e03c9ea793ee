"""The translated patterns say what the models' own say, and say it in linear time."""

import re
import time
import warnings
from functools import cache
from itertools import chain, product
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.unit.aws.shapes import SERVICES

from portside.aws.face import SERVICES as OFFERED
from portside.aws.protocol.models import find_operation, load_service
from portside.aws.protocol.patterns import PATTERNS

LENGTH: Final = 20_000
SECONDS_MAX: Final = 0.5
MISWRITTEN: Final = (
    r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
)
"""Read to the letter, its last range is another than the one that it means."""
ASCII: Final = tuple(map(chr, range(0x100)))
EXPONENTIAL: Final = r"^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$"
"""Takes twenty seconds for twenty-five characters: it is asked about short texts only."""


def length_max(pattern: str) -> int:
    return 12 if pattern == EXPONENTIAL else 120


def offered_patterns() -> set[str]:
    """Of the services that offer only a few operations: those of these operations' parameters."""
    found = set()
    for service in set(OFFERED) - set(SERVICES):
        for name in OFFERED[service]:
            model: Any = find_operation(service, name)
            members = [*model.input_shape.members.values()]
            for shape in members:
                if pattern := shape.metadata.get("pattern"):
                    found.add(pattern)
                members += getattr(shape, "members", {}).values()
    return found


def model_patterns() -> set[str]:
    found = offered_patterns()
    for service in SERVICES:
        model: Any = load_service(service)
        for name in model.shape_names:
            pattern = model.shape_for(name).metadata.get("pattern")
            if pattern is not None:
                found.add(pattern)
    return found


def original(pattern: str) -> re.Pattern[str] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.compile(pattern, re.ASCII)
        except re.error:
            return None


COMPARABLE: Final = sorted(
    pattern for pattern in PATTERNS if original(pattern) and pattern != MISWRITTEN
)
SNIPPETS: Final = (
    *"aZ09f_.-/*:+=,@ \t\n{}\\^$é\xa0\u0660\u2028\x7f\x85~!#?&",
    *("ROOT", "arn:aws", "-cn", ":iam::", ":kms:", ":signer:", ":secretsmanager:us-1:secret:"),
    *("ecr-pullthroughcache/", "123456789012", "role/", "user/", "/signing-profiles/", "key/"),
    *("sha256:", "01234567", "-0123", "-0123-", "v1", "http://", "https://", "o-0123456789"),
    *("/r-0123", "p-01234567", "us-east-1:", "--", "__", "___"),
)
short_texts = st.one_of(
    st.lists(st.sampled_from(SNIPPETS), max_size=9).map("".join), st.text(max_size=6)
)


def test_the_table_is_the_models() -> None:
    assert set(PATTERNS) == model_patterns()


def test_what_does_not_compile_is_only_the_unicode_classes() -> None:
    unknown = [pattern for pattern in PATTERNS if original(pattern) is None]
    assert len(unknown) == 4
    assert all("\\p{L}\\p{Z}\\p{N}" in pattern for pattern in unknown)


@pytest.mark.parametrize("pattern", COMPARABLE)
def test_translations_agree_with_originals(pattern: str) -> None:
    expression = original(pattern)
    assert expression is not None
    # Texts that the original takes are drawn too, and then spoiled a little.
    matching = st.from_regex(expression, fullmatch=True)
    spoiled = st.tuples(matching, st.sampled_from(SNIPPETS), st.integers(0, 60)).map(
        lambda parts: parts[0][: parts[2]] + parts[1] + parts[0][parts[2] :]
    )

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=[*HealthCheck])
    @given(st.one_of(short_texts, matching, spoiled))
    @example("")
    @example("\n")
    @example("a\n")
    def agree(text: str) -> None:
        text = text[: length_max(pattern)]
        assert bool(PATTERNS[pattern](text)) == bool(expression.fullmatch(text))

    agree()


@pytest.mark.parametrize("pattern", COMPARABLE)
def test_translations_agree_on_every_short_text(pattern: str) -> None:
    expression = original(pattern)
    assert expression is not None
    letters = [product(alphabet, repeat=n) for alphabet, n in (("a0A/-_.*", 4), (ASCII, 2))]
    for text in map("".join, [*chain(*letters), *product("a-/_.", repeat=5)]):
        assert bool(PATTERNS[pattern](text)) == bool(expression.fullmatch(text)), text


@cache
def adversarial() -> tuple[str, ...]:
    units = [
        unit
        for one in "a0*/"
        for unit in (one, f"{one}-", f"{one}/", f"{one}.", f"_{one}", f"{one}:", f"{one} ")
    ]
    heads = ("", "arn:aws", "arn:aws:secretsmanager:", "arn:aws:iam::123456789012:role/", "http://")
    texts = [head + unit * (LENGTH // len(unit)) for head in heads for unit in units]
    texts += [":secret:ecr-pullthroughcache/" * 800, "arn:aws" + "-a" * LENGTH, "a--" * LENGTH]
    texts += [f"a{mark}" + "a" * LENGTH for mark in "-._/:*"]
    return tuple(text + end for text in texts for end in ("", "!", "\n"))


@pytest.mark.parametrize("pattern", sorted(PATTERNS))
def test_translations_take_linear_time(pattern: str) -> None:
    matches = PATTERNS[pattern]
    for text in adversarial():
        started = time.process_time()
        matches(text)
        assert time.process_time() - started < SECONDS_MAX, text[:60]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("abc Ünïcödé 漢字 ١٢٣ \u2003\xa0 _.:/=+-@", True),
        ("", False),
        ("a\n", False),
        ("a\tb", False),
        ("a\u0301", False),
        ("😀", False),
        ("a#", False),
        ("a{", False),
    ],
)
def test_unicode_classes(text: str, matches: bool) -> None:
    assert bool(PATTERNS[r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"](text)) is matches
    assert bool(PATTERNS[r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"](text)) is (matches or not text)
    braced = PATTERNS[r"[\p{L}\p{Z}\p{N}_.:/=+\-@{}]+"]
    assert bool(braced(text)) is (matches or text == "a{")


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("arn:aws:iam::123456789012:role/é漢", True),
        ("arn:😀", True),
        ("", False),
        ("a\x00", False),
        ("a\x80", False),
        ("a\uffff", False),
    ],
)
def test_the_miswritten_pattern_means_all_of_xml(text: str, matches: bool) -> None:
    assert bool(PATTERNS[MISWRITTEN](text)) is matches


@pytest.mark.parametrize(
    "name", ["a", "aa", "a-b", "a--b", "-a", "a-", "a" * 63, "a" * 64, "a1-b2"]
)
def test_account_aliases(name: str) -> None:
    pattern = r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"
    expression = original(pattern)
    assert expression is not None
    assert bool(PATTERNS[pattern](name)) == bool(expression.fullmatch(name))
