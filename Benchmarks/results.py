"""What is read off a measured curve."""
from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

Result = dict[str, Any]

OURS = "needletail"


def is_ours(result: Result) -> bool:
    return str(result["lib"]).startswith(OURS)


def front(points: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """(recall, queries per second) of the points that no other one beats, by rising recall."""
    kept: list[tuple[float, float]] = []
    for _, recall, rate in sorted(points, key=lambda point: (-point[1], -point[2])):
        if not kept or rate > kept[-1][1]:
            kept.append((recall, rate))
    return kept[::-1]


def rate_at(result: Result, recall: float) -> float | None:
    """Queries per second at a recall: straight lines between points, on a logarithmic scale.

    Where all points are above it, the fastest of them; where all are below, nothing.
    """
    points = front(result.get("pts", []))
    if not points or points[-1][0] < recall:
        return None
    if points[0][0] >= recall:
        return points[0][1]
    for (low, fast), (high, slow) in zip(points, points[1:]):
        if high >= recall:
            part = (recall - low) / (high - low)
            return math.exp(math.log(fast) * (1 - part) + math.log(slow) * part)
    return None


def best_of_ours(results: Sequence[Result]) -> Result | None:
    """The row that ratios refer to: of several of ours, the fastest at recall .95."""
    ours = [result for result in results if is_ours(result) and result.get("pts")]
    return max(ours, key=lambda result: rate_at(result, 0.95) or 0, default=None)


def merged(runs: Sequence[Result]) -> Result:
    """Several runs of one library as one: medians, and how far the rates were apart."""
    good = [run for run in runs if run.get("pts")]
    if len(good) < 2:
        return (good or list(runs))[0]
    result = dict(good[0])
    for field in ("load_s", "build_s", "disk_mb", "rss_mb", "batch_1", "batch_2"):
        values = [run[field] for run in good if run.get(field) is not None]
        if values:
            result[field] = round(median(values), 2)
    by_effort: dict[float, list[Sequence[float]]] = {}
    for run in good:
        for point in run["pts"]:
            by_effort.setdefault(point[0], []).append(point)
    shared = {e: points for e, points in by_effort.items() if len(points) == len(good)}
    result["pts"] = [
        [effort, median(p[1] for p in points), median(p[2] for p in points)]
        for effort, points in sorted(shared.items())]
    apart = [
        max(p[2] for p in points) / min(p[2] for p in points) - 1 for points in shared.values()]
    result["runs"] = len(good)
    result["apart"] = round(median(apart), 3) if apart else 0.0
    return result
