#!/usr/bin/env python3
"""Needletail beside other libraries or databases, at equal recall, on this machine.

Makes the environment and the data where they are missing, measures ours between the others, and
leaves a .jsonl, a Markdown table and an SVG plot for each data set.
"""
from __future__ import annotations

import os
import sys

import environment

if __name__ == "__main__" and not environment.is_active():
    python = str(environment.prepare())
    os.execv(python, [python, *sys.argv])

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

import client_run
import filter_run
import own_run
import plot
import report
import strategy_run
from data import DataSet, convert, generate
from databases import DATABASES
from libraries import LIBRARIES
from lists import LISTS
from machine import Circumstances
from own_program import asking, printed
from peers import BATCH, BATCH_RECALL, BATCH_THREADS, Settings, measure_apart
from results import OURS, Result, is_ours, merged
from truth import Truth

ROOT = environment.ROOT
DATA = ROOT / ".build" / "bench-data"
# Ours runs before, after and between groups of so many others: one moment does not decide.
GROUP = 4
GENERATED = {"l2": ("l2", 128), "cosine": ("cosine", 768)}
KINDS = ("packages", *GENERATED)
FORMS = ("ann", "databases", "filter", "strategies", "clients", *own_run.FORMS)


def main() -> None:
    options = arguments()
    settings = Settings(options.k, options.build_threads, options.repetitions)
    run = Circumstances.now()
    options.results.mkdir(parents=True, exist_ok=True)
    for data in data_sets(options):
        if options.form == "filter":
            filter_run.compare(data, options, settings, tell)
            continue
        if options.form == "strategies":
            strategy_run.compare(data, options, settings, tell)
            continue
        if options.form == "clients":
            client_run.compare(data, options, settings, tell)
            continue
        if options.form in own_run.FORMS:
            own_run.measure(options.form, data, options, settings, tell)
            continue
        tell(f"{data.name}: exact answers")
        Truth.of(data, settings.k)
        results: list[Result] = []
        for result in measured(data, options, settings):
            results = [one for one in results if one["lib"] != result["lib"]] + [result]
            # Written again after each, since a long run may not reach its end.
            write(options, data, results, run, settings)


def measured(
    data: DataSet, options: argparse.Namespace, settings: Settings
) -> Iterator[Result]:
    """Results as they come; one of ours replaces the one before it."""
    ours: dict[str, list[Result]] = {}
    works = True
    names = options.only.split(",")
    for start in range(0, len(names) + GROUP, GROUP):
        for result in measure_ours(data, options, settings) if works else []:
            ours.setdefault(result["lib"], []).append(result)
            works = works and "pts" in result
            yield told(merged(ours[result["lib"]]))
        for name in names[start:start + GROUP]:
            yield told(measure_apart(name, data, settings))


def measure_ours(
    data: DataSet, options: argparse.Namespace, settings: Settings
) -> list[Result]:
    """What our own program prints, or one result that says why there is none.

    The bare graph or the bare lists beside libraries; prepared SQL on a database on disk beside
    databases.
    """
    if options.databases:
        results = curves_of_ours("sql", [], data, options, settings)
        for result in results:
            if "pts" in result:
                result |= {"index": "HNSW, int8 and rows"} | size_of_ours(data, options, settings)
        return results
    if options.index == "hnsw":
        return curves_of_ours("ann", [], data, options, settings)
    results = []
    for assign in ("1", "2"):
        chosen = ["--index", "ivf", "--assign", assign]
        for result in curves_of_ours("ann", chosen, data, options, settings):
            results.append(result | batches_of_ours(chosen, data, options, settings))
    return results


def curves_of_ours(
    what: str, chosen: list[str], data: DataSet, options: argparse.Namespace, settings: Settings
) -> list[Result]:
    """The curves of one run, or one result that says why there are none."""
    lines, said = searching(data, [what, *chosen, "--threads", "1"], options, settings)
    results = [result for result in lines if is_ours(result) and result.get("pts")]
    if said or not results:
        reason = f"`{options.ours.name} {what}` gave no curve: {said}"
        return [{"lib": OURS, "data": data.name, "error": reason[:300]}]
    return [result | {"data": data.name} for result in results]


def batches_of_ours(
    chosen: list[str], data: DataSet, options: argparse.Namespace, settings: Settings
) -> Result:
    """Rates of many queries at once, as for the libraries that take many."""
    threads = ",".join(map(str, BATCH_THREADS))
    lines, _ = searching(
        data, ["batch", *chosen, "--batch", str(BATCH), "--recall", str(BATCH_RECALL),
               "--threads", threads], options, settings)
    return {f"batch_{line['threads']}": round(line["qps"], 1) for line in lines if "qps" in line}


def searching(
    data: DataSet, words: list[str], options: argparse.Namespace, settings: Settings
) -> tuple[list[Result], str | None]:
    threads = ["--build-threads", str(settings.build_threads)]
    return printed(options.ours, [*words, *asking(data, settings), *threads], settings)


