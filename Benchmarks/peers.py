#!/usr/bin/env python3
"""Libraries and databases on one data set, each in a process of its own; one JSON object a line.

    {"lib", "data", "build_s", "rss_mb", "pts": [[effort, recall, queries per second], ...]}

or {"lib", "data", "error"}; databases add "index", "load_s", "disk_mb" and "queries". Queries go
one at a time on one thread; each point is the best of its repetitions. `call_us` is what a call
costs on an index of a few rows, so what Python adds; `cpu_share` is how much of the time measured
the process had its processor: well below 1, other work disturbed the run.
"""
from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from data import METRICS, Array, DataSet
from databases import DATABASES, Database, Table
from libraries import LIBRARIES, Build, Index, Search
from lists import LISTS
from memory import resident_mb
from truth import Ids, Truth, load

Result = dict[str, Any]

GRAPHS_AND_LISTS = LIBRARIES | LISTS
PEERS = GRAPHS_AND_LISTS | DATABASES
FEW_ROWS = 16
ENOUGH_RECALL = 0.9995
# A slow database is asked only as many of the queries as it answers in so many seconds.
PASS_S = 8
FEWEST_QUERIES = 200
# Queries in one call, where a library takes many: with how many threads, at which recall.
BATCH, BATCH_THREADS, BATCH_RECALL = 256, (1, 2), 0.95
# A real disk, where the place for temporary files may be memory; ours goes there too.
DISK = Path("/var/tmp")


@dataclass(frozen=True)
class Settings:
    """How to measure; the same for every library."""

    k: int = 10
    build_threads: int = 2
    repetitions: int = 3
    # "cpu" counts processor time, for a look at a machine that others use; not for publishing.
    clock: str = "wall"
    timeout_s: int = 4 * 3600


@dataclass
class Point:
    # A number, or several.
    effort: Any
    recall: float
    wall: float
    cpu: float


def measure_apart(name: str, data: DataSet, settings: Settings) -> Result:
    """What a process of its own measures for one library, or why it did not."""
    failed: Result = {"lib": name, "data": data.name}
    task = json.dumps({
        "lib": name, "settings": asdict(settings), "data": data.name, "metric": data.metric,
        "base": str(data.base), "queries": str(data.queries)})
    # What waits for work must not take the processor from what searches.
    quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    try:
        ended = subprocess.run(
            [sys.executable, __file__, "--task", task], env=os.environ | quiet,
            capture_output=True, text=True, errors="replace", timeout=settings.timeout_s)
    except subprocess.TimeoutExpired:
        return failed | {"error": f"not finished after {settings.timeout_s} s"}
    if ended.stdout.startswith("{"):
        return json.loads(ended.stdout)
    said = ended.stderr.strip().splitlines()
    return failed | {"error": said[-1][:300] if said else f"ended with status {ended.returncode}"}


def measure(name: str, data: DataSet, settings: Settings) -> Result:
    """In this process: build, hold, search."""
    truth = Truth.of(data, settings.k)
    rows = load(data.base, data.metric)
    queries = load(data.queries, data.metric)
    if name in GRAPHS_AND_LISTS:
        measured = measure_library(GRAPHS_AND_LISTS[name], data.metric, rows, queries, truth, settings)
    else:
        measured = measure_database(DATABASES[name], data.metric, rows, queries, truth, settings)
    return {"lib": name, "data": data.name, **measured, "clock": settings.clock}


def measure_library(
    build: Build, metric: str, rows: Array, queries: Array, truth: Truth, settings: Settings
) -> Result:
    metric = "l2" if metric == "l2" else "ip"
    # The first build pays for loading the library, and what it loads is not the index.
    few = build(rows[:FEW_ROWS], metric, settings.k, 1)
    before = resident_mb()
    started = Stopwatch()
    index = build(rows, metric, settings.k, settings.build_threads)
    built = started.seconds(settings)
    held = resident_mb() - before
    points = curve(index, rows, queries, truth, metric, settings)
    return {
        "build_s": built,
        "rss_mb": round(held, 1),
        "call_us": round(call_microseconds(few, queries), 1),
        **told_of(points, len(queries), settings),
        **together(index, points, queries, settings),
    }


def measure_database(
    create: Callable[[Table], Database], metric: str, rows: Array, queries: Array, truth: Truth,
    settings: Settings
) -> Result:
    """Memory is read after the searches: what was made on disk comes into it with them."""
    with tempfile.TemporaryDirectory(
        prefix="needletail-bench-", dir=DISK, ignore_cleanup_errors=True
    ) as folder:
        def filled(name: str, rows: Array) -> tuple[Database, float, float]:
            place = Path(folder, name)
            place.mkdir()
            database = create(
                Table(place, rows.shape[1], metric, settings.k, settings.build_threads))
            loading = Stopwatch()
            database.load(rows)
            loaded, building = loading.seconds(settings), Stopwatch()
            database.build()
            return database, loaded, building.seconds(settings)

        few = filled("few", rows[:FEW_ROWS])[0].searches()
        call_us = call_microseconds(few, queries)
        before = resident_mb()
        database, loaded, built = filled("all", rows)
        disk_mb = disk_bytes(Path(folder, "all")) / 1e6
        index = database.searches()
        asked = affordable(index, queries)
        points = curve(
            index, rows, queries[:asked], truth.first(asked), "l2" if metric == "l2" else "ip",
            settings)
        return {
            "index": database.index,
            "load_s": loaded,
            "build_s": built,
            "disk_mb": round(disk_mb, 1),
            "rss_mb": round(resident_mb() - before, 1),
            "call_us": round(call_us, 1),
            "queries": asked,
            **told_of(points, asked, settings),
        }


