"""The libraries that are compared: how each builds an index and answers one query.

All of them get rows of length one under cosine, which saves them the normalising, and the form of
the query that suits them best, prepared before the clock runs. A graph has at most 32 neighbours at
its ground level and is built with a candidate list of 200.
"""
from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data import BLOCK_ROWS, Array

M = 16
CONSTRUCTION = 200
EFFORTS = (10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
PROBES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)

Search = Callable[[np.ndarray], np.ndarray]


@dataclass
class Index:
    """A built index. `at` sets the effort and hands out the search for one row of queries."""

    at: Callable[[Any], Search]
    convert: Callable[[Array], np.ndarray] = lambda queries: queries
    # What `at` takes, the least first.
    efforts: Sequence[Any] = EFFORTS
    # The answers to many queries in one call, with an effort and a number of threads.
    many: Callable[[Any, Array, int], np.ndarray] | None = None


# Rows, "l2" or "ip", k, threads.
Build = Callable[[Array, str, int, int], Index]


def hnswlib(rows: Array, metric: str, k: int, threads: int) -> Index:
    import hnswlib as library

    index = library.Index(space=metric, dim=rows.shape[1])
    index.init_index(len(rows), M=M, ef_construction=CONSTRUCTION, random_seed=1)
    index.add_items(rows, num_threads=threads)

    def at(effort: int) -> Search:
        index.set_ef(max(effort, k))
        return lambda query: index.knn_query(query, k=k, num_threads=1)[0]

    return Index(at)


def usearch(scalar: str) -> Build:
    def build(rows: Array, metric: str, k: int, threads: int) -> Index:
        from usearch.index import Index as Graph

        index = Graph(
            ndim=rows.shape[1], metric={"l2": "l2sq"}.get(metric, metric), dtype=scalar,
            connectivity=M, expansion_add=CONSTRUCTION)
        convert = Bytes(rows) if scalar == "i8" else lambda queries: queries
        index.add(np.arange(len(rows)), convert(rows), threads=threads)

        def at(effort: int) -> Search:
            index.expansion_search = max(effort, k)
            return lambda query: index.search(query[0], k, threads=1).keys[None]

        return Index(at, convert)

    return build


def faiss_graph(storage: str) -> Build:
    def build(rows: Array, metric: str, k: int, threads: int) -> Index:
        import faiss

        index = _faiss(f"HNSW{M},{storage}", rows, metric)
        index.hnsw.efConstruction = CONSTRUCTION
        _fill(index, rows, threads)

        def at(effort: int) -> Search:
            parameters = faiss.SearchParametersHNSW(efSearch=max(effort, k))
            return lambda query: index.search(query, k, params=parameters)[1]

        return Index(at)

    return build


def faiss_lists(rows: Array, metric: str, k: int, threads: int) -> Index:
    """Inverted lists with 4-bit product codes, the best candidates ranked again by their rows."""
    import faiss

    lists = lists_for(len(rows))
    index = _faiss(f"IVF{lists},PQ{rows.shape[1] // 2}x4fs,RFlat", rows, metric)
    _fill(index, rows, threads)

    def at(probes: int) -> Search:
        # Few lists are for a hasty answer, which needs no long second ranking either.
        again = min(max(probes, 4), 24)
        parameters = faiss.IndexRefineSearchParameters(
            k_factor=again, base_index_params=faiss.SearchParametersIVF(nprobe=min(probes, lists)))
        return lambda query: index.search(query, k, params=parameters)[1]

    return Index(at, efforts=PROBES)


def lists_for(rows: int) -> int:
    """About four times the root of the rows, as a power of two; one where there is little."""
    return 1 << round(np.log2(4 * np.sqrt(rows))) if rows > 1_000 else 1


def svs(kind: str) -> Build:
    def build(rows: Array, metric: str, k: int, threads: int) -> Index:
        import svs as library

        convert: Callable[[Array], np.ndarray] = lambda queries: queries
        with tempfile.TemporaryDirectory() as folder:
            if kind.startswith("lvq"):
                source = _compressed(library, rows, kind, Path(folder))
            elif kind == "i8":
                convert = Bytes(rows)
                source = convert(rows)
            else:
                source = rows.astype({"f32": np.float32, "f16": np.float16}[kind], copy=False)
            # The alphas that its authors advise.
            parameters = library.VamanaBuildParameters(
                graph_max_degree=2 * M, window_size=CONSTRUCTION,
                alpha=1.2 if metric == "l2" else 0.95)
            distance = library.DistanceType.L2 if metric == "l2" else library.DistanceType.MIP
            index = library.Vamana.build(parameters, source, distance, num_threads=threads)
        index.num_threads = 1

        def at(effort: int) -> Search:
            index.search_window_size = max(effort, k)
            return lambda query: index.search(query, k)[0]

        return Index(at, convert)

    return build


def _compressed(library: Any, rows: Array, kind: str, folder: Path) -> Any:
    """A loader of its own compression; the closed part of the wheel refuses some processors."""
    first, _, second = kind.removeprefix("lvq").partition("x")
    file = folder / "rows.fvecs"
    library.write_vecs(rows, str(file))
    stored = library.VectorDataLoader(
        str(file), library.DataType.float32, dims=rows.shape[1])
    return library.LVQLoader(stored, primary=int(first), residual=int(second or 0))


class Bytes:
    """Rows as signed bytes of one common scale, which keeps the order of l2 and ip."""

    def __init__(self, rows: Array) -> None:
        widest = max(float(rows.max()), -float(rows.min()), 1e-30)
        self.scale = np.float32(127 / widest)

    def __call__(self, rows: Array) -> np.ndarray:
        stored = np.empty(rows.shape, dtype=np.int8)
        for start in range(0, len(rows), BLOCK_ROWS):
            block = np.rint(rows[start:start + BLOCK_ROWS] * self.scale)
            stored[start:start + BLOCK_ROWS] = np.clip(block, -127, 127)
        return stored


def _faiss(recipe: str, rows: Array, metric: str) -> Any:
    import faiss

    return faiss.index_factory(
        rows.shape[1], recipe, faiss.METRIC_L2 if metric == "l2" else faiss.METRIC_INNER_PRODUCT)


def _fill(index: Any, rows: Array, threads: int) -> None:
    import faiss

    faiss.omp_set_num_threads(threads)
    index.train(rows)
    index.add(rows)
    faiss.omp_set_num_threads(1)


LIBRARIES: dict[str, Build] = {
    "hnswlib": hnswlib,
    "usearch-f32": usearch("f32"),
    "usearch-f16": usearch("f16"),
    "usearch-i8": usearch("i8"),
    "faiss-hnsw": faiss_graph("Flat"),
    "faiss-hnsw-sq8": faiss_graph("SQ8"),
    "faiss-ivf-fs": faiss_lists,
    "svs-f32": svs("f32"),
    "svs-f16": svs("f16"),
    "svs-i8": svs("i8"),
    "svs-lvq8": svs("lvq8"),
    "svs-lvq4x8": svs("lvq4x8"),
}
