"""Which template makes a repository: the most specific one of those for the purpose."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.repositories import Encryption
from portside.registry.templates import (
    ROOT,
    InvalidTemplate,
    Purpose,
    Template,
    TemplateParts,
    check_role,
    select,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 2, tzinfo=UTC)
REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))
ROLE = "arn:aws:iam::123456789012:role/maker"
PUSH = Purpose.CREATE_ON_PUSH


def template(prefix: str, *purposes: Purpose) -> Template:
    return Template(prefix=prefix, applied_for=purposes, created_at=NOW, updated_at=NOW)


def covers(prefix: str, name: str) -> bool:
    """The rule as the user guide words it: there is always an assumed / at the end."""
    return prefix == ROOT or name.startswith(prefix.removesuffix("/") + "/")


prefixes = st.lists(st.sampled_from(["a", "a/", "a/b", "a/b/", "ab", "b", ROOT]), unique=True)
names = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4).map("/".join)


@given(st.lists(st.tuples(prefixes, st.booleans()), max_size=5), names)
def test_the_longest_prefix_that_covers_the_name_wins(
    held: list[tuple[list[str], bool]], name: str
) -> None:
    chosen: dict[str, Template] = {}
    for group, for_push in held:
        for prefix in group:
            purpose = PUSH if for_push else Purpose.REPLICATION
            made = template(prefix, purpose)
            chosen[made.key] = made
    if len(name) < 2:
        name += "/a"
    matching = [
        one for one in chosen.values() if PUSH in one.applied_for and covers(one.prefix, name)
    ]
    expected = max(
        matching, key=lambda one: 0 if one.prefix == ROOT else len(one.key), default=None
    )
    assert select(chosen.values(), RepositoryName(name), PUSH) == expected


def test_parts_that_are_not_given_stay() -> None:
    before = TemplateParts(
        applied_for=(PUSH,), description="first", repository_policy="{}"
    ).applied_to(template("a"), NOW)
    after = TemplateParts(description="", encryption=Encryption(type="KMS")).applied_to(
        before, LATER
    )
    assert (after.applied_for, after.repository_policy) == ((PUSH,), "{}")
    assert (after.description, after.settings.encryption.type) == (None, "KMS")
    assert (after.created_at, after.updated_at) == (NOW, LATER)


@pytest.mark.parametrize(
    ("role", "tags", "encryption", "reason"),
    [
        (None, (("a", "b"),), "AES256", "must be set"),
        (None, (), "KMS", "must be set"),
        ("arn:aws:iam::999999999999:role/maker", (), "AES256", "of the account 123456789012"),
        ("arn:aws:iam::123456789012:user/maker", (), "AES256", "an IAM role"),
        (ROLE + " x", (), "AES256", "an IAM role"),
    ],
)
def test_roles_that_do_not_do(
    role: str | None, tags: tuple[tuple[str, str], ...], encryption: str, reason: str
) -> None:
    parts = TemplateParts(
        resource_tags=tags, encryption=Encryption(type=encryption), custom_role_arn=role
    )
    with pytest.raises(InvalidTemplate) as caught:
        check_role(parts.applied_to(template("a"), NOW), REGISTRY)
    assert reason in caught.value.reason


def test_roles_that_do() -> None:
    check_role(template("a", PUSH), REGISTRY)
    parts = TemplateParts(resource_tags=(("a", "b"),), custom_role_arn=ROLE)
    check_role(parts.applied_to(template("a"), NOW), REGISTRY)
