"""The gate itself: it must refuse every way in which a run is not the one promised."""

from pathlib import Path

import pytest
from tests.conformance.outcome import (
    Check,
    Difference,
    Outcome,
    ReportsUnusableError,
    Totals,
    judge_differences,
    judge_groups,
    judge_totals,
    read_differences,
    read_outcome,
)

JUNIT = """<testsuites tests="4" failures="1" skipped="1">
  <testsuite name="OCI Conformance Test" tests="4" failures="1" errors="0" skipped="1" time="1">
    <testcase name="OCI Conformance Test/ping" classname="" status="passed"></testcase>
    <testcase name="OCI Conformance Test/image/tag-list" classname="" status="passed"></testcase>
    <testcase name="OCI Conformance Test/image/delete" classname="" status="skipped"></testcase>
    <testcase name="OCI Conformance Test/sparse/push" classname="" status="failure">
      <system-out>unexpected status 400</system-out><system-err>PUT /v2/</system-err>
    </testcase>
  </testsuite>
</testsuites>"""
RESULTS = "config: {}\napis: {Ping: Pass, Blob delete: Skip}\ndata: {Sparse Manifests: FAIL}\n"
SUMMARY = """OCI Conformance Result: FAIL
  Disabled......................:          0
  Skip..........................:          1
  Pass..........................:          2
  FAIL..........................:          1
  Error.........................:          0
  Total.........................:          4
"""
DELETES = Difference("image/delete", "Skip", 1, "ECR has no such thing")
SPARSE = Difference("sparse/*", "FAIL", 1, "ECR refuses it")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    (tmp_path / "junit.xml").write_text(JUNIT)
    (tmp_path / "results.yaml").write_text(RESULTS)
    return tmp_path


def test_reports_are_read_with_their_counters_and_transcripts(reports: Path) -> None:
    """Totals, groups and the failing check's transcript come out of the three reports."""
    outcome = read_outcome(reports, SUMMARY)
    assert outcome.totals == Totals(passed=2, skipped=1, failed=1)
    assert outcome.groups == {"Ping": "Pass", "Blob delete": "Skip", "Sparse Manifests": "FAIL"}
    assert outcome.differing == (
        Check("image/delete", "Skip"),
        Check("sparse/push", "FAIL", "unexpected status 400", "PUT /v2/"),
    )


@pytest.mark.parametrize("missing", ["junit.xml", "results.yaml"])
def test_a_missing_report_is_no_success(reports: Path, missing: str) -> None:
    """The program exits with 0 and writes nothing when its settings are wrong."""
    (reports / missing).unlink()
    with pytest.raises(ReportsUnusableError, match=missing):
        read_outcome(reports, SUMMARY)


def test_reports_that_disagree_are_refused(reports: Path) -> None:
    """The printed summary and the JUnit counters must be the same."""
    with pytest.raises(ReportsUnusableError, match="the summary says"):
        read_outcome(reports, SUMMARY.replace(": " + " " * 9 + "2", ": " + " " * 9 + "3"))


def test_a_summary_without_counters_is_refused(reports: Path) -> None:
    """A program that died before its summary proves nothing."""
    with pytest.raises(ReportsUnusableError, match="lacks counters"):
        read_outcome(reports, "panic: something")


def test_failures_that_the_counters_hide_are_refused(reports: Path) -> None:
    """A failing check and a failure counter of zero cannot both be true."""
    hidden = JUNIT.replace('failures="1"', 'failures="0"').replace('tests="4"', 'tests="3"')
    (reports / "junit.xml").write_text(hidden)
    summary = SUMMARY.replace("FAIL..........................:          1", "FAIL....:  0")
    with pytest.raises(ReportsUnusableError, match="contradict"):
        read_outcome(reports, summary)


def test_skips_and_lost_checks_fail_the_gate() -> None:
    """Skip is no success, and neither are fewer checks than promised."""
    perfect = Outcome(Totals(passed=3), (), {})
    assert judge_totals(perfect, Totals(passed=3)) == []
    assert judge_totals(perfect, Totals(passed=4)) != []
    skipping = Outcome(Totals(passed=2, skipped=1), (), {})
    assert judge_totals(skipping, Totals(passed=3)) != []


def test_groups_must_be_what_is_promised() -> None:
    """A group that is disabled without leave fails; so does one that should be disabled."""
    outcome = Outcome(Totals(passed=1), (), {"Ping": "Pass", "Tag Param": "Disabled"})
    assert judge_groups(outcome, ["Tag Param"]) == []
    assert judge_groups(outcome, ()) == ["results.yaml: Tag Param is Disabled, expected Pass"]
    assert judge_groups(outcome, ["Ping", "Tag Param"]) == [
        "results.yaml: Ping is Pass, expected Disabled"
    ]


def test_named_differences_must_all_occur_and_no_others(reports: Path) -> None:
    """The list is exact in both directions."""
    outcome = read_outcome(reports, SUMMARY)
    assert judge_differences(outcome, [DELETES, SPARSE]) == []
    assert judge_differences(outcome, [DELETES]) == ["not named: sparse/push is FAIL, 1 times"]
    missing = Difference("ping", "Skip", 1, "never happens")
    assert judge_differences(outcome, [DELETES, SPARSE, missing]) == [
        "named 1 times, seen 0 times: ping is Skip"
    ]
    assert judge_differences(outcome, [DELETES, Difference("sparse/*", "FAIL", 2, "")]) == [
        "named 2 times, seen 1 times: sparse/* is FAIL"
    ]


def test_a_named_difference_covers_only_its_status(reports: Path) -> None:
    """A check that is named as skipped may not fail."""
    outcome = read_outcome(reports, SUMMARY)
    verdict = judge_differences(outcome, [DELETES, Difference("sparse/push", "Skip", 1, "")])
    assert verdict == [
        "not named: sparse/push is FAIL, 1 times",
        "named 1 times, seen 0 times: sparse/push is Skip",
    ]


def test_every_named_difference_has_a_reason() -> None:
    """The file of ECR's differences can be read, and each entry says why it differs."""
    differences = read_differences(Path(__file__).with_name("differences.yaml"))
    assert differences
    assert all(entry.reason and entry.count > 0 for entry in differences)
