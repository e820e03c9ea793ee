"""Which images go where, and which configurations are refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.errors import MalformedName
from portside.names.repositories import RepositoryName
from portside.registry.replication import (
    DESTINATIONS_MAX,
    InvalidReplicationConfiguration,
    ReplicationConfiguration,
    ReplicationRule,
    check,
    read_configuration,
    render_configuration,
)

REGIONS = tuple(Region(f"eu-west-{number}") for number in range(1, 6))
HERE, *OTHERS = (RegistryId(AccountId("123456789012"), region) for region in REGIONS)
NAME = RepositoryName("prod/app")

RULES = st.builds(
    ReplicationRule,
    destinations=st.lists(st.sampled_from(OTHERS), unique=True, max_size=3).map(tuple),
    prefixes=st.lists(
        st.sampled_from(["prod/", "pr", "dev", "prod/app", "prod/apple"]), unique=True, max_size=3
    ).map(tuple),
    deletes=st.sampled_from([None, True, False]),
)
CONFIGURATIONS = st.lists(RULES, max_size=5).map(
    lambda rules: ReplicationConfiguration(rules=tuple(rules))
)


@given(CONFIGURATIONS, st.booleans())
def test_each_destination_of_a_matching_rule_once(
    configuration: ReplicationConfiguration, of_deletions: bool
) -> None:
    expected: list[RegistryId] = []
    for rule in configuration.rules:
        named = not rule.prefixes
        for prefix in rule.prefixes:
            named = named or NAME.text[: len(prefix)] == prefix
        if named and (rule.deletes is True or not of_deletions):
            expected += [one for one in rule.destinations if one not in expected]
    found = configuration.destinations(NAME, of_deletions=of_deletions)
    assert found == tuple(expected)
    assert set(found) <= set(configuration.all_destinations)


@given(CONFIGURATIONS)
def test_documents_keep_everything(configuration: ReplicationConfiguration) -> None:
    document = json.loads(json.dumps(render_configuration(configuration)))
    assert read_configuration(document) == configuration


def rule(*destinations: RegistryId, prefixes: tuple[str, ...] = ()) -> ReplicationRule:
    return ReplicationRule(destinations=destinations, prefixes=prefixes)


def many(count: int) -> list[ReplicationRule]:
    accounts = (AccountId(f"{number:012}") for number in range(count))
    return [rule(RegistryId(account, REGIONS[0])) for account in accounts]


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ([rule(HERE)], "Replication destination cannot be the same as the source registry"),
        (
            [rule(OTHERS[0], OTHERS[1], OTHERS[0])],
            "Replication rule cannot contain duplicate destinations",
        ),
        (
            [rule(OTHERS[0], prefixes=("ab", "ab"))],
            "Replication rule cannot contain duplicate repository filters",
        ),
        (
            [rule(OTHERS[0]), rule(OTHERS[0])],
            "Replication configuration cannot contain duplicate rules",
        ),
        (
            many(DESTINATIONS_MAX + 1),
            "Replication configuration cannot contain more than 100 unique destinations",
        ),
    ],
)
def test_what_is_refused(rules: list[ReplicationRule], reason: str) -> None:
    with pytest.raises(InvalidReplicationConfiguration) as caught:
        check(ReplicationConfiguration(rules=tuple(rules)), HERE)
    assert caught.value.reason == reason


def test_what_is_taken() -> None:
    check(ReplicationConfiguration(), HERE)
    check(ReplicationConfiguration(rules=tuple(many(DESTINATIONS_MAX))), HERE)
    two = (rule(OTHERS[0], prefixes=("a",)), rule(OTHERS[0], OTHERS[1]))
    check(ReplicationConfiguration(rules=two), HERE)


def test_a_region_must_be_one() -> None:
    wrong: dict[str, Any] = {"region": "nowhere", "registryId": "123456789012"}
    with pytest.raises(MalformedName):
        read_configuration({"rules": [{"destinations": [wrong]}]})
