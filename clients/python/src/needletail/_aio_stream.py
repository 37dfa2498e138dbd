"""Rows as they arrive, for asyncio."""
from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Optional

from ._aio_wire import StreamRequest
from ._decode import Row
from ._result import Reply, Summary
from .types import Column

if TYPE_CHECKING:
    from ._aio import AsyncConnection


class AsyncStream:
    """An asynchronous iterator of rows in bounded memory; see ``AsyncConnection.stream``."""

    def __init__(
        self,
        connection: AsyncConnection,
        sql: str,
        text: Optional[str],
        seconds: Optional[float],
        after: Optional[int] = None,
    ) -> None:
        self._connection = connection
        self._sql = sql
        self._text = text
        self._seconds = seconds
        self._after = after
        self._request: Optional[StreamRequest] = None
        self._number = 0
        self._rows: deque[Row] = deque()
        self._reply = Reply(sql)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Names and types of the columns."""
        return self._reply.shape.columns

    @property
    def summary(self) -> Optional[Summary]:
        """What is known about the whole answer; ``None`` until the last row was taken."""
        return None if self._reply.done is None else Summary(self._reply.done)

    async def __aenter__(self) -> AsyncStream:
        connection = self._connection
        request = await connection._prepare(self._sql, StreamRequest)
        self._number = connection._send(
            request, self._text, "p", self._seconds, after=self._after
        )
        self._request = request
        try:
            # The first line has the columns, or the error.
            await self._advance()
        except BaseException:
            await self.close()
            raise
        return self

    def __aiter__(self) -> AsyncIterator[Row]:
        return self

    async def __anext__(self) -> Row:
        while not self._rows:
            if self._request is None:
                raise StopAsyncIteration
            await self._advance()
        return self._rows.popleft()

    async def pieces(self) -> AsyncIterator[str]:
        """The text of a ``COPY … TO STDOUT``."""
        while True:
            pieces, self._reply.pieces = self._reply.pieces, []
            for piece in pieces:
                yield piece
            if self._request is None:
                return
            await self._advance()

    async def _advance(self) -> None:
        assert self._request is not None
        wire = self._connection._wire
        line = await wire.arrival(self._request, self._seconds)
        ended = self._reply.take(line, wire.shapes)
        self._rows.extend(self._reply.rows)
        self._reply.rows = []
        if ended:
            self._request = None
            if self._reply.error is not None:
                raise self._reply.error

    async def close(self) -> None:
        """Cancels what has not arrived; in a transaction, which that would abort, reads it."""
        self._rows.clear()
        connection = self._connection
        if self._request is None:
            return
        if connection.in_transaction and connection._wire.lost is None:
            while self._request is not None:
                await self._advance()
                self._rows.clear()
            return
        self._request = None
        connection._wire.cancel(self._number)

    async def __aexit__(self, *_: object) -> None:
        await self.close()
