"""The databases that are compared under filters: the same, with attributes and an index on each.

Every attribute gets the index that the database's own documentation gives for filtering by it: a
payload index, an inverted index, a scalar index. A path into a document is a column of its own
where the database has no documents.
"""
from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

from databases import LanceDB, Qdrant, Table, Together, Zvec
from data import Array
from filters import Rows, Tree, literal, value_at
from libraries import Search


@dataclass(frozen=True)
class Attributes:
    """What rows have beside their vectors."""

    rows: Rows

    @cached_property
    def kinds(self) -> dict[str, type]:
        """Of each column, paths into documents among them, the type of its values."""
        kinds: dict[str, type] = {}
        for row in self.rows:
            for name, value in row.items():
                members = value if isinstance(value, dict) else None
                for path, one in (
                    [(f"{name}.{key}", one) for key, one in members.items()] if members
                    else [(name, value)]
                ):
                    if one is None:
                        continue
                    if kinds.setdefault(path, type(one)) is int and type(one) is float:
                        kinds[path] = float
        return kinds

    def value(self, number: int, path: str) -> Any:
        return value_at(self.rows[number], path)


class Filtered(Protocol):
    """A database that finds nearest rows among those that satisfy a filter."""

    index: ClassVar[str]
    efforts: ClassVar[Sequence[float]]

    def load(self, rows: Array) -> None: ...
    def build(self) -> None: ...
    def convert(self, queries: Array) -> Any: ...
    def at(self, effort: Any, where: Any = None) -> Search: ...
    def together(self, effort: Any, where: Any = None) -> Together | None: ...
    def memory_mb(self) -> float: ...
    def close(self) -> None: ...

    @abstractmethod
    def where(self, tree: Tree) -> Any:
        """The filter in the form that `at` takes."""


def flat(path: str) -> str:
    """The name of a column for a path, where there are no documents."""
    return path.replace(".", "_")


class FilteredZvec(Zvec):
    index = "HNSW; inverted with ranges"

    def __init__(self, table: Table, attributes: Attributes) -> None:
        self.attributes = attributes
        super().__init__(table)

    def fields(self) -> list[Any]:
        import zvec

        types = {
            int: zvec.DataType.INT64, float: zvec.DataType.DOUBLE, str: zvec.DataType.STRING,
            bool: zvec.DataType.BOOL, list: zvec.DataType.ARRAY_STRING}
        return [
            zvec.FieldSchema(
                flat(path), types[kind], nullable=True,
                index_param=zvec.InvertIndexParam(
                    enable_range_optimization=kind in (int, float)))
            for path, kind in self.attributes.kinds.items()]

    def values(self, number: int) -> dict[str, Any]:
        paths = self.attributes.kinds
        found = {flat(path): self.attributes.value(number, path) for path in paths}
        return {name: value for name, value in found.items() if value is not None}

    def where(self, tree: Tree) -> str:
        operator, *operands = tree
        if operator in ("and", "or"):
            return f" {operator} ".join(f"({self.where(one)})" for one in operands)
        if operator == "not":
            # It has no other negation; see `filters`.
            (inner, column, value), = operands
            assert inner == "=", "only equality can be negated"
            return f"{flat(column)} != {self.literal(value)}"
        column = flat(operands[0])
        if operator == "null":
            return f"{column} is null"
        if operator == "in":
            return f"{column} in ({', '.join(map(self.literal, operands[1]))})"
        if operator == "has":
            return f"{column} contain_any ({self.literal(operands[1])})"
        return f"{column} {operator} {self.literal(operands[1])}"

    @staticmethod
    def literal(value: Any) -> str:
        if isinstance(value, str):
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return literal(value)


class FilteredZvecBytes(FilteredZvec):
    codes = "INT8"


