"""Which repositories are scanned when, and which configurations are refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.names.repositories import RepositoryName
from portside.registry.scanning import (
    InvalidScanningConfiguration,
    ScanFrequency,
    ScanningConfiguration,
    ScanningRule,
    ScanType,
    check,
    filter_matches,
    read_configuration,
    render_configuration,
    scanning_of,
)

PUSH, CONTINUOUS, MANUAL = (
    ScanFrequency.SCAN_ON_PUSH,
    ScanFrequency.CONTINUOUS_SCAN,
    ScanFrequency.MANUAL,
)
NAME = RepositoryName("repo-prod")
COLUMNS = ("prod", "repo-prod", "prod-repo", "repo-prod-repo", "prodrepo")
CONFIGURATIONS = st.builds(
    ScanningConfiguration,
    type=st.sampled_from(ScanType),
    rules=st.lists(
        st.builds(
            ScanningRule,
            frequency=st.sampled_from(ScanFrequency),
            filters=st.lists(st.sampled_from(["*", "prod", "prod*", "x*"]), max_size=3).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
)


def rule(frequency: ScanFrequency, *filters: str) -> ScanningRule:
    return ScanningRule(frequency=frequency, filters=filters)


def configuration(type_: ScanType, *rules: ScanningRule) -> ScanningConfiguration:
    return ScanningConfiguration(type=type_, rules=rules)


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("prod", "yyyyy"),
        ("*prod", "yynnn"),
        ("prod*", "ynyny"),
        ("*prod*", "yyyyy"),
        ("prod*repo", "nnyny"),
    ],
)
def test_the_table_of_the_user_guide(filter_: str, expected: str) -> None:
    found = [filter_matches(filter_, RepositoryName(name)) for name in COLUMNS]
    assert found == [letter == "y" for letter in expected]


@pytest.mark.parametrize(
    ("held", "own", "frequency", "filters"),
    [
        (configuration(ScanType.BASIC), False, MANUAL, ()),
        (configuration(ScanType.BASIC), True, PUSH, ()),
        (configuration(ScanType.BASIC, rule(PUSH, "x*", "*prod", "repo")), False, PUSH, (1, 2)),
        (configuration(ScanType.BASIC, rule(PUSH, "x*")), False, MANUAL, ()),
        (configuration(ScanType.BASIC, rule(MANUAL, "*")), False, MANUAL, (0,)),
        (configuration(ScanType.ENHANCED), True, MANUAL, ()),
        (configuration(ScanType.ENHANCED, rule(PUSH, "*")), False, PUSH, (0,)),
        (
            configuration(ScanType.ENHANCED, rule(CONTINUOUS, "*"), rule(PUSH, "repo")),
            False,
            CONTINUOUS,
            (0,),
        ),
    ],
)
def test_how_a_repository_is_scanned(
    held: ScanningConfiguration, own: bool, frequency: ScanFrequency, filters: tuple[int, ...]
) -> None:
    found = scanning_of(held, NAME, scan_on_push=own)
    applied = tuple(held.rules[0].filters[at] for at in filters)
    assert (found.frequency, found.filters) == (frequency, applied)
    assert found.on_push is (frequency is not MANUAL)
    assert found.continuously is (frequency is CONTINUOUS)


@given(CONFIGURATIONS)
def test_documents_keep_everything(held: ScanningConfiguration) -> None:
    assert read_configuration(json.loads(json.dumps(render_configuration(held)))) == held


@pytest.mark.parametrize(
    ("held", "parameter", "reason"),
    [
        (
            configuration(ScanType.BASIC, rule(PUSH, "a"), rule(PUSH, "b")),
            "rules",
            "each scan frequency can have one rule only",
        ),
        (
            configuration(ScanType.BASIC, rule(CONTINUOUS, "a")),
            "scanFrequency",
            (
                "CONTINUOUS_SCAN is not supported for the BASIC scan type; the supported scan "
                "frequencies are MANUAL, SCAN_ON_PUSH"
            ),
        ),
        (
            configuration(ScanType.ENHANCED, rule(MANUAL, "a")),
            "scanFrequency",
            (
                "MANUAL is not supported for the ENHANCED scan type; the supported scan "
                "frequencies are CONTINUOUS_SCAN, SCAN_ON_PUSH"
            ),
        ),
        (
            configuration(ScanType.BASIC, rule(PUSH, "a", "a")),
            "repositoryFilters",
            "a rule cannot have the same filter twice",
        ),
        (
            configuration(ScanType.BASIC, rule(PUSH, "*a*b*c*d*")),
            "filter",
            "a filter can have at most 4 wildcards",
        ),
    ],
)
def test_what_is_refused(held: ScanningConfiguration, parameter: str, reason: str) -> None:
    with pytest.raises(InvalidScanningConfiguration) as caught:
        check(held)
    assert (caught.value.parameter, caught.value.reason) == (parameter, reason)


def test_what_is_taken() -> None:
    check(ScanningConfiguration())
    check(configuration(ScanType.ENHANCED, rule(CONTINUOUS, "*a*b*c*"), rule(PUSH, "*")))
