"""Conditions on documents in SQL, for the vector stores of frameworks.

Values are parameters and names are quoted, so nothing of a filter is ever read as SQL. Equality is
containment (``@>``): exact by JSON type, true or false even where the key is missing, and answered
by a GIN index. Other comparisons are unknown between values of different JSON types.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .errors import InterfaceError

ORDER = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}


def name(text: str) -> str:
    """``text`` as a name in SQL."""
    if not text or "\0" in text:
        raise InterfaceError(f"{text!r} is no name")
    return '"' + text.replace('"', '""') + '"'


def is_scalar(value: Any) -> bool:
    """Whether a filter may compare with ``value``."""
    return value is None or isinstance(value, (str, int, float, bool))


class Conditions:
    """Builds one condition and the parameters it needs."""

    def __init__(self, column: str = "metadata", first: int = 1) -> None:
        self.column = column
        self.params: list[Any] = []
        self._first = first

    def param(self, value: Any) -> str:
        """A place for ``value``."""
        self.params.append(value)
        return f"${self._first + len(self.params) - 1}"

    def path(self, keys: Sequence[str]) -> str:
        """The value at ``keys``, of any JSON type; NULL where it is missing or null."""
        return ".".join([name(self.column), *map(name, keys)])

    def text(self, keys: Sequence[str]) -> str:
        """The value at ``keys`` as text."""
        *outer, last = keys
        return f"({self.path(outer)} ->> {self.param(last)})"

    def is_null(self, keys: Sequence[str]) -> str:
        """Missing or null."""
        return f"{self.path(keys)} IS NULL"

    def is_not_null(self, keys: Sequence[str]) -> str:
        """There, and not null."""
        return f"{self.path(keys)} IS NOT NULL"

    def equals(self, keys: Sequence[str], value: Any) -> str:
        """Never unknown; ``None`` equals what is missing."""
        if value is None:
            return self.is_null(keys)
        if isinstance(value, (list, dict)):
            return f"({self.path(keys)} = {self.param(value)}) IS TRUE"
        document = value
        for key in reversed(keys):
            document = {key: document}
        return f"{name(self.column)} @> {self.param(document)}"

    def among(self, keys: Sequence[str], values: Sequence[Any]) -> str:
        """Equal to one of them; unknown, if not, where one is of another JSON type."""
        scalars = [one for one in values if one is not None and is_scalar(one)]
        parts = [self.equals(keys, one) for one in values if one is None or not is_scalar(one)]
        if len(scalars) == 1:
            parts.append(self.equals(keys, scalars[0]))
        elif scalars:
            places = ", ".join([self.param(one) for one in scalars])
            parts.append(f"{self.path(keys)} IN ({places})")
        return some(parts)

    def contains(self, keys: Sequence[str], value: Any) -> str:
        """The array at ``keys`` has this element."""
        document: Any = [value]
        for key in reversed(keys):
            document = {key: document}
        return f"{name(self.column)} @> {self.param(document)}"

    def compare(self, keys: Sequence[str], operator: str, value: Any) -> str:
        """``>``, ``>=``, ``<``, ``<=``; unknown for another JSON type."""
        return f"{self.path(keys)} {operator} {self.param(value)}"


def every(parts: Sequence[str]) -> str:
    """All of them; true for none."""
    return f"({' AND '.join(parts)})" if parts else "TRUE"


def some(parts: Sequence[str]) -> str:
    """One of them; false for none."""
    return f"({' OR '.join(parts)})" if parts else "FALSE"


def escaped(text: str) -> str:
    """``text`` to be found literally by LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
