"""Haystack's own suites, and what they do not ask."""
from __future__ import annotations

import asyncio
import unittest
from collections.abc import Iterator
from datetime import datetime
from typing import Any

try:
    import pytest
except ImportError:
    raise unittest.SkipTest("pytest is not installed") from None

pytest.importorskip("haystack")

from haystack import Document, Pipeline
from haystack.dataclasses import ByteStream, SparseEmbedding
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.document_stores.types import DuplicatePolicy, FilterPolicy
from haystack.errors import FilterError
from haystack.testing import document_store as suite
from haystack.testing import document_store_async as suite_async

from needletail.haystack import NeedletailDocumentStore, NeedletailEmbeddingRetriever
from server import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


@pytest.fixture
def document_store(server: Server) -> Iterator[NeedletailDocumentStore]:
    store = NeedletailDocumentStore(server.address)
    yield store
    store.delete_all_documents(recreate_index=True)
    store.close()


class TestStandard(
    suite.DocumentStoreBaseExtendedTests,
    suite.CountDocumentsByFilterTest,
    suite.CountUniqueMetadataByFilterTest,
    suite.GetMetadataFieldsInfoTest,
    suite.GetMetadataFieldMinMaxTest,
    suite.GetMetadataFieldUniqueValuesTest,
):
    @pytest.fixture
    def document_store(self, server: Server) -> Iterator[NeedletailDocumentStore]:
        store = NeedletailDocumentStore(server.address)
        yield store
        store.delete_all_documents(recreate_index=True)
        store.close()

    def test_write_documents(self, document_store: Any) -> None:
        """The one test that each store has to write: what happens without a policy."""
        document = Document(content="one")
        assert document_store.write_documents([document]) == 1
        with pytest.raises(DuplicateDocumentError):
            document_store.write_documents([Document(content="two"), document])
        assert document_store.filter_documents() == [document], "all or nothing"


class TestStandardAsync(
    suite_async.CountDocumentsAsyncTest,
    suite_async.WriteDocumentsAsyncTest,
    suite_async.DeleteDocumentsAsyncTest,
    suite_async.DeleteAllAsyncTest,
    suite_async.DeleteByFilterAsyncTest,
    suite_async.UpdateByFilterAsyncTest,
    suite_async.FilterDocumentsAsyncTest,
    suite_async.CountDocumentsByFilterAsyncTest,
    suite_async.CountUniqueMetadataByFilterAsyncTest,
    suite_async.GetMetadataFieldsInfoAsyncTest,
    suite_async.GetMetadataFieldMinMaxAsyncTest,
    suite_async.GetMetadataFieldUniqueValuesAsyncTest,
):
    async def test_write_documents_async(self, document_store: Any) -> None:
        """The one test that each store has to write."""
        document = Document(content="one")
        assert await document_store.write_documents_async([document]) == 1
        with pytest.raises(DuplicateDocumentError):
            await document_store.write_documents_async([Document(content="two"), document])
        assert await document_store.filter_documents_async() == [document], "all or nothing"


def test_no_mixin_of_the_suites_is_left_out() -> None:
    used = {kind for one in (TestStandard, TestStandardAsync) for kind in one.__mro__}
    for module in (suite, suite_async):
        for name, kind in vars(module).items():
            if isinstance(kind, type) and any(test.startswith("test_") for test in vars(kind)):
                assert kind in used, name


