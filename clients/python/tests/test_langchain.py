"""LangChain's own suite, unmodified, and what it does not ask."""
from __future__ import annotations

import asyncio
import unittest
from collections.abc import Iterator
from typing import Any

try:
    import pytest
except ImportError:
    raise unittest.SkipTest("pytest is not installed") from None

pytest.importorskip("langchain_tests")

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_core.structured_query import (
    Comparator, Comparison, Operation, Operator, StructuredQuery,
)
from langchain_core.vectorstores import InMemoryVectorStore, VectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance
from langchain_tests.integration_tests import VectorStoreIntegrationTests

import needletail
from needletail._store import most_marginal
from needletail.langchain import NeedletailTranslator, NeedletailVectorStore
from needletail.langchain.filters import where
from server import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


class TestStandard(VectorStoreIntegrationTests):
    @pytest.fixture()
    def vectorstore(self, server: Server) -> Iterator[VectorStore]:  # type: ignore[override]
        store = NeedletailVectorStore(self.get_embeddings(), server.address)
        try:
            yield store
        finally:
            store.drop()
            store.close()


class Axis(Embeddings):
    """Texts that say their vector."""

    def embed_query(self, text: str) -> list[float]:
        return [float(part) for part in text.split()]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


METADATA: list[dict[str, Any]] = [
    {"page": 3, "lang": "de", "tags": ["a", "b"]},
    {"page": 10.0, "lang": "en", "draft": True},
    {"page": "3", "lang": None, "draft": False},
    {"a.b \"c\"": "x", "$f32": 1},
    {},
]


@pytest.fixture(scope="module")
def store(server: Server) -> Iterator[NeedletailVectorStore]:
    one = NeedletailVectorStore(Axis(), server.address, table='odd " name')
    one.add_texts([f"{n} 1" for n in range(5)], METADATA, ids=list("01234"))
    yield one
    one.drop()
    one.close()


@pytest.mark.parametrize(("filter", "found"), [
    ({}, "01234"), ({"page": 3}, "0"), ({"page": "3"}, "2"), ({"page": {"$ne": 3}}, "12"),
    ({"page": {"$gt": 3}}, "1"), ({"page": {"$gte": 3, "$lt": 10}}, "0"),
    ({"page": {"$lte": 10}}, "01"), ({"lang": {"$gt": "d"}}, "01"),
    ({"page": {"$in": [3, "3", True]}}, "02"), ({"page": {"$nin": [3, 4]}}, "12"),
    ({"page": {"$nin": [True]}}, "012"), ({"page": {"$in": []}}, ""),
    ({"page": {"$nin": [3, "3"]}}, "1"), ({"page": {"$nin": []}}, "012"),
    ({"page": {"$between": [1, 5]}}, "0"), ({"lang": {"$like": "d%"}}, "0"),
    ({"lang": {"$ilike": "E_"}}, "1"), ({"tags": {"$contains": "b"}}, "0"),
    ({"draft": True}, "1"), ({"draft": {"$ne": True}}, "2"), ({"draft": False}, "2"),
    ({"page": {"$exists": False}}, "34"), ({"lang": {"$exists": True}}, "01"),
    ({"lang": None}, "234"), ({"lang": {"$ne": None}}, "01"),
    ({"$or": [{"page": 3}, {"lang": "en"}]}, "01"), ({"$and": [{"page": 3}, {"lang": "en"}]}, ""),
    ({"$not": {"page": 3}}, "12"), ({"$not": [{"page": {"$gt": 3}}]}, "0"),
    ({"$not": {"$or": [{"page": 3}, {"lang": "en"}]}}, ""), ({"$or": []}, ""),
    ({"$and": []}, "01234"),
    ({"$not": {"$not": {"page": 3}}}, "0"), ({"tags": ["a", "b"]}, "0"),
    ({"a.b \"c\"": "x"}, "3"), ({"x' OR TRUE --": 1}, ""), ({"lang": "' OR TRUE --"}, ""),
    ({"page": {"$gt": 1}, "lang": "de"}, "0"),
])
def test_filters(store: NeedletailVectorStore, filter: dict[str, Any], found: str) -> None:
    documents = store.similarity_search("0 1", k=9, filter=filter)
    assert [document.id for document in documents] == list(found)
    again = asyncio.run(_search(store, filter))
    assert again == documents


async def _search(store: NeedletailVectorStore, filter: dict[str, Any]) -> list[Document]:
    try:
        return await store.asimilarity_search("0 1", k=9, filter=filter)
    finally:
        await store.aclose()


@pytest.mark.parametrize("filter", [
    {"$nor": []}, {"page": {"$near": 3}}, {"page": {}}, {"page": {"$gt": [1]}}, [1],
])
def test_filters_that_are_none(filter: Any) -> None:
    with pytest.raises(ValueError):
        where(filter)


