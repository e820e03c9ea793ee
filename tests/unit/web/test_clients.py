"""Who asks, through proxies and in spite of forged headers."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.web.clients import Client, TrustedProxies, parse_networks

PROXIES = TrustedProxies(parse_networks("10.0.0.0/8, 2001:db8::/32"))


def headers(forwarded: Sequence[str], schemes: Sequence[str]) -> Callable[[str], Sequence[str]]:
    return {"x-forwarded-for": forwarded, "x-forwarded-proto": schemes}.__getitem__


def address(peer: str | None, *forwarded: str) -> str | None:
    return PROXIES.client(peer, "http", headers(forwarded, ())).address


def scheme(peer: str, *schemes: str) -> str:
    return PROXIES.client(peer, "http", headers((), schemes)).scheme


def test_by_default_no_header_counts() -> None:
    told = headers(["1.2.3.4"], ["https"])
    assert TrustedProxies().client("10.0.0.1", "http", told) == Client("10.0.0.1", "http")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.7", ["1.2.3.4"], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["203.0.113.7, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.7, nonsense, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.7:4711"], "203.0.113.7"),
        ("10.0.0.1", ["[2001:db9::7]:4711"], "2001:db9::7"),
        ("10.0.0.1", ["2001:db9::7"], "2001:db9::7"),
        ("2001:db8::1", ["203.0.113.7"], "203.0.113.7"),
        ("::ffff:10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["::ffff:203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6" + ", 10.0.0.2" * 1000], "10.0.0.2"),
        (None, ["203.0.113.7"], None),
        ("socket", ["203.0.113.7"], "socket"),
    ],
)
def test_the_last_hop_that_nobody_vouches_for(
    peer: str | None, forwarded: list[str], expected: str | None
) -> None:
    assert address(peer, *forwarded) == expected


def test_the_scheme_is_taken_from_trusted_proxies_only() -> None:
    assert scheme("10.0.0.1", "https") == "https"
    assert scheme("10.0.0.1", "http, HTTPS") == "https"
    assert scheme("10.0.0.1", "https", "http") == "http"
    assert scheme("10.0.0.1", "gopher") == "http"
    assert scheme("10.0.0.1") == "http"
    assert scheme("203.0.113.7", "https") == "http"


@given(st.ip_addresses(), st.lists(st.ip_addresses() | st.text(max_size=10), max_size=5))
def test_an_untrusted_peer_cannot_be_another(peer: object, hops: list[object]) -> None:
    """Whatever an untrusted peer writes, it stays who it is."""
    forwarded = ", ".join(map(str, hops))
    trusted = any(ip_address(str(peer)) in network for network in PROXIES.networks)
    if not trusted:
        assert address(str(peer), forwarded) == str(peer)


@given(st.text(max_size=60))
def test_a_forged_beginning_changes_nothing(forged: str) -> None:
    """What stands before the hop that the proxy added has no say."""
    assert address("10.0.0.1", f"{forged},203.0.113.7") == "203.0.113.7"


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "proxy", "10.0.0.0/8;1.1.1.1"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not appear to be|has host bits set"):
        parse_networks(text)
