"""PEP 249: the interface that Python's database tools expect.

A transaction begins with the first statement after ``connect``, ``commit`` or ``rollback``, unless
``autocommit`` is set, and one that has written keeps other writers waiting until it ends; the
server ends it after a minute without a statement. Parameters are ``:name`` with a mapping, or
``$1`` with a sequence. Threads may share the module, not connections.

    from needletail import dbapi

    connection = dbapi.connect("127.0.0.1:7117")
    cursor = connection.cursor()
    cursor.execute("SELECT id FROM docs ORDER BY v <=> :q LIMIT 3", {"q": vector})
"""
from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Optional

from ._connection import Connection as _Session
from ._connection import connect as _connect
from ._decode import Row
from ._result import Result
from .errors import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,
)
from .types import Parameters

apilevel = "2.0"
threadsafety = 1
paramstyle = "named"

__all__ = [
    "BINARY", "Binary", "Connection", "Cursor", "DATETIME", "DataError", "DatabaseError", "Date",
    "DateFromTicks", "Error", "IntegrityError", "InterfaceError", "InternalError", "NUMBER",
    "NotSupportedError", "OperationalError", "ProgrammingError", "ROWID", "STRING", "Time",
    "TimeFromTicks", "Timestamp", "TimestampFromTicks", "VECTOR", "Warning", "apilevel",
    "connect", "paramstyle", "threadsafety",
]


class TypeObject:
    """Equal to the ``type_code`` of every type it stands for."""

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return other.partition("(")[0] in self._names
        return self is other

    def __hash__(self) -> int:
        return hash(self._names)


STRING = TypeObject("text", "uuid", "jsonb", "boolean")
BINARY = TypeObject("bytea", "bit")
NUMBER = TypeObject("smallint", "integer", "bigint", "real", "double precision")
DATETIME = TypeObject("timestamptz", "date")
ROWID = TypeObject()
VECTOR = TypeObject("vector", "halfvec")

Date = datetime.date
Time = datetime.time
Timestamp = datetime.datetime
Binary = bytes


def DateFromTicks(ticks: float) -> datetime.date:
    """The local day of a moment."""
    return datetime.date(*time.localtime(ticks)[:3])


def TimeFromTicks(ticks: float) -> datetime.time:
    """The local time of day of a moment."""
    return datetime.time(*time.localtime(ticks)[3:6])


def TimestampFromTicks(ticks: float) -> datetime.datetime:
    """A moment, with its zone."""
    return datetime.datetime.fromtimestamp(ticks, datetime.timezone.utc)


def connect(
    address: Optional[str] = None, *, autocommit: bool = False, **options: Any
) -> Connection:
    """Connects to a server; ``options`` are those of ``needletail.connect()``."""
    return Connection(_connect(address, **options), autocommit)


class Connection:
    """PEP 249's connection, its errors among its attributes."""

    Warning = Warning
    Error = Error
    InterfaceError = InterfaceError
    DatabaseError = DatabaseError
    DataError = DataError
    OperationalError = OperationalError
    IntegrityError = IntegrityError
    InternalError = InternalError
    ProgrammingError = ProgrammingError
    NotSupportedError = NotSupportedError

    def __init__(self, session: _Session, autocommit: bool) -> None:
        self.session = session
        """The connection underneath, for streams, pipelines and batches."""
        self.autocommit = autocommit

    def cursor(self) -> Cursor:
        """A new cursor; all cursors of a connection share its transaction."""
        self._check()
        return Cursor(self)

    def commit(self) -> None:
        """Makes durable what was done since the last one."""
        self._check()
        if self.session.in_transaction:
            if self.session.execute("COMMIT", timeout=None).tag != "COMMIT":
                raise OperationalError(
                    "a statement failed before, so that the transaction was rolled back",
                    code="25P02",
                    hint="Call rollback() after an error, and run the transaction again.",
                )

    def rollback(self) -> None:
        """Undoes what was done since the last commit."""
        self._check()
        self.session.rollback()

    def close(self) -> None:
        """Closes the connection, which undoes what was not committed."""
        self._check()
        self.session.close()

    def _check(self) -> None:
        if self.session.closed:
            raise InterfaceError("the connection is closed")

    def _run(self, operation: str, parameters: Any, many: bool) -> Result:
        self._check()
        if not self.autocommit and not self.session.in_transaction:
            self.session.execute("BEGIN")
        if many:
            return self.session.execute_many(operation, parameters)
        return self.session.execute(operation, parameters)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], *_: object) -> None:
        """Commits, or rolls back after an error; the connection stays open."""
        if kind is None:
            self.commit()
        elif not self.session.closed and not self.session.broken:
            self.rollback()


class Cursor:
    """PEP 249's cursor. An answer is fetched whole when its statement runs."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = 1
        self.lastrowid: None = None
        self._result: Optional[Result] = None
        self._place = 0
        self._closed = False

    @property
    def description(self) -> Optional[list[tuple[Any, ...]]]:
        """Name and type of each column; ``None`` where the statement returned none."""
        if self._result is None or not self._result.columns:
            return None
        return [(name, kind, None, None, None, None, None) for name, kind in self._result.columns]

    @property
    def rowcount(self) -> int:
        """Rows returned or changed, or -1."""
        return -1 if self._result is None else self._result.row_count

    @property
    def rownumber(self) -> Optional[int]:
        """The place of the next row, from 0."""
        return None if self._result is None else self._place

    @property
    def summary(self) -> Optional[Result]:
        """The answer itself, with its plan and whether it is exact."""
        return self._result

    def execute(self, operation: str, parameters: Parameters = None) -> Cursor:
        """Runs one statement."""
        return self._run(operation, parameters, False)

    def executemany(self, operation: str, seq_of_parameters: Iterable[Parameters]) -> Cursor:
        """Runs a statement for each set of parameters, in few requests."""
        return self._run(operation, seq_of_parameters, True)

    def _run(self, operation: str, parameters: Any, many: bool) -> Cursor:
        self._check()
        self._result, self._place = None, 0
        self._result = self.connection._run(operation, parameters, many)
        return self

    def callproc(self, procname: str, parameters: Sequence[Any] = ()) -> Sequence[Any]:
        """Calls a function; its value is the one row of the answer."""
        places = ", ".join(f"${place + 1}" for place in range(len(parameters)))
        self.execute(f"SELECT {procname}({places})", list(parameters))
        return parameters

    def fetchone(self) -> Optional[Row]:
        """The next row, or ``None``."""
        rows = self._rows()
        if self._place >= len(rows):
            return None
        self._place += 1
        return rows[self._place - 1]

    def fetchmany(self, size: Optional[int] = None) -> list[Row]:
        """The next rows, ``arraysize`` of them unless ``size`` says otherwise."""
        rows = self._rows()
        start = self._place
        self._place = min(len(rows), start + (self.arraysize if size is None else size))
        return rows[start : self._place]

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        rows = self._rows()
        start, self._place = self._place, len(rows)
        return rows[start:]

    def _rows(self) -> list[Row]:
        self._check()
        if self._result is None or not self._result.columns:
            raise ProgrammingError(
                "there is no answer with rows", hint="Execute a query before fetching."
            )
        return self._result.rows

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Does nothing; sizes need not be told."""

    def setoutputsize(self, size: int, column: Optional[int] = None) -> None:
        """Does nothing; values come whole."""

    def close(self) -> None:
        """Frees the answer; the cursor cannot be used any more."""
        self._closed = True
        self._result = None

    def _check(self) -> None:
        if self._closed:
            raise InterfaceError("the cursor is closed")
        self.connection._check()

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
