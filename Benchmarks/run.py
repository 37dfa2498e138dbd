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
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

import client_run
import filter_run
import own_run
import plot
import report
from data import DataSet, convert, generate
from databases import DATABASES
from libraries import LIBRARIES
from machine import Circumstances
from peers import Settings, measure_apart
from results import OURS, Result, is_ours, merged
from truth import Truth

ROOT = environment.ROOT
DATA = ROOT / ".build" / "bench-data"
# Ours runs before, after and between groups of so many others: one moment does not decide.
GROUP = 4
GENERATED = {"l2": ("l2", 128), "cosine": ("cosine", 768)}
KINDS = ("packages", *GENERATED)
FORMS = ("ann", "databases", "filter", "clients", *own_run.FORMS)


def main() -> None:
    options = arguments()
    settings = Settings(options.k, options.build_threads, options.repetitions)
    run = Circumstances.now()
    options.results.mkdir(parents=True, exist_ok=True)
    for data in data_sets(options):
        if options.form == "filter":
            filter_run.compare(data, options, settings, tell)
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

    The bare graph beside libraries; prepared SQL on a database on disk beside databases.
    """
    what = "sql" if options.databases else "ann"

    def failed(reason: str) -> list[Result]:
        return [{"lib": OURS, "data": data.name, "error": reason[:300]}]

    if not options.ours.exists():
        return failed(f"{options.ours.name} is not built")
    command = [
        str(options.ours), what, "--base", str(data.base), "--queries", str(data.queries),
        "--metric", data.metric, "--k", str(settings.k), "--threads", "1",
        "--build-threads", str(settings.build_threads), "--json"]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=settings.timeout_s)
    except subprocess.TimeoutExpired:
        return failed(f"not finished after {settings.timeout_s} s")
    lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    try:
        results = [json.loads(line) | {"data": data.name} for line in lines]
    except json.JSONDecodeError as error:
        return failed(f"printed no proper JSON: {error}")
    results = [result for result in results if is_ours(result) and result.get("pts")]
    if ended.returncode != 0 or not results:
        said = (ended.stderr.strip() or ended.stdout.strip() or "nothing").splitlines()[0]
        return failed(
            f"`{options.ours.name} {what}` gave no curve; status {ended.returncode}, "
            f"it said: {said}")
    if options.databases:
        for result in results:
            result |= {"index": "HNSW, int8 and rows"} | size_of_ours(data, options, settings)
    return results


def size_of_ours(data: DataSet, options: argparse.Namespace, settings: Settings) -> Result:
    """Of the same rows in another database; nothing where the program does not tell."""
    command = [str(options.ours), "open", "--base", str(data.base), "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=settings.timeout_s)
    try:
        return {"disk_mb": json.loads(ended.stdout)["disk_mb"]}
    except (json.JSONDecodeError, KeyError):
        return {}


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
        name = f"{data.name}-databases" if options.databases else data.name
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
             "Python beside others (as --clients), or ours alone")
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
    }.get(options.form, LIBRARIES)
    options.only = options.only or ",".join(others)
    for given, known in ((options.data, KINDS), (options.only, others)):
        unknown = set(given.split(",")) - set(known)
        if unknown:
            parser.error(f"{', '.join(sorted(unknown))}: not among {', '.join(known)}")
    return options


if __name__ == "__main__":
    main()