class FilteredQdrant(Qdrant):
    index = "HNSW; payload indexes"

    def __init__(self, table: Table, attributes: Attributes) -> None:
        super().__init__(table)
        self.attributes = attributes
        # Before the graph is built, which has further edges for what is indexed.
        types = {int: "Integer", float: "Float", str: "Keyword", bool: "Integer", list: "Keyword"}
        for path, kind in attributes.kinds.items():
            schema = getattr(self.library.PayloadSchemaType, types[kind])
            self.shard.update(self.library.UpdateOperation.create_field_index(path, schema))

    def payload(self, number: int) -> dict[str, Any]:
        # Its conditions take true for 1, which equals no boolean.
        return {
            name: int(value) if isinstance(value, bool) else value
            for name, value in self.attributes.rows[number].items()}

    def where(self, tree: Tree) -> Any:
        return self.library.Filter(must=[self.condition(tree)])

    def condition(self, tree: Tree) -> Any:
        qdrant = self.library
        operator, *operands = tree
        if operator == "and":
            return qdrant.Filter(must=[self.condition(one) for one in operands])
        if operator == "or":
            return qdrant.Filter(should=[self.condition(one) for one in operands])
        if operator == "not":
            return qdrant.Filter(must_not=[self.condition(operands[0])])
        column = operands[0]
        if operator == "null":
            return qdrant.IsEmptyCondition(column)
        value = operands[1]
        if operator == "in":
            return qdrant.FieldCondition(column, match=qdrant.MatchAny(value))
        if operator == "has" or operator == "=" and not isinstance(value, float):
            value = int(value) if isinstance(value, bool) else value
            return qdrant.FieldCondition(column, match=qdrant.MatchValue(value))
        bounds = {"<": ("lt",), "<=": ("lte",), ">": ("gt",), ">=": ("gte",), "=": ("gte", "lte")}
        limits = {bound: float(value) for bound in bounds[operator]}
        return qdrant.FieldCondition(column, range=qdrant.RangeFloat(**limits))


class FilteredQdrantBytes(FilteredQdrant):
    bytes = True


class FilteredLanceDB(LanceDB):
    index = "IVF_HNSW_SQ of one part; scalar indexes"

    def __init__(self, table: Table, attributes: Attributes) -> None:
        self.attributes = attributes
        super().__init__(table)

    def fields(self) -> list[tuple[str, Any]]:
        import pyarrow as arrow

        types = {
            int: arrow.int64(), float: arrow.float64(), str: arrow.string(), bool: arrow.bool_(),
            list: arrow.list_(arrow.string())}
        return [(flat(path), types[kind]) for path, kind in self.attributes.kinds.items()]

    def values(self, numbers: range) -> list[Any]:
        return [
            self.arrow.array(
                [self.attributes.value(number, path) for number in numbers],
                type=self.schema.field(flat(path)).type)
            for path in self.attributes.kinds]

    def build(self) -> None:
        from lancedb.index import Bitmap, BTree, LabelList

        super().build()
        for path, kind in self.attributes.kinds.items():
            config = LabelList() if kind is list else Bitmap() if kind is bool else BTree()
            if kind is str:
                # Bitmaps are for columns of few different values.
                values = {value_at(row, path) for row in self.attributes.rows}
                config = Bitmap() if len(values) < 1_000 else BTree()
            self.rows.create_index(flat(path), config=config)

    def where(self, tree: Tree) -> str:
        operator, *operands = tree
        if operator in ("and", "or"):
            return f" {operator} ".join(f"({self.where(one)})" for one in operands)
        if operator == "not":
            return f"not ({self.where(operands[0])})"
        column = flat(operands[0])
        if operator == "null":
            return f"{column} is null"
        if operator == "in":
            return f"{column} in ({', '.join(map(literal, operands[1]))})"
        if operator == "has":
            return f"array_has({column}, {literal(operands[1])})"
        return f"{column} {operator} {literal(operands[1])}"


FILTERED: dict[str, Callable[[Table, Attributes], Filtered]] = {
    "qdrant-edge": FilteredQdrant,
    "qdrant-edge-int8": FilteredQdrantBytes,
    "zvec": FilteredZvec,
    "zvec-int8": FilteredZvecBytes,
    "lancedb": FilteredLanceDB,
}