def told_of(points: list[Point], queries: int, settings: Settings) -> Result:
    return {
        "cpu_share": round(sum(p.cpu for p in points) / sum(p.wall for p in points), 2),
        "pts": [
            [p.effort, round(p.recall, 5), round(queries / getattr(p, settings.clock), 1)]
            for p in points],
    }


def together(
    index: Index, points: list[Point], queries: Array, settings: Settings
) -> Result:
    """Queries per second of many in one call, at the fastest effort that is good enough."""
    good = [point for point in points if point.recall >= BATCH_RECALL]
    if index.many is None or not good:
        return {}
    effort = min(good, key=lambda point: point.wall).effort
    asked = np.ascontiguousarray(index.convert(queries))
    rates: Result = {}
    for threads in BATCH_THREADS:
        best = math.inf
        for _ in range(settings.repetitions):
            watch = Stopwatch()
            for start in range(0, len(asked), BATCH):
                index.many(effort, asked[start:start + BATCH], threads)
            best = min(best, watch.read()[0])
        rates[f"batch_{threads}"] = round(len(asked) / best, 1)
    return rates


def affordable(index: Index, queries: Array) -> int:
    asked = one_by_one(index.convert(queries[:20]))
    search = index.at(index.efforts[0])
    each_s = min(timed(search, asked)[1] for _ in range(3)) / len(asked)
    return min(len(queries), max(FEWEST_QUERIES, int(PASS_S / each_s)))


def disk_bytes(folder: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def curve(
    index: Index, rows: Array, queries: Array, truth: Truth, metric: str, settings: Settings
) -> list[Point]:
    """One point an effort. Repetitions go over all efforts in turn, so that a bad moment of the
    machine does not fall on all repetitions of one point."""
    asked = one_by_one(index.convert(queries))
    points: list[Point] = []
    for effort in index.efforts:
        found, wall, cpu = timed(index.at(effort), asked)
        recall = truth.recall(rows, table(found, settings.k), queries, metric)
        points.append(Point(effort, recall, wall, cpu))
        if recall >= ENOUGH_RECALL:
            break
    for _ in range(settings.repetitions - 1):
        for point in points:
            _, wall, cpu = timed(index.at(point.effort), asked)
            better = cpu < point.cpu if settings.clock == "cpu" else wall < point.wall
            if better:
                point.wall, point.cpu = wall, cpu
    return points


def timed(search: Search, asked: list[Any]) -> tuple[list[Any], float, float]:
    for query in asked[:20]:
        search(query)
    watch = Stopwatch()
    found = [search(query) for query in asked]
    return found, *watch.read()


def call_microseconds(few: Index, queries: Array) -> float:
    search = few.at(few.efforts[0])
    asked = one_by_one(few.convert(queries[:200]))
    return min(timed(search, asked)[2] for _ in range(5)) / len(asked) * 1e6


def one_by_one(queries: Any) -> list[Any]:
    return [queries[index:index + 1] for index in range(len(queries))]


def table(found: list[Any], k: int) -> Ids:
    """One row a query, short answers filled with -1."""
    ids = np.full((len(found), k), -1, dtype=np.int64)
    for row, answer in zip(ids, found):
        # Unsigned ids that stand for nothing become -1 too; some databases want ids of text.
        flat = np.asarray(answer).ravel()[:k].astype(np.int64)
        row[:len(flat)] = flat
    return ids


class Stopwatch:
    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self.wall, time.process_time() - self.cpu

    def seconds(self, settings: Settings) -> float:
        """Of work that the threads of a build share."""
        wall, cpu = self.read()
        return round(cpu / settings.build_threads if settings.clock == "cpu" else wall, 2)


def run_task(text: str) -> None:
    """The measured process. Libraries print; only the result goes to standard output."""
    answers = own_output()
    task = json.loads(text)
    data = DataSet(task["data"], Path(task["base"]), Path(task["queries"]), task["metric"])
    try:
        result = measure(task["lib"], data, Settings(**task["settings"]))
    except Exception as error:  # whatever a library throws is its result
        told = f"{type(error).__name__}: {error}"[:300]
        result = {"lib": task["lib"], "data": data.name, "error": told}
    print(json.dumps(result), file=answers, flush=True)


def own_output() -> TextIO:
    """Standard output for us alone; what anything else writes there goes to standard error."""
    own = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return own


def each(
    names: Iterable[str], data: DataSet, settings: Settings, then: Callable[[Result], None]
) -> None:
    Truth.of(data, settings.k)  # before the first process wants it
    for name in names:
        then(measure_apart(name, data, settings))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", type=Path)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--metric", choices=METRICS, default="l2")
    parser.add_argument("--only", default=",".join(LIBRARIES), help="names, separated by commas")
    parser.add_argument("--k", type=int, default=Settings.k)
    parser.add_argument("--build-threads", type=int, default=Settings.build_threads)
    parser.add_argument("--repetitions", type=int, default=Settings.repetitions)
    parser.add_argument("--clock", choices=("wall", "cpu"), default=Settings.clock)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        return run_task(options.task)
    if not (options.base and options.queries):
        parser.error("--base and --queries are needed")
    unknown = set(options.only.split(",")) - PEERS.keys()
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))}: not among {', '.join(PEERS)}")
    name = options.base.name.removesuffix(".npy").removesuffix(".base")
    data = DataSet(name, options.base, options.queries, options.metric)
    settings = Settings(
        options.k, options.build_threads, options.repetitions, options.clock)
    each(
        options.only.split(","), data, settings,
        lambda result: print(json.dumps(result), flush=True))


if __name__ == "__main__":
    main()
