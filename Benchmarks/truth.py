"""Exact answers, and recall counted by distance: an equally near row is as right as another."""
from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data import BLOCK_ROWS, Array, DataSet

Ids = npt.NDArray[np.int64]
Distances = npt.NDArray[np.float64]

# Candidates beyond k that are ranked again in double precision, since single precision chose them.
MARGIN = 22
# What single precision cannot tell apart, against the squared length of the query.
SLACK = 1e-6
CHECKED_QUERIES = 256


def unit(rows: Array) -> Array:
    """Rows of length one; a row of zeros stays."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    lengths[lengths == 0] = 1
    return (rows / lengths[:, None].astype(np.float32)).astype(np.float32, copy=False)


def load(path: Path, metric: str) -> Array:
    """A file in memory. Under cosine its rows have length one, so that `ip` orders the same."""
    stored = np.load(path, mmap_mode="r")
    rows = np.empty(stored.shape, dtype=np.float32)
    for start in range(0, len(rows), BLOCK_ROWS):
        block = np.asarray(stored[start:start + BLOCK_ROWS], dtype=np.float32)
        rows[start:start + BLOCK_ROWS] = unit(block) if metric == "cosine" else block
    return rows


def distances(base: Array, ids: Ids, queries: Array, metric: str) -> Distances:
    """From each query to its own ids, in double precision. Smaller is nearer; not rooted."""
    result = np.empty(ids.shape, dtype=np.float64)
    for start in range(0, len(queries), CHECKED_QUERIES):
        part = slice(start, start + CHECKED_QUERIES)
        rows = np.asarray(base[ids[part]], dtype=np.float64)
        if metric == "cosine":
            rows /= np.maximum(np.linalg.norm(rows, axis=2, keepdims=True), 1e-30)
        aims = np.asarray(queries[part], dtype=np.float64)[:, None, :]
        if metric == "l2":
            result[part] = ((rows - aims) ** 2).sum(axis=2)
        else:
            result[part] = -(rows * aims).sum(axis=2)
    return result


class Truth:
    """The distance of the k-th nearest row to each query."""

    def __init__(self, kth: Distances, k: int) -> None:
        self.kth = kth
        self.k = k

    @staticmethod
    def of(data: DataSet, k: int) -> Truth:
        """Read from beside the data, or computed and left there."""
        cache = data.base.with_name(f"{data.name}.{data.metric}.top{k}.npy")
        sources = max(os.stat(path).st_mtime_ns for path in (data.base, data.queries))
        if cache.exists() and os.stat(cache).st_mtime_ns > sources:
            return Truth(np.load(cache), k)
        truth = Truth(_kth_distances(data, k), k)
        unfinished = cache.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.save(file, truth.kth)
        unfinished.rename(cache)
        return truth

    def first(self, queries: int) -> Truth:
        return Truth(self.kth[:queries], self.k)

    def recall(self, base: Array, found: Ids, queries: Array, metric: str) -> float:
        """The share of the k nearest that `found` holds. Repeated ids and -1 count for nothing."""
        found = np.sort(found.astype(np.int64), axis=1)
        usable = (found >= 0) & (found < len(base))
        usable[:, 1:] &= found[:, 1:] != found[:, :-1]
        reached = distances(base, np.where(usable, found, 0), queries, metric)
        slack = SLACK * (np.einsum("ij,ij->i", queries, queries) + np.abs(self.kth))
        right = (usable & (reached <= (self.kth + slack)[:, None])).sum(axis=1)
        return float(np.minimum(right, self.k).mean() / self.k)


def _kth_distances(data: DataSet, k: int) -> Distances:
    base = np.load(data.base, mmap_mode="r")
    queries = load(data.queries, data.metric)
    kept = min(k + MARGIN, len(base))
    ids = np.zeros((len(queries), 0), dtype=np.int64)
    scores = np.zeros((len(queries), 0), dtype=np.float32)
    for start in range(0, len(base), BLOCK_ROWS):
        block = np.asarray(base[start:start + BLOCK_ROWS], dtype=np.float32)
        if data.metric == "cosine":
            block = unit(block)
        fresh = -(queries @ block.T)
        if data.metric == "l2":
            fresh = 2 * fresh + np.einsum("ij,ij->i", block, block)
        ids, scores = smallest(
            kept,
            np.hstack([ids, np.broadcast_to(
                np.arange(start, start + len(block)), (len(queries), len(block)))]),
            np.hstack([scores, fresh]))
    exact = distances(base, ids, queries, data.metric)
    return np.partition(exact, min(k, kept) - 1, axis=1)[:, min(k, kept) - 1]


def smallest(count: int, ids: Ids, scores: Array) -> tuple[Ids, Array]:
    if scores.shape[1] <= count:
        return ids, scores
    chosen = np.argpartition(scores, count, axis=1)[:, :count]
    return np.take_along_axis(ids, chosen, 1), np.take_along_axis(scores, chosen, 1)
