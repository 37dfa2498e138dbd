#!/usr/bin/env python3
"""Data sets for the comparison, as .npy files of float32 in C order, written in blocks.

Generated rows look like embeddings: many clusters of uneven size, each a sheet of few dimensions in
a space of many, with a little noise in all directions. Queries come from the same distribution.
A larger set begins with the rows of a smaller one.
"""
from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

BLOCK_ROWS = 16_384
QUERIES = 1_000
METRICS = ("l2", "ip", "cosine")


@dataclass(frozen=True)
class DataSet:
    """Two files and the metric they are meant for."""

    name: str
    base: Path
    queries: Path
    metric: str

    @staticmethod
    def named(name: str, metric: str, folder: Path) -> DataSet:
        return DataSet(
            name, folder / f"{name}.base.npy", folder / f"{name}.queries.npy", metric)

    def exists(self) -> bool:
        return self.base.exists() and self.queries.exists()


class Distribution:
    """Where rows come from; the seed settles all of it."""

    clusters = 1_000
    latent = 48  # dimensions that the centres of the clusters span
    sheet = 24  # dimensions of one cluster, the first ones widest
    shared_sheets = 64  # clusters share shapes, as topics share ways to differ
    spread = 3.0  # of a cluster, against the distance between centres
    noise = 0.1  # in every dimension, against the spread

    def __init__(self, dimension: int, seed: int) -> None:
        self.dimension = dimension
        self.seed = seed
        random = self._random(0, 0)
        latent = min(self.latent, dimension)
        # Orthonormal rows: distances in the latent space survive in the full one.
        self.embedding = _orthonormal(random, latent, dimension)
        self.centres = random.standard_normal((self.clusters, latent), dtype=np.float32)
        widths = np.geomspace(1.0, 0.3, self.sheet, dtype=np.float32)[:, None]
        self.sheets = np.stack([
            widths * _orthonormal(random, self.sheet, latent) for _ in range(self.shared_sheets)])
        # The few largest clusters hold many times what the many small ones hold.
        weights = 1.0 / np.arange(10, 10 + self.clusters)
        self.cumulative = np.cumsum(weights / weights.sum())

    def rows(self, count: int) -> Iterator[Array]:
        return self._blocks(1, count)

    def queries(self, count: int) -> Iterator[Array]:
        return self._blocks(2, count)

    def _blocks(self, stream: int, count: int) -> Iterator[Array]:
        for block, start in enumerate(range(0, count, BLOCK_ROWS)):
            # Whole blocks are drawn, so that where a set ends does not change its rows.
            drawn = self._draw(self._random(stream, block), BLOCK_ROWS)
            yield drawn[:count - start]

    def _random(self, stream: int, block: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.dimension, stream, block])

    def _draw(self, random: np.random.Generator, count: int) -> Array:
        cluster = np.searchsorted(self.cumulative, random.random(count))
        cluster = np.minimum(cluster, self.clusters - 1)
        within = self.spread * random.standard_normal((count, self.sheet), dtype=np.float32)
        latent = self.centres[cluster]
        shape = cluster % self.shared_sheets
        for index in range(self.shared_sheets):
            members = np.flatnonzero(shape == index)
            latent[members] += within[members] @ self.sheets[index]
        rows = latent @ self.embedding
        rows += self.noise * random.standard_normal(rows.shape, dtype=np.float32)
        return rows.astype(np.float32, copy=False)


def generate(folder: Path, dimension: int, metric: str, rows: int, seed: int) -> DataSet:
    """The generated set of that shape; written unless it is there."""
    seeded = "" if seed == 1 else f"-seed{seed}"
    data = DataSet.named(f"{metric}-{dimension}-{_short(rows)}{seeded}", metric, folder)
    if not data.exists():
        source = Distribution(dimension, seed)
        _write(data.base, source.rows(rows), (rows, dimension))
        _write(data.queries, source.queries(QUERIES), (QUERIES, dimension))
    return data


def convert(source: Path, folder: Path) -> DataSet:
    """The packages with their real embeddings, from half to single precision."""
    data = DataSet.named("packages", "cosine", folder)
    if not data.exists():
        for path, target in (
            ("embeddings.f16.npy", data.base), ("queries.f32.npy", data.queries),
        ):
            stored = np.load(source / path, mmap_mode="r")
            _write(target, _blocks_of(stored), stored.shape)
    return data


def _blocks_of(stored: np.ndarray) -> Iterator[Array]:
    for start in range(0, len(stored), BLOCK_ROWS):
        yield np.asarray(stored[start:start + BLOCK_ROWS], dtype=np.float32)


def _write(path: Path, blocks: Iterator[Array], shape: tuple[int, ...]) -> None:
    """A whole file or none: written beside its place and renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<f4", "fortran_order": False, "shape": shape})
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype="<f4").data)
    unfinished.rename(path)


def _orthonormal(random: np.random.Generator, rows: int, columns: int) -> Array:
    square, _ = np.linalg.qr(random.standard_normal((columns, rows)))
    return np.ascontiguousarray(square.T, dtype=np.float32)


def _short(count: int) -> str:
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if count >= size and count % size == 0:
            return f"{count // size}{letter}"
    return str(count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the files go")
    parser.add_argument("--packages", type=Path, help="convert this folder instead of generating")
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--metric", choices=METRICS, default="l2")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.packages:
        data = convert(options.packages, options.folder)
    else:
        data = generate(
            options.folder, options.dimension, options.metric, options.rows, options.seed)
    print(data.base, data.queries, data.metric)


if __name__ == "__main__":
    main()
