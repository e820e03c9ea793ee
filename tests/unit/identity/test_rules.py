"""The small rules of IAM: names, tags, quotas, passwords, URLs."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.identity.credentials import parse_provider_url, provider_arn
from portside.identity.identities import Kind, identity_arn, name_key
from portside.identity.passwords import SYMBOLS, PasswordPolicy, check_password
from portside.identity.policies import policy_arn
from portside.identity.quotas import QUOTAS, check_quota, policy_size
from portside.identity.refusals import (
    IAMQuotaExceeded,
    InputRefused,
    PasswordRefused,
    TagsRefused,
)
from portside.identity.tags import merge_tags, without_tags
from portside.names.accounts import AccountId

some = settings(deadline=None, database=None)
ACCOUNT = AccountId("123456789012")
KEYS = st.text(string.ascii_letters, min_size=1, max_size=3)
TAGS = st.dictionaries(KEYS, st.text(max_size=3), max_size=10)


def distinct(tags: dict[str, str]) -> dict[str, str]:
    return {key: tags[key] for key in {key.lower(): key for key in tags}.values()}


def test_arns() -> None:
    user = identity_arn(ACCOUNT, Kind.USER, "/a/b/", "amar")
    assert user.text == "arn:aws:iam::123456789012:user/a/b/amar"
    assert identity_arn(ACCOUNT, Kind.ROOT, "/", "root").text == "arn:aws:iam::123456789012:root"
    assert policy_arn(None, "/service-role/", "P").text == "arn:aws:iam::aws:policy/service-role/P"
    assert policy_arn(ACCOUNT, "/", "P").text == "arn:aws:iam::123456789012:policy/P"
    assert name_key("Amar") == name_key("aMAR")


@pytest.mark.parametrize(("quota", "limit"), QUOTAS.items())
def test_quotas_are_the_last_that_is_allowed(quota: str, limit: int) -> None:
    check_quota(quota, limit)
    with pytest.raises(IAMQuotaExceeded) as caught:
        check_quota(quota, limit + 1)
    assert (caught.value.quota, caught.value.limit) == (quota, limit)


@some
@given(st.lists(st.sampled_from(["x", "{", " ", "\t", "\n", "\r"])))
def test_white_space_has_no_size(characters: list[str]) -> None:
    text = "".join(characters)
    assert policy_size(text) == text.count("x") + text.count("{")


@some
@given(TAGS, TAGS)
def test_added_tags_are_there_and_others_stay(held: dict[str, str], added: dict[str, str]) -> None:
    held, added = distinct(held), distinct(added)
    merged = merge_tags(held, list(added.items()))
    assert added.items() <= merged.items()
    keys = {key.lower() for key in added}
    assert {key: value for key, value in held.items() if key.lower() not in keys} == {
        key: value for key, value in merged.items() if key.lower() not in keys
    }
    assert len({key.lower() for key in merged}) == len(merged)
    assert merge_tags(merged, list(added.items())) == merged


@some
@given(TAGS, st.lists(KEYS, max_size=5))
def test_removed_tags_are_gone(held: dict[str, str], keys: list[str]) -> None:
    left = without_tags(held, keys)
    assert left.items() <= held.items()
    assert not {key.lower() for key in left} & {key.lower() for key in keys}
    assert without_tags(held, []) == held


def test_tags_that_are_not_taken() -> None:
    with pytest.raises(TagsRefused):
        merge_tags({}, [("a", "1"), ("A", "2")])
    with pytest.raises(TagsRefused):
        merge_tags({}, [("AWS:a", "1")])
    full = {str(number): "" for number in range(50)}
    assert merge_tags(full, [("1", "other")])["1"] == "other"
    with pytest.raises(IAMQuotaExceeded):
        merge_tags(full, [("further", "")])


PASSWORDS = st.text(
    string.ascii_letters + string.digits + "".join(sorted(SYMBOLS)) + " ä", max_size=30
)


def takes(policy: PasswordPolicy | None, password: str) -> bool:
    try:
        check_password(policy, password, None)
    except PasswordRefused:
        return False
    return True


@some
@given(PASSWORDS, st.integers(6, 128), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_passwords_of_custom_policies(
    password: str, length: int, lower: bool, upper: bool, numbers: bool, symbols: bool
) -> None:
    policy = PasswordPolicy(
        length_min=length, lowercase=lower, uppercase=upper, numbers=numbers, symbols=symbols
    )
    characters = set(password)
    expected = len(password) >= length
    for asked, kind in (
        (lower, set(string.ascii_lowercase)),
        (upper, set(string.ascii_uppercase)),
        (numbers, set(string.digits)),
        (symbols, set(SYMBOLS)),
    ):
        expected = expected and (not asked or bool(characters & kind))
    assert takes(policy, password) is expected


@some
@given(PASSWORDS)
def test_passwords_without_a_policy(password: str) -> None:
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)
    had = sum(1 for kind in kinds if set(password) & set(kind))
    assert takes(None, password) is (len(password) >= 8 and had >= 3)


def test_a_password_is_not_the_name_of_the_account() -> None:
    check_password(None, "company-17-x", "company-17")
    with pytest.raises(PasswordRefused, match="identical"):
        check_password(None, "Company-17", "company-17")


def test_passwords_age() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert PasswordPolicy().expires_at(moment) is None
    assert PasswordPolicy(age_max_days=90).expires_at(moment) == moment + timedelta(days=90)
    policy = PasswordPolicy(age_max_days=1, hard_expiry=True, reuse_prevention=3)
    assert PasswordPolicy.from_record(policy.as_record()) == policy


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://token.actions.githubusercontent.com", "token.actions.githubusercontent.com"),
        ("https://a.example:8443/b/c/", "a.example:8443/b/c"),
        ("https://oidc.eks.us-east-1.amazonaws.com/id/AB12", None),
    ],
)
def test_urls_of_issuers(url: str, kept: str | None) -> None:
    found = parse_provider_url(url)
    assert found == (kept or url.removeprefix("https://"))
    assert provider_arn(ACCOUNT, found).resource == f"oidc-provider/{found}"


@pytest.mark.parametrize("url", ["", "https://", "http://a", "a", "https://a/?b", "https://a#b"])
def test_urls_of_nobody(url: str) -> None:
    with pytest.raises(InputRefused):
        parse_provider_url(url)
