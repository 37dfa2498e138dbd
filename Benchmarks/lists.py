"""Libraries of inverted lists that are compared: how each builds an index and answers.

Those of FAISS have as many lists as ours have by default, four times the root of the rows, as a
power of two. Where candidates are ranked again by their rows, an effort says how many lists are
looked into and how many times the answers are ranked; all pairs are measured, and the table reads
the front of them.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from data import Array
from libraries import PROBES, Build, Index, Search, lists_for
from truth import Ids

# Candidates ranked again for each answer, and in ScaNN at all.
AGAIN = (4, 8, 16, 32)


def faiss(recipe: str) -> Build:
    """`recipe` with the words HALF and QUARTER for parts of the dimension."""

    def build(rows: Array, metric: str, k: int, threads: int) -> Index:
        import faiss as library

        dimension, lists = rows.shape[1], lists_for(len(rows))
        codes = recipe.replace("HALF", str(dimension // 2)).replace("QUARTER", str(dimension // 4))
        index = library.index_factory(
            dimension, f"IVF{lists},{codes}",
            library.METRIC_L2 if metric == "l2" else library.METRIC_INNER_PRODUCT)
        library.omp_set_num_threads(threads)
        index.train(rows)
        index.add(rows)
        library.omp_set_num_threads(1)
        is_refined = "RFlat" in codes
        inner = library.downcast_index(index.base_index) if is_refined else index

        def set_effort(effort: Any) -> None:
            probes, again = effort if is_refined else (effort, 0)
            inner.nprobe = min(probes, lists)
            if is_refined:
                index.k_factor = again

        def at(effort: Any) -> Search:
            set_effort(effort)
            return lambda query: index.search(query, k)[1]

        def many(effort: Any, queries: Array, threads: int) -> Ids:
            set_effort(effort)
            library.omp_set_num_threads(threads)
            found = index.search(queries, k)[1]
            library.omp_set_num_threads(1)
            return found

        return Index(at, efforts=pairs() if is_refined else PROBES, many=many)

    return build


def scann(rows: Array, metric: str, k: int, threads: int) -> Index:
    """A tree, anisotropic 4-bit codes of two dimensions each, and a second ranking by rows."""
    from scann import scann_ops_pybind as library

    lists = lists_for(len(rows))
    distance = "squared_l2" if metric == "l2" else "dot_product"
    builder = library.builder(rows, k, distance).set_n_training_threads(threads)
    builder = builder.tree(
        num_leaves=lists, num_leaves_to_search=min(lists, PROBES[0]),
        training_sample_size=min(len(rows), 250_000))
    # The threshold that its authors advise for inner products.
    weight = {} if metric == "l2" else {"anisotropic_quantization_threshold": 0.2}
    index = builder.score_ah(2, **weight).reorder(k * AGAIN[0]).build()

    def at(effort: Any) -> Search:
        probes, again = effort
        return lambda query: index.search(
            query[0], final_num_neighbors=k, pre_reorder_num_neighbors=k * again,
            leaves_to_search=min(probes, lists))[0]

    def many(effort: Any, queries: Array, threads: int) -> Ids:
        probes, again = effort
        search: Callable[..., Any] = (
            index.search_batched if threads == 1 else index.search_batched_parallel)
        return search(
            queries, final_num_neighbors=k, pre_reorder_num_neighbors=k * again,
            leaves_to_search=min(probes, lists))[0]

    return Index(at, efforts=pairs(), many=many)


def pairs() -> list[tuple[int, int]]:
    return [(probes, again) for probes in PROBES for again in AGAIN]


LISTS: dict[str, Build] = {
    "faiss-flat": faiss("Flat"),
    "faiss-sq8": faiss("SQ8"),
    "faiss-pq2x4fs": faiss("PQHALFx4fs,RFlat"),
    "faiss-pq4x4fs": faiss("PQQUARTERx4fs,RFlat"),
    "faiss-pq2x4fsr": faiss("PQHALFx4fsr,RFlat"),
    "faiss-rabitqfs": faiss("RaBitQfs,RFlat"),
    "scann": scann,
}
