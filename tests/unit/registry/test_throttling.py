"""Rates as the operator writes them, and the buckets that hold accounts to them."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import Arn
from portside.registry.throttling import RATES_MAX, Bucket, Rate, Throttled, find_rate, parse_rates
from portside.web.throttling import BUCKETS_MAX, Throttle

ONE = RegistryId(AccountId("111111111111"), Region("us-east-1"))
OTHER = RegistryId(AccountId("222222222222"), Region("us-east-1"))
ELSEWHERE = RegistryId(AccountId("111111111111"), Region("eu-west-1"))


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def admitted(throttle: Throttle, registry: RegistryId, action: str | None, times: int) -> int:
    count = 0
    for _ in range(times):
        try:
            throttle.admit(registry, action)
        except Throttled:
            continue
        count += 1
    return count


def test_rates_are_read() -> None:
    assert parse_rates("ecr:PutImage=10:20, ecr:Get*=0.5,*=100") == (
        Rate("ecr:PutImage", 10.0, 20),
        Rate("ecr:Get*", 0.5, 1),
        Rate("*", 100.0, 100),
    )


@pytest.mark.parametrize(
    "text",
    ["", "x", "x=", "=1", "x=0", "x=-1", "x=1:", "x=1:a", "x=1,", "x y=1", "x=1;y=2", "x=1e3"],
)
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match="ACTIONS=RATE"):
        parse_rates(text)


def test_rates_are_bounded() -> None:
    assert len(parse_rates(",".join(["a=1"] * RATES_MAX))) == RATES_MAX
    with pytest.raises(ValueError, match="ACTIONS=RATE"):
        parse_rates(",".join(["a=1"] * (RATES_MAX + 1)))


def test_the_first_rate_that_names_the_action_holds() -> None:
    rates = parse_rates("ecr:PutImage=1,ecr:*=2")
    assert find_rate(rates, "ecr:PutImage") == rates[0]
    assert find_rate(rates, "ecr:ListImages") == rates[1]
    assert find_rate(rates, "sts:GetCallerIdentity") is None


@given(
    st.floats(0.1, 1000),
    st.integers(1, 1000),
    st.lists(st.floats(0, 100), min_size=1, max_size=200),
)
def test_a_bucket_never_gives_more_than_its_burst_and_rate(
    per_second: float, burst: int, steps: list[float]
) -> None:
    bucket = Bucket(Rate("*", per_second, burst), float(burst), 0.0)
    now, given_out = 0.0, 0
    for step in steps:
        now += step
        given_out += bucket.take(now) == 0
        assert given_out <= burst + per_second * now + 1e-6
        assert 0 <= bucket.left <= burst


@given(st.floats(0.1, 1000), st.integers(1, 50), st.floats(0, 1e6))
def test_who_waits_as_long_as_told_is_admitted(per_second: float, burst: int, now: float) -> None:
    bucket = Bucket(Rate("*", per_second, burst), 0.0, now)
    wait = bucket.take(now)
    assume(wait > 0)
    assert bucket.take(now + wait * (1 + 1e-6) + 1e-6) == 0


def test_each_account_region_and_rate_has_its_own_bucket() -> None:
    clock = Clock()
    throttle = Throttle(parse_rates("ecr:PutImage=1:3,ecr:*=1:2"), clock)
    assert admitted(throttle, ONE, "ecr:PutImage", 9) == 3
    assert admitted(throttle, ONE, "ecr:ListImages", 5) == 2
    assert admitted(throttle, ONE, "ecr:DescribeImages", 5) == 0
    assert admitted(throttle, OTHER, "ecr:PutImage", 9) == 3
    assert admitted(throttle, ELSEWHERE, "ecr:PutImage", 9) == 3
    assert admitted(throttle, ONE, None, 50) == 50
    clock.now += 2
    assert admitted(throttle, ONE, "ecr:PutImage", 9) == 2


def test_without_rates_nobody_is_held() -> None:
    assert admitted(Throttle((), Clock()), ONE, "ecr:PutImage", 1000) == 1000


def test_buckets_are_bounded() -> None:
    throttle = Throttle(parse_rates("*=1:1"), Clock())
    for number in range(BUCKETS_MAX + 10):
        registry = RegistryId(AccountId(f"{number:012}"), Region("us-east-1"))
        throttle.admit(registry, "ecr:PutImage")
    assert len(throttle._buckets) == BUCKETS_MAX


def test_a_principal_s_excess_costs_its_account_nothing() -> None:
    """Who asks too much alone leaves the account's bucket to the others."""
    clock = Clock()
    account, alone = (Rate("*", 0.001, 5),), (Rate("*", 0.001, 2),)
    throttle = Throttle(account, clock, alone)

    def admitted_of(name: str, times: int) -> int:
        count = 0
        for _ in range(times):
            try:
                throttle.admit(ONE, "ecr:X", Arn(f"arn:aws:iam::111111111111:user/{name}"))
            except Throttled:
                continue
            count += 1
        return count

    assert [admitted_of(name, 10) for name in ("a", "b", "c")] == [2, 2, 1]
    assert admitted(throttle, ONE, "ecr:X", 3) == 0