def size_of_ours(data: DataSet, options: argparse.Namespace, settings: Settings) -> Result:
    """Of the same rows in another database; nothing where the program does not tell."""
    lines, _ = printed(options.ours, ["open", "--base", str(data.base)], settings)
    return {"disk_mb": line["disk_mb"] for line in lines if "disk_mb" in line}


def data_sets(options: argparse.Namespace) -> Iterator[DataSet]:
    for kind in options.data.split(","):
        if kind in GENERATED:
            metric, dimension = GENERATED[kind]
            yield generate(DATA, dimension, metric, options.rows, options.seed)
        elif options.packages and (options.packages / "embeddings.f16.npy").exists():
            yield convert(options.packages, DATA)
        else:
            tell("packages: left out; NEEDLETAIL_DATA names no folder that has them")


def write(
    options: argparse.Namespace, data: DataSet, results: list[Result], run: Circumstances,
    settings: Settings
) -> None:
    rows, dimension = np.load(data.base, mmap_mode="r").shape
    title = f"{data.name}: {rows:,} x {dimension}, {data.metric}, {settings.k} nearest"
    lines = [{"run": asdict(run), "settings": asdict(settings)}, *results]
    texts = {
        ".jsonl": "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines),
        ".md": report.markdown(title, results, run),
        ".svg": plot.svg(title, [run.sentence(), run.command], results),
    }
    for ending, text in texts.items():
        # Messages of a program may name its place; a reader needs only what is inside it.
        text = text.replace(f"{ROOT}/", "")
        name = data.name + (
            "-databases" if options.databases else "-ivf" if options.index == "ivf" else "")
        (options.results / f"{name}{ending}").write_text(text, encoding="utf-8")


def told(result: Result) -> Result:
    tell(json.dumps(result))
    return result


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    packages = os.environ.get("NEEDLETAIL_DATA")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=",".join(KINDS), help=f"among {', '.join(KINDS)}")
    parser.add_argument(
        "--packages", type=Path, default=Path(packages, "packages") if packages else None,
        help="folder with embeddings.f16.npy and queries.f32.npy; default below NEEDLETAIL_DATA")
    parser.add_argument("--rows", type=int, default=100_000, help="of generated data")
    parser.add_argument("--seed", type=int, default=1, help="of generated data")
    parser.add_argument(
        "--databases", action="store_true", help="compare with databases instead of libraries")
    parser.add_argument(
        "--form", choices=FORMS, default="ann",
        help="what to measure: the graph beside libraries, prepared SQL beside databases (as "
             "--databases), searches under filters beside databases (as --filters), our client in "
             "Python beside others (as --clients), or ours alone: among them the ways under "
             "filters, each forced (strategies)")
    parser.add_argument(
        "--index", choices=("hnsw", "ivf"), default="hnsw",
        help="beside libraries: graphs, or inverted lists, which answer many at once too")
    parser.add_argument(
        "--filters", action="store_true", help="compare with databases, under filters")
    parser.add_argument(
        "--clients", action="store_true",
        help="compare our client in Python, over TCP, with what else a program in Python uses")
    parser.add_argument(
        "--kinds", help="with --filters: only predicates of these kinds, as in predicates.json")
    parser.add_argument(
        "--columns", default="included", help="with --filters: what our attributes are in")
    parser.add_argument(
        "--rows-max", type=int, default=0,
        help="with --filters and --clients: only the first rows of the data")
    parser.add_argument(
        "--queries-max", type=int, default=300,
        help="with --filters and --clients: queries for each filter")
    parser.add_argument("--only", help="which of the others to measure; all by default")
    parser.add_argument("--k", type=int, default=Settings.k)
    parser.add_argument("--build-threads", type=int, default=Settings.build_threads)
    parser.add_argument("--repetitions", type=int, default=Settings.repetitions)
    parser.add_argument(
        "--ours", type=Path, default=ROOT / ".build" / "release" / "needletail-bench")
    parser.add_argument("--results", type=Path, default=ROOT / "Benchmarks" / "results")
    options = parser.parse_args()
    for chosen, form in (
        (options.databases, "databases"), (options.filters, "filter"),
        (options.clients, "clients"),
    ):
        options.form = form if chosen else options.form
    options.databases = options.form == "databases"
    options.root = ROOT
    others = {
        "databases": DATABASES, "filter": filter_run.FILTERED, "clients": client_run.PEERS,
    }.get(options.form, LISTS if options.index == "ivf" else LIBRARIES)
    options.only = options.only or ",".join(others)
    for given, known in ((options.data, KINDS), (options.only, others)):
        unknown = set(given.split(",")) - set(known)
        if unknown:
            parser.error(f"{', '.join(sorted(unknown))}: not among {', '.join(known)}")
    return options


if __name__ == "__main__":
    main()
