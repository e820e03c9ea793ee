"""What registries ask for is read as RFC 9110 and RFC 6750 write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.registry.challenges import Challenge, parse_challenge


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], None),
        (["Negotiate"], None),
        (["Basic"], Challenge("basic")),
        (['Basic realm="here"'], Challenge("basic", {"realm": "here"})),
        (["Negotiate", 'BASIC realm="x"'], Challenge("basic", {"realm": "x"})),
        (
            ['Bearer realm="https://a/token",service="b",scope="repository:a/b:pull,push"'],
            Challenge(
                "bearer",
                {"realm": "https://a/token", "service": "b", "scope": "repository:a/b:pull,push"},
            ),
        ),
        (
            ['Bearer  Realm = "a \\"quoted\\" one" , service=plain'],
            Challenge("bearer", {"realm": 'a "quoted" one', "service": "plain"}),
        ),
        (['Bearer realm="unfinished'], Challenge("bearer")),
        (["Bearerish realm=x"], None),
    ],
)
def test_challenges(headers: list[str], expected: Challenge | None) -> None:
    assert parse_challenge(headers) == expected


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=30)))
def test_quoted_values_come_back(parameters: dict[str, str]) -> None:
    quoted = ", ".join(
        '{}="{}"'.format(name, value.replace("\\", "\\\\").replace('"', '\\"'))
        for name, value in parameters.items()
    )
    values = {k: v for k, v in parameters.items() if "\n" not in v}
    if values == parameters:
        assert parse_challenge([f"Bearer {quoted}"]) == Challenge("bearer", parameters)


@given(st.lists(st.text(max_size=200), max_size=3))
def test_any_header_is_read(headers: list[str]) -> None:
    parse_challenge(headers)


def test_long_headers_end() -> None:
    found = parse_challenge(["Bearer " + 'a="b",' * 10_000])
    assert found == Challenge("bearer", {"a": "b"})
