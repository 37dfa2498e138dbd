"""The table of a comparison under filters, in Markdown."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from environment import requirements
from filters import Predicate
from machine import Circumstances
from report import table_line, three_digits
from results import OURS, Result

# What a search is expected to reach; a rate counts at the fastest point that does.
PROMISE = 0.95
EFFORT, RECALL, P5, SHORT, WRONG, RATE, MEDIAN, LATE = range(8)
Point = Sequence[Any]


def of(result: Result, name: str | None) -> Result:
    return next((one for one in result.get("filters", []) if one["name"] == name), {})


def chosen(points: Sequence[Point], recall: float) -> Point | None:
    """The fastest that reaches the recall; where none does, the one that comes nearest."""
    reaching = [point for point in points if point[RECALL] >= recall]
    if reaching:
        return max(reaching, key=lambda point: point[RATE])
    return max(points, key=lambda point: point[RECALL], default=None)


def pair(ours: Sequence[Point], theirs: Sequence[Point]) -> tuple[Point | None, Point | None]:
    """A point of theirs that keeps the promise, and ours at a recall that is no worse."""
    their = chosen(theirs, PROMISE)
    return chosen(ours, max(PROMISE, their[RECALL]) if their else PROMISE), their


def markdown(
    title: str, predicates: Sequence[Predicate], results: Sequence[Result], run: Circumstances
) -> str:
    good = [result for result in results if "filters" in result]
    ours = next((result for result in good if result["lib"] == OURS), {})
    others = [result for result in good if result["lib"] != OURS]
    lines = [
        f"# {title}", "",
        f"{run.sentence()}; {run.system}; load {run.load} at the start.", "",
        "```", run.command, "```", "",
        table_line(["filter", "%", f"**{OURS}**", *(result["lib"] for result in others)]),
        table_line(["---", "---:", *["---:"] * (1 + len(others))]),
    ]
    everything: list[Predicate | None] = [None]
    for predicate in everything + list(predicates):
        name = predicate.name if predicate else None
        mine = of(ours, name)
        cells = [
            f"{predicate.name}: `{predicate.predicate}`".replace("|", "\\|") if predicate
            else "none",
            f"{predicate.expected * 100:.3g}" if predicate else "100",
            cell(chosen(mine.get("pts", []), PROMISE), None),
        ]
        for result in others:
            our, their = pair(mine.get("pts", []), of(result, name).get("pts", []))
            cells.append(cell(their, our))
        lines.append(table_line(cells))
    lines += ["", *notes(), "", *totals(good)]
    lines += not_measured(results)
    return "\n".join(lines) + "\n"


def not_measured(results: Sequence[Result]) -> list[str]:
    """What of `results` ended in an error, and which."""
    failed = [(result["lib"], result["error"]) for result in results if "error" in result]
    failed += [
        (f"{result['lib']}, {one['name'] or 'no filter'}", one["error"]) for result in results
        for one in result.get("filters", []) if "error" in one]
    if not failed:
        return []
    return ["", "Not measured:", "", *(f"- {name}: {error}" for name, error in failed)]


def cell(point: Point | None, ours: Point | None) -> str:
    """`rate (ratio), recall/5th percentile`, and what was amiss."""
    if point is None:
        return "–"
    text = three_digits(point[RATE])
    if ours is not None:
        mark = "" if ours[RECALL] >= point[RECALL] else "†"
        text += f" ({three_digits(ours[RATE] / point[RATE])}{mark})"
    text += f", {point[RECALL]:.2f}/{point[P5]:.2f}"
    if point[SHORT]:
        text += f", {point[SHORT]} short"
    return text + (f", {point[WRONG]} wrong" if point[WRONG] else "")


def notes() -> list[str]:
    return [
        "Queries per second, one at a time on one thread, the best pass, at the fastest setting "
        f"whose mean recall is at least {PROMISE} (the best recall where none has it); in "
        "brackets how many times faster ours is at a recall that is no worse, or with † at the "
        "highest that ours was asked for, where that is below theirs. Then the recall, the mean "
        "and what all but a twentieth of the queries reach. Short: answers that lack rows. Wrong: "
        "rows that do not satisfy the filter. Ours is called from Swift with `ef_search` set; the "
        "others are called from Python, at the same lengths of the list of candidates.",
        "",
        "Versions: " + ", ".join(line.replace("==", " ") for line in requirements()) + ".",
    ]


def totals(results: Sequence[Result]) -> list[str]:
    """Over all filters, at the points of the first table."""
    lines = [
        table_line([
            "database", "index", "load s", "build s", "recall, least", "p5, least", "short",
            "wrong", "p50 µs, worst", "p99 µs, worst"]),
        table_line(["---", "---", *["---:"] * 8]),
    ]
    for result in results:
        points = [
            point for one in result["filters"]
            if (point := chosen(one.get("pts", []), PROMISE)) is not None]
        if not points:
            continue
        lines.append(table_line([
            result["lib"], result["index"], three_digits(result["load_s"]),
            three_digits(result["build_s"]), f"{min(point[RECALL] for point in points):.3f}",
            f"{min(point[P5] for point in points):.2f}",
            str(sum(point[SHORT] for point in points)),
            str(sum(point[WRONG] for point in points)),
            three_digits(max(point[MEDIAN] for point in points)),
            three_digits(max(point[LATE] for point in points))]))
    return lines
