"""Statistics of runs: rates, CPU per operation, medians, ratios and failures."""

import pytest
from bench.figures import DOCKER_REGISTRY, PORTSIDE, ZOT, Memory, failed_run, least_disturbed
from tests.unit.bench.figures_factory import outcome, run


def test_rates_of_a_run() -> None:
    one = run(50.0)
    assert one.rate == 50.0
    assert one.mib_per_second == 50.0


def test_cpu_counts_what_came_before_the_clock() -> None:
    one = run(50.0, warmups=100, server_cpu_seconds=0.4, requests=400)
    assert one.cpu_ms_per_operation == pytest.approx(2.0)
    assert one.cpu_ms_per_request == pytest.approx(1.0)


def test_medians_ignore_one_outlier() -> None:
    seen = outcome([run(10.0), run(1000.0), run(20.0)]).median(PORTSIDE)
    assert seen is not None
    assert seen.rate == 20.0


def test_a_ratio_is_that_of_the_medians() -> None:
    seen = outcome([run(10.0), run(40.0), run(90.0)], [run(10.0), run(10.0), run(1.0)])
    assert seen.ratio(DOCKER_REGISTRY) == pytest.approx(4.0)
    assert seen.spread(PORTSIDE) == (10.0, 90.0)


def test_the_fastest_peer_gives_the_least_ratio() -> None:
    seen = outcome([run(100.0)], [run(50.0)], zot=[run(80.0)])
    assert seen.ratio_to_fastest([DOCKER_REGISTRY, ZOT]) == pytest.approx(1.25)
    assert seen.ratio_to_fastest([DOCKER_REGISTRY]) == pytest.approx(2.0)
    assert seen.ratio_to_fastest([]) is None


@pytest.mark.parametrize(
    "bad",
    [run(errors=1), run(messages=("status 500",)), run(0.0), failed_run("no server")],
    ids=["errors", "messages", "nothing done", "failed"],
)
def test_one_bad_round_fails_the_case(bad: object) -> None:
    seen = outcome([run(), bad, run()], [run(), run(), run()])  # type: ignore[list-item]  # parametrized as object
    assert seen.failure(PORTSIDE)
    assert seen.median(PORTSIDE) is None
    assert seen.spread(PORTSIDE) is None
    assert seen.ratio(DOCKER_REGISTRY) is None


def test_a_server_that_did_not_run_has_no_median() -> None:
    assert outcome([run()]).median(ZOT) is None
    assert outcome([run()]).ratio(ZOT) is None


def test_the_least_disturbed_run_is_kept() -> None:
    loud, quiet = run(foreign_share=0.5), run(foreign_share=0.1)
    assert least_disturbed([loud, quiet]) is quiet
    assert loud.disturbed
    assert not quiet.disturbed


def test_a_failure_is_never_covered_up_by_another_try() -> None:
    broken = run(foreign_share=0.9, errors=1)
    assert least_disturbed([run(foreign_share=0.3), broken]) is broken


def test_memory_per_worker_is_the_mean() -> None:
    assert Memory(100, 90, (30, 50), (20, 40)).rss_per_worker == 40


def test_rounds_with_a_disturbed_run_do_not_count() -> None:
    seen = outcome(
        [run(40.0), run(90.0), run(50.0)],
        [run(10.0), run(10.0, foreign_share=0.9), run(10.0)],
    )
    assert seen.quiet_rounds == [0, 2]
    assert seen.ratio(DOCKER_REGISTRY) == pytest.approx(4.5)


def test_all_rounds_count_when_each_was_disturbed() -> None:
    seen = outcome([run(40.0, foreign_share=0.9)], [run(10.0)])
    assert seen.quiet_rounds == [0]
    assert seen.ratio(DOCKER_REGISTRY) == pytest.approx(4.0)


def test_a_failure_in_a_disturbed_round_is_still_a_failure() -> None:
    seen = outcome([run(), run(errors=1, foreign_share=0.9)], [run(), run()])
    assert seen.failure(PORTSIDE)
