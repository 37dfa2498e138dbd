"""What a program in Python would use instead of our client, and our client over TCP.

All answer filters, and have an index on what is filtered by where they know one. Where the
interface takes many queries in one call, that is measured as well, apart from one query at a time.
Ours is a server of its own process, asked over one connection on the loopback.
"""
from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from data import Array
from databases import (
    BATCH_ROWS, NAME, Chroma, Database, MilvusLite, Table, Together, batches,
)
from environment import ROOT
from filtered_databases import Attributes, Filtered, FilteredLanceDB
from filters import Tree, literal, sql
from libraries import CONSTRUCTION, M, Search
from memory import resident_mb
from results import OURS

CLIENT = ROOT / "clients" / "python"
COMPARISONS = {"=": "eq", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


class OurClient(Database):
    """`SELECT … LIMIT k`, answered with key and distance; the server knows statements by text."""

    index = "HNSW, int8 and rows"

    def __init__(self, table: Table, attributes: Attributes) -> None:
        sys.path[:0] = [str(CLIENT / "src"), str(CLIENT / "tests")]
        import needletail
        from server import Server

        self.table, self.attributes = table, attributes
        self.server = Server(place=table.place)
        self.connection = needletail.connect(self.server.address)
        self.columns = list(attributes.kinds)
        types = {int: "BIGINT", float: "DOUBLE", str: "TEXT", bool: "BOOLEAN"}
        columns = [f"{name} {types[kind]}" for name, kind in attributes.kinds.items()]
        self.connection.execute(
            f"CREATE TABLE {NAME} (id BIGINT PRIMARY KEY, {', '.join(columns)}, "
            f"vector vector({table.dimension}))")
        self.operator, self.operators = {
            "l2": ("<->", "l2"), "ip": ("<#>", "ip"), "cosine": ("<=>", "cosine")}[table.metric]

    def load(self, rows: Array) -> None:
        places = ", ".join(f"${place + 1}" for place in range(len(self.columns) + 2))
        for start, batch in batches(rows, BATCH_ROWS):
            self.connection.execute_many(
                f"INSERT INTO {NAME} VALUES ({places})", self.values(start, batch))

    def values(self, start: int, batch: Array) -> Iterator[list[Any]]:
        for number, row in enumerate(batch, start):
            yield [
                number, *(self.attributes.value(number, name) for name in self.columns), row]

    def build(self) -> None:
        self.connection.execute(
            f"CREATE INDEX ON {NAME} USING hnsw (vector vector_{self.operators}_ops) "
            f"INCLUDE ({', '.join(self.columns)}) "
            f"WITH (m = {M}, ef_construction = {CONSTRUCTION})", timeout=None)

    def convert(self, queries: Array) -> Array:
        return queries

    def statement(self, effort: Any, where: str | None) -> str:
        return (
            f"SELECT id, vector {self.operator} $1 AS distance FROM {NAME} "
            + (f"WHERE {where} " if where else "")
            + f"ORDER BY distance LIMIT {self.table.k} WITH (ef_search = {effort})")

    def at(self, effort: Any, where: Any = None) -> Search:
        statement, execute = self.statement(effort, where), self.connection.execute

        def search(query: Array) -> list[int]:
            return [row[0] for row in execute(statement, [query[0]])]

        return search

    def together(self, effort: Any, where: Any = None) -> Together:
        statement = self.statement(effort, where)

        def search(queries: list[Array]) -> list[list[int]]:
            with self.connection.pipeline() as pipe:
                answers = [pipe.execute(statement, [query[0]]) for query in queries]
            return [[row[0] for row in answer.result()] for answer in answers]

        return search

    def where(self, tree: Tree) -> str:
        return sql(tree)

    def memory_mb(self) -> float:
        """Of the server and of this process."""
        assert self.server.process is not None
        return resident_mb() + resident_mb(self.server.process.pid)

    def close(self) -> None:
        self.connection.close()
        self.server.close()


class ClientChroma(Chroma):
    def __init__(self, table: Table, attributes: Attributes) -> None:
        super().__init__(table)
        self.attributes = attributes

    def metadata(self, numbers: range) -> list[dict[str, Any]]:
        return [self.attributes.rows[number] for number in numbers]

    def where(self, tree: Tree) -> dict[str, Any]:
        operator, *operands = tree
        if operator in ("and", "or"):
            return {f"${operator}": [self.where(one) for one in operands]}
        column, value = operands
        return {column: {f"${COMPARISONS.get(operator, operator)}": value}}

    def together(self, effort: Any, where: Any = None) -> Together:
        self.at(effort, where)

        def search(queries: list[np.ndarray]) -> list[list[str]]:
            found = self.rows.query(
                query_embeddings=np.concatenate(queries), n_results=self.table.k, where=where,
                include=[])
            return found["ids"]

        return search


class ClientMilvusLite(MilvusLite):
    index = "HNSW; inverted"

    def __init__(self, table: Table, attributes: Attributes) -> None:
        self.attributes = attributes
        super().__init__(table)

    def fields(self) -> list[dict[str, Any]]:
        from pymilvus import DataType

        types = {
            int: DataType.INT64, float: DataType.DOUBLE, str: DataType.VARCHAR,
            bool: DataType.BOOL}
        return [
            {"field_name": name, "datatype": types[kind]}
            | ({"max_length": 256} if kind is str else {})
            for name, kind in self.attributes.kinds.items()]

    def values(self, number: int) -> dict[str, Any]:
        return self.attributes.rows[number]

    def where(self, tree: Tree) -> str:
        operator, *operands = tree
        if operator in ("and", "or"):
            return f" {operator} ".join(f"({self.where(one)})" for one in operands)
        column, value = operands
        if operator == "in":
            return f"{column} in [{', '.join(map(literal, value))}]"
        return f"{column} {'==' if operator == '=' else operator} {literal(value)}"

    def together(self, effort: Any, where: Any = None) -> Together:
        parameters = {"params": {"ef": max(effort, self.table.k)}}

        def search(queries: list[list[list[float]]]) -> list[list[int]]:
            found = self.client.search(
                NAME, data=[query[0] for query in queries], filter=where or "",
                limit=self.table.k, search_params=parameters)
            return [[row["id"] for row in answer] for answer in found]

        return search


class ClientLanceDB(FilteredLanceDB):
    def together(self, effort: Any, where: Any = None) -> Together:
        k, wide = self.table.k, max(effort, self.again * self.table.k)

        def search(queries: list[np.ndarray]) -> list[np.ndarray]:
            asked = self.rows.search(list(np.concatenate(queries)))
            asked = asked.distance_type(self.distance).limit(k).nprobes(1).ef(wide)
            asked = asked.refine_factor(self.again)
            if where is not None:
                asked = asked.where(where, prefilter=True)
            found = asked.select(["id", "_distance"]).to_arrow()
            numbers, owners = found["id"].to_numpy(), found["query_index"].to_numpy()
            return [numbers[owners == place] for place in range(len(queries))]

        return search


class QdrantLocal(Database):
    """The local mode of Qdrant's client: numpy over all rows, kept in SQLite; so it is exact."""

    index = "none, compares all rows"
    efforts = (1_000,)

    def __init__(self, table: Table, attributes: Attributes) -> None:
        from qdrant_client import QdrantClient, models

        self.models, self.table, self.attributes = models, table, attributes
        distance = {"l2": "EUCLID", "ip": "DOT", "cosine": "COSINE"}[table.metric]
        self.client = QdrantClient(path=str(table.place))
        self.client.create_collection(NAME, vectors_config=models.VectorParams(
            size=table.dimension, distance=models.Distance[distance]))

    def load(self, rows: Array) -> None:
        for start, batch in batches(rows):
            numbers = range(start, start + len(batch))
            self.client.upsert(NAME, points=self.models.Batch(
                ids=list(numbers), vectors=batch.tolist(),
                payloads=[self.attributes.rows[number] for number in numbers]))

    def build(self) -> None:
        """It has no index."""

    def convert(self, queries: Array) -> Array:
        return queries

    def at(self, effort: Any, where: Any = None) -> Search:
        def search(query: np.ndarray) -> list[int]:
            found = self.client.query_points(
                NAME, query=query[0], query_filter=where, limit=self.table.k,
                with_payload=False)
            return [point.id for point in found.points]

        return search

    def where(self, tree: Tree) -> Any:
        models = self.models
        operator, *operands = tree
        if operator in ("and", "or"):
            conditions = [self.where(one) for one in operands]
            return models.Filter(**{{"and": "must", "or": "should"}[operator]: conditions})
        column, value = operands
        if operator in ("=", "in"):
            match = models.MatchAny(any=value if operator == "in" else [value])
            return models.Filter(must=[models.FieldCondition(key=column, match=match)])
        limits = models.Range(**{COMPARISONS[operator]: value})
        return models.Filter(must=[models.FieldCondition(key=column, range=limits)])

    def close(self) -> None:
        self.client.close()


CLIENTS: dict[str, Callable[[Table, Attributes], Filtered]] = {
    OURS: OurClient,
    "chromadb": ClientChroma,
    "qdrant-local": QdrantLocal,
    "milvus-lite": ClientMilvusLite,
    "lancedb": ClientLanceDB,
}
