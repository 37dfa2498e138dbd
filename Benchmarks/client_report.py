"""The tables of a comparison of clients in Python, in Markdown."""
from __future__ import annotations

from collections.abc import Callable, Sequence

from environment import requirements
from filter_report import (
    LATE, MEDIAN, PROMISE, RATE, RECALL, SHORT, WRONG, Point, chosen, not_measured, of,
)
from filters import Predicate
from machine import Circumstances
from report import cell, ratio, table_line, three_digits
from results import OURS, Result, rate_at

RECALLS = (0.95, 0.99)
PACKAGES = {"numpy", "chromadb", "qdrant-client", "milvus-lite", "pymilvus", "lancedb"}


def markdown(
    title: str, rows: int, predicates: Sequence[Predicate], results: Sequence[Result],
    run: Circumstances
) -> str:
    good = [result for result in results if "filters" in result]
    ours = next((result for result in good if result["lib"] == OURS), {})
    others = [result for result in good if result["lib"] != OURS]
    lines = [
        f"# {title}", "",
        f"{run.sentence()}; {run.system}; load {run.load} at the start.", "",
        "```", run.command, "```", ""]
    for predicate in [None, *predicates]:
        name = predicate.name if predicate else None
        what = (
            f"Where `{predicate.predicate}`, {predicate.expected:.1%} of the rows" if predicate
            else "No filter")
        lines += [f"## {what}", "", *searches(name, "pts", ours, others), ""]
        lines += ["Many queries in one go:", "", *searches(name, "together", ours, others), ""]
    lines += ["## Loading", "", *loading(rows, ours, others), "", *notes(ours)]
    lines += not_measured(results)
    return "\n".join(lines) + "\n"


def searches(
    name: str | None, field: str, ours: Result, others: Sequence[Result]
) -> list[str]:
    """Rates at equal recall, and what the fastest setting that keeps the promise is like."""
    single = field == "pts"
    own = of(ours, name).get(field, [])
    lines = [
        table_line([
            "client", *(f"QPS at {recall:.2f}".replace("0.", ".") for recall in RECALLS),
            "recall there", *(["p50 µs", "p99 µs"] if single else [])]),
        table_line(["---", *["---:"] * (len(RECALLS) + (3 if single else 1))])]
    for result in [ours, *sorted(others, key=lambda one: -fastest(of(one, name).get(field, [])))]:
        points = of(result, name).get(field, [])
        point = chosen(points, PROMISE)
        if point is None:
            continue
        is_ours = result is ours
        cells = [f"**{OURS}**" if is_ours else result["lib"]]
        for recall in RECALLS:
            rate = rate_at(curve(points), recall)
            cells.append(cell(rate, None if is_ours else ratio(rate_at(curve(own), recall), rate)))
        cells.append(
            f"{point[RECALL]:.3f}" + (f", {point[SHORT]} short" if point[SHORT] else "")
            + (f", {point[WRONG]} wrong" if point[WRONG] else ""))
        if single:
            cells += [three_digits(point[MEDIAN]), three_digits(point[LATE])]
        lines.append(table_line(cells))
    return lines


def curve(points: Sequence[Point]) -> Result:
    return {"pts": [[point[0], point[RECALL], point[RATE]] for point in points]}


def fastest(points: Sequence[Point]) -> float:
    return rate_at(curve(points), PROMISE) or 0


def loading(rows: int, ours: Result, others: Sequence[Result]) -> list[str]:
    """Ratios say how many times better ours is."""

    def compared(field: str, scale: Callable[[float], float] = lambda value: value) -> str:
        mine = ours.get(field)
        better = None if result is ours else ratio(result[field], mine)
        return cell(scale(result[field]), better)

    lines = [
        table_line(["client", "index", "load rows/s", "build s", "disk MB", "memory MB"]),
        table_line(["---", "---", *["---:"] * 4])]
    for result in [ours, *others]:
        if result:
            name = f"**{OURS}**" if result is ours else result["lib"]
            rate = compared("load_s", lambda seconds: rows / seconds)
            more = [compared(field) for field in ("build_s", "disk_mb", "rss_mb")]
            lines.append(table_line([name, result["index"], rate, *more]))
    return lines


def notes(ours: Result) -> list[str]:
    versions = [line for line in requirements() if line.split("==")[0] in PACKAGES]
    return [
        "QPS: queries per second, one at a time, the best pass of the repetitions, read off the "
        "curve at that recall; what begins above it counts with its first point. In brackets: "
        "how many times better ours is at the same recall; below 1 it is worse. Recall (by "
        "distance: equal rows are equally right), p50 and p99 are of the fastest setting that "
        f"reaches {PROMISE}. Ours asks a server of another process over one TCP connection and "
        "gets keys and distances. The others work inside the process that asks, and are asked for "
        "keys; all are asked with several lengths of the list of candidates. In one go: "
        "ours by a pipeline on that connection, the others by their call for many queries. "
        "Load: until all rows are durable, in batches of 10,000 or what is allowed. Memory: what "
        "loading, building and searching added, files that are merely mapped left out; ours is "
        "that of server and client together.",
        "",
        "Versions: " + ", ".join(line.replace("==", " ") for line in versions) + ".",
    ] + (["", f"{OURS}: medians of {ours['runs']} runs."] if ours.get("runs", 1) > 1 else [])
