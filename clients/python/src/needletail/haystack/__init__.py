"""Haystack's ``DocumentStore`` on Needletail: ``pip install needletail[haystack]``.

    from needletail.haystack import NeedletailDocumentStore, NeedletailEmbeddingRetriever

    store = NeedletailDocumentStore("127.0.0.1:7117", table="docs", embedding_dimension=384)
    store.write_documents(documents)
    retriever = NeedletailEmbeddingRetriever(store, top_k=5)

**Filters** are answered by the database, with Haystack's rules for what is missing: ``==`` and
``!=`` take ``None`` as a value like others, so that ``!=``, ``not in`` and ``NOT`` find documents
without the field; ``>`` and its kin find none of them. Text is ordered as dates in ISO 8601, and
other text is a ``FilterError``. Values compare by JSON type.

**Scores** are similarities, the largest first: of cosine, of the dot product, or the negative L2
distance. Embeddings come back as they were written, to the last bit of a double.

**Pipelines** that are read from YAML need ``allowed_modules=["needletail.haystack.*"]``.
"""
from .retriever import NeedletailEmbeddingRetriever
from .store import NeedletailDocumentStore

__all__ = ["NeedletailDocumentStore", "NeedletailEmbeddingRetriever"]