def field(name: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": name, "operator": operator, "value": value}


FILTERS: list[dict[str, Any]] = [
    {"operator": operator, "conditions": [condition, field("meta.n", "<", 3)]}
    for operator in ("AND", "OR", "NOT")
    for condition in (
        field("meta.n", "==", 1), field("meta.n", "==", 1.0), field("meta.n", "!=", 1),
        field("meta.s", "==", "1"), field("meta.s", "!=", None), field("meta.s", "==", None),
        field("meta.n", "in", [1, None]), field("meta.n", "not in", [1, None]),
        field("meta.n", "in", []), field("meta.n", "not in", []), field("meta.a.b", "==", "x"),
        field("meta.a.b", "!=", "x"), field("meta.tags", "==", ["a", "b"]),
        field("meta.tags", "!=", ["a"]), field("meta.date", ">=", "2024-02-01"),
        field("meta.date", "<", "2024-03-01T00:00:00"), field("content", "==", "third"),
        field("content", "!=", "third"), field("id", "in", ["2", "4"]),
        field("meta.n", ">", None), field("n", ">=", 2), field("meta.a", "==", {"b": "x"}),
        field("meta.x' OR TRUE --", "==", "' OR TRUE --"),
    )
]


def documents() -> list[Document]:
    return [
        Document(id="1", content="first", meta={"n": 1, "s": "1", "date": "2024-01-15"}),
        Document(id="2", content="second", meta={"n": 2.5, "s": None, "tags": ["a", "b"]}),
        Document(id="3", content="third", meta={"n": None, "date": "2024-02-15T10:00:00"}),
        Document(id="4", content=None, meta={"a": {"b": "x"}, "n": 7}),
        Document(id="5", content="fifth", meta={"a": "b", "s": "x' OR TRUE --"}),
    ]


def test_filters_agree_with_the_store_in_memory(document_store: NeedletailDocumentStore) -> None:
    memory = InMemoryDocumentStore()
    for store in (memory, document_store):
        store.write_documents(documents())
    for filters in FILTERS:
        expected = memory.filter_documents(filters)
        assert document_store.filter_documents(filters) == expected, filters
        assert document_store.count_documents_by_filter(filters) == len(expected), filters


@pytest.mark.parametrize("filters", [
    field("meta.n", ">", "text"), field("meta.n", ">", [1]), field("meta.n", "~", 1),
    {"operator": "XOR", "conditions": []}, field("embedding", "==", 1), {"operator": "AND"},
    field("meta.s", ">", "2024-01-01"),
])
def test_filters_that_are_none(document_store: NeedletailDocumentStore, filters: Any) -> None:
    document_store.write_documents(documents())
    with pytest.raises(FilterError):
        document_store.filter_documents(filters)


def test_all_of_a_document_comes_back(document_store: NeedletailDocumentStore) -> None:
    written = [
        Document(
            content="text", meta={"$f32": 1, "d": {"e": [1, None, "é"]}}, embedding=[0.1] * 768,
            blob=ByteStream(b"\x00\xff", {"a": 1}, "image/png"),
            sparse_embedding=SparseEmbedding([1, 5], [0.5, 0.25])),
        Document(content="in 32 bits", embedding=[0.5] * 768),
        Document(id="bare", content=None),
    ]
    assert document_store.write_documents(written) == 3
    assert document_store.filter_documents() == written
    with document_store._backend.pool.connection() as db:
        kept = db.execute("SELECT exact IS NOT NULL FROM haystack_documents ORDER BY position")
    assert kept.column("?column?") == [True, False, False]


@pytest.mark.parametrize("similarity", ["cosine", "dot_product", "l2"])
@pytest.mark.parametrize("scale", [False, True])
def test_scores(server: Server, similarity: str, scale: bool) -> None:
    store = NeedletailDocumentStore(
        server.address, table=f"scores_{similarity}", embedding_dimension=2,
        embedding_similarity_function=similarity)
    memory = InMemoryDocumentStore(
        embedding_similarity_function="cosine" if similarity == "l2" else similarity)
    told = [Document(id=str(n), content="x", meta={"n": n}, embedding=[float(n), 1.0])
            for n in range(6)]
    for one in (store, memory):
        one.write_documents(told, DuplicatePolicy.OVERWRITE)
    filters = field("meta.n", ">", 1)
    asked: dict[str, Any] = {"filters": filters, "top_k": 3, "scale_score": scale}
    found = store.embedding_retrieval([1.0, 0.5], **asked)
    assert found == asyncio.run(_found(store, asked))
    assert found[0].embedding is None
    scores = [document.score for document in found]
    assert scores == sorted(scores, reverse=True)
    if similarity != "l2":
        expected = memory.embedding_retrieval([1.0, 0.5], **asked)
        assert [one.id for one in found] == [one.id for one in expected]
        assert scores == pytest.approx([one.score for one in expected], abs=1e-6)
    store.close()


async def _found(store: NeedletailDocumentStore, asked: dict[str, Any]) -> list[Document]:
    try:
        return await store.embedding_retrieval_async([1.0, 0.5], **asked)
    finally:
        await store.close_async()


def test_a_pipeline_is_written_down_and_read(server: Server) -> None:
    store = NeedletailDocumentStore(server.address, table="pipeline", embedding_dimension=2)
    store.write_documents([Document(id="a", content="a", embedding=[1.0, 0.0], meta={"n": 1}),
                           Document(id="b", content="b", embedding=[0.0, 1.0], meta={"n": 2})])
    retriever = NeedletailEmbeddingRetriever(
        store, field("meta.n", "<", 2), top_k=1, filter_policy=FilterPolicy.MERGE)
    pipeline = Pipeline()
    pipeline.add_component("retriever", retriever)
    again = Pipeline.loads(pipeline.dumps(), allowed_modules=["needletail.haystack.*"])
    found = again.run({"retriever": {"query_embedding": [0.0, 1.0]}})["retriever"]["documents"]
    assert [one.id for one in found] == ["a"]
    both = {"operator": "AND", "conditions": [field("meta.n", ">", 1), field("meta.n", "<", 2)]}
    assert retriever.run([0.0, 1.0], filters=both)["documents"] == []
    later = asyncio.run(_run(retriever))
    assert [one.id for one in later] == ["a"]
    with pytest.raises(TypeError):
        NeedletailEmbeddingRetriever(InMemoryDocumentStore())  # type: ignore[arg-type]
    store.close()


async def _run(retriever: NeedletailEmbeddingRetriever) -> list[Document]:
    answer = await retriever.run_async([0.0, 1.0])
    await retriever.document_store.close_async()
    return answer["documents"]


def test_times_as_values(document_store: NeedletailDocumentStore) -> None:
    document_store.write_documents(documents())
    found = document_store.filter_documents(field("meta.date", ">", datetime(2024, 2, 1)))
    assert [one.id for one in found] == ["3"]
