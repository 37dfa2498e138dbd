#!/usr/bin/env python3
"""Attributes for the rows of any .npy file, and predicates of known selectivity about them.

Some columns have nothing to do with the vectors, some follow them, and one runs against the
queries. The seed settles every value. `attributes.jsonl` has an object for each row,
`predicates.json` the predicates in SQL with their names, kinds and expected shares.
"""
from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from data import METRICS, Array
from filters import Predicate, Rows, Tree, read_rows
from truth import load

# Percent of the rows.
SHARES = (50, 20, 10, 5, 1, 0.3, 0.1, 0.01)
LANGUAGES = {"en": 0.5, "de": 0.2, "fr": 0.1, "es": 0.1, "it": 0.05, "nl": 0.04, "fi": 0.01}
TAGS = 200
TAGS_A_ROW = 4
CLUSTERS = 64
CLUSTER_SAMPLE = 20_000
CLUSTER_ROUNDS = 10
# Of the packages: facts, no prose. Their tags would be taken for ours.
REAL = ("section", "priority", "architecture", "installed_kb", "size", "homepage", "depends")
REAL_TAGS = "facets"


def attributes(base: Array, queries: Array, seed: int) -> Iterator[dict[str, Any]]:
    """The object of each row."""
    random = np.random.default_rng([seed, len(base)])
    count = len(base)
    rank = random.permutation(count)
    language = random.choice(list(LANGUAGES), size=count, p=list(LANGUAGES.values()))
    price = np.round(random.random(count) * 1_000, 2)
    score = np.where(random.random(count) < 0.3, np.nan, random.integers(0, 100, count))
    active = random.random(count) < 0.5
    rare = random.random(count) < 0.01
    part, shift = random.integers(0, 5, (2, count))
    page = random.integers(0, 500, count)
    kind = random.choice(["a", "b", "c"], size=count)
    weights = 1 / np.arange(1, TAGS + 1)
    tags = random.choice(TAGS, size=(count, TAGS_A_ROW), p=weights / weights.sum())
    cluster = clusters(base, random)
    nearness = places(distances_to(base, queries.mean(axis=0)))
    projection = base @ principal(base, random)
    for row in range(count):
        yield {
            "rank": int(rank[row]),
            "lang": str(language[row]),
            "price": float(price[row]),
            "score": None if np.isnan(score[row]) else int(score[row]),
            "active": bool(active[row]),
            "rare": bool(rare[row]),
            "part": int(part[row]),
            "shift": int(shift[row]),
            "tags": [f"t{tag}" for tag in sorted(set(tags[row].tolist()))],
            "meta": {"page": int(page[row]), "kind": str(kind[row])},
            "cluster": int(cluster[row]),
            "nearness": int(nearness[row]),
            "projection": round(float(projection[row]), 6),
        }


