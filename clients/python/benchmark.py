#!/usr/bin/env python3
"""Nearest-neighbour queries per second over loopback: benchmark.py [QUERIES]

Starts the server that was built (or NEEDLETAIL_BIN) on a database of its own. With the data set
in the folder NEEDLETAIL_DATA, its 63,666 vectors of 384 components; generated ones without.
"""
from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "src"), str(HERE / "tests")]

import needletail  # noqa: E402
from server import Server  # noqa: E402

SEARCH = "SELECT id, v <=> $1 AS distance FROM docs ORDER BY v <=> $1 LIMIT 10"


def data() -> tuple[np.ndarray, np.ndarray]:
    """Vectors, and queries that are none of them."""
    folder = os.environ.get("NEEDLETAIL_DATA")
    if folder:
        packages = Path(folder) / "packages"
        vectors = np.load(packages / "embeddings.f16.npy").astype(np.float32)
        queries = np.load(packages / "queries.f32.npy").astype(np.float32)
        return vectors, queries
    random = np.random.default_rng(7)
    centres = random.standard_normal((200, 384), dtype=np.float32)
    near = centres[random.integers(200, size=21_000)]
    vectors = near + 0.5 * random.standard_normal(near.shape, dtype=np.float32)
    return vectors[:20_000], vectors[20_000:]


def tell(what: str, count: int, seconds: float, more: str = "") -> None:
    print(f"{what:44} {count / seconds:10,.0f}/s {more}", flush=True)


def timed(what: str, count: int, work: Callable[[], None]) -> None:
    """The best of three."""
    best = min(elapsed(work) for _ in range(3))
    tell(what, count, best)


def elapsed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cycled(queries: np.ndarray, count: int) -> Iterator[np.ndarray]:
    return (queries[n % len(queries)] for n in range(count))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    vectors, queries = data()
    server = Server()
    try:
        measure(server.address, vectors, queries, count)
    finally:
        server.close()


def measure(address: str, vectors: np.ndarray, queries: np.ndarray, count: int) -> None:
    db = needletail.connect(address)
    db.execute(f"CREATE TABLE docs (id INT PRIMARY KEY, v vector({vectors.shape[1]}))")
    start = time.perf_counter()
    db.execute_many("INSERT INTO docs VALUES ($1, $2)", enumerate_rows(vectors))
    tell("rows inserted, execute_many", len(vectors), time.perf_counter() - start)
    db.execute("CREATE INDEX ON docs USING hnsw (v vector_cosine_ops)")

    single: list[float] = []
    for query in cycled(queries, min(count, 2_000)):
        start = time.perf_counter()
        db.execute(SEARCH, [query]).rows
        single.append(time.perf_counter() - start)
    p50 = statistics.median(single) * 1e6
    inside = statistics.median(
        [db.execute(SEARCH, [query]).elapsed_ms * 1e3 for query in cycled(queries, 500)])
    tell("searches, one at a time", 1, p50 / 1e6, f"p50 {p50:.0f} us, {inside:.0f} of it inside")

    def pipelined() -> None:
        with db.pipeline() as pipe:
            for query in cycled(queries, count):
                pipe.execute(SEARCH, [query])

    timed("searches, pipeline", count, pipelined)
    timed("searches, execute_many by 64", count, lambda: batches(db, queries, count))

    async def tasks() -> None:
        async with await needletail.connect_async(address) as shared:
            async def some(part: range) -> None:
                for n in part:
                    await shared.execute(SEARCH, [queries[n % len(queries)]])

            await asyncio.gather(*[some(range(n, count, 16)) for n in range(16)])

    timed("searches, asyncio, 16 tasks, one connection", count, lambda: asyncio.run(tasks()))

    def whole() -> None:
        with db.stream("SELECT id, v FROM docs") as rows:
            for _ in rows:
                pass

    timed("rows with vectors, stream", len(vectors), whole)
    timed("pings", count, lambda: [db.ping() for _ in range(count)] and None)


def enumerate_rows(vectors: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    return ((n, vector) for n, vector in enumerate(vectors))


def batches(db: needletail.Connection, queries: np.ndarray, count: int) -> None:
    every = list(cycled(queries, count))
    for start in range(0, count, 64):
        db.execute_many(SEARCH, [[query] for query in every[start : start + 64]])


if __name__ == "__main__":
    main()
