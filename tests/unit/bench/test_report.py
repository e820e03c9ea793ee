"""The report: tables that Markdown can read, and JSON with every figure."""

import json
from dataclasses import replace

import pytest
from bench.figures import DOCKER_REGISTRY, PORTSIDE, Memory
from bench.report import Report, as_json, markdown, number, ratio, table
from bench.targets import judge_all
from tests.unit.bench.figures_factory import outcome, run

OUTCOMES = [
    outcome([run(400.0), run(500.0)], [run(100.0), run(100.0)], key="GET it"),
    outcome(
        [run(), run(errors=2, messages=("status 500 | oops\nmore",))],
        [run(100.0), run(100.0)],
        key="broken",
    ),
]
MEMORY = {
    PORTSIDE: Memory(200 << 20, 150 << 20, (90 << 20,), (80 << 20,)),
    DOCKER_REGISTRY: Memory(50 << 20, 50 << 20, (50 << 20,), (50 << 20,)),
}
REPORT = Report(
    date="2030-01-02 03:04 UTC",
    machine={"CPU": "Some CPU", "cores": "2"},
    versions={DOCKER_REGISTRY: "2.8.2", PORTSIDE: "0.1.0"},
    missing={"zot": "it could not be built"},
    remarks=["a peer was too slow\nfor all tags"],
    round_count=2,
    quick=False,
    outcomes=OUTCOMES,
    memory=MEMORY,
    memory_at_start=MEMORY,
    preparation_seconds={PORTSIDE: {"blobs": 1.0}},
    findings=judge_all(OUTCOMES, MEMORY, [PORTSIDE, DOCKER_REGISTRY]),
    reruns=1,
    wall_seconds=90.0,
)


def line_of(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"| {start}"))


def test_every_row_of_every_table_has_its_heads_columns() -> None:
    columns = 0
    for line in markdown(REPORT).splitlines():
        if not line.startswith("|"):
            columns = 0
            continue
        cells = line.replace("\\|", "").count("|")
        assert columns in {0, cells}, line
        columns = cells


def test_a_case_shows_medians_and_ratio() -> None:
    row = line_of(markdown(REPORT), "GET it")
    assert "| op/s | 450 | 100 | 4.50 x |" in row
    assert row.endswith("| 2 of 2 | 0 of 4 |")


def test_disturbed_runs_are_counted() -> None:
    seen = outcome([run(), run(foreign_share=0.9)], [run(), run(foreign_share=0.2)], key="loud")
    text = markdown(replace(REPORT, outcomes=[seen]))
    assert line_of(text, "loud").endswith("| 1 of 2 | 2 of 4 |")
    assert "2 stayed disturbed" in text


def test_a_failed_case_says_so_in_one_line() -> None:
    assert "**FAILED**: status 500 \\| oops more" in line_of(markdown(REPORT), "broken")


def test_what_was_not_measured_is_said_loudly() -> None:
    text = markdown(REPORT)
    assert "**NOT MEASURED: zot.** it could not be built" in text
    assert "A quick run" not in text
    assert "A quick run" in markdown(replace(REPORT, quick=True))


def test_a_remark_is_said_loudly_in_one_line_and_kept() -> None:
    assert "**a peer was too slow for all tags**" in markdown(REPORT).splitlines()
    assert json.loads(as_json(REPORT))["remarks"] == list(REPORT.remarks)


def test_portside_stands_first() -> None:
    assert REPORT.servers == [PORTSIDE, DOCKER_REGISTRY]
    assert REPORT.peers == [DOCKER_REGISTRY]


def test_json_has_every_round_and_the_medians() -> None:
    said = json.loads(as_json(REPORT))
    case = said["cases"][0]
    assert [r["operations"] for r in case["servers"][PORTSIDE]["rounds"]] == [800, 1000]
    assert case["servers"][PORTSIDE]["median"]["rate"] == 450
    assert case["ratios"] == {DOCKER_REGISTRY: 4.5}
    assert said["cases"][1]["servers"][PORTSIDE]["median"] is None
    assert said["cases"][1]["servers"][PORTSIDE]["failure"].startswith("status 500")
    assert said["not_measured"] == {"zot": "it could not be built"}
    assert said["machine"]["cores"] == "2"
    assert len(said["targets"]) == len(REPORT.findings)


@pytest.mark.parametrize(
    ("value", "text"), [(12345.6, "12,346"), (99.96, "100.0"), (12.34, "12.3"), (0.123, "0.12")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_a_missing_ratio_is_a_dash() -> None:
    assert ratio(None) == "\N{EN DASH}"
    assert ratio(2.5) == "2.50 x"


def test_a_table_escapes_bars() -> None:
    assert table(["a", "b"], [["x|y", "z"]]).splitlines()[2] == "| x\\|y | z |"
