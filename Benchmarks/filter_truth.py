"""Exact answers under filters, and what answers are worth beside them."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data import BLOCK_ROWS, Array
from filters import Mask
from truth import MARGIN, SLACK, Distances, Ids, distances, smallest


@dataclass(frozen=True)
class Quality:
    """Of the answers to all queries under one filter."""

    recall: float  # by distance, the mean of the queries
    recall_p5: float  # what all but a twentieth of the queries reach
    short: int  # answers with fewer rows than there are, k at most
    wrong: int  # rows that do not satisfy the filter, or came twice


class FilteredTruth:
    """The distance of the k-th nearest row to each query among those that satisfy a filter."""

    def __init__(self, base: Array, queries: Array, metric: str, k: int, passing: Mask) -> None:
        """`base` and `queries` as `truth.load` gives them: under cosine of length one."""
        self.base, self.queries, self.passing = base, queries, passing
        self.metric = "l2" if metric == "l2" else "ip"
        self.wanted = min(k, int(passing.sum()))
        self.kth = self._kth() if self.wanted else np.zeros(len(queries))

    def _kth(self) -> Distances:
        members = np.flatnonzero(self.passing)
        kept = min(self.wanted + MARGIN, len(members))
        ids = np.zeros((len(self.queries), 0), dtype=np.int64)
        scores = np.zeros((len(self.queries), 0), dtype=np.float32)
        for start in range(0, len(members), BLOCK_ROWS):
            numbers = members[start:start + BLOCK_ROWS]
            block = self.base[numbers]
            fresh = -(self.queries @ block.T)
            if self.metric == "l2":
                fresh = 2 * fresh + np.einsum("ij,ij->i", block, block)
            ids, scores = smallest(
                kept,
                np.hstack([ids, np.broadcast_to(numbers, (len(self.queries), len(numbers)))]),
                np.hstack([scores, fresh]))
        exact = distances(self.base, ids, self.queries, self.metric)
        return np.partition(exact, self.wanted - 1, axis=1)[:, self.wanted - 1]

    def quality(self, answers: Sequence[Any]) -> Quality:
        recalls: list[float] = []
        short = wrong = 0
        lengths = np.einsum("ij,ij->i", self.queries, self.queries)
        for number, answer in enumerate(answers):
            given = np.asarray(answer).ravel().astype(np.int64)
            found = np.unique(given)
            found = found[(found >= 0) & (found < len(self.base))]
            found = found[self.passing[found]]
            wrong += len(given) - len(found)
            short += len(found) < self.wanted
            recalls.append(self._recall(number, found, lengths[number]))
        ordered = sorted(recalls)
        return Quality(
            round(float(np.mean(recalls)), 5), round(ordered[int(len(ordered) * 0.05)], 5),
            short, wrong)

    def _recall(self, number: int, found: Ids, length: float) -> float:
        if self.wanted == 0:
            return 1.0
        if len(found) == 0:
            return 0.0
        part = slice(number, number + 1)
        reached = distances(self.base, found[None, :], self.queries[part], self.metric)[0]
        limit = self.kth[number] + SLACK * (length + abs(self.kth[number]))
        return min(int((reached <= limit).sum()), self.wanted) / self.wanted
