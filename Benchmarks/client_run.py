"""Our client in Python, over TCP, beside what else a program in Python would use."""
from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import client_report
import filter_plot
from attributes import LANGUAGES
from client_databases import CLIENTS
from data import DataSet
from filter_peers import Result, Task, measure_apart
from filter_run import first_rows, merged
from filters import Predicate
from machine import Circumstances
from peers import Settings
from results import OURS

PEERS = [name for name in CLIENTS if name != OURS]


def compare(
    data: DataSet, options: argparse.Namespace, settings: Settings,
    tell: Callable[[str], None]
) -> None:
    """Leaves NAME-clients.jsonl, .md and .svg, written again after each client."""
    run = Circumstances.now()
    if options.rows_max:
        data = first_rows(data, options.rows_max)
    count, dimension = np.load(data.base, mmap_mode="r").shape
    folder = data.base.with_name(f"{data.name}-clients")
    folder.mkdir(exist_ok=True)
    rows = payload(count, options.seed)
    lines, asked = folder / "payload.jsonl", folder / "predicates.json"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    predicates = [Predicate.of("10 %", "independent", ["=", "lang", "fr"], rows)]
    asked.write_text(json.dumps([asdict(one) for one in predicates]), encoding="utf-8")
    title = f"{data.name} from Python: {count:,} x {dimension}, {data.metric}, {settings.k} nearest"
    results: list[Result] = []
    for result in measured(data, lines, asked, options, settings):
        tell(json.dumps(result))
        results = [one for one in results if one["lib"] != result["lib"]] + [result]
        captions = [run.sentence(), run.command]
        texts = {
            ".jsonl": "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in [
                {"run": asdict(run), "settings": asdict(settings)},
                {"predicates": [asdict(one) for one in predicates]}, *results]),
            ".md": client_report.markdown(title, count, predicates, results, run),
            ".svg": filter_plot.svg(title, captions, predicates, results),
        }
        for ending, text in texts.items():
            place = options.results / f"{data.name}-clients{ending}"
            place.write_text(text.replace(f"{options.root}/", ""), encoding="utf-8")


def measured(
    data: DataSet, lines: Path, asked: Path, options: argparse.Namespace, settings: Settings
) -> Iterator[Result]:
    """Ours before, between and after the others, and the medians of its runs."""

    def one(name: str) -> Result:
        return measure_apart(Task(
            name, data.name, data.metric, str(data.base), str(data.queries), str(lines),
            str(asked), options.queries_max, asdict(settings), "clients"))

    ours = [one(OURS)]
    yield ours[0]
    for name in options.only.split(","):
        yield one(name)
        if "error" not in ours[0]:
            ours.append(one(OURS))
            yield merged([run for run in ours if "error" not in run])


def payload(count: int, seed: int) -> list[dict[str, Any]]:
    """Two columns beside the vectors, which have nothing to do with them."""
    random = np.random.default_rng([seed, count])
    # Each language has its share exactly.
    bounds = np.cumsum(list(LANGUAGES.values())) * count
    places = np.searchsorted(bounds[:-1], random.permutation(count), side="right")
    language = np.array(list(LANGUAGES))[places]
    page = random.integers(0, 500, count)
    return [
        {"lang": str(one), "page": int(other)} for one, other in zip(language, page)]
