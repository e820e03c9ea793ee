"""The orders of versions: each is an order, and the documented examples hold."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.vulnerabilities.versions import ORDERS

TEXTS = st.text(st.sampled_from("0123459.-_~^+:abrcpv"), min_size=1, max_size=12)

ASCENDING = {
    "deb": ["0~~", "0~~a", "0~", "0", "0a", "0+", "1.0~rc1-1", "1.0-1", "1.0-1+deb11u1", "1:0"],
    "rpm": ["1.0~rc1-1", "1.0-1", "1.0-1.el9", "1.0^git1-1", "1.0.1-1", "1.10-1", "1:0.1-1"],
    "apk": ["1.0_alpha", "1.0_rc1", "1.0", "1.0-r1", "1.0_p1", "1.0.1", "1.1", "1.10a", "1.11"],
    "pypi": ["1.0.dev1", "1.0a1", "1.0b1", "1.0rc1", "1.0", "1.0+l", "1.0.post1", "1.1", "1!0"],
    "npm": ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.2.8"],
    "golang": ["v0.0.0-20200101000000-abcdef012345", "v0.1.0", "v1.0.0", "v1.2.0+incompatible"],
    "cargo": ["0.9.9", "1.0.0-rc.1", "1.0.0"],
    "gem": ["1.0.a", "1.0.b1", "1.0.pre", "1.0", "1.0.1", "1.10"],
    "maven": [
        "1-alpha",
        "1-beta",
        "1-m1",
        "1-rc",
        "1-snapshot",
        "1",
        "1-sp",
        "1-foo",
        "1-1",
        "1.1",
    ],
}


@pytest.mark.parametrize("kind", sorted(ORDERS))
def test_the_documented_examples(kind: str) -> None:
    """Each version of the list is older than all that follow it, and as old as itself."""
    order, versions = ORDERS[kind], ASCENDING[kind]
    for position, version in enumerate(versions):
        assert order(version, version) == 0
        for newer in versions[position + 1 :]:
            assert order(version, newer) < 0, (version, newer)
            assert order(newer, version) > 0, (version, newer)


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("deb", "0:1.0", "1.0"),
        ("deb", "1.0-0", "1.0"),
        ("deb", "1.00", "1.0"),
        ("rpm", "1.0", "1.0-5"),
        ("rpm", "1.0_1", "1.0.1"),
        ("pypi", "1.0.0", "1"),
        ("pypi", "1.0-1", "1.0.post1"),
        ("npm", "v1.0.0+a", "1.0.0+b"),
        ("gem", "1.0", "1"),
        ("maven", "1.0.0", "1-ga"),
        ("maven", "1-cr1", "1-rc1"),
        ("maven", "1a1", "1-alpha-1"),
    ],
)
def test_different_texts_of_one_version(kind: str, first: str, second: str) -> None:
    """Some differences mean nothing."""
    assert ORDERS[kind](first, second) == 0


@pytest.mark.parametrize("kind", sorted(ORDERS))
@given(left=TEXTS, right=TEXTS)
def test_an_order_has_two_directions(kind: str, left: str, right: str) -> None:
    """What is older one way round is newer the other way round."""
    order = ORDERS[kind]
    there, back = order(left, right), order(right, left)
    assert (there > 0) == (back < 0)
    assert (there == 0) == (back == 0)


@pytest.mark.parametrize("kind", sorted(set(ORDERS) - {"rpm", "maven"}))
@given(versions=st.lists(TEXTS, min_size=3, max_size=3))
def test_an_order_is_transitive(kind: str, versions: list[str]) -> None:
    """No three versions run in a circle, whatever their texts (rpm's and Maven's own do)."""
    order = ORDERS[kind]
    first, second, third = sorted(versions, key=functools.cmp_to_key(order))
    assert order(first, second) <= 0
    assert order(second, third) <= 0
    assert order(first, third) <= 0
