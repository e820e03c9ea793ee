"""The conformance gate: four runs of the official program against four fresh servers."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.certificates import make_tls_files
from tests.conformance.outcome import (
    Difference,
    Outcome,
    ReportsUnusableError,
    Totals,
    judge_differences,
    judge_groups,
    judge_totals,
    read_differences,
    read_outcome,
    unnamed_checks,
)
from tests.go_tools import GoTool, ToolMissingError
from tests.live import ROOT, LiveServer, LiveServerError, clean_environment

PROGRAM = GoTool(
    package="github.com/opencontainers/distribution-spec/conformance",
    version="v0.0.0-20260831232431-97274622c111",
)
RESULTS = ROOT / "conformance-results"
REPOSITORIES = ("conformance/repo1", "conformance/repo2")
RUN_SECONDS_MAX = 300
TRANSCRIPTS_MAX = 12
TRANSCRIPT_CHARACTERS_MAX = 6000
EVERYTHING = Totals(passed=1032)
STABLE = Totals(passed=860, disabled=2)
# The program counts a skipped blob deletion twice: as the deletion, and as its being atomic.
ECR = Totals(passed=769, skipped=246, failed=13)
# What version 1.1 of the specification does not have yet, or the program asks for only by hand.
NOT_IN_STABLE = frozenset(
    {
        "Blob upload cancel",
        "Manifest put with tag params",
        "Sparse Manifests",
        "Tag Param",
        "Tag Param sha512",
    }
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: how the server and the program are started, and what must come of it."""

    name: str
    server_args: tuple[str, ...]
    spec: str
    totals: Totals
    tls: bool = False
    disabled_groups: frozenset[str] = frozenset()
    differences: Path | None = None


RUNS = (
    Run("everything-http", ("--oci-strict",), "dev", EVERYTHING),
    Run("everything-tls", ("--oci-strict",), "dev", EVERYTHING, tls=True),
    Run("stable-http", ("--oci-strict",), "1.1", STABLE, disabled_groups=NOT_IN_STABLE),
    Run("ecr-defaults", (), "dev", ECR, differences=Path(__file__).with_name("differences.yaml")),
)


def main(arguments: list[str]) -> int:
    """Execute the runs named by `arguments` (all without any); return the exit code."""
    unknown = set(arguments) - {run.name for run in RUNS}
    if unknown:
        print(f"no such run: {', '.join(sorted(unknown))}; there are: {[r.name for r in RUNS]}")
        return 2
    try:
        program = PROGRAM.installed()
    except ToolMissingError as error:
        required = os.environ.get("PORTSIDE_REQUIRE_CONFORMANCE") == "1"
        print(f"{'!' * 72}\nOCI CONFORMANCE NOT RUN: {error}\n{'!' * 72}")
        return 1 if required else 0
    verdicts: dict[str, list[str]] = {}
    rows: list[str] = []
    for run in RUNS:
        if arguments and run.name not in arguments:
            continue
        outcome, verdicts[run.name] = _execute(run, program)
        rows.append(_row(run, outcome, verdicts[run.name]))
    print(f"\n{'run':<16} {'Pass':>5} {'Dis.':>5} {'Skip':>5} {'FAIL':>5} {'Error':>5}  verdict")
    print("\n".join(rows))
    for name, verdict in verdicts.items():
        for line in verdict:
            print(f"{name}: {line}")
    return 1 if any(verdicts.values()) else 0


def _execute(run: Run, program: Path) -> tuple[Outcome | None, list[str]]:
    folder = RESULTS / run.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="portside-conformance-") as keys:
        tls = make_tls_files(Path(keys)) if run.tls else None
        server = LiveServer(*run.server_args, tls=tls)
        try:
            with server:
                summary = _ask(run, program, server, folder)
                (folder / "server.log").write_text(server.log_tail(100_000))
        except (LiveServerError, subprocess.TimeoutExpired) as error:
            return None, [str(error)]
    try:
        outcome = read_outcome(folder, summary)
    except ReportsUnusableError as error:
        return None, [f"{error}\n{summary[-2000:]}"]
    verdict = _judge(run, outcome)
    if verdict:
        named = read_differences(run.differences) if run.differences else ()
        _print_failures(run, outcome, named)
    return outcome, verdict


def _ask(run: Run, program: Path, server: LiveServer, folder: Path) -> str:
    ecr = server.client("ecr")
    for repository in REPOSITORIES:
        ecr.create_repository(repositoryName=repository)
    user, password = server.auth()
    environment = clean_environment(
        OCI_REGISTRY=f"localhost:{server.port}",
        OCI_TLS="enabled" if server.tls else "disabled",
        OCI_REPO1=REPOSITORIES[0],
        OCI_REPO2=REPOSITORIES[1],
        OCI_USERNAME=user,
        OCI_PASSWORD=password,
        OCI_VERSION=run.spec,
        OCI_DATA_SPARSE="true" if run.spec == "dev" else "false",
        OCI_RESULTS_DIR=str(folder),
    )
    if server.tls:
        environment["SSL_CERT_FILE"] = str(server.tls.authority)
    # In the run's own folder, so that no oci-conformance.yaml from elsewhere is picked up.
    answer = subprocess.run(
        [program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_SECONDS_MAX,
    )
    (folder / "program.log").write_text(answer.stdout + answer.stderr)
    return answer.stdout + answer.stderr


def _judge(run: Run, outcome: Outcome) -> list[str]:
    verdict = judge_totals(outcome, run.totals)
    if run.differences is None:
        return verdict + judge_groups(outcome, run.disabled_groups)
    return verdict + judge_differences(outcome, read_differences(run.differences))


def _print_failures(run: Run, outcome: Outcome, named: tuple[Difference, ...]) -> None:
    failing = unnamed_checks(outcome, named)
    print(f"\n== {run.name}: {len(failing)} checks differ; all reports: {RESULTS / run.name}")
    for check in failing[:TRANSCRIPTS_MAX]:
        print(f"\n-- {check.status}: {check.name}\n{check.error}")
        print(check.transcript[-TRANSCRIPT_CHARACTERS_MAX:])
    for check in failing[TRANSCRIPTS_MAX:]:
        print(f"-- {check.status}: {check.name}: {check.error.splitlines()[:1]}")


def _row(run: Run, outcome: Outcome | None, verdict: list[str]) -> str:
    word = "FAILED" if verdict else "ok"
    if outcome is None:
        return f"{run.name:<16} {'-':>5} {'-':>5} {'-':>5} {'-':>5} {'-':>5}  {word}"
    t = outcome.totals
    counts = f"{t.passed:>5} {t.disabled:>5} {t.skipped:>5} {t.failed:>5} {t.errors:>5}"
    return f"{run.name:<16} {counts}  {word}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
