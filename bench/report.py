"""The report: Markdown for readers, JSON with every figure of every round. Pure rendering."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bench.figures import DISTURBED_SHARE_MAX, PEERS, PORTSIDE, Memory, Outcome
from bench.targets import Finding, Verdict

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says."""

    date: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    missing: Mapping[str, str]
    remarks: Sequence[str]
    round_count: int
    quick: bool
    outcomes: Sequence[Outcome]
    memory: Mapping[str, Memory]
    memory_at_start: Mapping[str, Memory]
    preparation_seconds: Mapping[str, Mapping[str, float]]
    findings: Sequence[Finding]
    reruns: int
    wall_seconds: float

    @property
    def servers(self) -> list[str]:
        """The servers that ran, Portside first."""
        return [name for name in (PORTSIDE, *PEERS) if name in self.versions]

    @property
    def peers(self) -> list[str]:
        """The peers that ran."""
        return [name for name in self.servers if name != PORTSIDE]


def markdown(report: Report) -> str:
    """Return the report as Markdown."""
    parts = [
        "# Portside beside other registries",
        _preamble(report),
        "## Targets",
        _targets(report.findings),
        "## Cases",
        _cases_note(report),
        _cases(report),
        "## Memory after the load",
        _memory(report),
        "## Latency",
        _latency(report),
    ]
    return "\n\n".join(parts) + "\n"


def as_json(report: Report) -> str:
    """Return the report as JSON, with every figure of every round."""
    return json.dumps(
        {
            "date": report.date,
            "machine": dict(report.machine),
            "versions": dict(report.versions),
            "not_measured": dict(report.missing),
            "remarks": list(report.remarks),
            "rounds": report.round_count,
            "quick": report.quick,
            "reruns": report.reruns,
            "wall_seconds": report.wall_seconds,
            "targets": [asdict(finding) for finding in report.findings],
            "cases": [_case(outcome, report) for outcome in report.outcomes],
            "memory": {name: asdict(memory) for name, memory in report.memory.items()},
            "memory_at_start": {
                name: asdict(memory) for name, memory in report.memory_at_start.items()
            },
            "preparation_seconds": {k: dict(v) for k, v in report.preparation_seconds.items()},
        },
        indent=1,
        ensure_ascii=False,
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are right-aligned."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def number(value: float) -> str:
    """Return a figure with three significant digits, and thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value: float | None) -> str:
    """Return a ratio as `2.50 x`, or a dash when there is none."""
    return "–" if value is None else f"{number(value)} x"  # noqa: RUF001 - a dash for readers


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _preamble(report: Report) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    effort = (
        f"Versions: {versions}. Medians of {report.round_count} round(s), interleaved; "
        f"{report.reruns} run(s) were done again because other programs disturbed them, "
        f"{sum(o.disturbed_count for o in report.outcomes)} stayed disturbed; "
        f"the whole took {report.wall_seconds / 60:.1f} minutes."
    )
    lines = [f"{report.date}. {machine}.", effort]
    lines += [f"**NOT MEASURED: {name}.** {why}" for name, why in report.missing.items()]
    lines += [f"**{_cell(remark)}**" for remark in report.remarks]
    if report.quick:
        lines.append("**A quick run: it proves that the benchmark works, and no more.**")
    return "\n\n".join(lines)


def _targets(findings: Sequence[Finding]) -> str:
    rows = [
        [
            finding.title,
            finding.verdict if finding.verdict == Verdict.MET else f"**{finding.verdict}**",
            ratio(finding.worst),
            ratio(finding.best),
            f"{finding.cases_met} of {finding.cases_total}",
            finding.remark,
        ]
        for finding in findings
    ]
    return table(["target", "verdict", "worst", "best", "cases met", "remark"], rows)


def _cases_note(report: Report) -> str:
    measured = ", ".join(report.servers)
    return (
        f"Rates of {measured}: operations a second, or MiB a second where it says so. "
        "A ratio above 1 says that Portside is faster. `CPU` is the server's CPU milliseconds "
        "for one operation (a request for GET and HEAD; a whole push, pull or list else). "
        f"A disturbed run is one in which others used more than {DISTURBED_SHARE_MAX:.0%} of the "
        "machine's CPU time; rounds with one are not counted unless a case has no other rounds."
    )


def _cases(report: Report) -> str:
    head = ["case", "unit", *report.servers]
    head += [f"Portside / {peer}" for peer in report.peers]
    head += [*[f"CPU {name}" for name in report.servers], "rounds counted", "disturbed runs"]
    return table(head, [_case_row(outcome, report) for outcome in report.outcomes])


def _case_row(outcome: Outcome, report: Report) -> list[str]:
    row = [outcome.case.key, "MiB/s" if outcome.case.in_mib else "op/s"]
    for name in report.servers:
        middle = outcome.median(name)
        if middle is None:
            row.append(f"**FAILED**: {(outcome.failure(name) or 'did not run')[:120]}")
        else:
            row.append(number(middle.mib_per_second if outcome.case.in_mib else middle.rate))
    row += [ratio(outcome.ratio(peer)) for peer in report.peers]
    for name in report.servers:
        middle = outcome.median(name)
        row.append("–" if middle is None else number(middle.cpu_ms_per_operation))  # noqa: RUF001 - a dash for readers
    row.append(f"{len(outcome.quiet_rounds)} of {report.round_count}")
    row.append(f"{outcome.disturbed_count} of {outcome.run_count}")
    return row


def _memory(report: Report) -> str:
    rows = []
    for name in report.servers:
        start, end = report.memory_at_start[name], report.memory[name]
        rows.append(
            [
                name,
                number(start.rss / MIB),
                number(end.rss / MIB),
                number(end.pss / MIB),
                ", ".join(number(rss / MIB) for rss in end.worker_rss),
                ", ".join(number(pss / MIB) for pss in end.worker_pss),
            ]
        )
    head = ["MiB", "RSS at start", "RSS", "PSS", "RSS of each worker", "PSS of each worker"]
    return table(head, rows)


def _latency(report: Report) -> str:
    head = ["case (ms: p50 / p95 / p99)", *report.servers]
    rows = []
    for outcome in report.outcomes:
        row = [outcome.case.key]
        for name in report.servers:
            m = outcome.median(name)
            figures = () if m is None else (m.p50_ms, m.p95_ms, m.p99_ms)
            row.append(" / ".join(map(number, figures)) or "–")  # noqa: RUF001 - a dash for readers
        rows.append(row)
    return table(head, rows)


def _case(outcome: Outcome, report: Report) -> dict[str, object]:
    servers: dict[str, object] = {}
    for name in report.servers:
        middle = outcome.median(name)
        servers[name] = {
            "rounds": [asdict(run) | {"disturbed": run.disturbed} for run in outcome.rounds[name]],
            "median": None if middle is None else asdict(middle),
            "rate_least_and_greatest": outcome.spread(name),
            "failure": outcome.failure(name),
        }
    return {
        "case": outcome.case.key,
        "group": outcome.case.group,
        "load": dict(outcome.case.load),
        "rounds_counted": [index + 1 for index in outcome.quiet_rounds],
        "servers": servers,
        "ratios": {peer: outcome.ratio(peer) for peer in report.peers},
    }
