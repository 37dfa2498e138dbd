"""The databases that are compared: how each takes rows in, builds its index and answers one query.

All are embedded, on disk, and used through their own Python interface as its documentation
advises. Where an interface has a say in it, one thread searches. Rows go in by batches and are
durable before the index is built, in the sense each gives the word. Graphs are those of
`libraries.py`.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from data import Array
from libraries import CONSTRUCTION, M, Index, Search
from memory import resident_mb

BATCH_ROWS = 10_000
NAME = "rows"
# Many rows of `convert(queries)`, and the numbers of rows that answer each.
Together = Callable[[list[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Table:
    """What a database is asked to hold: rows of one dimension under `l2`, `ip` or `cosine`."""

    place: Path
    dimension: int
    metric: str
    k: int
    threads: int


class Database(ABC):
    """An empty database in a new folder. `load` and `build` run once each, in this order."""

    # As its own documentation calls it.
    index: ClassVar[str]
    # What `at` is asked for under filters: lengths of the list of candidates.
    efforts: ClassVar[Sequence[float]] = (16, 20, 24, 32, 48, 64, 96, 128, 256, 512)

    @abstractmethod
    def __init__(self, table: Table) -> None: ...

    @abstractmethod
    def load(self, rows: Array) -> None:
        """All rows, durable; a row is known by its number."""

    @abstractmethod
    def build(self) -> None: ...

    @abstractmethod
    def at(self, effort: Any, where: Any = None) -> Search:
        """The search for one row of `convert(queries)`; it gives numbers of rows.

        `where` is a filter in the database's own form, for those that take one.
        """

    def together(self, effort: Any, where: Any = None) -> Together | None:
        """The search for many queries in one go, where the interface has one."""
        return None

    def memory_mb(self) -> float:
        """What it holds, files that are merely mapped left out."""
        return resident_mb()

    def close(self) -> None:
        """Ends what would outlive this process."""

    def convert(self, queries: Array) -> Any:
        """Queries in the form that suits the database best. Most want lists of numbers."""
        return queries.tolist()

    def searches(self) -> Index:
        return Index(self.at, self.convert)


class Zvec(Database):
    index = "HNSW"
    codes: ClassVar[str] = "UNDEFINED"

    def __init__(self, table: Table) -> None:
        import zvec

        _start_zvec(table.threads)
        self.library, self.table = zvec, table
        graph = zvec.HnswIndexParam(
            metric_type=getattr(zvec.MetricType, table.metric.upper()), m=M,
            ef_construction=CONSTRUCTION, quantize_type=getattr(zvec.QuantizeType, self.codes))
        vectors = zvec.VectorSchema(
            "vector", zvec.DataType.VECTOR_FP32, table.dimension, index_param=graph)
        self.collection = zvec.create_and_open(
            str(table.place / NAME),
            zvec.CollectionSchema(NAME, fields=self.fields(), vectors=vectors))

    def fields(self) -> list[Any]:
        """Columns beside the vector."""
        return []

    def values(self, number: int) -> dict[str, Any]:
        """What they hold in a row."""
        return {}

    def load(self, rows: Array) -> None:
        # It takes no more in one call.
        for start, batch in batches(rows, 1_024):
            states = self.collection.insert([
                self.library.Doc(
                    str(start + offset), vectors={"vector": row},
                    fields=self.values(start + offset))
                for offset, row in enumerate(batch)])
            if not all(state.ok() for state in states):
                raise RuntimeError("zvec refused rows")
        self.collection.flush()

    def build(self) -> None:
        self.collection.optimize(self.library.OptimizeOption(concurrency=self.table.threads))
        self.collection.flush()

    def convert(self, queries: Array) -> np.ndarray:
        return queries

    def at(self, effort: int, where: Any = None) -> Search:
        parameters = self.library.HnswQueryParam(
            ef=max(effort, self.table.k), is_using_refiner=self.codes != "UNDEFINED")

        def search(query: np.ndarray) -> list[str]:
            asked = self.library.Query("vector", vector=query[0], param=parameters)
            found = self.collection.query(
                asked, topk=self.table.k, filter=where, output_fields=[])
            return [row.id for row in found]

        return search


class ZvecBytes(Zvec):
    index = "HNSW, int8 and rows"
    codes = "INT8"


@cache
def _start_zvec(threads: int) -> None:
    """Once a process, as it demands."""
    import zvec

    zvec.init(
        query_threads=1, optimize_threads=threads, log_type=zvec.LogType.CONSOLE,
        log_level=zvec.LogLevel.ERROR)


class Qdrant(Database):
    index = "HNSW"
    bytes: ClassVar[bool] = False

    def __init__(self, table: Table) -> None:
        import qdrant_edge as qdrant

        self.library, self.table = qdrant, table
        distance = {"l2": "Euclid", "ip": "Dot", "cosine": "Cosine"}[table.metric]
        vectors = qdrant.EdgeVectorParams(
            size=table.dimension, distance=getattr(qdrant.Distance, distance),
            quantization_config=qdrant.ScalarQuantizationConfig(qdrant.ScalarType.Int8)
            if self.bytes else None)
        self.shard = qdrant.EdgeShard.create(str(table.place), qdrant.EdgeConfig(
            vectors=vectors, max_search_threads=1,
            hnsw_config=qdrant.HnswIndexConfig(
                m=M, ef_construct=CONSTRUCTION, full_scan_threshold=10,
                max_indexing_threads=table.threads),
            # One graph, however few the rows.
            optimizers=qdrant.EdgeOptimizersConfig(
                default_segment_number=1, indexing_threshold=1)))

    def load(self, rows: Array) -> None:
        qdrant = self.library
        for start, batch in batches(rows):
            points = [
                qdrant.Point(start + offset, row, self.payload(start + offset))
                for offset, row in enumerate(batch.tolist())]
            self.shard.update(qdrant.UpdateOperation.upsert_points(points))
        self.shard.flush()

    def payload(self, number: int) -> dict[str, Any] | None:
        """What a row has beside its vector."""
        return None

    def build(self) -> None:
        self.shard.optimize()
        self.shard.flush()

    def at(self, effort: int, where: Any = None) -> Search:
        qdrant = self.library
        # Twice as many as wanted are ranked again by their rows; ranking k alone stops below .98.
        again = qdrant.QuantizationSearchParams(rescore=True, oversampling=2)
        parameters = qdrant.SearchParams(
            hnsw_ef=max(effort, self.table.k), quantization=again if self.bytes else None)

        def search(query: list[list[float]]) -> list[int]:
            found = self.shard.query(qdrant.QueryRequest(
                limit=self.table.k, query=qdrant.Query.Nearest(query[0]), params=parameters,
                filter=where))
            return [row.id for row in found]

        return search


class QdrantBytes(Qdrant):
    index = "HNSW, int8 and rows"
    bytes = True


class LanceDB(Database):
    index = "IVF_HNSW_SQ of one part"
    # Codes alone end below recall .99; so many times k are ranked again by their rows.
    again = 2

    def __init__(self, table: Table) -> None:
        import lancedb
        import pyarrow as arrow

        self.arrow, self.table = arrow, table
        self.schema = arrow.schema([
            ("id", arrow.int64()), ("vector", arrow.list_(arrow.float32(), table.dimension)),
            *self.fields()])
        self.rows = lancedb.connect(table.place).create_table(NAME, schema=self.schema)
        self.distance = {"ip": "dot"}.get(table.metric, table.metric)

    def load(self, rows: Array) -> None:
        for start, batch in batches(rows):
            vectors = self.arrow.FixedSizeListArray.from_arrays(
                self.arrow.array(batch.ravel()), self.table.dimension)
            numbers = self.arrow.array(np.arange(start, start + len(batch)))
            others = self.values(range(start, start + len(batch)))
            self.rows.add(
                self.arrow.Table.from_arrays([numbers, vectors, *others], schema=self.schema))

    def fields(self) -> list[tuple[str, Any]]:
        """Columns beside the vector, with their types."""
        return []

    def values(self, numbers: range) -> list[Any]:
        """What they hold in these rows, one array a column."""
        return []

    def build(self) -> None:
        from lancedb.index import HnswSq

        self.rows.optimize(cleanup_older_than=timedelta(0))
        self.rows.create_index("vector", config=HnswSq(
            distance_type=self.distance, num_partitions=1, m=M, ef_construction=CONSTRUCTION))

    def convert(self, queries: Array) -> np.ndarray:
        return queries

    def at(self, effort: int, where: Any = None) -> Search:
        k = self.table.k
        wide = max(effort, self.again * k)

        def search(query: np.ndarray) -> np.ndarray:
            asked = self.rows.search(query[0]).distance_type(self.distance).limit(k)
            asked = asked.nprobes(1).ef(wide).refine_factor(self.again)
            if where is not None:
                asked = asked.where(where, prefilter=True)
            return asked.select(["id", "_distance"]).to_arrow()["id"].to_numpy()

        return search


class Chroma(Database):
    index = "HNSW"

    def __init__(self, table: Table) -> None:
        self.table = table
        self.client = self._open()
        self.rows = self.client.create_collection(NAME, embedding_function=None, configuration={
            "hnsw": {
                "space": table.metric, "max_neighbors": M, "ef_construction": CONSTRUCTION,
                "num_threads": table.threads}})

    def _open(self) -> Any:
        import chromadb

        return chromadb.PersistentClient(
            str(self.table.place), chromadb.Settings(anonymized_telemetry=False))

    def load(self, rows: Array) -> None:
        for start, batch in batches(rows, self.client.get_max_batch_size()):
            numbers = range(start, start + len(batch))
            self.rows.add(
                ids=[str(number) for number in numbers], embeddings=batch,
                metadatas=self.metadata(numbers))

    def metadata(self, numbers: range) -> list[dict[str, Any]] | None:
        """What rows have beside their vectors."""
        return None

    def build(self) -> None:
        """It did so while it loaded."""

    def convert(self, queries: Array) -> np.ndarray:
        return queries

    def at(self, effort: int, where: Any = None) -> Search:
        self.rows.modify(configuration={"hnsw": {"ef_search": max(effort, self.table.k)}})
        # What is open keeps the effort it was opened with.
        self.client.close()
        self.client = self._open()
        self.rows = self.client.get_collection(NAME, embedding_function=None)

        def search(query: np.ndarray) -> list[str]:
            found = self.rows.query(
                query_embeddings=query, n_results=self.table.k, where=where, include=[])
            return found["ids"][0]

        return search


class MilvusLite(Database):
    index = "HNSW"

    def __init__(self, table: Table) -> None:
        from pymilvus import DataType, MilvusClient

        self.table = table
        self.client = MilvusClient(str(table.place / "rows.db"))
        schema = self.client.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=table.dimension)
        for field in self.fields():
            schema.add_field(**field)
        self.client.create_collection(NAME, schema=schema)

    def fields(self) -> list[dict[str, Any]]:
        """Columns beside the vector."""
        return []

    def values(self, number: int) -> dict[str, Any]:
        """What they hold in a row."""
        return {}

    def load(self, rows: Array) -> None:
        for start, batch in batches(rows):
            self.client.insert(NAME, [
                {"id": start + offset, "vector": row, **self.values(start + offset)}
                for offset, row in enumerate(batch)])
        self.client.flush(NAME)

    def build(self) -> None:
        graph = self.client.prepare_index_params()
        graph.add_index(
            "vector", index_type="HNSW", metric_type=self.table.metric.upper(),
            params={"M": M, "efConstruction": CONSTRUCTION})
        for field in self.fields():
            graph.add_index(field["field_name"], index_type="INVERTED")
        self.client.create_index(NAME, graph)
        self.client.load_collection(NAME)

    def at(self, effort: int, where: Any = None) -> Search:
        parameters = {"params": {"ef": max(effort, self.table.k)}}

        def search(query: list[list[float]]) -> list[int]:
            found = self.client.search(
                NAME, data=query, filter=where or "", limit=self.table.k,
                search_params=parameters)
            return [row["id"] for row in found[0]]

        return search


def batches(rows: Array, size: int = BATCH_ROWS) -> Iterator[tuple[int, Array]]:
    """The number of the first row of each, and the rows."""
    for start in range(0, len(rows), size):
        yield start, rows[start:start + size]


DATABASES: dict[str, Callable[[Table], Database]] = {
    "zvec": Zvec,
    "zvec-int8": ZvecBytes,
    "qdrant-edge": Qdrant,
    "qdrant-edge-int8": QdrantBytes,
    "lancedb": LanceDB,
    "chromadb": Chroma,
    "milvus-lite": MilvusLite,
}
