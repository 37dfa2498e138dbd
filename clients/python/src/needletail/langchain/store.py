"""The vector store."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Optional, Union

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from .._pool import Pool
from .._store import Backend, Table, document, most_marginal, sent
from .filters import Filter, where

_COLUMNS = "id, content, metadata"


class NeedletailVectorStore(VectorStore):
    """Documents of one table, which is made with the first of them.

    - embedding: what turns texts into vectors.
    - connection: an address, or a ``Pool``; without it, that of ``NEEDLETAIL_URL``.
    - table: its name.
    - distance: ``cosine``, ``l2`` or ``inner_product``.
    - dimension: of the vectors; learned from the first one where it is not given.
    - indexed: with indexes on embeddings (HNSW) and metadata (GIN).
    """

    def __init__(
        self,
        embedding: Embeddings,
        connection: Union[str, Pool, None] = None,
        *,
        table: str = "langchain",
        distance: str = "cosine",
        dimension: Optional[int] = None,
        indexed: bool = True,
    ) -> None:
        self._embedding = embedding
        self._table = Table(table, distance, indexed)
        self._backend = Backend(connection, self._table, dimension, "numpy")

    @property
    def embeddings(self) -> Embeddings:
        return self._embedding

    # Documents ------------------------------------------------------------------------------------

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: Optional[list[dict[str, Any]]] = None,
        *,
        ids: Optional[Sequence[Optional[str]]] = None,
        **kwargs: Any,
    ) -> list[str]:
        """Stores texts in one transaction, in place of those with the same ids."""
        told = list(texts)
        return self.add_embeddings(
            told, self._embedding.embed_documents(told), metadatas, ids=ids
        )

    async def aadd_texts(
        self,
        texts: Iterable[str],
        metadatas: Optional[list[dict[str, Any]]] = None,
        *,
        ids: Optional[Sequence[Optional[str]]] = None,
        **kwargs: Any,
    ) -> list[str]:
        told = list(texts)
        embeddings = await self._embedding.aembed_documents(told)
        names, rows = _rows(told, embeddings, metadatas, ids)
        await self._backend.awrite(self._table.upsert, rows, embeddings)
        return names

    def add_embeddings(
        self,
        texts: Sequence[str],
        embeddings: Sequence[Any],
        metadatas: Optional[Sequence[dict[str, Any]]] = None,
        *,
        ids: Optional[Sequence[Optional[str]]] = None,
    ) -> list[str]:
        """As ``add_texts``, with vectors that are there already."""
        names, rows = _rows(texts, embeddings, metadatas, ids)
        self._backend.write(self._table.upsert, rows, embeddings)
        return names

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Documents in the order of their ids; those that are not there are left out."""
        return [_document(row) for row in self._backend.ask_each(self._table.by_id(_COLUMNS), ids)]

    async def aget_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        rows = await self._backend.aask_each(self._table.by_id(_COLUMNS), ids)
        return [_document(row) for row in rows]

    def delete(
        self, ids: Optional[list[str]] = None, *, filter: Optional[Filter] = None, **kwargs: Any
    ) -> Optional[bool]:
        """Deletes by id, or what a filter finds; without either, all. True if it worked."""
        if ids is not None:
            self._backend.ask_each(self._table.delete, ids)
        else:
            condition, params = where(filter)
            self._backend.ask(f"DELETE FROM {self._table.name} WHERE {condition}", params)
        return True

    async def adelete(
        self, ids: Optional[list[str]] = None, *, filter: Optional[Filter] = None, **kwargs: Any
    ) -> Optional[bool]:
        if ids is not None:
            await self._backend.aask_each(self._table.delete, ids)
        else:
            condition, params = where(filter)
            await self._backend.aask(f"DELETE FROM {self._table.name} WHERE {condition}", params)
        return True

    def drop(self) -> None:
        """Drops the table."""
        self._backend.pool.execute(f"DROP TABLE IF EXISTS {self._table.name}")
        self._backend.forget()

    def close(self) -> None:
        """Closes the connections made for threads."""
        self._backend.close()

    async def aclose(self) -> None:
        """Closes the connections made for the running event loop."""
        await self._backend.aclose()

    # Searches -------------------------------------------------------------------------------------

    def similarity_search(
        self, query: str, k: int = 4, *, filter: Optional[Filter] = None, **kwargs: Any
    ) -> list[Document]:
        found = self.similarity_search_with_score(query, k, filter=filter)
        return [document for document, _ in found]

    async def asimilarity_search(
        self, query: str, k: int = 4, *, filter: Optional[Filter] = None, **kwargs: Any
    ) -> list[Document]:
        found = await self.asimilarity_search_with_score(query, k, filter=filter)
        return [document for document, _ in found]

    def similarity_search_with_score(
        self, query: str, k: int = 4, *, filter: Optional[Filter] = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """The nearest documents and their distances."""
        embedding = self._embedding.embed_query(query)
        return self.similarity_search_with_score_by_vector(embedding, k, filter=filter)

    async def asimilarity_search_with_score(
        self, query: str, k: int = 4, *, filter: Optional[Filter] = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        embedding = await self._embedding.aembed_query(query)
        return await self.asimilarity_search_with_score_by_vector(embedding, k, filter=filter)

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, *, filter: Optional[Filter] = None, **kwargs: Any
    ) -> list[Document]:
        found = self.similarity_search_with_score_by_vector(embedding, k, filter=filter)
        return [document for document, _ in found]

    async def asimilarity_search_by_vector(
        self, embedding: list[float], k: int = 4, *, filter: Optional[Filter] = None, **kwargs: Any
    ) -> list[Document]:
        found = await self.asimilarity_search_with_score_by_vector(embedding, k, filter=filter)
        return [document for document, _ in found]

    def similarity_search_with_score_by_vector(
        self, embedding: Sequence[float], k: int = 4, *, filter: Optional[Filter] = None
    ) -> list[tuple[Document, float]]:
        """The nearest documents and their distances."""
        sql, params = self._search(_COLUMNS, embedding, k, filter)
        return [(_document(row), row.distance) for row in self._backend.ask(sql, params)]

    async def asimilarity_search_with_score_by_vector(
        self, embedding: Sequence[float], k: int = 4, *, filter: Optional[Filter] = None
    ) -> list[tuple[Document, float]]:
        """The nearest documents and their distances."""
        sql, params = self._search(_COLUMNS, embedding, k, filter)
        return [(_document(row), row.distance) for row in await self._backend.aask(sql, params)]

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: Optional[Filter] = None,
        **kwargs: Any,
    ) -> list[Document]:
        embedding = self._embedding.embed_query(query)
        return self.max_marginal_relevance_search_by_vector(
            embedding, k, fetch_k, lambda_mult, filter=filter
        )

    async def amax_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: Optional[Filter] = None,
        **kwargs: Any,
    ) -> list[Document]:
        embedding = await self._embedding.aembed_query(query)
        return await self.amax_marginal_relevance_search_by_vector(
            embedding, k, fetch_k, lambda_mult, filter=filter
        )

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: Optional[Filter] = None,
        **kwargs: Any,
    ) -> list[Document]:
        """The most relevant of the ``fetch_k`` nearest that are unlike each other."""
        sql, params = self._search(f"{_COLUMNS}, embedding", embedding, fetch_k, filter)
        return _diverse(self._backend.ask(sql, params), embedding, k, lambda_mult)

    async def amax_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: Optional[Filter] = None,
        **kwargs: Any,
    ) -> list[Document]:
        sql, params = self._search(f"{_COLUMNS}, embedding", embedding, fetch_k, filter)
        return _diverse(await self._backend.aask(sql, params), embedding, k, lambda_mult)

    def _search(
        self, columns: str, embedding: Sequence[float], k: int, filter: Optional[Filter]
    ) -> tuple[str, list[Any]]:
        condition, params = where(filter, first=2)
        return self._table.nearest(columns, condition, k), [sent(embedding), *params]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return {
            "cosine": self._cosine_relevance_score_fn,
            "l2": self._euclidean_relevance_score_fn,
            "inner_product": lambda distance: -distance,
        }[self._table.distance]

    # Making ---------------------------------------------------------------------------------------

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: Optional[list[dict[str, Any]]] = None,
        *,
        ids: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> NeedletailVectorStore:
        """A store with these texts; ``kwargs`` are those of the class."""
        store = cls(embedding, **kwargs)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    @classmethod
    async def afrom_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: Optional[list[dict[str, Any]]] = None,
        *,
        ids: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> NeedletailVectorStore:
        store = cls(embedding, **kwargs)
        await store.aadd_texts(texts, metadatas, ids=ids)
        return store


def _rows(
    texts: Sequence[str],
    embeddings: Sequence[Any],
    metadatas: Optional[Sequence[dict[str, Any]]],
    ids: Optional[Sequence[Optional[str]]],
) -> tuple[list[str], list[list[Any]]]:
    for what, given in (("metadatas", metadatas), ("ids", ids), ("embeddings", embeddings)):
        if given is not None and len(given) != len(texts):
            raise ValueError(f"there are {len(given)} {what} for {len(texts)} texts")
    names = [one or str(uuid.uuid4()) for one in ids or [None] * len(texts)]
    told = metadatas or [{}] * len(texts)
    rows = [
        [name, text, document(metadata), sent(embedding)]
        for name, text, metadata, embedding in zip(names, texts, told, embeddings)
    ]
    return names, rows


def _document(row: Any) -> Document:
    return Document(id=row.id, page_content=row.content, metadata=row.metadata)


def _diverse(rows: Any, embedding: Sequence[float], k: int, weight: float) -> list[Document]:
    chosen = most_marginal(embedding, [row.embedding for row in rows], k, weight)
    return [_document(rows[place]) for place in chosen]
