"""Which addresses may be connected to on behalf of a caller."""

import pytest

from portside.names.addresses import is_public
from portside.registry.upstreams import Endpoint
from portside.services.upstreams.addresses import AddressRefused, choose_address

PUBLIC = Endpoint("https", "registry.example.com", 443)
INSIDE = Endpoint("http", "10.0.0.5", 5000)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "1.1.1.1"])
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - refused, not bound
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::1",
        "fe80::1%eth0",
        "not an address",
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


def test_every_address_of_a_host_must_be_public() -> None:
    def choose(*addresses: str) -> str:
        return choose_address(
            PUBLIC, allowed=(), is_trusted=False, resolve=lambda _host, _port: list(addresses)
        )

    assert choose("8.8.8.8", "1.1.1.1") == "8.8.8.8"
    for addresses in (("8.8.8.8", "127.0.0.1"), ("169.254.169.254",), ()):
        with pytest.raises(AddressRefused):
            choose(*addresses)


def test_what_is_allowed_may_lie_anywhere_but_only_for_itself() -> None:
    def choose(endpoint: Endpoint, *, is_trusted: bool) -> str:
        return choose_address(
            endpoint,
            allowed=(INSIDE,),
            is_trusted=is_trusted,
            resolve=lambda _host, _port: ["10.0.0.5"],
        )

    assert choose(INSIDE, is_trusted=True) == "10.0.0.5"
    others = [Endpoint("http", "10.0.0.5", 5001), Endpoint("https", "10.0.0.5", 5000), PUBLIC]
    for endpoint in others:
        with pytest.raises(AddressRefused):
            choose(endpoint, is_trusted=True)
    # A public upstream that redirects to it does not get there.
    with pytest.raises(AddressRefused):
        choose(INSIDE, is_trusted=False)


def test_without_tls_only_what_is_allowed() -> None:
    with pytest.raises(AddressRefused, match="TLS"):
        choose_address(
            Endpoint("http", "registry.example.com", 80),
            allowed=(),
            is_trusted=False,
            resolve=lambda _host, _port: ["8.8.8.8"],
        )