def predicates(rows: Rows) -> list[Predicate]:
    count = len(rows)
    few = {share: max(1, round(count * share / 100)) for share in SHARES}
    projections = np.sort([row["projection"] for row in rows])
    clustered = np.bincount([row["cluster"] for row in rows])
    largest = [int(number) for number in np.argsort(-clustered)]
    found: list[tuple[str, str, Tree]] = []

    def add(name: str, kind: str, tree: Tree) -> None:
        found.append((name, kind, tree))

    for share in SHARES:
        add(f"independent {share} %", "independent", ["<", "rank", few[share]])
        add(f"near {share} %", "correlated", ["<", "nearness", few[share]])
        add(f"far {share} %", "opposed", [">=", "nearness", count - few[share]])
    for share in (50, 10, 1):
        add(f"projection {share} %", "correlated",
            ["<", "projection", float(projections[min(count - 1, few[share])])])
    add("one row", "independent", ["=", "rank", count // 2])
    add("no row", "independent", ["<", "rank", 0])
    for language in ("en", "de", "it", "fi"):
        add(f"text {language}", "equality", ["=", "lang", language])
    add("double 10 %", "range", ["and", [">=", "price", 450.0], ["<", "price", 550.0]])
    add("in", "in", ["in", "lang", ["fr", "it", "fi"]])
    add("not", "not", ["not", ["=", "lang", "en"]])
    add("true", "boolean", ["=", "active", True])
    add("rarely true", "boolean", ["=", "rare", True])
    add("null", "null", ["null", "score"])
    add("with nulls", "null", [">=", "score", 90])
    for tag in (0, 9, TAGS - 1):
        add(f"tag {tag}", "array", ["has", "tags", f"t{tag}"])
    add("path", "json", [">", "meta.page", 449])
    add("path equal", "json", ["=", "meta.kind", "a"])
    add("and 4 %", "and", ["and", ["=", "part", 0], ["=", "shift", 0]])
    add("or", "or", ["or", ["=", "part", 0], ["=", "lang", "fi"]])
    add("largest cluster", "correlated", ["=", "cluster", largest[0]])
    add("middle cluster", "correlated", ["=", "cluster", largest[len(largest) // 2]])
    if all("section" in row for row in rows):
        add("section libs", "real", ["=", "section", "libs"])
        add("section games", "real", ["=", "section", "games"])
        add("section in", "real", ["in", "section", ["python", "perl", "ruby"]])
        add("size", "real", [">", "size", 1_000_000])
        add("small programs", "real", ["and", ["<", "size", 100_000], [">=", "depends", 5]])
        add("no homepage", "real", ["null", "homepage"])
        add("real tag", "real", ["has", REAL_TAGS, "role::program"])
    return [Predicate.of(name, kind, tree, rows) for name, kind, tree in found]


def clusters(base: Array, random: np.random.Generator) -> np.ndarray:
    """The nearest of a few centres, found by k-means on a sample."""
    sample = base[np.sort(random.permutation(len(base))[:CLUSTER_SAMPLE])]
    count = min(CLUSTERS, len(sample))
    centres = sample[random.permutation(len(sample))[:count]].copy()
    for _ in range(CLUSTER_ROUNDS):
        nearest = nearest_centres(sample, centres)
        for number in range(count):
            members = sample[nearest == number]
            if len(members):
                centres[number] = members.mean(axis=0)
    return nearest_centres(base, centres)


def nearest_centres(rows: Array, centres: Array) -> np.ndarray:
    lengths = np.einsum("ij,ij->i", centres, centres)
    blocks = (rows[start:start + 16_384] for start in range(0, len(rows), 16_384))
    return np.concatenate([np.argmin(lengths - 2 * block @ centres.T, axis=1) for block in blocks])


def principal(base: Array, random: np.random.Generator) -> Array:
    """The direction in which a sample of the rows varies most."""
    sample = base[random.permutation(len(base))[:CLUSTER_SAMPLE]]
    centred = sample - sample.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    # Which of the two ends comes first must not depend on the library.
    direction = vectors[:, -1]
    return (direction * np.sign(direction[np.argmax(np.abs(direction))])).astype(np.float32)


def distances_to(base: Array, point: Array) -> np.ndarray:
    return np.einsum("ij,ij->i", base, base) - 2 * base @ point


def places(values: np.ndarray) -> np.ndarray:
    """0 for the smallest, 1 for the next."""
    order = np.argsort(values, kind="stable")
    result = np.empty(len(values), dtype=np.int64)
    result[order] = np.arange(len(values))
    return result


def real_attributes(folder: Path, count: int) -> Iterator[dict[str, Any]]:
    with gzip.open(folder / "packages.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in islice(file, count):
            row = json.loads(line)
            yield {name: row.get(name) for name in REAL} | {REAL_TAGS: row.get("tags")}


def write(
    base: Path, queries: Path, metric: str, folder: Path, *, seed: int = 1,
    packages: Path | None = None
) -> tuple[Path, Path]:
    """The attributes and the predicates, in two files of `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    vectors = load(base, metric)
    rows = list(attributes(vectors, load(queries, metric), seed))
    if packages:
        rows = [row | real for row, real in zip(rows, real_attributes(packages, len(rows)))]
        if len(rows) != len(vectors):
            raise SystemExit(f"{packages} has fewer rows than {base}")
    lines, asked = folder / "attributes.jsonl", folder / "predicates.json"
    with lines.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    found = [asdict(one) for one in predicates(read_rows(lines))]
    asked.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return lines, asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the two files go")
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--metric", choices=METRICS, default="l2")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--packages", type=Path,
        help="folder of the packages that the rows are; adds what they have")
    options = parser.parse_args()
    for path in write(
        options.base, options.queries, options.metric, options.folder, seed=options.seed,
        packages=options.packages
    ):
        print(path)


if __name__ == "__main__":
    main()
