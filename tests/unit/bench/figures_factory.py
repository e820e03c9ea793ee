"""Runs and outcomes with chosen figures, for tests of what is made of them."""

from bench.cases import MIB, Case, Group
from bench.figures import DOCKER_REGISTRY, PORTSIDE, ZOT, Outcome, Run


def run(rate: float = 100.0, **changes: object) -> Run:
    """Return a run of two seconds with the given rate; `changes` replace other figures."""
    operations = round(rate * 2)
    figures: dict[str, object] = {
        "operations": operations,
        "requests": operations * 3 + 3,
        "warmups": 0,
        "seconds": 2.0,
        "size": operations * MIB,
        "errors": 0,
        "messages": (),
        "p50_ms": 1.0,
        "p95_ms": 2.0,
        "p99_ms": 3.0,
        "server_cpu_seconds": 1.0,
        "foreign_share": 0.0,
    }
    return Run(**(figures | changes))  # type: ignore[arg-type]  # the keys are Run's own


def outcome(
    portside: list[Run],
    docker: list[Run] | None = None,
    group: Group = Group.MANIFEST_GET,
    key: str = "a case",
    zot: list[Run] | None = None,
) -> Outcome:
    """Return an outcome of the given rounds."""
    rounds = {PORTSIDE: portside, DOCKER_REGISTRY: docker, ZOT: zot}
    ran = {name: runs for name, runs in rounds.items() if runs is not None}
    return Outcome(Case(key, group, {}), ran)
