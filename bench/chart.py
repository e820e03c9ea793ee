"""The chart: one bar for each case and peer, Portside's rate over the peer's, as SVG. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from bench.figures import DOCKER_REGISTRY, ZOT

WIDTH = 960
LEFT = 250
RIGHT = 70
TOP = 92
BOTTOM = 34
BAR = 12
GAP = 8
COLOURS: Mapping[str, str] = {DOCKER_REGISTRY: "#1f77b4", ZOT: "#d97706"}
OTHER_COLOUR = "#6b7280"
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1f2937}.t{font-size:17px;font-weight:600}"
    ".s{fill:#4b5563}.g{stroke:#d1d5db}.one{stroke:#111827;stroke-width:1.5}"
)


@dataclass(frozen=True, slots=True)
class Bars:
    """One case's bars: the ratio to each peer, None where there is none to show."""

    label: str
    ratios: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis whose ends are powers of two around all ratios and 1."""

    low: int
    high: int

    @property
    def ticks(self) -> list[float]:
        """The ratios that have a line."""
        return [2.0**power for power in range(self.low, self.high + 1)]

    def x(self, ratio: float) -> float:
        """Return where a ratio stands, in pixels."""
        part = (math.log2(ratio) - self.low) / (self.high - self.low)
        return LEFT + part * (WIDTH - LEFT - RIGHT)


def axis(ratios: Sequence[float]) -> Axis:
    """Return the axis on which all ratios and 1 have room."""
    low = math.floor(math.log2(min([1.0, *ratios])))
    high = math.ceil(math.log2(max([2.0, *ratios])))
    return Axis(low, high)


def svg(bars: Sequence[Bars], peers: Sequence[str], subtitle: str) -> str:
    """Return the chart; longer bars to the right of 1 say that Portside is faster."""
    scale = axis([r for one in bars for r in one.ratios.values() if r is not None])
    step = len(peers) * BAR + GAP
    height = TOP + len(bars) * step + BOTTOM
    frame = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {frame} role="img">',
        f"<title>Portside's rate over its peers'</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        _text(16, 28, "Portside's rate / peer's rate (log scale; right of 1 is faster)", "t"),
        _text(16, 48, subtitle, "s"),
        *_legend(peers),
        *_grid(scale, height),
    ]
    for index, one in enumerate(bars):
        parts += _row(one, peers, scale, TOP + index * step)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _legend(peers: Sequence[str]) -> list[str]:
    parts = []
    for index, peer in enumerate(peers):
        x = LEFT + index * 170
        colour = COLOURS.get(peer, OTHER_COLOUR)
        parts.append(f'<rect x="{x}" y="58" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(x + 18, 68, f"to {peer}"))
    return parts


def _grid(scale: Axis, height: int) -> list[str]:
    parts = []
    for tick in scale.ticks:
        x, kind = scale.x(tick), "one" if tick == 1 else "g"
        bottom = height - BOTTOM + 4
        parts.append(f'<path class="{kind}" d="M{x:.1f} {TOP - 8}V{bottom}"/>')
        parts.append(_text(x, bottom + 16, f"{tick:g}", "s", "middle"))
    return parts


def _row(one: Bars, peers: Sequence[str], scale: Axis, top: float) -> list[str]:
    middle = top + len(peers) * BAR / 2 + 4
    parts = [_text(LEFT - 10, middle, one.label, "", "end")]
    for index, peer in enumerate(peers):
        y, ratio = top + index * BAR, one.ratios.get(peer)
        if ratio is None:
            parts.append(_text(scale.x(1) + 5, y + 10, "no figure", "s"))
            continue
        start, end = sorted((scale.x(1), scale.x(ratio)))
        colour = COLOURS.get(peer, OTHER_COLOUR)
        parts.append(
            f'<rect x="{start:.1f}" y="{y:.1f}" width="{end - start:.1f}" height="{BAR - 1}" '
            f'fill="{colour}"/>'
        )
        parts.append(_text(max(end, scale.x(1)) + 5, y + 10, f"{ratio:.2f}"))
    return parts
