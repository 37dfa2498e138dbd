"""Rows as they arrive."""
from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Optional

from ._decode import Row
from ._result import Reply, Summary
from .types import Column

if TYPE_CHECKING:
    from ._connection import Connection


class Stream:
    """An iterator of rows that holds one line of the wire at a time, about 64 KiB."""

    def __init__(self, connection: Connection, number: int, sql: str) -> None:
        self._connection: Optional[Connection] = connection
        self._number = number
        self._sql = sql
        self._reply = Reply(sql)
        self._rows: Iterator[Row] = iter(())
        connection._current = number
        # The first line has the columns, or the error.
        self._advance()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Names and types of the columns."""
        return self._reply.shape.columns

    @property
    def summary(self) -> Optional[Summary]:
        """What is known about the whole answer; ``None`` until the last row was taken."""
        return None if self._reply.done is None else Summary(self._reply.done)

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        while True:
            for row in self._rows:
                return row
            if self._connection is None:
                raise StopIteration
            self._advance()

    def pieces(self) -> Iterator[str]:
        """The text of a ``COPY … TO STDOUT``."""
        while True:
            pieces, self._reply.pieces = self._reply.pieces, []
            yield from pieces
            if self._connection is None:
                return
            self._advance()

    def close(self) -> None:
        """Cancels what has not arrived, and frees the connection.

        In a transaction, which a cancelled statement would abort, the rest is read and dropped.
        """
        connection = self._connection
        if connection is None:
            return
        self._connection = None
        self._rows = iter(())
        try:
            if not connection.broken and not connection.closed:
                if not connection.in_transaction:
                    connection.cancel()
                reply = Reply(self._sql)
                while not reply.take(
                    connection._line(self._number, self._sql), connection._shapes
                ):
                    reply.rows, reply.pieces = [], []
                connection._note(reply)
        finally:
            connection._leave()

    def _advance(self) -> None:
        connection = self._connection
        assert connection is not None
        try:
            ended = self._reply.take(connection._line(self._number, self._sql), connection._shapes)
        except BaseException:
            self._end()
            connection._break()
            raise
        rows, self._reply.rows = self._reply.rows, []
        self._rows = iter(rows)
        if ended:
            connection._note(self._reply)
            self._end()
            if self._reply.error is not None:
                raise self._reply.error

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection._leave()

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # Left without close(): the rest of the answer is still under way, so the connection ends.
        connection = self._connection
        if connection is not None:
            self._connection = None
            connection._break()
            connection._leave()
