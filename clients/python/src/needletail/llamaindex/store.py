"""The vector store."""
from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Optional, cast

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.indices.query.embedding_utils import get_top_k_mmr_embeddings
from llama_index.core.schema import BaseNode, MetadataMode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)
from llama_index.core.vector_stores.utils import metadata_dict_to_node, node_to_metadata_dict

from .._pool import Pool
from .._store import Backend, Table, document, sent
from .filters import where

_COLUMNS = "id, content, node"
_OWN = ("_node_content", "_node_type", "document_id", "doc_id")


class NeedletailVectorStore(BasePydanticVectorStore):
    """Nodes of one table, which is made with the first of them.

    - connection: an address, or a ``Pool``; without it, that of ``NEEDLETAIL_URL``.
    - table: its name.
    - distance: ``cosine``, ``l2`` or ``inner_product``.
    - dimension: of the embeddings; learned from the first one where it is not given.
    - indexed: with indexes on embeddings (HNSW) and metadata (GIN).
    """

    stores_text: bool = True
    flat_metadata: bool = False
    table: str
    distance: str
    _backend: Backend = PrivateAttr()
    _table: Table = PrivateAttr()

    def __init__(
        self,
        connection: Any = None,
        *,
        table: str = "llama_index",
        distance: str = "cosine",
        dimension: Optional[int] = None,
        indexed: bool = True,
    ) -> None:
        fields: dict[str, Any] = {"table": table, "distance": distance}
        super().__init__(**fields)
        self._table = Table(table, distance, indexed, ", node TEXT")
        self._backend = Backend(connection, self._table, dimension, "list")

    @classmethod
    def class_name(cls) -> str:
        return "NeedletailVectorStore"

    @property
    def client(self) -> Pool:
        """The pool for threads."""
        return self._backend.pool

    def close(self) -> None:
        """Closes the connections made for threads."""
        self._backend.close()

    async def aclose(self) -> None:
        """Closes the connections made for the running event loop."""
        await self._backend.aclose()

    # Nodes ----------------------------------------------------------------------------------------

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """Stores nodes in one transaction, in place of those with the same ids."""
        rows = [_row(node) for node in nodes]
        self._backend.write(self._upsert, rows, [row[3] for row in rows])
        return [node.node_id for node in nodes]

    async def async_add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """As ``add``."""
        rows = [_row(node) for node in nodes]
        await self._backend.awrite(self._upsert, rows, [row[3] for row in rows])
        return [node.node_id for node in nodes]

    @property
    def _upsert(self) -> str:
        columns = "id, content, metadata, embedding, node"
        return f"UPSERT INTO {self._table.name} ({columns}) VALUES ($1, $2, $3, $4, $5)"

    def get_nodes(
        self,
        node_ids: Optional[list[str]] = None,
        filters: Optional[MetadataFilters] = None,
    ) -> list[BaseNode]:
        """Those with these ids, in their order, or those that match, or all."""
        return self._wanted(self._backend.ask(*self._which(node_ids, filters)), node_ids)

    async def aget_nodes(
        self,
        node_ids: Optional[list[str]] = None,
        filters: Optional[MetadataFilters] = None,
    ) -> list[BaseNode]:
        """As ``get_nodes``."""
        return self._wanted(await self._backend.aask(*self._which(node_ids, filters)), node_ids)

    def _which(
        self, node_ids: Optional[list[str]], filters: Optional[MetadataFilters]
    ) -> tuple[str, list[Any]]:
        condition, params = where(filters, node_ids=node_ids)
        sql = f"SELECT {_COLUMNS}, embedding FROM {self._table.name} WHERE {condition} ORDER BY id"
        return sql, params

    def _wanted(self, rows: Any, node_ids: Optional[list[str]]) -> list[BaseNode]:
        nodes = {row.id: _node(row, row.embedding) for row in rows}
        if node_ids is None:
            return list(nodes.values())
        return [nodes[one] for one in node_ids if one in nodes]

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """Deletes the nodes of a document."""
        self._backend.ask(*self._delete_document(ref_doc_id))

    async def adelete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """Deletes the nodes of a document."""
        await self._backend.aask(*self._delete_document(ref_doc_id))

    def _delete_document(self, ref_doc_id: str) -> tuple[str, list[Any]]:
        sql = f"DELETE FROM {self._table.name} WHERE metadata @> $1"
        return sql, [{"ref_doc_id": ref_doc_id}]

    def delete_nodes(
        self,
        node_ids: Optional[list[str]] = None,
        filters: Optional[MetadataFilters] = None,
        **delete_kwargs: Any,
    ) -> None:
        """Deletes those with these ids that match; without either, none."""
        if node_ids is not None or filters is not None:
            condition, params = where(filters, node_ids=node_ids)
            self._backend.ask(f"DELETE FROM {self._table.name} WHERE {condition}", params)

    async def adelete_nodes(
        self,
        node_ids: Optional[list[str]] = None,
        filters: Optional[MetadataFilters] = None,
        **delete_kwargs: Any,
    ) -> None:
        """As ``delete_nodes``."""
        if node_ids is not None or filters is not None:
            condition, params = where(filters, node_ids=node_ids)
            await self._backend.aask(f"DELETE FROM {self._table.name} WHERE {condition}", params)

    def clear(self) -> None:
        """Deletes all nodes."""
        self._backend.ask(f"DELETE FROM {self._table.name}")

    async def aclear(self) -> None:
        """Deletes all nodes."""
        await self._backend.aask(f"DELETE FROM {self._table.name}")

    # Searches -------------------------------------------------------------------------------------

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """The nodes nearest to an embedding."""
        if query.similarity_top_k <= 0:
            return VectorStoreQueryResult([], [], [])
        return self._found(query, self._backend.ask(*self._search(query, kwargs)), kwargs)

    async def aquery(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """As ``query``."""
        if query.similarity_top_k <= 0:
            return VectorStoreQueryResult([], [], [])
        return self._found(query, await self._backend.aask(*self._search(query, kwargs)), kwargs)

    def _search(
        self, query: VectorStoreQuery, kwargs: dict[str, Any]
    ) -> tuple[str, list[Any]]:
        if query.query_embedding is None:
            raise ValueError("the query has no embedding")
        # An index that keeps no nodes of its own asks with an empty list, and means all.
        condition, params = where(
            query.filters, first=2, node_ids=query.node_ids or None, doc_ids=query.doc_ids
        )
        columns, limit = _COLUMNS, query.similarity_top_k
        if query.mode == VectorStoreQueryMode.MMR:
            columns += ", embedding"
            factor = kwargs.get("mmr_prefetch_factor", 4.0)
            limit = max(limit, int(kwargs.get("mmr_prefetch_k") or limit * factor))
        elif query.mode != VectorStoreQueryMode.DEFAULT:
            raise ValueError(
                f"the mode {query.mode.value!r} is not supported; there are 'default' and 'mmr'"
            )
        sql = self._table.nearest(columns, condition, limit)
        return sql, [sent(query.query_embedding), *params]

    def _found(
        self, query: VectorStoreQuery, rows: Any, kwargs: dict[str, Any]
    ) -> VectorStoreQueryResult:
        if query.mode != VectorStoreQueryMode.MMR:
            shift = 1.0 if self.distance == "cosine" else 0.0
            return VectorStoreQueryResult(
                nodes=[_node(row) for row in rows],
                similarities=[shift - row.distance for row in rows],
                ids=[row.id for row in rows],
            )
        by_id = {row.id: row for row in rows}
        threshold = kwargs.get("mmr_threshold", query.mmr_threshold)
        similarities, ids = get_top_k_mmr_embeddings(
            cast("list[float]", query.query_embedding),
            [row.embedding for row in rows],
            similarity_top_k=query.similarity_top_k,
            embedding_ids=list(by_id),
            mmr_threshold=threshold,
        )
        nodes = [_node(by_id[one]) for one in ids]
        return VectorStoreQueryResult(nodes=nodes, similarities=similarities, ids=ids)


def _row(node: BaseNode) -> list[Any]:
    told = node_to_metadata_dict(node, remove_text=True)
    # What a node is made of again lies beside its metadata, where no index reads it.
    made_of = json.dumps({key: told[key] for key in _OWN[:2]}, ensure_ascii=False)
    metadata = {key: value for key, value in told.items() if key not in _OWN}
    content = node.get_content(metadata_mode=MetadataMode.NONE)
    return [node.node_id, content, document(metadata), sent(node.get_embedding()), made_of]


def _node(row: Any, embedding: Optional[list[float]] = None) -> BaseNode:
    node = metadata_dict_to_node(json.loads(row.node), text=row.content)
    node.embedding = embedding
    return node
