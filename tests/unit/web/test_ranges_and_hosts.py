"""Byte ranges against a reading of RFC 9110 byte by byte; hosts that name registries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.names.accounts import AccountId, Region, RegistryId
from portside.web.addressing import HOST_LENGTH_MAX, Addressing
from portside.web.ranges import ByteRange, Unsatisfiable, parse_range

DEFAULT = RegistryId(AccountId("123456789012"), Region("us-east-1"))
OTHER = RegistryId(AccountId("210987654321"), Region("eu-west-1"))
NUMBERS = st.none() | st.integers(0, 12) | st.sampled_from([10**18, 10**19 - 1])


def asked_for(first: int | None, last: int | None, size: int) -> list[int]:
    """The positions that a range names, one by one (RFC 9110, sections 14.1.1 and 14.1.2)."""
    if first is None:
        return [at for at in range(size) if size - at <= (last or 0)]
    return [at for at in range(size) if first <= at and (last is None or at <= last)]


@given(NUMBERS, NUMBERS, st.integers(0, 10))
def test_ranges_hold_the_bytes_that_were_asked_for(
    first: int | None, last: int | None, size: int
) -> None:
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if first is None and last is None:
        assert parse_range(header, size) is None
        return
    expected = asked_for(first, last, size)
    if not expected:
        with pytest.raises(Unsatisfiable):
            parse_range(header, size)
        return
    found = parse_range(header, size)
    assert found == ByteRange(expected[0], expected[-1], size)
    assert found.length == len(expected)
    assert found.content_range == f"bytes {expected[0]}-{expected[-1]}/{size}"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=0",
        "bytes=0-1,3-4",
        "bytes=-1,0-",
        "bytes=a-b",
        "bytes=0x1-2",
        "bytes=1.0-2",
        "bytes=--1",
        "bytes=+1-2",
        "bytes=0-1-2",
        "items=0-1",
        "0-1",
        "bytes=0-1;x",
        "bytes=" + "9" * 1_000_000 + "-",
        "bytes=" + " " * 50_000 + "x",
    ],
)
def test_what_is_no_single_byte_range_asks_for_everything(header: str | None) -> None:
    assert parse_range(header, 10) is None


@given(
    st.text("0123456789", min_size=12, max_size=12),
    st.sampled_from(["us-east-1", "eu-central-2", "us-gov-west-1", "ap-southeast-4"]),
    st.sampled_from(["amazonaws.com", "amazonaws.com.cn", "localhost", "registry.example"]),
    st.sampled_from(["", ":5000", ":443"]),
    st.booleans(),
)
def test_hosts_of_ecrs_form(
    account: str, region: str, suffix: str, port: str, is_shouted: bool
) -> None:
    host = f"{account}.dkr.ecr.{region}.{suffix}{port}"
    found = Addressing(DEFAULT, 5000).registry(host.upper() if is_shouted else host)
    assert found == RegistryId(AccountId(account), Region(region))


@pytest.mark.parametrize("suffix", ["amazonaws.com", "localhost", "registry.example"])
@pytest.mark.parametrize("port", [80, 443, 5000])
def test_a_shown_host_names_its_registry(suffix: str, port: int) -> None:
    addressing = Addressing(DEFAULT, port, suffix)
    shown = addressing.shown_host(OTHER, "whatever")
    assert addressing.registry(shown) == OTHER
    assert shown.endswith(f":{port}") is (port == 5000)


@pytest.mark.parametrize(
    "host",
    [
        "210987654321.dkr.ecr.eu-west-1",
        "210987654321.dkr.ecr.eu-west-1.",
        "x210987654321.dkr.ecr.eu-west-1.localhost",
        "2109876543210.dkr.ecr.eu-west-1.localhost",
        "210987654321.dkr.ecr-fips.eu-west-1.localhost",
        "210987654321.ecr.eu-west-1.localhost",
        "210987654321xdkrxecrxeu-west-1.localhost",
        "210987654321.dkr.ecr.eu-west-1.localhost:",
        "210987654321.dkr.ecr.eu-west-1.localhost:x",
        "210987654321.dkr.ecr.eu-west-1.localhost\n",
        "210987654321.dkr.ecr.eu-west-1.local host",
        "210987654321.dkr.ecr.eu-west-1." + "a" * HOST_LENGTH_MAX,
        "127.0.0.1:5000",
    ],
)
def test_hosts_that_only_look_like_ecrs(host: str) -> None:
    assert Addressing(DEFAULT, 5000).registry(host) == DEFAULT


@given(st.text(max_size=60))
def test_any_host_is_answered_with_one_that_is_safe_to_show(host: str) -> None:
    addressing = Addressing(DEFAULT, 5000)
    assert isinstance(addressing.registry(host), RegistryId)
    shown = addressing.shown_host(DEFAULT, host)
    assert shown in (host, "localhost:5000")
    assert not set(shown) & set("\r\n\t \"'<>/\\@?#,;")
