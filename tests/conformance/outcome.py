"""What a run of the conformance program said, and whether that is what we promise.

The program's exit code is no judge: it ignores skipped checks, and is 0 when the program could not
even start. The counters of its reports are, and only when every report is there and they agree.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import yaml

PREFIX = "OCI Conformance Test/"
STATUS_OF_JUNIT = {"passed": "Pass", "skipped": "Skip", "failure": "FAIL", "error": "Error"}
SUMMARY_LINE = re.compile(r"^  (Disabled|Skip|Pass|FAIL|Error)\.+: +([0-9]+)$", re.MULTILINE)


class ReportsUnusableError(RuntimeError):
    """The program left no reports, or reports that contradict each other."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many checks ended how."""

    passed: int
    disabled: int = 0
    skipped: int = 0
    failed: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One leaf of the program's tree: its name, how it ended, and what went over the wire.

    The program reports a disabled check as "skipped" here; only the totals tell them apart.
    """

    name: str
    status: str
    error: str = ""
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that one run reported."""

    totals: Totals
    checks: tuple[Check, ...]
    groups: dict[str, str]

    @property
    def differing(self) -> tuple[Check, ...]:
        """Every check that did not pass."""
        return tuple(check for check in self.checks if check.status != "Pass")


@dataclass(frozen=True, slots=True)
class Difference:
    """One named, explained way in which checks (a pattern of names) may end other than Pass."""

    check: str
    status: str
    count: int
    reason: str


def read_differences(path: Path) -> tuple[Difference, ...]:
    """Return the named differences of a YAML file."""
    entries: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    return tuple(Difference(**entry) for entry in entries)


def read_outcome(folder: Path, summary: str) -> Outcome:
    """Return what the reports in `folder` and the printed `summary` say together.

    Raises:
        ReportsUnusableError: when a report is missing or they do not agree.
    """
    missing = [name for name in ("results.yaml", "junit.xml") if not (folder / name).exists()]
    if missing:
        raise ReportsUnusableError(f"the program wrote no {' and no '.join(missing)}")
    results = yaml.safe_load((folder / "results.yaml").read_text())
    suite = ET.parse(folder / "junit.xml").getroot().find("testsuite")  # noqa: S314 - our own file
    if suite is None:
        raise ReportsUnusableError("junit.xml holds no testsuite")
    totals = _totals(suite)
    printed = _printed_totals(summary)
    if totals != printed:
        raise ReportsUnusableError(f"junit.xml says {totals}, the summary says {printed}")
    checks = tuple(_check(case) for case in suite.iter("testcase"))
    failing = any(check.status in {"FAIL", "Error"} for check in checks)
    if failing != bool(totals.failed or totals.errors):
        raise ReportsUnusableError(f"junit.xml's checks contradict its counters {totals}")
    return Outcome(totals, checks, results["apis"] | results["data"])


def judge_totals(outcome: Outcome, expected: Totals) -> list[str]:
    """Return how the counters differ from those promised: too few checks are no success."""
    if outcome.totals == expected:
        return []
    return [f"expected {expected}, got {outcome.totals}"]


def judge_groups(outcome: Outcome, disabled: Iterable[str]) -> list[str]:
    """Return every API and data group that is not Pass, or not Disabled where it must be."""
    allowed = set(disabled)
    verdict = []
    for group, status in sorted(outcome.groups.items()):
        wanted = "Disabled" if group in allowed else "Pass"
        if status != wanted:
            verdict.append(f"results.yaml: {group} is {status}, expected {wanted}")
    return verdict


def judge_differences(outcome: Outcome, named: Sequence[Difference]) -> list[str]:
    """Return every difference that is not named, and every named one that did not occur."""
    matches = [_first_match(check, named) for check in outcome.differing]
    seen = Counter(match for match in matches if match is not None)
    unnamed = Counter((check.name, check.status) for check in unnamed_checks(outcome, named))
    verdict = [f"not named: {name} is {status}, {n} times" for (name, status), n in unnamed.items()]
    verdict += [
        f"named {entry.count} times, seen {seen[entry]} times: {entry.check} is {entry.status}"
        for entry in named
        if seen[entry] != entry.count
    ]
    return verdict


def unnamed_checks(outcome: Outcome, named: Sequence[Difference]) -> list[Check]:
    """Return the checks that did not pass and that no difference names."""
    return [check for check in outcome.differing if _first_match(check, named) is None]


def _first_match(check: Check, named: Sequence[Difference]) -> Difference | None:
    for entry in named:
        if entry.status == check.status and fnmatchcase(check.name, entry.check):
            return entry
    return None


def _totals(suite: ET.Element) -> Totals:
    counts = {
        name: int(suite.get(name, "0"))
        for name in ("tests", "failures", "errors", "skipped", "disabled")
    }
    others = sum(counts.values()) - counts["tests"]
    return Totals(
        passed=counts["tests"] - others,
        disabled=counts["disabled"],
        skipped=counts["skipped"],
        failed=counts["failures"],
        errors=counts["errors"],
    )


def _printed_totals(summary: str) -> Totals:
    counts = {name: int(count) for name, count in SUMMARY_LINE.findall(summary)}
    if len(counts) != len(("Disabled", "Skip", "Pass", "FAIL", "Error")):
        raise ReportsUnusableError(f"the printed summary lacks counters: {counts}")
    return Totals(
        passed=counts["Pass"],
        disabled=counts["Disabled"],
        skipped=counts["Skip"],
        failed=counts["FAIL"],
        errors=counts["Error"],
    )


def _check(case: ET.Element) -> Check:
    return Check(
        name=case.get("name", "").removeprefix(PREFIX),
        status=STATUS_OF_JUNIT[case.get("status", "error")],
        error=(case.findtext("system-out") or "").strip(),
        transcript=(case.findtext("system-err") or "").strip(),
    )
