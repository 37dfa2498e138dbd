"""Ours and databases under the same filters, on the same rows, in one run."""
from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

import numpy as np

import attributes
import filter_plot
import filter_report
from data import DataSet
from databases import Database
from filter_peers import Result, Task, measure_apart
from filtered_databases import FILTERED
from filters import Predicate, read_predicates
from machine import Circumstances
from own_program import asking, printed
from peers import Settings
from results import OURS

# What ours is asked for: the widths that the others are given, as many points.
WIDTHS = tuple(effort for effort in Database.efforts if effort <= 256)
# The columns of a point behind its first: those of `filter_peers`.
POINT = ("recall", "recall_p5", "short", "wrong", "qps", "p50_us", "p99_us")


def compare(
    data: DataSet, options: argparse.Namespace, settings: Settings,
    tell: Callable[[str], None]
) -> None:
    """Leaves NAME-filters.jsonl, .md and .svg, written again after each database."""
    run = Circumstances.now()
    data, lines, asked, predicates = prepared(data, options, tell)
    rows, dimension = np.load(data.base, mmap_mode="r").shape
    title = f"{data.name} with filters: {rows:,} x {dimension}, {data.metric}, {settings.k} nearest"
    results: list[Result] = []
    for result in measured(data, lines, asked, predicates, options, settings):
        tell(json.dumps(result))
        results = [one for one in results if one["lib"] != result["lib"]] + [result]
        texts = {
            ".jsonl": "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in [
                {"run": asdict(run), "settings": asdict(settings)},
                {"predicates": [asdict(one) for one in predicates]}, *results]),
            ".md": filter_report.markdown(title, predicates, results, run),
            ".svg": filter_plot.svg(
                title, [run.sentence(), run.command], predicates, results),
        }
        for ending, text in texts.items():
            place = options.results / f"{data.name}-filters{ending}"
            place.write_text(
                text.replace(f"{options.root}/", "").replace(f"{data.base.parent}/", ""),
                encoding="utf-8")


def prepared(
    data: DataSet, options: argparse.Namespace, tell: Callable[[str], None]
) -> tuple[DataSet, Path, Path, list[Predicate]]:
    """The rows that are asked for, a file of their attributes, and the predicates, in a file too."""
    if options.rows_max:
        data = first_rows(data, options.rows_max)
    folder = data.base.with_name(f"{data.name}-filters")
    tell(f"{data.name}: attributes")
    lines, asked = attributes.write(
        data.base, data.queries, data.metric, folder, seed=options.seed,
        packages=options.packages if data.name.startswith("packages") else None)
    predicates = read_predicates(asked)
    if options.kinds:
        predicates = [one for one in predicates if one.kind in options.kinds.split(",")]
        asked = folder / "asked.json"
        asked.write_text(json.dumps([asdict(one) for one in predicates]), encoding="utf-8")
    return data, lines, asked, predicates


def measured(
    data: DataSet, lines: Path, asked: Path, predicates: list[Predicate],
    options: argparse.Namespace, settings: Settings
) -> Iterator[Result]:
    """Ours before and after the others, and their medians."""
    ours = [measure_ours(data, lines, predicates, options, settings)]
    yield ours[0]
    for name in options.only.split(","):
        yield measure_apart(Task(
            name, data.name, data.metric, str(data.base), str(data.queries), str(lines),
            str(asked), options.queries_max, asdict(settings)))
    if "error" not in ours[0]:
        ours.append(measure_ours(data, lines, predicates, options, settings))
        yield merged([one for one in ours if "error" not in one])


def measure_ours(
    data: DataSet, lines: Path, predicates: list[Predicate], options: argparse.Namespace,
    settings: Settings
) -> Result:
    failed: Result = {"lib": OURS, "data": data.name}
    words = [
        "filter", *asking(data, settings), "--attributes", str(lines),
        "--columns", options.columns, "--queries-max", str(options.queries_max)]
    for width in WIDTHS:
        words += ["--ef-search", str(width)]
    for predicate in predicates:
        words += ["--where", predicate.predicate]
    found, error = printed(options.ours, words, settings)
    if error:
        return failed | {"error": error}
    names = [None, *(one.name for one in predicates)]
    filters: list[Result] = []
    for place, name in enumerate(names):
        group = found[place * len(WIDTHS):(place + 1) * len(WIDTHS)]
        good = [line for line in group if "error" not in line]
        result: Result = {"name": name}
        if good:
            result |= {key: good[0][key] for key in ("matches", "queries", "plan", "cold_us")}
            result["pts"] = [
                [line["contract"], *(line[column] for column in POINT)] for line in good]
        else:
            result["error"] = group[0]["error"] if group else "no line for it"
        filters.append(result)
    return failed | {
        "index": f"HNSW, int8 and rows; attributes {options.columns}",
        "load_s": found[0].get("load_s"), "build_s": found[0].get("build_s"),
        "filters": filters}


def merged(runs: list[Result]) -> Result:
    """Medians of the rates and times of several runs; the worst of what was wrong."""
    result = dict(runs[0])
    for field in ("load_s", "build_s", "disk_mb", "rss_mb"):
        values = [run[field] for run in runs if run.get(field) is not None]
        if values:
            result[field] = round(median(values), 2)
    result["filters"] = []
    for same in zip(*(run["filters"] for run in runs)):
        one = dict(same[0])
        for points in ("pts", "together"):
            if all(points in other for other in same):
                efforts = sorted({point[0] for other in same for point in other[points]})
                one[points] = [
                    merged_point([at(effort, other[points]) for other in same])
                    for effort in efforts]
        result["filters"].append(one)
    result["runs"] = len(runs)
    return result


def at(effort: float, points: Sequence[Sequence[float]]) -> list[float]:
    """The point of `effort`; beyond the last, which had everything, the last stands for it."""
    before = [point for point in points if point[0] <= effort] or points[:1]
    return [effort, *before[-1][1:]]


def merged_point(same: Sequence[Sequence[float]]) -> list[float]:
    columns = list(zip(*same))
    return [
        columns[0][0], *map(min, columns[1:3]), *map(max, columns[3:5]),
        *(round(median(column), 1) for column in columns[5:])]


def first_rows(data: DataSet, count: int) -> DataSet:
    """A smaller set that begins like `data`, with its queries."""
    name = f"{data.name}-{count // 1_000}k" if count % 1_000 == 0 else f"{data.name}-{count}"
    part = replace(data, name=name, base=data.base.with_name(f"{name}.base.npy"))
    if not part.base.exists():
        np.save(part.base, np.load(data.base, mmap_mode="r")[:count])
    return part
