"""The table of a comparison, in Markdown."""
from __future__ import annotations

from collections.abc import Sequence

from environment import requirements
from machine import Circumstances
from results import OURS, Result, best_of_ours, is_ours, rate_at

RECALLS = (0.90, 0.95, 0.99)
# Below this share of its processor, what a process measured is more about its neighbours.
CALM = 0.9
# What a table tells beside rates, where any of its rows has it: the title, the field, and which is
# better.
LESS, MORE = "less", "more"
COLUMNS = (
    ("256 at once", "batch_1", MORE), ("by 2 threads", "batch_2", MORE),
    ("index", "index", None), ("load s", "load_s", LESS), ("build s", "build_s", LESS),
    ("disk MB", "disk_mb", LESS), ("MB", "rss_mb", LESS), ("call µs", "call_us", None))
MEANINGS = {
    "batch_1": "256 at once: queries per second at recall .95, so many in one call, on one thread "
               "and on two.",
    "load_s": "Load s: until all rows are durable.",
    "disk_mb": "Disk MB: what its files take up, index and all; ours of the same rows by L2.",
    "rss_mb": "MB: memory that the index, or the database, added.",
    "call_us": "Call µs: what one call costs on an index of a few rows, so what Python adds to a "
               "query.",
}


def markdown(title: str, results: Sequence[Result], run: Circumstances) -> str:
    ours = best_of_ours(results)
    recalls = [f"QPS at {recall:.2f}".replace("0.", ".") for recall in RECALLS]
    columns = [
        column for column in COLUMNS if any(column[1] in result for result in results)]
    lines = [
        f"# {title}", "",
        f"{run.sentence()}; {run.system}; load {run.load} at the start.", "",
        "```", run.command, "```", "",
        table_line(["library", *recalls, *(title for title, _, _ in columns)]),
        table_line(["---", *["---:"] * (len(recalls) + len(columns))]),
    ]
    measured = [result for result in results if result.get("pts")]
    measured.sort(key=lambda result: -(rate_at(result, 0.95) or 0))
    lines += [_row(result, ours, columns) for result in measured]
    lines += ["", *_notes(results, ours, run)]
    failed = [result for result in results if "error" in result]
    if failed:
        lines += ["", "Not measured:", ""]
        lines += [f"- {result['lib']}: {result['error']}" for result in failed]
    return "\n".join(lines) + "\n"


def _row(
    result: Result, ours: Result | None, columns: Sequence[tuple[str, str, str | None]]
) -> str:
    name = f"**{result['lib']}**" if is_ours(result) else result["lib"]
    # A row of ours has nothing to be held against.
    other: Result = {} if ours is None or is_ours(result) else ours
    cells = [name]
    for recall in RECALLS:
        theirs = rate_at(result, recall)
        cells.append(cell(theirs, ratio(rate_at(other, recall), theirs)))
    for _, field, better in columns:
        value = result.get(field)
        if isinstance(value, str):
            cells.append(value)
            continue
        ratios = {
            LESS: ratio(value, other.get(field)), MORE: ratio(other.get(field), value), None: None}
        cells.append(cell(value, ratios[better]))
    return table_line(cells)


def _notes(results: Sequence[Result], ours: Result | None, run: Circumstances) -> list[str]:
    lines = [
        "QPS: queries per second, one at a time on one thread, best of the repetitions; read off "
        "the curve at that recall (a curve that begins above it counts with its first point). "
        + " ".join(
            meaning for field, meaning in MEANINGS.items()
            if any(field in result for result in results)),
        "",
        "Versions: " + ", ".join(line.replace("==", " ") for line in requirements()) + ".",
    ]
    if ours is not None:
        lines[0] += (
            f" In brackets: how many times better {ours['lib']} is; below 1 it is worse.")
    if ours is not None and ours.get("runs", 1) > 1:
        lines += ["", f"{ours['lib']}: medians of {ours['runs']} runs between the others; their "
                  f"rates were {ours['apart']:.0%} apart."]
    elif ours is None:
        lines += ["", f"Without {OURS}, so without ratios."]
    most = max((result.get("queries", 0) for result in results), default=0)
    slow = [f"{r['lib']} {r['queries']}" for r in results if r.get("queries", most) < most]
    if slow:
        lines += ["", f"Too slow for all queries, so asked fewer: {', '.join(slow)}."]
    shares = [result["cpu_share"] for result in results if "cpu_share" in result]
    if shares and min(shares) < CALM:
        lines += ["", f"**Provisional**: other work on the machine left the searches as little as "
                  f"{min(shares):.0%} of their processor."]
    return lines


def ratio(better: float | None, worse: float | None) -> float | None:
    return better / worse if better and worse else None


def cell(value: float | None, ratio: float | None) -> str:
    return three_digits(value) + (f" ({three_digits(ratio)})" if ratio else "")


def three_digits(value: float | None) -> str:
    """Three digits that matter."""
    if value is None:
        return "–"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:.3g}"


def table_line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
