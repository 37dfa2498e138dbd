"""Writes nearest.json: rows, queries and their ten nearest rows by numpy in float64.

Run it with no arguments from anywhere; the same numpy gives the same file. Float rows are redrawn
until no two of a query's first twelve distances are closer than float sums can tell apart.
"""

import base64
import json
import pathlib

import numpy

ROWS, QUERIES, DIMENSION, NEAREST = 300, 3, 61, 10


def distances(metric, query, rows):
    q, r = query.astype(numpy.float64), rows.astype(numpy.float64)
    if metric == "l2":
        return numpy.sqrt(((r - q) ** 2).sum(axis=1))
    if metric == "ip":
        return -(r @ q)
    if metric == "cosine":
        return 1 - (r @ q) / (numpy.linalg.norm(q) * numpy.linalg.norm(r, axis=1))
    if metric == "l1":
        return numpy.abs(r - q).sum(axis=1)
    if metric == "hamming":
        return (r != q).sum(axis=1).astype(numpy.float64)
    both, either = (r * q).sum(axis=1), numpy.maximum(r, q).sum(axis=1)
    return 1 - both / either


def draw(element, random, count):
    if element == "int8":
        return random.integers(-128, 128, (count, DIMENSION)).astype(numpy.int8)
    if element == "bit":
        return random.integers(0, 2, (count, DIMENSION)).astype(numpy.uint8)
    dtype = numpy.float32 if element == "f32" else numpy.float16
    return random.standard_normal((count, DIMENSION)).astype(dtype)


def nearest(metric, query, rows):
    found = distances(metric, query, rows)
    order = numpy.lexsort((numpy.arange(len(found)), found))
    first = found[order[: NEAREST + 2]]
    return order[:NEAREST], found, numpy.diff(first).min()


def encode(array, element):
    packed = numpy.packbits(array, axis=-1) if element == "bit" else array
    return base64.b64encode(numpy.ascontiguousarray(packed).tobytes()).decode()


def section(element, metrics, random):
    while True:
        rows, queries = draw(element, random, ROWS), draw(element, random, QUERIES)
        answers, closest = [], 1.0
        for metric in metrics:
            for number, query in enumerate(queries):
                slots, found, gap = nearest(metric, query, rows)
                closest = min(closest, gap)
                answers.append(
                    {
                        "metric": metric,
                        "query": number,
                        "nearest": slots.tolist(),
                        "distances": found[slots].tolist(),
                        "sum": found.sum(),
                    }
                )
        if element in ("int8", "bit") or closest > 1e-5:
            break
    return {
        "element": element,
        "rows": encode(rows, element),
        "queries": [encode(query, element) for query in queries],
        "answers": answers,
    }


def main():
    random = numpy.random.default_rng(20)
    numbers = ["l2", "ip", "cosine", "l1"]
    elements = {"f32": numbers, "f16": numbers, "int8": numbers, "bit": ["hamming", "jaccard"]}
    fixture = {
        "dimension": DIMENSION,
        "sections": [section(name, metrics, random) for name, metrics in elements.items()],
    }
    target = pathlib.Path(__file__).with_name("nearest.json")
    target.write_text(json.dumps(fixture, indent=0) + "\n")


if __name__ == "__main__":
    main()
