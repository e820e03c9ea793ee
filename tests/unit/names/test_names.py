"""Names cannot exist malformed, and are written as they were read."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import Arn, parse_repository_arn, registry_arn, repository_arn, root_arn
from portside.names.digests import Digest
from portside.names.errors import MalformedName
from portside.names.media_types import essence
from portside.names.references import parse_reference
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag

COMPONENT = r"[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,3}"
REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))


@given(st.from_regex(rf"{COMPONENT}(/{COMPONENT}){{0,3}}", fullmatch=True))
def test_repository_names_of_the_grammar(text: str) -> None:
    if len(text) < 2:
        with pytest.raises(MalformedName):
            RepositoryName(text)
    else:
        assert str(RepositoryName(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "a", "A", "a/", "/a", "a//b", "a..b", "a._b", "a___b", "a-", "é", "a b", "a\n", "x" * 257],
)
def test_malformed_repository_names(text: str) -> None:
    with pytest.raises(MalformedName) as caught:
        RepositoryName(text)
    assert caught.value.kind == "repository name"


def test_long_hostile_names_are_judged_at_once() -> None:
    for unit in ("a-", "a_", "a.", "a/", "-", "a--"):
        for text in (unit * 128, unit * 127 + "!", unit * 100_000):
            try:
                RepositoryName(text)
            except MalformedName as refused:
                assert len(str(refused)) < 600  # noqa: PT017 - both ends are fine, quickly


@given(st.binary(), st.sampled_from(["sha256", "sha512"]))
def test_digests_of_content(content: bytes, algorithm: str) -> None:
    digest = Digest.of(content, algorithm)
    assert digest.encoded == hashlib.new(algorithm, content).hexdigest()
    assert digest.algorithm == algorithm
    assert Digest(str(digest)) == digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        "sha256:" + "a" * 63,
        "sha256:" + "A" * 64,
        "sha256:" + "a" * 128,
        "sha512:" + "a" * 64,
        "md5:" + "a" * 32,
        "sha256:" + "a" * 64 + "\n",
        "x" * 1_000_000,
    ],
)
def test_malformed_digests(text: str) -> None:
    with pytest.raises(MalformedName):
        Digest(text)


@given(st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", fullmatch=True))
def test_tags_of_the_grammar(text: str) -> None:
    assert str(Tag(text)) == text
    assert parse_reference(text) == Tag(text)


@pytest.mark.parametrize("text", ["", ".a", "-a", "a b", "a/b", "ä", "a" * 129, "a\n"])
def test_malformed_tags(text: str) -> None:
    with pytest.raises(MalformedName):
        Tag(text)


def test_whatever_holds_a_colon_is_an_attempt_at_a_digest() -> None:
    digest = Digest.of(b"x")
    assert parse_reference(digest.text) == digest
    with pytest.raises(MalformedName) as caught:
        parse_reference("sha256:baddigeststring")
    assert caught.value.kind == "digest"


@pytest.mark.parametrize("kind", [AccountId, Region])
@given(text=st.text(max_size=50))
def test_accounts_and_regions_take_nothing_else(kind: Callable[[str], Any], text: str) -> None:
    try:
        assert str(kind(text)) == text
    except MalformedName:
        return
    assert text.isascii()


@pytest.mark.parametrize("text", ["us-east-1", "eu-central-2", "us-gov-west-1", "ap-southeast-4"])
def test_regions(text: str) -> None:
    assert Region.parse(text).text == text


@pytest.mark.parametrize("text", ["12345678901", "1234567890123", "12345678901a", "\u0661" * 12])
def test_malformed_accounts(text: str) -> None:
    with pytest.raises(MalformedName):
        AccountId.parse(text)


def test_arns() -> None:
    name = RepositoryName("team-a/web")
    arn = repository_arn(REGISTRY, name)
    assert arn.text == "arn:aws:ecr:us-east-1:123456789012:repository/team-a/web"
    assert (arn.account, arn.resource) == ("123456789012", "repository/team-a/web")
    assert parse_repository_arn(arn) == (REGISTRY.account, "us-east-1", name)
    assert root_arn(REGISTRY.account).text == "arn:aws:iam::123456789012:root"
    assert registry_arn(REGISTRY).text.endswith(":repository/*")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "arn",
        "arn:aws:ecr:us-east-1:12:repository/x",
        "arn:aws:s3:::",
        "a" * 2000,
        "arn:x:y:z:w:v",
    ],
)
def test_malformed_arns(text: str) -> None:
    with pytest.raises(MalformedName):
        Arn(text)


@pytest.mark.parametrize("text", ["arn:aws:s3:::bucket", "arn:aws:ecr:us-east-1:123456789012:x/y"])
def test_other_resources_are_no_repositories(text: str) -> None:
    with pytest.raises(MalformedName):
        parse_repository_arn(Arn(text))


def test_media_types_lose_their_parameters() -> None:
    assert essence("Application/JSON; charset=utf-8") == "application/json"
