"""LangChain's ``VectorStore`` on Needletail: ``pip install needletail[langchain]``.

    from needletail.langchain import NeedletailVectorStore

    store = NeedletailVectorStore(embeddings, "127.0.0.1:7117", table="docs")
    store.add_texts(["bread", "a bicycle"], [{"page": 1}, {"page": 2}])
    store.similarity_search("food", k=1, filter={"page": {"$lt": 2}})

**Filters** are mappings, answered by the database: ``{"key": value}``, operators ``$eq $ne $gt $gte
$lt $lte $in $nin $between $like $ilike $contains $exists``, and ``$and $or $not``. Their rule for
what is missing is SQL's, as in LangChain's stores on PostgreSQL: a key that is missing or null
makes every operator unknown, ``$ne``, ``$nin`` and ``$not`` included, so such documents are not
found; ``$exists`` asks for them, and so does comparing with ``None``. Values compare by JSON type.

**Scores** of ``similarity_search_with_score`` are distances, the nearest first. Relevance scores
are 1 - distance (cosine), 1 - distance / sqrt 2 (L2), or the inner product.
"""
from .filters import NeedletailTranslator
from .store import NeedletailVectorStore

__all__ = ["NeedletailTranslator", "NeedletailVectorStore"]