def test_metadata_comes_back_as_it_was(store: NeedletailVectorStore) -> None:
    documents = store.get_by_ids(["3", "missing", "0"])
    assert [document.metadata for document in documents] == [METADATA[3], METADATA[0]]


def test_scores(server: Server) -> None:
    for distance, expected, relevance in (
        ("cosine", [0.0, 1.0], [1.0, 0.0]),
        ("l2", [0.0, 2**0.5], [1.0, 0.0]),
        ("inner_product", [-1.0, 0.0], [1.0, 0.0]),
    ):
        store = NeedletailVectorStore(Axis(), server.address, table=distance, distance=distance)
        store.add_texts(["1 0", "0 1"])
        found = store.similarity_search_with_score("1 0")
        assert [score for _, score in found] == pytest.approx(expected)
        scored = store.similarity_search_with_relevance_scores("1 0")
        assert [score for _, score in scored] == pytest.approx(relevance, abs=1e-6)
        near = store.similarity_search_with_relevance_scores("1 0", score_threshold=0.9)
        assert [document.page_content for document, _ in near] == ["1 0"]
        store.close()


def test_marginal_relevance_is_langchains(server: Server) -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        query = random.standard_normal(8)
        candidates = random.standard_normal((15, 8))
        for weight in (0.0, 0.3, 0.5, 1.0):
            expected = maximal_marginal_relevance(query, list(candidates), weight, 6)
            assert most_marginal(query, candidates, 6, weight) == expected
    assert most_marginal(query, [], 3, 0.5) == []
    embeddings = DeterministicFakeEmbedding(size=16)
    ours = NeedletailVectorStore(embeddings, server.address, table="mmr")
    theirs = InMemoryVectorStore(embeddings)
    texts = [f"text {n}" for n in range(60)]
    for one in (ours, theirs):
        one.add_texts(texts, ids=texts)
    for query_text in ("text 7", "other"):
        kwargs: dict[str, Any] = {"k": 5, "fetch_k": 12, "lambda_mult": 0.4}
        expected_texts = [document.page_content for document
                          in theirs.max_marginal_relevance_search(query_text, **kwargs)]
        found = ours.max_marginal_relevance_search(query_text, **kwargs)
        assert [document.page_content for document in found] == expected_texts

        async def later() -> list[Document]:
            try:
                return await ours.amax_marginal_relevance_search(query_text, **kwargs)
            finally:
                await ours.aclose()

        assert asyncio.run(later()) == found
    retriever = ours.as_retriever(search_type="mmr", search_kwargs=kwargs)
    assert len(retriever.invoke("text 7")) == 5
    ours.close()


def test_deleting(server: Server) -> None:
    store = NeedletailVectorStore.from_texts(
        ["1 0", "0 1", "1 1"], Axis(), [{"n": 1}, {"n": 2}, {"n": 3}],
        connection=server.address, table="deleting")
    store.delete(filter={"n": {"$gt": 2}})
    assert len(store.similarity_search("1 0", k=9)) == 2
    with pytest.raises(ValueError):
        store.add_texts(["1 1"], ids=["a", "b"])
    assert store.add_texts([]) == []
    store.delete()
    assert store.similarity_search("1 0", k=9) == []
    store.close()


def test_a_table_of_another_shape_is_told(server: Server) -> None:
    with needletail.connect(server.address) as db:
        db.execute("CREATE TABLE taken (id TEXT PRIMARY KEY, content TEXT, metadata JSONB)")
    store = NeedletailVectorStore(Axis(), server.address, table="taken")
    with pytest.raises(needletail.errors.UndefinedColumn, match="choose another name"):
        store.add_texts(["1 0"])

    async def later() -> None:
        try:
            await store.aadd_texts(["1 0"])
        finally:
            await store.aclose()

    with pytest.raises(needletail.errors.UndefinedColumn, match="choose another name"):
        asyncio.run(later())
    store.close()


def test_structured_queries() -> None:
    query = StructuredQuery(query="bread", limit=None, filter=Operation(
        operator=Operator.AND, arguments=[
            Comparison(comparator=Comparator.CONTAIN, attribute="tags", value="a"),
            Operation(operator=Operator.NOT, arguments=[
                Comparison(comparator=Comparator.LT, attribute="page", value=5)])]))
    text, kwargs = NeedletailTranslator().visit_structured_query(query)
    assert text == "bread"
    assert kwargs["filter"] == {
        "$and": [{"tags": {"$contains": "a"}}, {"$not": [{"page": {"$lt": 5}}]}]}
    assert where(kwargs["filter"])[1] == [{"tags": ["a"]}, 5]
