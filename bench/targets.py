"""Targets: which ratios Portside promises, and whether the figures keep them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.cases import Group
from bench.figures import DOCKER_REGISTRY, PORTSIDE, ZOT, Memory, Outcome

FASTER_OF_BOTH = "the faster of docker-registry and zot"


class Verdict(StrEnum):
    """What the figures say of a target."""

    MET = "met"
    NOT_MET = "NOT MET"
    NOT_MEASURED = "NOT MEASURED"


@dataclass(frozen=True, slots=True)
class Target:
    """A promise on a group of cases: the ratio of rates to `peers` is at least `least`."""

    group: Group
    peers: tuple[str, ...]
    least: float

    @property
    def title(self) -> str:
        """The promise in words."""
        against = self.peers[0] if len(self.peers) == 1 else FASTER_OF_BOTH
        return f"{self.group} ≥ {self.least:g} x {against}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A target with what the figures say: the worst ratio of its cases decides."""

    title: str
    verdict: Verdict
    worst: float | None
    best: float | None
    cases_met: int
    cases_total: int
    remark: str = ""


BOTH = (DOCKER_REGISTRY, ZOT)
TARGETS = (
    Target(Group.MANIFEST_GET, (DOCKER_REGISTRY,), 4),
    Target(Group.MANIFEST_GET, (ZOT,), 2),
    Target(Group.BLOB_PUSH, BOTH, 2),
    Target(Group.SMALL_PUSH, BOTH, 2),
    Target(Group.BLOB_PULL, BOTH, 1),
)
MEMORY_TITLE = "Memory (RSS) per worker < 2 x docker-registry"
MEMORY_RATIO_MAX = 2.0


def judge(target: Target, outcomes: Sequence[Outcome], servers: Sequence[str]) -> Finding:
    """Return what the figures say of a target; it is met only when every case of it is.

    A case that Portside failed is a case not met. Where a peer has no figure, a ratio that is too
    low to the others decides all the same, but a good one proves nothing.
    """
    mine = [outcome for outcome in outcomes if outcome.case.group == target.group]
    present = [peer for peer in target.peers if peer in servers]
    broken = [outcome.case.key for outcome in mine if outcome.failure(PORTSIDE)]
    unknown = _without_figures(target, mine, servers)
    ratios = [r for outcome in mine if (r := outcome.ratio_to_fastest(present)) is not None]
    met = sum(ratio >= target.least for ratio in ratios)
    total = len(ratios) + len(broken)
    remark = "; ".join([*unknown, *([f"failed: {', '.join(broken)}"] if broken else [])])
    if met < total and present:
        verdict = Verdict.NOT_MET
    else:
        verdict = Verdict.NOT_MEASURED if unknown or total == 0 else Verdict.MET
    worst, best = min(ratios, default=None), max(ratios, default=None)
    return Finding(target.title, verdict, worst, best, met, total, remark)


def _without_figures(
    target: Target, outcomes: Sequence[Outcome], servers: Sequence[str]
) -> list[str]:
    """Return for each peer of a target why some of its figures are not there, if they are not."""
    said = []
    for peer in target.peers:
        failed = [outcome.case.key for outcome in outcomes if outcome.failure(peer)]
        if peer not in servers:
            said.append(f"{peer} did not run")
        elif failed:
            said.append(f"{peer} failed: {', '.join(failed)}")
    return said


def judge_memory(memory: Mapping[str, Memory]) -> Finding:
    """Return what the memory after the load says of the memory target."""
    mine, theirs = memory.get(PORTSIDE), memory.get(DOCKER_REGISTRY)
    if mine is None or theirs is None:
        return Finding(MEMORY_TITLE, Verdict.NOT_MEASURED, None, None, 0, 0)
    ratio = mine.rss_per_worker / theirs.rss_per_worker
    kept = ratio < MEMORY_RATIO_MAX
    verdict = Verdict.MET if kept else Verdict.NOT_MET
    return Finding(MEMORY_TITLE, verdict, ratio, ratio, int(kept), 1)


def judge_all(
    outcomes: Sequence[Outcome], memory: Mapping[str, Memory], servers: Sequence[str]
) -> list[Finding]:
    """Return the findings of all targets."""
    judged = [judge(target, outcomes, servers) for target in TARGETS]
    return [*judged, judge_memory(memory)]
