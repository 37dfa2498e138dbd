"""The curves of a comparison as SVG: queries per second, logarithmic, against recall."""
from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from results import OURS, Result, front, is_ours

WIDTH, HEIGHT = 900, 540
LEFT, TOP, RIGHT, BOTTOM = 76, 80, 190, 52
LOWEST_RECALL = 0.8
INK, GRID = "#222222", "#dddddd"
# Hues that the colour-blind tell apart; variants of a library share one and differ in dashes.
HUES = {
    OURS: "#d55e00", "hnswlib": "#000000", "usearch": "#009e73", "faiss": "#0072b2",
    "svs": "#cc79a7", "zvec": "#009e73", "qdrant": "#0072b2", "lancedb": "#cc79a7",
    "chromadb": "#000000", "milvus": "#56b4e9", "scann": "#009e73",
}
OTHER_HUE = "#777777"
DASHES = ("", "7 4", "2 3", "10 3 2 3")


def svg(title: str, captions: Sequence[str], results: Sequence[Result]) -> str:
    measured = [result for result in results if result.get("pts")]
    frame = _Frame(measured)
    body = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        drawn_text(LEFT, 26, title, size=17),
        *(drawn_text(LEFT, 46 + 16 * row, line, size=11) for row, line in enumerate(captions)),
        *frame.grid(),
        f'<clipPath id="frame"><rect x="{LEFT}" y="{TOP}" width="{frame.width}" '
        f'height="{frame.height}"/></clipPath>',
    ]
    seen: dict[str, int] = {}
    for row, result in enumerate(measured):
        family = str(result["lib"]).partition("-")[0]
        dash = DASHES[seen.setdefault(family, 0) % len(DASHES)]
        seen[family] += 1
        stroke = (
            f'stroke="{HUES.get(family, OTHER_HUE)}" fill="none" '
            f'stroke-width="{3 if is_ours(result) else 1.6}" stroke-dasharray="{dash or "none"}"')
        places = [frame.place(recall, rate) for recall, rate in front(result["pts"])]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        body.append(f'<polyline clip-path="url(#frame)" points="{line}" {stroke}/>')
        y = TOP + 12 + 20 * row
        x = WIDTH - RIGHT + 14
        body.append(f'<path d="M {x} {y} h 30" {stroke}/>')
        body.append(drawn_text(x + 38, y + 4, str(result["lib"])))
    content = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif">\n{content}\n</svg>\n')


class _Frame:
    """Where a recall and a rate lie on the page."""

    width = WIDTH - LEFT - RIGHT
    height = HEIGHT - TOP - BOTTOM

    def __init__(self, measured: Sequence[Result]) -> None:
        rates = [
            rate for result in measured for recall, rate in front(result["pts"])
            if recall >= LOWEST_RECALL] or [100.0, 1000.0]
        self.low = math.log10(min(rates)) - 0.05
        self.high = math.log10(max(rates)) + 0.05

    def place(self, recall: float, rate: float) -> tuple[float, float]:
        across = (recall - LOWEST_RECALL) / (1 - LOWEST_RECALL)
        up = (math.log10(rate) - self.low) / (self.high - self.low)
        return LEFT + across * self.width, TOP + (1 - up) * self.height

    def grid(self) -> list[str]:
        bottom, right = TOP + self.height, LEFT + self.width
        lines: list[str] = []
        for recall in (0.80, 0.85, 0.90, 0.95, 0.99, 1.0):
            x, _ = self.place(recall, 1)
            lines.append(f'<path d="M {x:.1f} {TOP} V {bottom}" stroke="{GRID}"/>')
            lines.append(drawn_text(x, bottom + 18, f"{recall:.2f}", anchor="middle"))
        for decade in range(math.floor(self.low), math.ceil(self.high) + 1):
            for step in (1, 2, 5):
                rate = step * 10.0 ** decade
                if not self.low <= math.log10(rate) <= self.high:
                    continue
                _, y = self.place(1, rate)
                lines.append(f'<path d="M {LEFT} {y:.1f} H {right}" stroke="{GRID}"/>')
                lines.append(drawn_text(LEFT - 8, y + 4, f"{rate:,.0f}", anchor="end"))
        lines.append(drawn_text(LEFT + self.width / 2, HEIGHT - 12, "recall", anchor="middle"))
        middle = TOP + self.height / 2
        lines.append(drawn_text(
            16, middle, "queries per second", anchor="middle",
            more=f' transform="rotate(-90 16 {middle})"'))
        return lines


def drawn_text(
    x: float, y: float, text: str, size: int = 12, anchor: str = "start", more: str = ""
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{INK}" '
        f'text-anchor="{anchor}"{more}>{escape(text)}</text>')
