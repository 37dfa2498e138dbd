"""Rates under filters as SVG: a line for each filter, a dot for each database."""
from __future__ import annotations

import math
from collections.abc import Sequence

from filter_report import PROMISE, RATE, RECALL, chosen, of
from filters import Predicate
from plot import GRID, HUES, OTHER_HUE, drawn_text
from results import Result, is_ours

WIDTH, LEFT, RIGHT, TOP, LINE = 900, 250, 30, 96, 18


def svg(
    title: str, captions: Sequence[str], predicates: Sequence[Predicate],
    results: Sequence[Result]
) -> str:
    good = [result for result in results if "filters" in result]
    names = [None, *(predicate.name for predicate in predicates)]
    dots = [
        (row, result, point) for row, name in enumerate(names) for result in good
        if (point := chosen(of(result, name).get("pts", []), PROMISE)) is not None]
    rates = [point[RATE] for _, _, point in dots] or [100.0, 1_000.0]
    low, high = math.floor(math.log10(min(rates))), math.ceil(math.log10(max(rates)) + 1e-9)
    bottom = TOP + LINE * len(names)

    def across(rate: float) -> float:
        return LEFT + (math.log10(rate) - low) / max(1, high - low) * (WIDTH - LEFT - RIGHT)

    body = [
        f'<rect width="{WIDTH}" height="{bottom + 40}" fill="white"/>',
        drawn_text(16, 26, title, size=17),
        *(drawn_text(16, 46 + 16 * row, line, size=11) for row, line in enumerate(captions)),
    ]
    for decade in range(low, high + 1):
        x = across(10.0 ** decade)
        body.append(f'<path d="M {x:.1f} {TOP - 6} V {bottom}" stroke="{GRID}"/>')
        body.append(drawn_text(x, bottom + 16, f"{10.0 ** decade:,.0f}", anchor="middle"))
    body.append(drawn_text(
        (LEFT + WIDTH - RIGHT) / 2, bottom + 34,
        f"queries per second at recall {PROMISE}; hollow: below it", anchor="middle"))
    for row, name in enumerate(names):
        y = TOP + LINE * row + 6
        body.append(f'<path d="M {LEFT} {y} H {WIDTH - RIGHT}" stroke="{GRID}"/>')
        body.append(drawn_text(LEFT - 10, y + 4, name or "no filter", anchor="end"))
    for row, result, point in dots:
        hue = HUES.get(family(result), OTHER_HUE)
        # Variants that walk on bytes are squares.
        fill = hue if point[RECALL] >= PROMISE else "white"
        body.append(mark(across(point[RATE]), TOP + LINE * row + 6, result, hue, fill))
    for place, result in enumerate(good):
        x = LEFT + 125 * place
        hue = HUES.get(family(result), OTHER_HUE)
        body.append(mark(x, TOP - 16, result, hue, hue))
        body.append(drawn_text(x + 10, TOP - 12, str(result["lib"])))
    content = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 40}" '
        f'width="{WIDTH}" height="{bottom + 40}" font-family="sans-serif">\n{content}\n</svg>\n')


def family(result: Result) -> str:
    return str(result["lib"]).partition("-")[0]


def mark(x: float, y: float, result: Result, hue: str, fill: str) -> str:
    size = 6 if is_ours(result) else 4
    if str(result["lib"]).endswith("int8"):
        return (
            f'<rect x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size}" '
            f'height="{2 * size}" stroke="{hue}" fill="{fill}"/>')
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" stroke="{hue}" fill="{fill}"/>'
