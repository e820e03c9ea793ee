"""`python -m bench.nodes`: what 1, 2 and 3 server nodes on the same stores do together.

Each node has one process and gets the load of its own four clients, all at the same time. Where the
nodes have fewer cores than processes, throughput cannot grow with them; so the processor time that
the servers spend on a request is told, too: it says whether nodes make one another work. Rounds of
1, 2 and 3 nodes alternate. Written to `bench/results/nodes.{json,md}`.
"""

import argparse
import json
import statistics
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import loader
from bench.processes import busy_seconds, cpu_seconds, machine, today
from tests.live import LiveServer
from tests.scale.sharing import OneFolder, PostgreSQLAndS3, Stores

NODES = (1, 2, 3)
STORES = {"folder": "SQLite and a folder", "shared": "PostgreSQL and a bucket (versitygw)"}
CLIENTS = 4
REPOSITORY = "bench/nodes"
IMAGES = {"repository": REPOSITORY, "seed": "nodes", "count": 16, "layers": 10, "size": 1024}
BLOBS = {"repository": REPOSITORY, "seed": "pull", "count": 16, "size": 1024}
PUSHES = 400
"""Of each node in a round; their content is made before the clock."""


@dataclass(frozen=True, slots=True)
class Case:
    """A load that each node gets."""

    name: str
    load: dict[str, Any]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What some nodes did in one round."""

    per_second: float
    server_us: float
    """Processor time of all server processes for each operation, in microseconds."""
    servers_share: float
    """Of the machine's processor time; the load generator and everybody else have the rest."""


@dataclass(frozen=True, slots=True)
class Row:
    """The medians of a case with so many nodes."""

    case: str
    nodes: int
    per_second: float
    server_us: float
    servers_share: float


def cases(seconds: float) -> tuple[Case, ...]:
    """What is measured, each for so many seconds."""
    manifest = {**IMAGES, "kind": "manifest", "method": "GET", "by": "tag", "seconds": seconds}
    pull = {**BLOBS, "kind": "blob-pull", "seconds": seconds}
    push: dict[str, Any] = {"repository": REPOSITORY, "kind": "blob-post", "size": 1024}
    return (
        Case("GET manifest by tag", manifest),
        Case("pull 1 KiB blob", pull),
        Case(
            "push 1 KiB blob (POST, PUT)", {**push, "operations": PUSHES, "seconds": 60}, fresh=True
        ),
    )


def measure(case: Case, nodes: Sequence[LiveServer], authorization: str) -> Seen:
    """Put the case's load on all these nodes at once."""
    specs = [
        {
            **case.load,
            **({"seed": uuid.uuid4().hex} if case.fresh else {}),
            "clients": CLIENTS,
            "address": node.host,
            "authorization": authorization,
        }
        for node in nodes
    ]
    before = sum(cpu_seconds(node.pid) for node in nodes), busy_seconds()
    with ThreadPoolExecutor(len(nodes)) as pool:
        results = list(pool.map(loader.run, specs))
    spent = sum(cpu_seconds(node.pid) for node in nodes) - before[0]
    busy = busy_seconds() - before[1]
    errors = [message for result in results for message in result["messages"]]
    if errors:
        raise loader.LoadError(errors[0])
    operations = sum(result["operations"] for result in results)
    per_second = sum(result["operations"] / result["seconds"] for result in results)
    return Seen(per_second, spent / operations * 1e6, spent / busy if busy else 0.0)


def fill(node: LiveServer, authorization: str) -> None:
    """Push what is pulled."""
    node.client("ecr").create_repository(repositoryName=REPOSITORY)
    where = {"address": node.host, "authorization": authorization, "clients": CLIENTS}
    loader.run({**IMAGES, **where, "kind": "seed-images", "operations": IMAGES["count"]})
    loader.run({**BLOBS, **where, "kind": "seed-blobs", "operations": BLOBS["count"]})


def run(stores: Stores, rounds: int, seconds: float) -> list[Row]:
    """All cases with all numbers of nodes."""
    loader.build()
    seen: dict[tuple[str, int], list[Seen]] = {}
    with ExitStack() as ending:
        nodes = [stores.node("--workers=1", "--no-tasks") for _ in range(max(NODES))]
        for node in nodes:
            ending.callback(node.close)
            node.start()
        authorization = f"Basic {nodes[0].authorization_token()}"
        fill(nodes[0], authorization)
        for number in range(rounds):
            for case in cases(seconds):
                counts = NODES if number % 2 == 0 else tuple(reversed(NODES))
                for count in counts:
                    found = measure(case, nodes[:count], authorization)
                    seen.setdefault((case.name, count), []).append(found)
    return [
        Row(
            name,
            count,
            statistics.median(one.per_second for one in found),
            statistics.median(one.server_us for one in found),
            statistics.median(one.servers_share for one in found),
        )
        for (name, count), found in sorted(seen.items())
    ]


def page(rows: Sequence[Row], told: dict[str, str]) -> str:
    """The results for people."""
    first = {row.case: row for row in rows if row.nodes == 1}
    lines = [
        "# 1, 2 and 3 server nodes on the same stores\n",
        ", ".join(f"{name}: {value}" for name, value in told.items()) + "\n",
        f"Each node is one process with {CLIENTS} clients of its own. Medians of the rounds.\n",
        (
            "| load | nodes | operations/s | of one node | server µs/operation | of one node "
            "| servers' share |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        one = first[row.case]
        lines.append(
            f"| {row.case} | {row.nodes} | {row.per_second:,.0f} | "
            f"{row.per_second / one.per_second:.2f} | {row.server_us:,.0f} | "
            f"{row.server_us / one.server_us:.2f} | {row.servers_share:.0%} |"
        )
    lines.append(
        "\nThe servers' share is of all processor time that the machine spent meanwhile; the load "
        "generator, which runs on the same cores, and everybody else had the rest. From as many "
        "nodes on as fill the cores, throughput can only stay; what must not grow is a request's "
        "processor time.\n"
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.nodes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--stores", choices=STORES, default="folder")
    parser.add_argument("--results", type=Path, default=loader.BENCH / "results")
    given = parser.parse_args()
    stores: Stores = OneFolder() if given.stores == "folder" else PostgreSQLAndS3()
    try:
        rows = run(stores, given.rounds, given.seconds)
    finally:
        stores.close()
    told = {**machine(), "run": today(), "stores": STORES[given.stores]}
    given.results.mkdir(exist_ok=True)
    document = {"machine": told, "rows": [asdict(row) for row in rows]}
    name = "nodes" if given.stores == "folder" else f"nodes-{given.stores}"
    (given.results / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
    text = page(rows, told)
    (given.results / f"{name}.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
