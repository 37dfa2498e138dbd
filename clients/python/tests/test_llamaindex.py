"""LlamaIndex's vector store. It has no suite of its own, so its own store is the measure."""
from __future__ import annotations

import asyncio
import unittest
from collections.abc import Iterator
from typing import Any, Optional

try:
    import pytest
except ImportError:
    raise unittest.SkipTest("pytest is not installed") from None

pytest.importorskip("llama_index.core")

from llama_index.core import Document, MockEmbedding, StorageContext, VectorStoreIndex
from llama_index.core.schema import (
    BaseNode, NodeRelationship, RelatedNodeInfo, TextNode,
)
from llama_index.core.vector_stores import SimpleVectorStore
from llama_index.core.vector_stores.types import (
    FilterCondition, FilterOperator, MetadataFilter, MetadataFilters, VectorStoreQuery,
    VectorStoreQueryMode,
)

from needletail.llamaindex import NeedletailVectorStore
from needletail.llamaindex.filters import where
from server import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


METADATA: list[dict[str, Any]] = [
    {"page": 3, "lang": "de", "tags": ["a", "b"], "rating": 2.5},
    {"page": 10, "lang": "en", "tags": [], "rating": 0.5},
    {"page": 3, "lang": "Deutsch 100%", "note": ""},
    {"lang": "' OR TRUE --", "page": None},
    {},
]


def nodes() -> list[BaseNode]:
    return [
        TextNode(
            id_=f"n{place}", text=f"text {place}", metadata=metadata,
            embedding=[1.0, place / 2, place % 2],
            relationships={
                NodeRelationship.SOURCE: RelatedNodeInfo(node_id=f"doc{place // 2}")},
        )
        for place, metadata in enumerate(METADATA)
    ]


@pytest.fixture(scope="module")
def store(server: Server) -> Iterator[NeedletailVectorStore]:
    one = NeedletailVectorStore(server.address, table="shared \" name")
    assert one.add(nodes()) == [f"n{place}" for place in range(5)]
    yield one
    one.close()


@pytest.fixture(scope="module")
def simple() -> SimpleVectorStore:
    one = SimpleVectorStore()
    one.add(nodes())
    return one


Operator = FilterOperator
CASES: list[tuple[str, Operator, Any]] = [
    ("page", Operator.EQ, 3), ("page", Operator.NE, 3), ("page", Operator.GT, 3),
    ("page", Operator.GTE, 3), ("page", Operator.LT, 10), ("page", Operator.LTE, 10),
    ("page", Operator.IN, [3, 4]), ("page", Operator.NIN, [3, 4]), ("rating", Operator.GT, 0.5),
    ("lang", Operator.EQ, "de"), ("lang", Operator.NE, "de"), ("lang", Operator.EQ, "' OR TRUE --"),
    ("lang", Operator.IN, ["de", "en"]), ("lang", Operator.NIN, ["de", "en"]),
    ("lang", Operator.TEXT_MATCH, "De"), ("lang", Operator.TEXT_MATCH, "0%"),
    ("lang", Operator.TEXT_MATCH_INSENSITIVE, "DE"), ("lang", Operator.CONTAINS, "e"),
    ("tags", Operator.CONTAINS, "a"), ("tags", Operator.ANY, ["b", "c"]),
    ("tags", Operator.ALL, ["a", "b"]), ("tags", Operator.ALL, ["a", "c"]),
    ("tags", Operator.IS_EMPTY, None), ("note", Operator.IS_EMPTY, None),
    ("page", Operator.IS_EMPTY, None), ("page", Operator.EQ, None), ("page", Operator.NE, None),
    ("x' OR TRUE --", Operator.EQ, "y"), ("ref_doc_id", Operator.EQ, "doc1"),
]


def both(condition: FilterCondition, *cases: tuple[str, Operator, Any]) -> MetadataFilters:
    filters = [MetadataFilter(key=key, operator=operator, value=value)
               for key, operator, value in cases]
    return MetadataFilters(filters=filters, condition=condition)


@pytest.mark.parametrize("condition", list(FilterCondition))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_filters_agree_with_the_store_in_memory(
    store: NeedletailVectorStore, simple: SimpleVectorStore, condition: FilterCondition,
    case: tuple[str, Operator, Any],
) -> None:
    filters = both(condition, case, ("lang", Operator.NE, "en"))
    query = VectorStoreQuery(query_embedding=[1.0, 0.0, 0.0], similarity_top_k=9, filters=filters)
    expected = simple.query(query)
    found = store.query(query)
    assert found.ids == expected.ids
    assert found.similarities == pytest.approx(expected.similarities, abs=1e-6)
    again = asyncio.run(_query(store, query))
    assert (again.ids, again.similarities) == (found.ids, found.similarities)


async def _query(store: NeedletailVectorStore, query: VectorStoreQuery, **kwargs: Any) -> Any:
    try:
        return await store.aquery(query, **kwargs)
    finally:
        await store.aclose()


