"""The retriever."""
from __future__ import annotations

from typing import Any, Optional

from haystack import Document, component, default_to_dict
from haystack.document_stores.types import FilterPolicy, apply_filter_policy

from .filters import Filters
from .store import NeedletailDocumentStore


@component
class NeedletailEmbeddingRetriever:
    """Finds the documents nearest to an embedding.

    - filter_policy: whether filters at run time replace those given here, or are merged with them.
    """

    def __init__(
        self,
        document_store: NeedletailDocumentStore,
        filters: Filters = None,
        top_k: int = 10,
        scale_score: bool = False,
        return_embedding: bool = False,
        filter_policy: FilterPolicy = FilterPolicy.REPLACE,
    ) -> None:
        if not isinstance(document_store, NeedletailDocumentStore):
            raise TypeError("document_store is not a NeedletailDocumentStore")
        if top_k <= 0:
            raise ValueError(f"top_k is {top_k}; it is at least 1")
        self.document_store = document_store
        self.filters = filters
        self.top_k = top_k
        self.scale_score = scale_score
        self.return_embedding = return_embedding
        self.filter_policy = filter_policy

    def to_dict(self) -> dict[str, Any]:
        """For pipelines that are written down."""
        return default_to_dict(
            self,
            document_store=self.document_store.to_dict(),
            filters=self.filters,
            top_k=self.top_k,
            scale_score=self.scale_score,
            return_embedding=self.return_embedding,
            filter_policy=self.filter_policy.value,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> NeedletailEmbeddingRetriever:
        """The retriever that ``to_dict`` wrote down."""
        parameters = dict(data["init_parameters"])
        store = parameters["document_store"]
        if isinstance(store, dict):
            parameters["document_store"] = NeedletailDocumentStore.from_dict(store)
        if "filter_policy" in parameters:
            parameters["filter_policy"] = FilterPolicy.from_str(parameters["filter_policy"])
        return cls(**parameters)

    @component.output_types(documents=list[Document])
    def run(
        self,
        query_embedding: list[float],
        filters: Optional[dict[str, Any]] = None,
        top_k: Optional[int] = None,
        scale_score: Optional[bool] = None,
        return_embedding: Optional[bool] = None,
    ) -> dict[str, list[Document]]:
        """The nearest documents; what is given here goes before what was given at first."""
        asked = self._asked(filters, top_k, scale_score, return_embedding)
        found = self.document_store.embedding_retrieval(query_embedding, **asked)
        return {"documents": found}

    @component.output_types(documents=list[Document])
    async def run_async(
        self,
        query_embedding: list[float],
        filters: Optional[dict[str, Any]] = None,
        top_k: Optional[int] = None,
        scale_score: Optional[bool] = None,
        return_embedding: Optional[bool] = None,
    ) -> dict[str, list[Document]]:
        """As ``run``."""
        asked = self._asked(filters, top_k, scale_score, return_embedding)
        found = await self.document_store.embedding_retrieval_async(query_embedding, **asked)
        return {"documents": found}

    def _asked(
        self,
        filters: Filters,
        top_k: Optional[int],
        scale_score: Optional[bool],
        return_embedding: Optional[bool],
    ) -> dict[str, Any]:
        return {
            "filters": apply_filter_policy(self.filter_policy, self.filters, filters),
            "top_k": self.top_k if top_k is None else top_k,
            "scale_score": self.scale_score if scale_score is None else scale_score,
            "return_embedding": (
                self.return_embedding if return_embedding is None else return_embedding
            ),
        }
