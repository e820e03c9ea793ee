"""Names against a slow reading of their grammars, over arbitrary and nearly right texts."""

import dataclasses
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import Arn, parse_repository_arn, registry_arn, repository_arn
from portside.names.digests import Digest
from portside.names.errors import MalformedName
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag

LOWER_HEX = "0123456789abcdef"
COMPONENT_CHARACTERS = string.ascii_lowercase + string.digits
TAG_FIRST = string.ascii_letters + string.digits + "_"


def is_repository_component(text: str) -> bool:
    """Runs of letters and digits with one separator between them: a dot, _, __, or dashes."""
    if not text or text[0] not in COMPONENT_CHARACTERS or text[-1] not in COMPONENT_CHARACTERS:
        return False
    separator = ""
    for character in text:
        if character not in COMPONENT_CHARACTERS:
            separator += character
            continue
        if separator and separator not in (".", "_", "__") and set(separator) != {"-"}:
            return False
        separator = ""
    return True


def is_repository_name(text: str) -> bool:
    return 2 <= len(text) <= 256 and all(map(is_repository_component, text.split("/")))


def is_tag(text: str) -> bool:
    return 1 <= len(text) <= 128 and text[0] in TAG_FIRST and set(text) <= {*TAG_FIRST, ".", "-"}


def is_digest(text: str) -> bool:
    algorithm, colon, encoded = text.partition(":")
    length = {"sha256": 64, "sha512": 128}.get(algorithm)
    return bool(colon) and len(encoded) == length and set(encoded) <= set(LOWER_HEX)


def is_account(text: str) -> bool:
    return len(text) == 12 and set(text) <= set(string.digits)


def accepts(kind: Callable[[str], Any], text: str) -> bool:
    try:
        name = kind(text)
    except MalformedName:
        return False
    assert str(name) == text
    assert kind(str(name)) == name
    return True


@given(st.text("ab0._-/A\n", max_size=12) | st.text(max_size=5))
def test_repository_names(text: str) -> None:
    assert accepts(RepositoryName, text) is is_repository_name(text)


@pytest.mark.parametrize("length", [1, 2, 255, 256, 257])
def test_lengths_of_repository_names(length: int) -> None:
    assert accepts(RepositoryName, "a" * length) is (2 <= length <= 256)


@given(st.text("aZ9._-/:\n", max_size=6) | st.text(max_size=5))
def test_tags(text: str) -> None:
    assert accepts(Tag, text) is is_tag(text)


@pytest.mark.parametrize("length", [127, 128, 129])
def test_lengths_of_tags(length: int) -> None:
    assert accepts(Tag, "_" * length) is (length <= 128)


@given(
    st.sampled_from(["sha256", "sha512", "SHA256", "sha1", ""]),
    st.sampled_from([":", "", "::"]),
    st.sampled_from([63, 64, 65, 127, 128, 129]).flatmap(
        lambda length: st.text(LOWER_HEX, min_size=length, max_size=length)
    ),
    st.sampled_from(["", "g", "A", "\n", " "]),
)
def test_digests(algorithm: str, colon: str, encoded: str, tail: str) -> None:
    for text in (algorithm + colon + encoded + tail, algorithm + colon + tail + encoded[1:]):
        assert accepts(Digest, text) is is_digest(text)


@given(st.text("01\u0661\u00b2 \n", min_size=11, max_size=13) | st.text("09", max_size=14))
def test_accounts(text: str) -> None:
    assert accepts(AccountId, text) is is_account(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "us",
        "us-east",
        "us-east-",
        "us-east-123",
        "US-EAST-1",
        "us--east-1",
        "us-east-1\n",
        "us-east-\u0661",
        "abcdefghi-east-1",
        "us-east-1" * 5,
    ],
)
def test_malformed_regions(text: str) -> None:
    assert not accepts(Region, text)


REGIONS = st.from_regex(r"[a-z]{2}(-gov)?-(east|west|central)-[1-9]", fullmatch=True)
REPOSITORIES = st.text("ab0._-/", min_size=2, max_size=20).filter(is_repository_name)


@given(st.text(string.digits, min_size=12, max_size=12), REGIONS, REPOSITORIES)
def test_repository_arns_are_read_as_they_were_written(
    account: str, region: str, repository: str
) -> None:
    registry = RegistryId(AccountId(account), Region(region))
    name = RepositoryName(repository)
    arn = repository_arn(registry, name)
    assert accepts(Arn, arn.text)
    assert parse_repository_arn(Arn(str(arn))) == (registry.account, region, name)


@given(st.text("arn:aws01 \n/*", max_size=30) | st.text(max_size=20))
def test_arns_have_six_parts(resource: str) -> None:
    prefix = "arn:aws:ecr:us-east-1:123456789012:"
    expected = bool(resource) and not any(character.isspace() for character in resource)
    assert accepts(Arn, prefix + resource) is expected
    if expected:
        assert Arn(prefix + resource).resource == resource
    assert not accepts(Arn, resource)


def test_a_registrys_arn_names_no_one_repository() -> None:
    registry = RegistryId(AccountId("123456789012"), Region("us-east-1"))
    with pytest.raises(MalformedName):
        parse_repository_arn(registry_arn(registry))
    with pytest.raises(MalformedName):
        parse_repository_arn(Arn("arn:aws:ecr:us-east-1::repository/team"))


@pytest.mark.parametrize(
    "name", [Tag("a"), RepositoryName("aa"), Digest.of(b""), AccountId("0" * 12)]
)
def test_names_are_values(name: Any) -> None:
    twin = type(name)(name.text)
    assert twin == name
    assert len({twin, name}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        name.text = "other"


@pytest.mark.parametrize("text", ["!" * 300, "!" * 301, "é" * 5000, "`" * 400])
def test_refusals_quote_no_more_than_they_must(text: str) -> None:
    with pytest.raises(MalformedName) as caught:
        RepositoryName(text)
    assert str(caught.value).startswith(f"repository name `{text[:300]}` is malformed")
    assert caught.value.value == text