def test_filters_nest(store: NeedletailVectorStore) -> None:
    inner = both(FilterCondition.OR, ("page", Operator.EQ, 10), ("lang", Operator.EQ, "de"))
    outer = both(FilterCondition.AND, ("rating", Operator.GT, 1.0))
    outer.filters.append(inner)
    assert [node.node_id for node in store.get_nodes(filters=outer)] == ["n0"]
    outer.condition = FilterCondition.NOT
    assert [node.node_id for node in store.get_nodes(filters=outer)] == ["n2", "n3", "n4"]


def test_filters_that_are_none() -> None:
    for case in (("a", Operator.GT, None), ("a", Operator.IN, "text"),
                 ("a", Operator.CONTAINS, ["b"])):
        with pytest.raises(ValueError):
            where(both(FilterCondition.AND, case))


@pytest.mark.parametrize("threshold", [0.1, 0.3, 1.0, None])
def test_marginal_relevance_is_llamaindexs(
    store: NeedletailVectorStore, simple: SimpleVectorStore, threshold: Optional[float]
) -> None:
    query = VectorStoreQuery(
        query_embedding=[1.0, 0.9, 0.2], similarity_top_k=3, mode=VectorStoreQueryMode.MMR)
    kwargs = {} if threshold is None else {"mmr_threshold": threshold}
    expected = simple.query(query, **kwargs)
    found = store.query(query, mmr_prefetch_k=5, **kwargs)
    assert found.ids == expected.ids
    assert found.similarities == pytest.approx(expected.similarities, abs=1e-6)
    assert asyncio.run(_query(store, query, mmr_prefetch_k=5, **kwargs)).ids == found.ids


def test_nodes_come_back_as_they_were(store: NeedletailVectorStore) -> None:
    assert store.get_nodes() == nodes()
    found = store.get_nodes(["n4", "missing", "n1"])
    assert [node.node_id for node in found] == ["n4", "n1"]
    assert found[1].metadata == METADATA[1]
    assert found[1].ref_doc_id == "doc0"
    query = VectorStoreQuery(
        query_embedding=[1.0, 0.0, 0.0], similarity_top_k=9, node_ids=["n1", "n2", "n3"],
        doc_ids=["doc1"])
    assert store.query(query).ids == ["n2", "n3"]
    assert store.query(VectorStoreQuery(query_embedding=[1.0, 0, 0], similarity_top_k=0)).ids == []
    with pytest.raises(ValueError, match="hybrid"):
        store.query(VectorStoreQuery(
            query_embedding=[1.0, 0.0, 0.0], mode=VectorStoreQueryMode.HYBRID))


@pytest.mark.parametrize(("distance", "expected"), [
    ("l2", [0.0, -(2**0.5)]), ("inner_product", [1.0, 0.0]), ("cosine", [1.0, 0.0])])
def test_similarities(server: Server, distance: str, expected: list[float]) -> None:
    store = NeedletailVectorStore(server.address, table=distance, distance=distance)
    store.add([TextNode(id_="a", text="a", embedding=[1.0, 0.0]),
               TextNode(id_="b", text="b", embedding=[0.0, 1.0])])
    found = store.query(VectorStoreQuery(query_embedding=[1.0, 0.0], similarity_top_k=2))
    assert found.similarities == pytest.approx(expected)
    store.close()


def test_deleting(server: Server) -> None:
    store = NeedletailVectorStore(server.address, table="deleting")
    assert store.get_nodes() == []
    store.delete("nothing")
    store.add(nodes())
    store.delete("doc0")
    assert [node.node_id for node in store.get_nodes()] == ["n2", "n3", "n4"]
    store.delete_nodes()
    store.delete_nodes(["n2"], both(FilterCondition.AND, ("page", Operator.EQ, 9)))
    store.delete_nodes(["n2"])
    store.delete_nodes(filters=both(FilterCondition.AND, ("lang", Operator.TEXT_MATCH, "TRUE")))
    assert [node.node_id for node in store.get_nodes()] == ["n4"]

    async def later() -> list[str]:
        try:
            await store.async_add(nodes())
            await store.adelete("doc0")
            await store.adelete_nodes(["n2"])
            ids = [node.node_id for node in await store.aget_nodes()]
            await store.aclear()
            return ids + [node.node_id for node in await store.aget_nodes()]
        finally:
            await store.aclose()

    assert asyncio.run(later()) == ["n3", "n4"]
    store.add(nodes())
    store.clear()
    assert store.get_nodes() == []
    store.close()


def test_an_index_over_it(server: Server) -> None:
    store = NeedletailVectorStore(server.address, table="index")
    documents = [Document(text=f"document {n}", doc_id=f"d{n}", metadata={"n": n})
                 for n in range(5)]
    index = VectorStoreIndex.from_documents(
        documents, storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=MockEmbedding(embed_dim=8))
    retriever = index.as_retriever(
        similarity_top_k=9, filters=both(FilterCondition.AND, ("n", Operator.GTE, 3)))
    texts = sorted(found.node.text for found in retriever.retrieve("x"))
    assert texts == ["document 3", "document 4"]
    index.delete_ref_doc("d3")
    assert [found.node.text for found in retriever.retrieve("x")] == ["document 4"]
    again = VectorStoreIndex.from_vector_store(store, embed_model=MockEmbedding(embed_dim=8))
    assert len(again.as_retriever(similarity_top_k=9).retrieve("x")) == 4
    store.close()
