"""LlamaIndex's vector store on Needletail: ``pip install needletail[llamaindex]``.

    from llama_index.core import StorageContext, VectorStoreIndex
    from needletail.llamaindex import NeedletailVectorStore

    store = NeedletailVectorStore("127.0.0.1:7117", table="docs")
    context = StorageContext.from_defaults(vector_store=store)
    index = VectorStoreIndex.from_documents(documents, storage_context=context)

**Filters** are answered by the database, with the rules of LlamaIndex's own store for what is
missing: ``!=`` and ``nin`` find nodes without the key, ``is_empty`` asks for them, every other
operator finds none of them; ``not`` finds nodes for which none of its filters holds. Filters nest.
Values compare by JSON type.

**Similarities** are larger for nearer nodes: the cosine, the inner product, or the negative L2
distance. Modes are ``default`` and ``mmr`` (``mmr_threshold``, ``mmr_prefetch_factor`` or
``mmr_prefetch_k``).
"""
from .store import NeedletailVectorStore

__all__ = ["NeedletailVectorStore"]
