"""What the vector stores of frameworks have in common: a table of documents and two pools."""
from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Optional

from . import errors
from ._aio_pool import AsyncPool
from ._filters import name
from ._pool import Pool
from ._result import Result
from .types import Json
from .types import vector as as_vector

OPERATORS = {"cosine": "<=>", "l2": "<->", "inner_product": "<#>"}
OPERATOR_CLASSES = {
    "cosine": "vector_cosine_ops", "l2": "vector_l2_ops", "inner_product": "vector_ip_ops",
}


class Table:
    """The SQL for one table ``(id, content, metadata, embedding)``."""

    def __init__(self, table: str, distance: str, indexed: bool, more: str = "") -> None:
        if distance not in OPERATORS:
            raise ValueError(f"distance is {distance!r}; it takes {', '.join(OPERATORS)}")
        self.plain = table
        self.name = name(table)
        self.distance = distance
        self.indexed = indexed
        self.more = more

    def create(self, dimension: int) -> list[str]:
        """Statements that make it, where it is missing."""
        statements = [
            f"CREATE TABLE IF NOT EXISTS {self.name} (id TEXT PRIMARY KEY, content TEXT, "
            f"metadata JSONB NOT NULL, embedding vector({dimension}){self.more})"
        ]
        if self.indexed:
            statements += [
                f"CREATE INDEX IF NOT EXISTS {name(self.plain + '_embedding')} ON {self.name} "
                f"USING hnsw (embedding {OPERATOR_CLASSES[self.distance]})",
                f"CREATE INDEX IF NOT EXISTS {name(self.plain + '_metadata')} ON {self.name} "
                "USING gin (metadata)",
            ]
        return statements

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Around ``create``: tells of a table of that name with other columns."""
        try:
            yield
        except errors.UndefinedColumn as error:
            error.hint = f"The table {self.name} is not one of this store; choose another name."
            raise

    def nearest(self, columns: str, condition: str, limit: int) -> str:
        """A search; ``$1`` is the query."""
        expression = f"embedding {OPERATORS[self.distance]} $1"
        return (
            f"SELECT {columns}, {expression} AS distance FROM {self.name} "
            f"WHERE {condition} ORDER BY {expression} LIMIT {int(limit)}"
        )

    def by_id(self, columns: str) -> str:
        """One document."""
        return f"SELECT {columns} FROM {self.name} WHERE id = $1"

    @property
    def upsert(self) -> str:
        """Stores a document in place of one with its id."""
        return f"UPSERT INTO {self.name} (id, content, metadata, embedding) VALUES ($1, $2, $3, $4)"

    @property
    def delete(self) -> str:
        """Deletes one document."""
        return f"DELETE FROM {self.name} WHERE id = $1"


class Backend:
    """A pool for threads, and one for each event loop, made when they are first asked."""

    def __init__(
        self, connection: Any, table: Table, dimension: Optional[int], vectors: str
    ) -> None:
        self.table = table
        self.dimension = dimension
        self._address: Optional[str] = None if isinstance(connection, Pool) else connection
        self._pool: Optional[Pool] = connection if isinstance(connection, Pool) else None
        self._owns_pool = self._pool is None
        if isinstance(connection, Pool):
            self._address = connection.address
        self._vectors = vectors
        self._pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncPool] = (
            weakref.WeakKeyDictionary()
        )
        self._is_made = False

    @property
    def pool(self) -> Pool:
        """For threads."""
        if self._pool is None:
            self._pool = Pool(self._address, vectors=self._vectors)
        return self._pool

    @property
    def async_pool(self) -> AsyncPool:
        """For the running event loop."""
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            pool = self._pools[loop] = AsyncPool(self._address, vectors=self._vectors)
        return pool

    def _dimension(self, embeddings: Sequence[Sequence[float]]) -> Optional[int]:
        return self.dimension or next((len(one) for one in embeddings if one is not None), None)

    # For threads ----------------------------------------------------------------------------------

    def make(self, dimension: Optional[int]) -> None:
        """Makes the table where it is missing."""
        if not self._is_made and dimension is not None:
            with self.table.claimed():
                for statement in self.table.create(dimension):
                    self.pool.execute(statement)
            self._is_made = True

    def write(self, sql: str, rows: list[list[Any]], embeddings: Sequence[Any]) -> Optional[Result]:
        """Runs ``sql`` for each row in one transaction, in a table that is made by then."""
        if not rows:
            return None
        self.make(self._dimension(embeddings))
        return self.pool.execute_many(sql, rows)

    def ask(self, sql: str, params: Any = None) -> Any:
        """The answer; nothing where there is no table yet."""
        try:
            return self.pool.execute(sql, params)
        except errors.UndefinedTable:
            return []

    def ask_each(self, sql: str, ids: Iterable[str]) -> Any:
        """The answers for each id, in their order."""
        try:
            return self.pool.execute_many(sql, [[one] for one in ids])
        except errors.UndefinedTable:
            return []

    def close(self) -> None:
        """Closes the pool for threads, if it was made here."""
        if self._pool is not None and self._owns_pool:
            self._pool.close()
            self._pool = None

    # For tasks ------------------------------------------------------------------------------------

    async def amake(self, dimension: Optional[int]) -> None:
        """As ``make``."""
        if not self._is_made and dimension is not None:
            with self.table.claimed():
                for statement in self.table.create(dimension):
                    await self.async_pool.execute(statement)
            self._is_made = True

    async def awrite(
        self, sql: str, rows: list[list[Any]], embeddings: Sequence[Any]
    ) -> Optional[Result]:
        """As ``write``."""
        if not rows:
            return None
        await self.amake(self._dimension(embeddings))
        return await self.async_pool.execute_many(sql, rows)

    async def aask(self, sql: str, params: Any = None) -> Any:
        """As ``ask``."""
        try:
            return await self.async_pool.execute(sql, params)
        except errors.UndefinedTable:
            return []

    async def aask_each(self, sql: str, ids: Iterable[str]) -> Any:
        """As ``ask_each``."""
        try:
            return await self.async_pool.execute_many(sql, [[one] for one in ids])
        except errors.UndefinedTable:
            return []

    async def aclose(self) -> None:
        """Closes the pool of the running event loop."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.close()

    def forget(self) -> None:
        """The table was dropped."""
        self._is_made = False


