"""The chart is well-formed SVG whose bars stand where the ratios say."""

import xml.etree.ElementTree as ET

import pytest
from bench.chart import LEFT, RIGHT, WIDTH, Bars, axis, svg
from hypothesis import given
from hypothesis import strategies as st

RATIOS = st.floats(min_value=0.01, max_value=1000)
PEERS = ["docker-registry", "zot"]
NS = "{http://www.w3.org/2000/svg}"


def bars_of(text: str) -> list[ET.Element]:
    root = ET.fromstring(text)  # noqa: S314 - the chart was made here
    return [r for r in root.iter(f"{NS}rect") if r.get("height") == "11"]


@given(st.lists(RATIOS))
def test_the_axis_holds_every_ratio_and_one(ratios: list[float]) -> None:
    scale = axis(ratios)
    for ratio in [1.0, *ratios]:
        assert LEFT <= scale.x(ratio) <= WIDTH - RIGHT
    assert 1.0 in scale.ticks


def test_double_and_half_stand_equally_far_from_one() -> None:
    scale = axis([0.5, 2.0])
    assert scale.x(2.0) - scale.x(1.0) == pytest.approx(scale.x(1.0) - scale.x(0.5))


@given(st.lists(st.tuples(RATIOS, st.none() | RATIOS), min_size=1, max_size=5))
def test_one_bar_for_each_ratio(pairs: list[tuple[float, float | None]]) -> None:
    bars = [Bars("case", dict(zip(PEERS, pair, strict=True))) for pair in pairs]
    count = sum(ratio is not None for pair in pairs for ratio in pair)
    assert len(bars_of(svg(bars, PEERS, "here"))) == count


def test_faster_goes_right_of_one_and_slower_left() -> None:
    text = svg([Bars("a", {"zot": 4.0}), Bars("b", {"zot": 0.25})], ["zot"], "here")
    one = axis([4.0, 0.25]).x(1.0)
    faster, slower = bars_of(text)
    assert float(faster.get("x", "")) == pytest.approx(one, abs=0.1)
    end = float(slower.get("x", "")) + float(slower.get("width", ""))
    assert end == pytest.approx(one, abs=0.1)


def test_texts_are_escaped_and_a_gap_is_said() -> None:
    text = svg([Bars("<&> case", {"zot": None})], ["zot"], "a < b")
    assert "no figure" in text
    root = ET.fromstring(text)  # noqa: S314 - the chart was made here
    texts = [element.text for element in root.iter(f"{NS}text")]
    assert "<&> case" in texts
    assert "a < b" in texts
