"""LlamaIndex's filters as conditions in SQL."""
from __future__ import annotations

from typing import Any, Optional

from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

from .._filters import Conditions, escaped, every, some

_ORDER = {
    FilterOperator.GT: ">",
    FilterOperator.GTE: ">=",
    FilterOperator.LT: "<",
    FilterOperator.LTE: "<=",
}


def where(
    filters: Optional[MetadataFilters],
    first: int = 1,
    node_ids: Optional[list[str]] = None,
    doc_ids: Optional[list[str]] = None,
) -> tuple[str, list[Any]]:
    """Filters as a condition in SQL, and its parameters from ``$first``."""
    conditions = Conditions(first=first)
    parts = []
    if node_ids is not None:
        places = ", ".join([conditions.param(one) for one in node_ids])
        parts.append(f"id IN ({places})" if places else "FALSE")
    if doc_ids:
        parts.append(some([conditions.equals(["ref_doc_id"], one) for one in doc_ids]))
    if filters is not None and filters.filters:
        parts.append(_all(conditions, filters))
    return every(parts), conditions.params


def _all(conditions: Conditions, filters: MetadataFilters) -> str:
    parts = [
        _all(conditions, one) if isinstance(one, MetadataFilters) else _one(conditions, one)
        for one in filters.filters
    ]
    if not parts:
        return "TRUE"
    if filters.condition == FilterCondition.OR:
        return some(parts)
    if filters.condition == FilterCondition.NOT:
        return f"({some(parts)} IS NOT TRUE)"
    return every(parts)


def _one(conditions: Conditions, filter: MetadataFilter) -> str:
    """One filter; where it is unknown it does not hold, and NOT by way of IS NOT TRUE says so."""
    keys, value, operator = [filter.key], filter.value, filter.operator
    if operator == FilterOperator.IS_EMPTY:
        kinds: tuple[Any, ...] = (None, "", [])
        return some([conditions.equals(keys, one) for one in kinds])
    if operator == FilterOperator.EQ:
        return "FALSE" if value is None else conditions.equals(keys, value)
    if operator == FilterOperator.NE:
        return "TRUE" if value is None else f"({conditions.equals(keys, value)}) IS NOT TRUE"
    if operator in (FilterOperator.IN, FilterOperator.NIN):
        found = conditions.among(keys, _several(filter))
        return found if operator == FilterOperator.IN else f"(({found}) IS NOT TRUE)"
    if operator in (FilterOperator.ANY, FilterOperator.ALL):
        parts = [_has(conditions, keys, one) for one in _several(filter)]
        if operator == FilterOperator.ANY:
            return some(parts)
        return every([conditions.is_not_null(keys), *parts])
    if value is None or isinstance(value, list):
        raise ValueError(f"the operator {operator.value!r} does not take {value!r}")
    if operator == FilterOperator.CONTAINS:
        return _has(conditions, keys, value)
    if operator in (FilterOperator.TEXT_MATCH, FilterOperator.TEXT_MATCH_INSENSITIVE):
        return _matches(conditions, keys, str(value), operator == FilterOperator.TEXT_MATCH)
    if operator in _ORDER:
        return conditions.compare(keys, _ORDER[operator], value)
    raise ValueError(f"the operator {operator.value!r} is not supported")


def _several(filter: MetadataFilter) -> list[Any]:
    if not isinstance(filter.value, list):
        raise ValueError(f"the operator {filter.operator.value!r} takes a list")
    return list(filter.value)


def _has(conditions: Conditions, keys: list[str], value: Any) -> str:
    """An array has this element, or a text this part."""
    element = conditions.contains(keys, value)
    if not isinstance(value, str):
        return element
    return some([element, _matches(conditions, keys, value, True)])


def _matches(conditions: Conditions, keys: list[str], part: str, exactly: bool) -> str:
    operator = "LIKE" if exactly else "ILIKE"
    pattern = conditions.param(f"%{escaped(part)}%")
    text = f"{conditions.text(keys)} {operator} {pattern}"
    return f"(jsonb_typeof({conditions.path(keys)}) = 'string' AND {text})"