def document(metadata: Any) -> Any:
    """Metadata as a document, whatever its keys look like."""
    return Json(metadata if metadata is not None else {})


def sent(embedding: Any) -> Any:
    """An embedding as the bytes of 32-bit floats."""
    if embedding is None or hasattr(embedding, "dtype"):
        return embedding
    return as_vector(embedding)


def most_marginal(query: Any, candidates: Sequence[Any], k: int, weight: float) -> list[int]:
    """Places of ``k`` candidates that are near the query and unlike each other.

    Maximal marginal relevance (Carbonell and Goldstein, 1998) by cosine: each next one maximises
    ``weight * similarity to the query - (1 - weight) * similarity to the nearest chosen``.
    """
    import numpy

    count = min(k, len(candidates))
    if count <= 0:
        return []
    unit = _normalised(numpy.asarray(candidates, dtype=numpy.float64))
    relevance = unit @ _normalised(numpy.asarray(query, dtype=numpy.float64))
    chosen = [int(numpy.argmax(relevance))]
    redundancy = unit @ unit[chosen[0]]
    while len(chosen) < count:
        scores = weight * relevance - (1 - weight) * redundancy
        scores[chosen] = -numpy.inf
        chosen.append(int(numpy.argmax(scores)))
        redundancy = numpy.maximum(redundancy, unit @ unit[chosen[-1]])
    return chosen


def _normalised(vectors: Any) -> Any:
    import numpy

    lengths = numpy.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / numpy.where(lengths == 0, 1, lengths)
