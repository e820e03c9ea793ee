"""Which images are to be signed with which profiles."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.names.repositories import RepositoryName
from portside.registry.signing import (
    InvalidSigningConfiguration,
    SigningConfiguration,
    SigningRule,
    check,
    read_configuration,
    render_configuration,
)

ONE, TWO = (f"arn:aws:signer:us-east-1:123456789012:/signing-profiles/{name}" for name in "ab")
CONFIGURATIONS = st.lists(
    st.builds(
        SigningRule,
        profile=st.sampled_from([ONE, TWO]),
        filters=st.lists(st.sampled_from(["*", "prod/*", "*/app"]), max_size=2).map(tuple),
    ),
    max_size=4,
).map(lambda rules: SigningConfiguration(rules=tuple(rules)))


def test_profiles_of_a_repository() -> None:
    held = SigningConfiguration(
        rules=(
            SigningRule(profile=TWO, filters=("dev/*",)),
            SigningRule(profile=ONE),
            SigningRule(profile=TWO, filters=("x", "*prod*")),
            SigningRule(profile=ONE, filters=("prod/*",)),
        )
    )
    assert held.profiles(RepositoryName("prod/app")) == (ONE, TWO)
    assert held.profiles(RepositoryName("dev/app")) == (TWO, ONE)
    assert held.profiles(RepositoryName("other")) == (ONE,)
    assert SigningConfiguration().profiles(RepositoryName("other")) == ()


@given(CONFIGURATIONS)
def test_documents_keep_everything(held: SigningConfiguration) -> None:
    assert read_configuration(json.loads(json.dumps(render_configuration(held)))) == held


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (
            [SigningRule(profile=ONE), SigningRule(profile=ONE)],
            "Signing configuration cannot contain duplicate rules",
        ),
        (
            [SigningRule(profile=ONE, filters=("a*", "a*"))],
            "Signing rule cannot contain duplicate repository filters",
        ),
    ],
)
def test_what_is_refused(rules: list[SigningRule], reason: str) -> None:
    with pytest.raises(InvalidSigningConfiguration) as caught:
        check(SigningConfiguration(rules=tuple(rules)))
    assert caught.value.reason == reason
