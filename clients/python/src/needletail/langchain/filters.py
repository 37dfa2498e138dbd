"""LangChain's filters as conditions in SQL."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from langchain_core.structured_query import (
    Comparator,
    Comparison,
    Operation,
    Operator,
    StructuredQuery,
    Visitor,
)

from .._filters import ORDER, Conditions, every, is_scalar, some

Filter = Mapping[str, Any]


def where(filter: Optional[Filter], first: int = 1) -> tuple[str, list[Any]]:
    """A filter as a condition in SQL, and its parameters from ``$first``."""
    conditions = Conditions(first=first)
    if not filter:
        return "TRUE", []
    return _all(conditions, filter, False), conditions.params


def _all(conditions: Conditions, filter: Any, negated: bool) -> str:
    if not isinstance(filter, Mapping):
        raise ValueError(f"a filter is a mapping, not {filter!r}")
    parts = [_one(conditions, key, value, negated) for key, value in filter.items()]
    # NOT is carried to the leaves, where what is missing stays unknown.
    return some(parts) if negated else every(parts)


def _one(conditions: Conditions, key: str, value: Any, negated: bool) -> str:
    if key in ("$and", "$or"):
        parts = [_all(conditions, part, negated) for part in value]
        return every(parts) if (key == "$and") != negated else some(parts)
    if key == "$not":
        parts = value if isinstance(value, list) else [value]
        inner = [_all(conditions, part, not negated) for part in parts]
        return some(inner) if negated else every(inner)
    if key.startswith("$"):
        raise ValueError(f"{key} is no operator of a filter; there are $and, $or and $not")
    if not isinstance(value, Mapping):
        return _leaf(conditions, key, "$eq", value, negated)
    if not value:
        raise ValueError(f"the filter for {key!r} has no operator")
    parts = [_leaf(conditions, key, name, operand, negated) for name, operand in value.items()]
    return some(parts) if negated else every(parts)


def _leaf(conditions: Conditions, key: str, operator: str, value: Any, negated: bool) -> str:
    keys = [key]
    known = conditions.is_not_null(keys)
    if operator in ("$ne", "$nin"):
        return _leaf(conditions, key, {"$ne": "$eq", "$nin": "$in"}[operator], value, not negated)
    if operator == "$exists":
        return known if bool(value) != negated else conditions.is_null(keys)
    if operator == "$eq" and value is None:
        return known if negated else conditions.is_null(keys)
    if operator == "$between":
        low, high = value
        parts = [conditions.compare(keys, ">=", low), conditions.compare(keys, "<=", high)]
        positive = every(parts)
    elif operator == "$in":
        positive = conditions.among(keys, [_scalar(one) for one in value])
    elif operator == "$eq":
        positive = conditions.equals(keys, value)
    elif operator == "$contains":
        positive = conditions.contains(keys, value)
    elif operator in ORDER:
        positive = conditions.compare(keys, ORDER[operator], _scalar(value))
    elif operator in ("$like", "$ilike"):
        positive = f"{conditions.text(keys)} {operator[1:].upper()} {conditions.param(value)}"
    else:
        raise ValueError(f"{operator} is no operator of a filter")
    if not negated:
        return positive
    # A value of another type is none of these; in an order it has no place.
    if operator in ("$eq", "$in"):
        return f"({known} AND ({positive}) IS NOT TRUE)"
    return f"({known} AND NOT {positive})"


def _scalar(value: Any) -> Any:
    if not is_scalar(value):
        raise ValueError(f"a filter compares with text, numbers and booleans, not {value!r}")
    return value


class NeedletailTranslator(Visitor):
    """Turns the structured queries of a self-query retriever into filters."""

    allowed_operators = [Operator.AND, Operator.OR, Operator.NOT]
    allowed_comparators = [
        Comparator.EQ, Comparator.NE, Comparator.GT, Comparator.GTE, Comparator.LT,
        Comparator.LTE, Comparator.IN, Comparator.NIN, Comparator.CONTAIN, Comparator.LIKE,
    ]

    def visit_operation(self, operation: Operation) -> dict[str, Any]:
        parts = [argument.accept(self) for argument in operation.arguments]
        return {f"${operation.operator.value}": parts}

    def visit_comparison(self, comparison: Comparison) -> dict[str, Any]:
        names = {Comparator.CONTAIN: "$contains"}
        operator = names.get(comparison.comparator, f"${comparison.comparator.value}")
        return {comparison.attribute: {operator: comparison.value}}

    def visit_structured_query(
        self, structured_query: StructuredQuery
    ) -> tuple[str, dict[str, Any]]:
        if structured_query.filter is None:
            return structured_query.query, {}
        return structured_query.query, {"filter": structured_query.filter.accept(self)}
