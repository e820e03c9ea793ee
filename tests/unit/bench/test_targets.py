"""Targets: met, not met or not measured, from figures alone."""

import pytest
from bench.cases import Group
from bench.figures import DOCKER_REGISTRY, PORTSIDE, ZOT, Memory
from bench.targets import TARGETS, Target, Verdict, judge, judge_all, judge_memory
from tests.unit.bench.figures_factory import outcome, run

BOTH = Target(Group.MANIFEST_GET, (DOCKER_REGISTRY, ZOT), 2)
ALONE = Target(Group.MANIFEST_GET, (DOCKER_REGISTRY,), 2)
RAN = (PORTSIDE, DOCKER_REGISTRY)


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [(200.0, Verdict.MET), (199.0, Verdict.NOT_MET), (500.0, Verdict.MET)],
)
def test_the_bound_belongs_to_the_target(rate: float, verdict: Verdict) -> None:
    found = judge(ALONE, [outcome([run(rate)], [run(100.0)])], RAN)
    assert found.verdict is verdict
    assert found.worst == pytest.approx(rate / 100)


def test_one_slow_case_breaks_a_target() -> None:
    outcomes = [outcome([run(900.0)], [run(100.0)]), outcome([run(150.0)], [run(100.0)])]
    found = judge(ALONE, outcomes, RAN)
    assert found.verdict is Verdict.NOT_MET
    assert (found.cases_met, found.cases_total) == (1, 2)
    assert found.worst == pytest.approx(1.5)
    assert found.best == pytest.approx(9.0)


def test_cases_of_other_groups_do_not_count() -> None:
    outcomes = [
        outcome([run(300.0)], [run(100.0)]),
        outcome([run(1.0)], [run(100.0)], group=Group.BLOB_PULL),
    ]
    assert judge(ALONE, outcomes, RAN).verdict is Verdict.MET


def test_the_faster_peer_decides() -> None:
    seen = outcome([run(200.0)], [run(50.0)], zot=[run(150.0)])
    assert judge(BOTH, [seen], (*RAN, ZOT)).verdict is Verdict.NOT_MET


@pytest.mark.parametrize(
    ("rate", "verdict"), [(300.0, Verdict.NOT_MEASURED), (150.0, Verdict.NOT_MET)]
)
def test_without_one_peer_a_target_can_be_broken_but_not_met(rate: float, verdict: Verdict) -> None:
    found = judge(BOTH, [outcome([run(rate)], [run(100.0)])], RAN)
    assert found.verdict is verdict
    assert found.worst == pytest.approx(rate / 100)
    assert found.remark == "zot did not run"


@pytest.mark.parametrize(
    ("rate", "verdict"), [(300.0, Verdict.NOT_MEASURED), (150.0, Verdict.NOT_MET)]
)
def test_a_case_that_a_peer_fails_proves_nothing(rate: float, verdict: Verdict) -> None:
    seen = outcome([run(rate)], [run(100.0)], zot=[run(errors=1)])
    found = judge(BOTH, [seen], (*RAN, ZOT))
    assert found.verdict is verdict
    assert found.remark == "zot failed: a case"


def test_without_any_peer_nothing_was_measured() -> None:
    found = judge(BOTH, [outcome([run(300.0)])], (PORTSIDE,))
    assert found.verdict is Verdict.NOT_MEASURED


def test_a_case_that_portside_fails_is_not_met() -> None:
    outcomes = [
        outcome([run(900.0)], [run(100.0)]),
        outcome([run(errors=1)], [run(100.0)], key="the broken one"),
    ]
    found = judge(ALONE, outcomes, RAN)
    assert found.verdict is Verdict.NOT_MET
    assert "the broken one" in found.remark


def test_memory_must_be_less_than_twice() -> None:
    def verdict(rss: int) -> Verdict:
        memory = {
            PORTSIDE: Memory(rss, rss, (rss,), (rss,)),
            DOCKER_REGISTRY: Memory(50, 50, (50,), (50,)),
        }
        return judge_memory(memory).verdict

    assert verdict(99) is Verdict.MET
    assert verdict(100) is Verdict.NOT_MET
    assert judge_memory({}).verdict is Verdict.NOT_MEASURED


def test_every_target_has_its_finding() -> None:
    found = judge_all([outcome([run()], [run()])], {}, RAN)
    assert len(found) == len(TARGETS) + 1
    assert len({finding.title for finding in found}) == len(found)
