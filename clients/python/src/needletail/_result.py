"""Answers, whole and in the making."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Optional, overload

from . import errors
from ._decode import NO_COLUMNS, Row, Shape, Shapes, malformed
from .types import Column, Notice


class Summary:
    """What the last line of an answer says about all of it."""

    __slots__ = ("_done",)

    def __init__(self, done: dict[str, Any]) -> None:
        self._done = done

    @property
    def tag(self) -> str:
        """What was done, such as ``INSERT 0 3``."""
        return str(self._done["done"])

    @property
    def row_count(self) -> int:
        """Rows returned or changed; -1 for a statement that does neither."""
        count = self.tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else -1

    @property
    def plan(self) -> Optional[str]:
        """The access path of a query, such as ``hnsw(docs.v)``."""
        return self._done.get("plan")

    @property
    def exact(self) -> bool:
        """Whether the answer is exact, as every answer is that no graph was asked for."""
        return bool(self._done.get("exact", True))

    @property
    def truncated(self) -> Optional[str]:
        """The limit that cut the search short; ``None`` for a whole answer."""
        return self._done.get("truncated")

    @property
    def visited(self) -> int:
        """Rows or nodes looked at."""
        return int(self._done.get("visited", 0))

    @property
    def distances(self) -> int:
        """Distances computed."""
        return int(self._done.get("distances", 0))

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds that the server worked."""
        return float(self._done.get("ms", 0))

    @property
    def commit_sequence(self) -> Optional[int]:
        """The number of the commit that made a change durable."""
        return self._done.get("seq")

    @property
    def notices(self) -> list[Notice]:
        """What else the server has to say."""
        told = self._done.get("notices", [])
        return [Notice(one["code"], one["msg"], one.get("hint")) for one in told]


class Result(Summary, Sequence[Row]):
    """The whole answer to a statement: a sequence of its rows, and what is known about it."""

    __slots__ = ("_shape", "rows")

    def __init__(self, shape: Shape, rows: list[Row], done: dict[str, Any]) -> None:
        self._shape = shape
        self.rows = rows
        self._done = done

    @property
    def columns(self) -> tuple[Column, ...]:
        """Names and types; empty for a statement that returns no rows."""
        return self._shape.columns

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: Any) -> Any:
        return self.rows[place]

    def __len__(self) -> int:
        return len(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def one(self) -> Row:
        """The only row. Errors where there is none, or more than one."""
        if len(self.rows) != 1:
            raise errors.InterfaceError(f"one row was expected, not {len(self.rows)}")
        return self.rows[0]

    def scalar(self) -> Any:
        """The first value of the first row; ``None`` without rows."""
        return tuple.__getitem__(self.rows[0], 0) if self.rows else None

    def column(self, name: str) -> list[Any]:
        """All values of one column."""
        return [row[name] for row in self.rows]

    def dicts(self) -> list[dict[str, Any]]:
        """The rows as dictionaries."""
        return [row.asdict() for row in self.rows]

    def __repr__(self) -> str:
        shown = f": {self.rows!r}" if 0 < len(self.rows) < 5 else ""
        return f"<Result {self.tag}{shown}>"


class Reply:
    """An answer in the making: takes its lines one by one."""

    __slots__ = ("done", "error", "pieces", "rows", "shape", "statement", "transaction")

    def __init__(self, statement: Optional[str] = None) -> None:
        self.statement = statement
        self.shape = NO_COLUMNS
        self.rows: list[Row] = []
        self.pieces: list[str] = []
        """Text of a ``COPY … TO STDOUT``."""
        self.done: Optional[dict[str, Any]] = None
        self.error: Optional[errors.DatabaseError] = None
        self.transaction: Optional[str] = None

    def take(self, line: dict[str, Any], shapes: Shapes) -> bool:
        """Takes a line with the id of this request; true if it is the last one."""
        if "err" in line:
            err = line["err"]
            if err.__class__ is not dict:
                raise malformed("err")
            self.error = errors.from_wire(err, self.statement)
            self.transaction = line.get("tx")
            return True
        raw = line.get("rows")
        if raw is not None:
            columns = line.get("cols")
            if columns is not None:
                self.shape = shapes.of(columns)
            try:
                rows = self.shape.rows(raw)
            except (TypeError, ValueError, KeyError, IndexError, AttributeError):
                raise malformed("rows") from None
            if self.rows:
                self.rows.extend(rows)
            else:
                self.rows = rows
        elif "d" in line:
            self.pieces.append(line["d"])
        if "done" in line:
            self.done = line
            self.transaction = line.get("tx")
            return True
        return False

    def result(self) -> Result:
        """The answer, which has ended; raises its error."""
        if self.error is not None:
            raise self.error
        assert self.done is not None
        return Result(self.shape, self.rows, self.done)
