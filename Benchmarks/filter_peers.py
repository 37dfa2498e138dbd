"""Databases under filters, each in a process of its own; one JSON object for a database.

    {"lib", "data", "index", "load_s", "build_s", "filters": [{"name", "matches", "pts": [...]}]}

A point has the effort, the recall (mean and 5th percentile), how many answers were short, how many
rows were wrong, queries per second, and the median and the 99th percentile of their microseconds.
The filter without a name lets every row pass. A filter that is refused has `error` instead.
`together` holds such points for all queries in one go, without microseconds, where a database has
a way to ask so.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data import Array, DataSet
from client_databases import CLIENTS
from databases import Table
from filter_truth import FilteredTruth
from filtered_databases import FILTERED, Attributes, Filtered
from filters import Predicate, mask, read_predicates, read_rows
from libraries import Search
from peers import DISK, Settings, Stopwatch, disk_bytes, one_by_one, own_output
from truth import load

Result = dict[str, Any]

FORMS = {"filter": FILTERED, "clients": CLIENTS}
# No effort beyond the first that reaches so much; what is compared is the promise of .95.
ENOUGH_RECALL = 0.99
# A slow search is asked only as many queries as it answers in so many seconds.
PASS_S = 2
FEWEST_QUERIES = 40
WARMING = 5


@dataclass(frozen=True)
class Task:
    """What one database is asked. Paths as text, to be written as JSON."""

    lib: str
    name: str
    metric: str
    base: str
    queries: str
    attributes: str
    predicates: str
    queries_max: int
    settings: dict[str, Any]
    form: str = "filter"

    def data(self) -> DataSet:
        return DataSet(self.name, Path(self.base), Path(self.queries), self.metric)


def measure_apart(task: Task) -> Result:
    """What a process of its own measures for one database, or why it did not."""
    failed: Result = {"lib": task.lib, "data": task.name}
    timeout_s = Settings(**task.settings).timeout_s
    quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    try:
        ended = subprocess.run(
            [sys.executable, __file__, json.dumps(asdict(task))], env=os.environ | quiet,
            capture_output=True, text=True, errors="replace", timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return failed | {"error": f"not finished after {timeout_s} s"}
    if ended.stdout.startswith("{"):
        return json.loads(ended.stdout)
    said = ended.stderr.strip().splitlines()
    return failed | {"error": said[-1][:300] if said else f"ended with status {ended.returncode}"}


def measure(task: Task) -> Result:
    settings = Settings(**task.settings)
    rows = load(Path(task.base), task.metric)
    queries = load(Path(task.queries), task.metric)[:task.queries_max]
    attributes = Attributes(read_rows(Path(task.attributes))[:len(rows)])
    with tempfile.TemporaryDirectory(
        prefix="needletail-bench-", dir=DISK, ignore_cleanup_errors=True
    ) as folder:
        database = FORMS[task.form][task.lib](
            Table(Path(folder), rows.shape[1], task.metric, settings.k, settings.build_threads),
            attributes)
        try:
            before = database.memory_mb()
            loading = Stopwatch()
            database.load(rows)
            loaded, building = loading.seconds(settings), Stopwatch()
            database.build()
            built = building.seconds(settings)
            disk_mb = disk_bytes(Path(folder)) / 1e6
            filters = list(each_filter(task, database, attributes, rows, queries, settings))
            return {
                "lib": task.lib, "data": task.name, "index": database.index, "load_s": loaded,
                "build_s": built, "disk_mb": round(disk_mb, 1),
                "rss_mb": round(database.memory_mb() - before, 1), "filters": filters}
        finally:
            database.close()


def each_filter(
    task: Task, database: Filtered, attributes: Attributes, rows: Array, queries: Array,
    settings: Settings
) -> Iterator[Result]:
    asked = one_by_one(database.convert(queries))
    everything: list[Predicate | None] = [None]
    for predicate in everything + read_predicates(Path(task.predicates)):
        passing = np.ones(len(rows), dtype=bool)
        if predicate:
            passing = mask(predicate.tree, attributes.rows)
        result: Result = {
            "name": predicate.name if predicate else None, "matches": int(passing.sum())}
        try:
            where = database.where(predicate.tree) if predicate else None
            count = affordable(database.at(database.efforts[0], where), asked)
            truth = FilteredTruth(rows, queries[:count], task.metric, settings.k, passing)
            result |= {"queries": count, "pts": list(
                points(database, where, asked[:count], truth, settings))}
            together = list(points_together(database, where, asked[:count], truth, settings))
            result |= {"together": together} if together else {}
        except Exception as error:  # whatever a library throws is its result
            result["error"] = f"{type(error).__name__}: {error}"[:300]
        yield result


def points(
    database: Filtered, where: Any, asked: list[Any], truth: FilteredTruth, settings: Settings
) -> Iterator[list[float]]:
    for effort in efforts(database, settings):
        search = database.at(effort, where)
        found, times = best_pass(search, asked, settings.repetitions)
        quality = truth.quality(found)
        low, high = np.percentile(times, (50, 99)) * 1e6
        yield [
            effort, quality.recall, quality.recall_p5, quality.short, quality.wrong,
            round(len(asked) / sum(times), 1), round(float(low), 1), round(float(high), 1)]
        if quality.recall >= ENOUGH_RECALL:
            return


def points_together(
    database: Filtered, where: Any, asked: list[Any], truth: FilteredTruth, settings: Settings
) -> Iterator[list[float]]:
    for effort in efforts(database, settings):
        search = database.together(effort, where)
        if search is None:
            return
        search(asked[:WARMING])
        best_s, found = float("inf"), []
        for _ in range(settings.repetitions):
            started = time.perf_counter()
            found = search(asked)
            best_s = min(best_s, time.perf_counter() - started)
        quality = truth.quality(found)
        yield [
            effort, quality.recall, quality.recall_p5, quality.short, quality.wrong,
            round(len(asked) / best_s, 1)]
        if quality.recall >= ENOUGH_RECALL:
            return


def efforts(database: Filtered, settings: Settings) -> list[float]:
    """Those that can hold the answer."""
    return [effort for effort in database.efforts if effort >= settings.k]


def best_pass(
    search: Search, asked: list[Any], repetitions: int
) -> tuple[list[Any], list[float]]:
    """The answers, and the seconds of each query in the pass that took the least."""
    for query in asked[:WARMING]:
        search(query)
    best: list[float] | None = None
    found: list[Any] = []
    for _ in range(repetitions):
        times: list[float] = []
        found = []
        for query in asked:
            started = time.perf_counter()
            found.append(search(query))
            times.append(time.perf_counter() - started)
        if best is None or sum(times) < sum(best):
            best = times
    return found, best or []


def affordable(search: Search, asked: list[Any]) -> int:
    for query in asked[:WARMING]:
        search(query)
    started = time.perf_counter()
    for query in asked[:WARMING]:
        search(query)
    each_s = (time.perf_counter() - started) / WARMING
    return min(len(asked), max(FEWEST_QUERIES, int(PASS_S / each_s)))


def run_task(text: str) -> None:
    answers = own_output()
    task = Task(**json.loads(text))
    try:
        result = measure(task)
    except Exception as error:  # whatever a library throws is its result
        told = f"{type(error).__name__}: {error}"[:300]
        result = {"lib": task.lib, "data": task.name, "error": told}
    print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    run_task(sys.argv[1])
