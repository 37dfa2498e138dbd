"""Haystack's documents as rows, and answers as what Haystack wants to know."""
from __future__ import annotations

import base64
import json
from array import array
from collections.abc import Iterable
from typing import Any, Optional

from haystack import Document
from haystack.dataclasses import ByteStream, SparseEmbedding
from haystack.errors import FilterError

from .. import errors
from .._filters import name
from .._store import document as as_document
from .._store import sent


def rows_of(documents: Any) -> list[list[Any]]:
    if not isinstance(documents, list) or not all(isinstance(one, Document) for one in documents):
        raise ValueError("write_documents takes a list of Documents")
    return [_row(document) for document in documents]


def _row(document: Document) -> list[Any]:
    embedding: Any = None
    exact: Optional[bytes] = None
    if document.embedding is not None:
        embedding = sent(document.embedding)
        doubles = array("d", document.embedding)
        if array("d", embedding) != doubles:
            # Kept beside, only where 32 bits are too few.
            exact = doubles.tobytes()
    extra: dict[str, Any] = {}
    if document.blob is not None:
        data = base64.b64encode(document.blob.data).decode("ascii")
        extra["blob"] = {
            "data": data, "meta": document.blob.meta, "mime_type": document.blob.mime_type
        }
    if document.sparse_embedding is not None:
        extra["sparse"] = document.sparse_embedding.to_dict()
    meta = as_document(document.meta)
    return [
        document.id, document.content, meta, embedding, exact, as_document(extra) if extra else None
    ]


def documents_of(rows: Iterable[Any]) -> list[Document]:
    return [document_of(row) for row in rows]


def document_of(row: Any, score: Optional[float] = None, keeps: bool = True) -> Document:
    extra = row.extra or {}
    blob, sparse = extra.get("blob"), extra.get("sparse")
    embedding = row.embedding
    if row.exact is not None:
        embedding = array("d")
        embedding.frombytes(row.exact)
    return Document(
        id=row.id,
        content=row.content,
        blob=None
        if blob is None
        else ByteStream(base64.b64decode(blob["data"]), blob["meta"], blob["mime_type"]),
        meta=row.metadata,
        score=score,
        embedding=None if embedding is None or not keeps else list(embedding),
        sparse_embedding=None if sparse is None else SparseEmbedding(**sparse),
    )


def first_of(rows: Any) -> int:
    return int(rows[0][0]) if rows else 0


def changed_by(result: Any) -> int:
    return 0 if isinstance(result, list) else int(result.row_count)


def key_of(field: str) -> str:
    return field[len("meta.") :] if field.startswith("meta.") else field


def path_of(field: str) -> str:
    return f"metadata.{name(key_of(field))}"


def exact_of(field: str) -> str:
    """The text of a value in JSON, which keeps 1, 1.0, "1" and true apart."""
    return f"jsonb_build_array({path_of(field)})::text"


def by_field(fields: list[str], rows: Any) -> dict[str, int]:
    counts = rows[0] if rows else [0] * len(fields)
    return {key_of(field): int(count) for field, count in zip(fields, counts)}


def types_of(rows: Iterable[Any]) -> dict[str, dict[str, str]]:
    names = {bool: "boolean", int: "int", float: "float"}
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        for key, value in row.metadata.items():
            if value is not None:
                found[key] = {"type": names.get(type(value), "keyword")}
    return found


def min_max_of(ends: list[Any]) -> dict[str, Any]:
    low, high = (rows[0][0] if rows else None for rows in ends)
    if isinstance(low, str) != isinstance(high, str):
        return {"min": None, "max": None}
    return {"min": low, "max": high}


def values_of(answers: list[Any]) -> tuple[list[Any], int]:
    page, count = answers
    return [json.loads(row.exact)[0] for row in page], first_of(count)


def refused(error: errors.DataError) -> Exception:
    """A text that is compared as a date, and is none, is an error of the filter."""
    return FilterError(error.message) if error.code in ("22007", "22008") else error
