"""Figures: what one run gave, medians over rounds, and ratios of Portside to its peers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.cases import MIB, Case

PORTSIDE = "portside"
DOCKER_REGISTRY = "docker-registry"
ZOT = "zot"
PEERS = (DOCKER_REGISTRY, ZOT)
DISTURBED_SHARE_MAX = 0.15  # of the machine's CPU time, used by anybody else


@dataclass(frozen=True, slots=True)
class Run:
    """One round of one case on one server; `messages` tell why it failed, if it did."""

    operations: int
    requests: int
    warmups: int
    seconds: float
    size: int
    errors: int
    messages: tuple[str, ...]
    p50_ms: float
    p95_ms: float
    p99_ms: float
    server_cpu_seconds: float
    foreign_share: float

    @property
    def failed(self) -> bool:
        """Whether anything went wrong: then its figures count for nothing."""
        return bool(self.errors or self.messages) or self.operations == 0

    @property
    def disturbed(self) -> bool:
        """Whether other programs took so much CPU time that the run should be done again."""
        return self.foreign_share > DISTURBED_SHARE_MAX

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.operations / self.seconds

    @property
    def mib_per_second(self) -> float:
        """Payload in MiB a second."""
        return self.size / MIB / self.seconds

    @property
    def cpu_ms_per_operation(self) -> float:
        """The server's CPU milliseconds for one operation (for GET and HEAD: one request)."""
        return self.server_cpu_seconds * 1000 / (self.operations + self.warmups)

    @property
    def cpu_ms_per_request(self) -> float:
        """The server's CPU milliseconds for one HTTP request."""
        return self.server_cpu_seconds * 1000 / self.requests


def failed_run(message: str) -> Run:
    """Return the record of a run that gave no figures."""
    return Run(0, 0, 0, 0.0, 0, 1, (message,), 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Median:
    """Medians over a case's rounds on one server."""

    rate: float
    mib_per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms_per_operation: float
    cpu_ms_per_request: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case with its rounds on every server that ran."""

    case: Case
    rounds: Mapping[str, Sequence[Run]]

    @property
    def run_count(self) -> int:
        """How many runs there were, over all servers."""
        return sum(len(runs) for runs in self.rounds.values())

    @property
    def disturbed_count(self) -> int:
        """How many of them others disturbed."""
        return sum(run.disturbed for runs in self.rounds.values() for run in runs)

    @property
    def quiet_rounds(self) -> list[int]:
        """The rounds that count: those in which no server was disturbed, or all if none is so."""
        every = range(max(map(len, self.rounds.values()), default=0))
        quiet = [i for i in every if not any(runs[i].disturbed for runs in self.rounds.values())]
        return quiet or list(every)

    def counted(self, server: str) -> list[Run]:
        """Return a server's runs of the rounds that count."""
        runs = self.rounds.get(server, ())
        return [runs[i] for i in self.quiet_rounds] if runs else []

    def failure(self, server: str) -> str | None:
        """Return why the case failed on a server: one bad round fails it."""
        for run in self.rounds.get(server, ()):
            if run.failed:
                return run.messages[0] if run.messages else "no operation was finished"
        return None

    def median(self, server: str) -> Median | None:
        """Return the medians of a server, or None when it did not run or failed."""
        runs = self.counted(server)
        if not runs or self.failure(server):
            return None
        return Median(
            rate=median(run.rate for run in runs),
            mib_per_second=median(run.mib_per_second for run in runs),
            p50_ms=median(run.p50_ms for run in runs),
            p95_ms=median(run.p95_ms for run in runs),
            p99_ms=median(run.p99_ms for run in runs),
            cpu_ms_per_operation=median(run.cpu_ms_per_operation for run in runs),
            cpu_ms_per_request=median(run.cpu_ms_per_request for run in runs),
        )

    def ratio(self, peer: str) -> float | None:
        """Return Portside's median rate over the peer's, or None when one of them has none."""
        mine, theirs = self.median(PORTSIDE), self.median(peer)
        if mine is None or theirs is None:
            return None
        return mine.rate / theirs.rate

    def ratio_to_fastest(self, peers: Sequence[str]) -> float | None:
        """Return Portside's median rate over that of the fastest of the peers that ran."""
        ratios = [ratio for peer in peers if (ratio := self.ratio(peer)) is not None]
        return min(ratios, default=None)

    def spread(self, server: str) -> tuple[float, float] | None:
        """Return the least and the greatest rate of the rounds."""
        if self.median(server) is None:
            return None
        rates = [run.rate for run in self.counted(server)]
        return (min(rates), max(rates))


@dataclass(frozen=True, slots=True)
class Memory:
    """A server's memory after all load, in bytes: the whole tree, and each worker process."""

    rss: int
    pss: int
    worker_rss: tuple[int, ...]
    worker_pss: tuple[int, ...]

    @property
    def rss_per_worker(self) -> float:
        """The mean RSS of a worker process."""
        return sum(self.worker_rss) / len(self.worker_rss)


def least_disturbed(runs: Sequence[Run]) -> Run:
    """Return the run of a case that others disturbed least; failures hide behind nothing.

    A run that failed wins, so that a second try never covers an error up.
    """
    return min(runs, key=lambda run: (not run.failed, run.foreign_share))
