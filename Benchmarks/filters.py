"""Predicates as trees, so that each database can be asked in its own language.

A tree is a list: ["=", column, value], also with < <= > >=; ["in", column, values],
["null", column], ["has", column, element], ["not", tree], ["and", tree, tree, ...], ["or", ...].
A column with a point in it is a path into a document. `not` stands before columns without NULL
only, for databases differ about the rest.
"""
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Tree = list[Any]
Mask = npt.NDArray[np.bool_]
Rows = Sequence[dict[str, Any]]

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@dataclass(frozen=True)
class Predicate:
    """`expected` is the share of the rows that satisfy it."""

    name: str
    predicate: str
    kind: str
    expected: float
    tree: Tree

    @staticmethod
    def of(name: str, kind: str, tree: Tree, rows: Rows) -> Predicate:
        return Predicate(name, sql(tree), kind, float(mask(tree, rows).mean()), tree)


def read_predicates(path: Path) -> list[Predicate]:
    return [Predicate(**one) for one in json.loads(path.read_text(encoding="utf-8"))]


def read_rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def value_at(row: dict[str, Any], column: str) -> Any:
    """`None` where it is NULL or missing."""
    value: Any = row
    for key in column.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def holds(tree: Tree, row: dict[str, Any]) -> bool:
    operator, *operands = tree
    if operator == "and":
        return all(holds(one, row) for one in operands)
    if operator == "or":
        return any(holds(one, row) for one in operands)
    if operator == "not":
        return not holds(operands[0], row)
    value = value_at(row, operands[0])
    if operator == "null":
        return value is None
    if value is None:
        return False
    if operator == "in":
        return value in operands[1]
    if operator == "has":
        return operands[1] in value
    return ORDERS[operator](value, operands[1])


def mask(tree: Tree, rows: Rows) -> Mask:
    return np.fromiter((holds(tree, row) for row in rows), dtype=bool, count=len(rows))


def literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def sql(tree: Tree) -> str:
    """What stands after WHERE, in the language of Needletail."""
    operator, *operands = tree
    if operator in ("and", "or"):
        return f" {operator.upper()} ".join(f"({sql(one)})" for one in operands)
    if operator == "not":
        return f"NOT ({sql(operands[0])})"
    if operator == "null":
        return f"{operands[0]} IS NULL"
    column, value = operands
    if operator == "in":
        return f"{column} IN ({', '.join(map(literal, value))})"
    if operator == "has":
        return f"{column} @> ARRAY[{literal(value)}]"
    return f"{column} {operator} {literal(value)}"
