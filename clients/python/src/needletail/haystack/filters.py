"""Haystack's filters as conditions in SQL."""
from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from haystack.errors import FilterError

from .._filters import Conditions, every, some

Filters = Optional[dict[str, Any]]
_ORDER = (">", ">=", "<", "<=")


def where(filters: Filters, first: int = 1) -> tuple[str, list[Any]]:
    """Filters as a condition in SQL, and its parameters from ``$first``."""
    conditions = Conditions(first=first)
    if not filters:
        return "TRUE", []
    return condition(conditions, filters), conditions.params


def condition(conditions: Conditions, filters: Any) -> str:
    if not isinstance(filters, dict):
        raise FilterError(f"a filter is a dictionary, not {filters!r}")
    if "field" in filters:
        return _comparison(conditions, filters)
    for key in ("operator", "conditions"):
        if key not in filters:
            raise FilterError(f"'{key}' is missing in {filters}")
    # A part may be unknown, which AND and OR take for false, as does NOT by way of IS NOT TRUE.
    parts = [condition(conditions, part) for part in filters["conditions"]]
    operator = filters["operator"]
    if operator == "AND":
        return every(parts)
    if operator == "OR":
        return some(parts)
    if operator == "NOT":
        return f"({every(parts)} IS NOT TRUE)"
    raise FilterError(f"{operator!r} is no logical operator; there are AND, OR and NOT")


def _comparison(conditions: Conditions, filters: dict[str, Any]) -> str:
    for key in ("operator", "value"):
        if key not in filters:
            raise FilterError(f"'{key}' is missing in {filters}")
    field, operator, value = str(filters["field"]), filters["operator"], filters["value"]
    if operator in ("==", "!="):
        equal = _equal(conditions, field, _plain(value))
        return equal if operator == "==" else f"({equal}) IS NOT TRUE"
    if operator in ("in", "not in"):
        if not isinstance(value, list):
            raise FilterError(f"'{operator}' takes a list, not {value!r}")
        keys = _keys(field)
        if keys is not None:
            found = conditions.among(keys, [_plain(one) for one in value])
        else:
            found = some([_equal(conditions, field, one) for one in value])
        return found if operator == "in" else f"({found}) IS NOT TRUE"
    if operator in _ORDER:
        return _ordered(conditions, field, operator, value)
    known = "==, !=, >, >=, <, <=, in, not in"
    raise FilterError(f"{operator!r} is no comparison; there are {known}")


def _plain(value: Any) -> Any:
    """A moment as the text it has in JSON."""
    return value.isoformat() if isinstance(value, datetime) else value


def _keys(field: str) -> Optional[list[str]]:
    """The path of a field of the metadata; ``None`` for a column of its own."""
    parts = field.split(".")
    if parts[0] == "meta" and len(parts) > 1:
        return parts[1:]
    if field in ("id", "content"):
        return None
    if field in ("meta", "blob", "score", "embedding", "sparse_embedding"):
        raise FilterError(f"documents cannot be filtered by {field!r}")
    return [field]


def _equal(conditions: Conditions, field: str, value: Any) -> str:
    keys = _keys(field)
    if keys is not None:
        return conditions.equals(keys, value)
    return f"{field} IS NULL" if value is None else f"{field} = {conditions.param(str(value))}"


def _ordered(conditions: Conditions, field: str, operator: str, value: Any) -> str:
    if value is None:
        return "FALSE"
    keys = _keys(field)
    if isinstance(value, (str, datetime)):
        moment = _moment(value)
        text = field if keys is None else conditions.text(keys)
        is_text = "TRUE" if keys is None else f"jsonb_typeof({conditions.path(keys)}) = 'string'"
        date = f"(CASE WHEN {is_text} THEN {text}::timestamptz END)"
        return f"{date} {operator} {conditions.param(moment)}::timestamptz"
    if not isinstance(value, (int, float)) or keys is None:
        raise FilterError(f"'{operator}' takes a number or a date, not {value!r}")
    return conditions.compare(keys, operator, value)


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    text = value[:-1] + "+00:00" if value.endswith("Z") else value
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        raise FilterError(f"{value!r} is no date in ISO 8601; other text has no order") from None
