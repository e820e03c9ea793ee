"""`python -m bench`: measure Portside beside its peers and write `bench/results/`."""

import argparse
import shutil
import sys
import time
from pathlib import Path

from bench import loader, processes
from bench.cases import FULL, QUICK, cases
from bench.chart import Bars, svg
from bench.report import Report, as_json, markdown
from bench.rounds import measure
from bench.targets import judge_all
from rich.console import Console
from rich.markdown import Markdown

RESULTS = loader.BENCH / "results"
FREE_GIB_MIN = {False: 30, True: 4}


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of all cases (default 3)")
    parser.add_argument("--quick", action="store_true", help="one short round: does it work?")
    parser.add_argument("--only", default="", help="only the cases that have this text in them")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder to write to")
    return parser.parse_args()


def main() -> int:
    """Run the benchmark; 1 when a case failed on Portside, so that nobody overlooks it."""
    asked, console = arguments(), Console()
    data = loader.WORK / "data"
    loader.WORK.mkdir(exist_ok=True)
    free = shutil.disk_usage(loader.WORK).free / 2**30
    if free < FREE_GIB_MIN[asked.quick]:
        console.print(f"[red]only {free:.0f} GiB are free; {FREE_GIB_MIN[asked.quick]} needed[/]")
        return 2
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    try:
        loader.build()
        report = _measured(asked, data, console)
        _write(report, asked.results)
        console.print(Markdown(markdown(report)))
        console.print(f"written to {asked.results}/latest.{{md,svg,json}}")
    finally:
        console.print("removing the data")
        shutil.rmtree(data, ignore_errors=True)
    return int(any(outcome.failure("portside") for outcome in report.outcomes))


def _measured(asked: argparse.Namespace, data: Path, console: Console) -> Report:
    began, scale = time.monotonic(), QUICK if asked.quick else FULL
    round_count = 1 if asked.quick else asked.rounds
    todo = [case for case in cases(scale) if asked.only in case.key]
    seen = measure(scale, todo, round_count, data, console)
    return Report(
        date=processes.today(),
        machine=processes.machine(),
        versions=seen.versions,
        missing=seen.missing,
        remarks=seen.remarks,
        round_count=round_count,
        quick=asked.quick,
        outcomes=seen.outcomes,
        memory=seen.memory,
        memory_at_start=seen.memory_at_start,
        preparation_seconds=seen.preparation_seconds,
        findings=judge_all(seen.outcomes, seen.memory, list(seen.versions)),
        reruns=seen.reruns,
        wall_seconds=time.monotonic() - began,
    )


def _write(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    bars = [
        Bars(outcome.case.key, {peer: outcome.ratio(peer) for peer in report.peers})
        for outcome in report.outcomes
    ]
    where = f"{report.date}, {report.machine['CPU']}, {report.machine['cores']} cores"
    missing = "".join(f"; {name} was NOT MEASURED" for name in report.missing)
    (folder / "latest.md").write_text(markdown(report))
    (folder / "latest.svg").write_text(svg(bars, report.peers, where + missing))
    (folder / "latest.json").write_text(as_json(report) + "\n")


if __name__ == "__main__":
    sys.exit(main())
