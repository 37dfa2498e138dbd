"""Our own parts on one data set, alone: what a library has no word for."""
from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from data import DataSet
from machine import Circumstances
from own_program import asking, printed
from peers import Settings
from report import table_line, three_digits
from results import Result

# Of each form, the runs: a burst as fast as it goes, and a rate that is to be kept up.
FORMS: dict[str, list[list[str]]] = {
    "ingest": [["--batch", "1000"], ["--batch", "1000", "--rate", "2000"]],
    "open": [[]],
    "churn": [[]],
}
# Forms that search with the queries.
SEARCHING = ("churn",)


def measure(
    form: str, data: DataSet, options: argparse.Namespace, settings: Settings,
    tell: Callable[[str], None]
) -> None:
    """Leaves NAME-FORM.jsonl and .md, written again after each run."""
    run = Circumstances.now()
    rows, dimension = np.load(data.base, mmap_mode="r").shape
    title = f"{data.name}, {form}: {rows:,} x {dimension}, {data.metric}"
    results: list[Result] = []
    errors: list[str] = []
    for more in FORMS[form]:
        chosen = asking(data, settings) if form in SEARCHING else ["--base", str(data.base)]
        found, error = printed(options.ours, [form, *more, *chosen], settings)
        results += found
        errors += [error] if error else []
        for line in [*found, *([error] if error else [])]:
            tell(json.dumps(line))
        texts = {
            ".jsonl": "".join(
                json.dumps(line) + "\n" for line in [{"run": asdict(run)}, *results]),
            ".md": markdown(title, results, errors, run),
        }
        for ending, text in texts.items():
            place = options.results / f"{data.name}-{form}{ending}"
            place.write_text(text.replace(f"{options.root}/", ""), encoding="utf-8")


def markdown(
    title: str, results: list[Result], errors: list[str], run: Circumstances
) -> str:
    columns = list(dict.fromkeys(name for result in results for name in result))
    columns = [name for name in columns if name != "data"]
    lines = [
        f"# {title}", "",
        f"{run.sentence()}; {run.system}; load {run.load} at the start.", "",
        "```", run.command, "```", ""]
    if results:
        lines += [table_line([name.replace("_", " ") for name in columns]),
                  table_line(["---"] * len(columns))]
        lines += [table_line([shown(result.get(name)) for name in columns]) for result in results]
    lines += [f"\nNot measured: {error}" for error in errors]
    return "\n".join(lines) + "\n"


def shown(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return three_digits(value) if isinstance(value, float) or value is None else str(value)
