"""Ours under filters: what the planner chooses, beside each way forced by hand."""
from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from data import DataSet
from filter_run import prepared
from filters import Predicate
from machine import Circumstances
from own_program import asking, printed
from peers import Settings
from report import table_line, three_digits
from results import Result

CHOSEN, FORCED = "auto", ("pre", "in", "post")
# What a way has to reach to be held against the chosen one.
RECALL, RECALL_P5 = 0.95, 0.8


def compare(
    data: DataSet, options: argparse.Namespace, settings: Settings, tell: Callable[[str], None]
) -> None:
    """Leaves NAME-strategies.jsonl and .md."""
    run = Circumstances.now()
    data, lines, _, predicates = prepared(data, options, tell)
    words = [
        "filter", *asking(data, settings), "--attributes", str(lines),
        "--columns", options.columns, "--queries-max", str(options.queries_max)]
    for way in (CHOSEN, *FORCED):
        words += ["--strategy", way]
    for predicate in predicates:
        words += ["--where", predicate.predicate]
    found, error = printed(options.ours, words, settings)
    tell(f"{len(found)} lines" + (f", {error}" if error else ""))
    rows, dimension = np.load(data.base, mmap_mode="r").shape
    title = f"{data.name}, ways under filters: {rows:,} x {dimension}, {data.metric}"
    texts = {
        ".jsonl": "".join(json.dumps(line) + "\n" for line in [{"run": asdict(run)}, *found]),
        ".md": markdown(title, predicates, found, run, error),
    }
    for ending, text in texts.items():
        place = options.results / f"{data.name}-strategies{ending}"
        place.write_text(
            text.replace(f"{options.root}/", "").replace(f"{data.base.parent}/", ""),
            encoding="utf-8")


def markdown(
    title: str, predicates: Sequence[Predicate], found: list[Result], run: Circumstances,
    error: str | None
) -> str:
    ways = (CHOSEN, *FORCED)
    lines = [
        f"# {title}", "", f"{run.sentence()}; {run.system}; load {run.load} at the start.", "",
        "```", run.command[:400], "```", "",
        f"p50 in microseconds by the default contract; a way in brackets misses a mean recall of "
        f"{RECALL} or, for the worst twentieth, {RECALL_P5}, or was short. *Against the best*: the "
        "chosen way's p50 over that of the best forced one without brackets.", "",
        table_line(["filter", "share", "recall", "worst twentieth", "plan", *ways,
                    "against the best", "against no filter"]),
        table_line(["---", *["---:"] * 3, "---", *["---:"] * (len(ways) + 2)]),
    ]
    names = ["none", *(one.name for one in predicates)]
    for place, name in enumerate(names):
        group = found[place * len(ways):(place + 1) * len(ways)]
        if len(group) < len(ways) or "error" in group[0]:
            lines.append(table_line([name, *["–"] * (len(ways) + 6)]))
            continue
        chosen = group[0]
        good = [one["p50_us"] for one in group[1:] if is_good(one)]
        lines.append(table_line([
            name, f"{chosen['selectivity']:.3%}", three_digits(chosen["recall"]),
            three_digits(chosen["recall_p5"]), str(chosen["plan"]), *map(shown, group),
            three_digits(chosen["p50_us"] / min(good)) if good else "–",
            three_digits(chosen["p50_us"] / chosen["unfiltered_p50_us"])]))
    return "\n".join(lines + ([f"\nStopped: {error}"] if error else [])) + "\n"


def is_good(line: Result) -> bool:
    return "error" not in line and (
        line["recall"] >= RECALL and line["recall_p5"] >= RECALL_P5 and line["short"] == 0)


def shown(line: Result) -> str:
    if "error" in line:
        return "refused"
    text = three_digits(line["p50_us"])
    return text if is_good(line) else f"({text})"
