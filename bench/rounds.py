"""The rounds: every case on every server in turn, several times, in changing order."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import loader, processes
from bench.cases import Case, Group, Preparation, Scale, preparations, tags_case, tags_filling
from bench.figures import DISTURBED_SHARE_MAX, Memory, Outcome, Run, failed_run, least_disturbed
from bench.servers import STARTERS, Server, ServerError
from rich.console import Console
from rich.progress import Progress

QUIET_SAMPLE_SECONDS = 0.15


@dataclass
class Measured:
    """Everything that the rounds gave."""

    outcomes: list[Outcome] = field(default_factory=list)
    memory: dict[str, Memory] = field(default_factory=dict)
    memory_at_start: dict[str, Memory] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    preparation_seconds: dict[str, dict[str, float]] = field(default_factory=dict)
    reruns: int = 0
    patience_used: float = 0.0


def measure(
    scale: Scale, todo: Sequence[Case], round_count: int, work: Path, console: Console
) -> Measured:
    """Start all servers, fill them, run all rounds of `todo`, and return what was seen.

    A peer that cannot be started is named in `missing`, loudly, and the others go on.
    """
    seen = Measured()
    with ExitStack() as stack:
        servers = _start(work, stack, seen, console)
        for server in servers:
            seen.memory_at_start[server.name] = processes.memory(server.pid)
        wanted = {case.load.get("seed") for case in todo}
        steps = [step for step in preparations(scale) if step.load["seed"] in wanted]
        for step in steps:
            _prepare_all(servers, step, seen, console)
        todo = _fill_tags(servers, scale, todo, seen, console)
        rounds: dict[str, dict[str, list[Run]]] = {
            case.key: {server.name: [] for server in servers} for case in todo
        }
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("", total=round_count * len(todo) * len(servers))
            for number in range(round_count):
                for case in todo:
                    for server in _turned(servers, number):
                        title = f"round {number + 1}: {case.key} on {server.name}"
                        progress.update(task, description=title)
                        run = _run_undisturbed(server, case, scale, seen)
                        rounds[case.key][server.name].append(run)
                        _complain(console, title, run)
                        progress.advance(task)
        seen.outcomes = [Outcome(case, rounds[case.key]) for case in todo]
        for server in servers:
            seen.memory[server.name] = processes.memory(server.pid)
    return seen


def _start(work: Path, stack: ExitStack, seen: Measured, console: Console) -> list[Server]:
    started = []
    for name, make in STARTERS.items():
        console.print(f"starting {name}")
        try:
            server = stack.enter_context(make(work))
        except ServerError as error:
            seen.missing[name] = str(error)
            console.print(f"[bold red]NOT MEASURED: {name}:[/] {error}", highlight=False)
            continue
        seen.versions[name] = server.version
        started.append(server)
    return started


def _turned(servers: Sequence[Server], number: int) -> list[Server]:
    turn = number % len(servers)
    return [*servers[turn:], *servers[:turn]]


def _fill_tags(
    servers: Sequence[Server], scale: Scale, todo: Sequence[Case], seen: Measured, console: Console
) -> list[Case]:
    """Fill in as many tags as every server takes in time, and return the cases with that count.

    Lists of different lengths are no comparison: when one server cannot take a count, all are
    measured at the next smaller one, and the report says so.
    """
    if not any(case.group == Group.TAGS for case in todo):
        return list(todo)
    images = scale.tagged_images[0]
    for images in scale.tagged_images:
        if _prepare_all(servers, tags_filling(scale, images), seen, console):
            break
    fitting = tags_case(scale, images)
    if images != scale.tagged_images[0]:
        seen.remarks.append(f"Tags were therefore measured on all servers as: {fitting.key}.")
    return [fitting if case.group == Group.TAGS else case for case in todo]


def _prepare_all(
    servers: Sequence[Server], step: Preparation, seen: Measured, console: Console
) -> bool:
    """Prepare all servers at the same time, and return whether each of them is ready."""
    with ThreadPoolExecutor(len(servers)) as pool:
        said = list(pool.map(lambda server: _prepare(server, step, seen, console), servers))
    seen.remarks += [problem for problem in said if problem]
    return not any(said)


def _prepare(server: Server, step: Preparation, seen: Measured, console: Console) -> str:
    """Prepare one server, and return what went wrong, or nothing."""
    spent = seen.preparation_seconds.setdefault(server.name, {})
    began = time.monotonic()
    result = _load(server, step.load, step.seconds_max or loader.RUN_SECONDS_MAX)
    spent[step.title] = time.monotonic() - began
    if isinstance(result, dict) and not result["errors"]:
        console.print(f"{server.name}: {step.title} in {spent[step.title]:.1f} s")
        return ""
    said = result if isinstance(result, str) else result["messages"][0]
    problem = f"{server.name} could not be filled with {step.title}: {said}."
    console.print(f"[bold red]{problem}[/]", highlight=False)
    return problem


def _load(server: Server, load: Any, seconds_max: float) -> dict[str, Any] | str:
    where = {"address": server.address, "authorization": server.authorization}
    try:
        return loader.run({**load, **where}, seconds_max)
    except loader.LoadError as error:
        return str(error)


def _run_undisturbed(server: Server, case: Case, scale: Scale, seen: Measured) -> Run:
    """Run a case when the machine is quiet, and again while it was not; patience has an end."""
    _await_quiet(scale, seen)
    runs = [_run(server, case)]
    while runs[-1].disturbed and not runs[-1].failed and len(runs) <= scale.rerun_max:
        if seen.patience_used > scale.patience_seconds:
            break
        began = time.monotonic()
        seen.reruns += 1
        runs.append(_run(server, case))
        seen.patience_used += time.monotonic() - began
    return least_disturbed(runs)


def _await_quiet(scale: Scale, seen: Measured) -> None:
    while seen.patience_used < scale.patience_seconds:
        busy = processes.busy_seconds()
        time.sleep(QUIET_SAMPLE_SECONDS)
        capacity = QUIET_SAMPLE_SECONDS * (os.cpu_count() or 1)
        if (processes.busy_seconds() - busy) / capacity <= DISTURBED_SHARE_MAX:
            return
        seen.patience_used += QUIET_SAMPLE_SECONDS


def _run(server: Server, case: Case) -> Run:
    load = dict(case.load)
    if case.fresh:
        load["seed"] = f"push-{os.urandom(8).hex()}"
    os.sync()  # nobody pays for what another has left to be written
    began, busy = time.monotonic(), processes.busy_seconds()
    own, others = processes.cpu_seconds(server.pid), processes.children_seconds()
    result = _load(server, load, loader.RUN_SECONDS_MAX)
    if isinstance(result, str):
        return failed_run(result)
    used = processes.cpu_seconds(server.pid) - own
    loaders = processes.children_seconds() - others
    foreign = processes.busy_seconds() - busy - used - loaders
    capacity = (time.monotonic() - began) * (os.cpu_count() or 1)
    return Run(
        operations=result["operations"],
        requests=result["requests"],
        warmups=result["warmups"],
        seconds=result["seconds"],
        size=result["bytes"],
        errors=result["errors"],
        messages=tuple(result["messages"]),
        p50_ms=result["p50_ms"],
        p95_ms=result["p95_ms"],
        p99_ms=result["p99_ms"],
        server_cpu_seconds=used,
        foreign_share=max(0.0, foreign / capacity),
    )


def _complain(console: Console, title: str, run: Run) -> None:
    if run.failed:
        said = run.messages[0] if run.messages else "no operation was finished"
        console.print(f"[bold red]FAILED: {title}:[/] {said}", highlight=False)
    elif run.disturbed:
        share = f"{run.foreign_share:.0%}"
        console.print(f"[yellow]disturbed:[/] {title}: others used {share} of the machine")
