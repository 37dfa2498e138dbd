"""One connection for the tasks of an event loop."""
from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from contextvars import ContextVar
from typing import Any, Optional, TypeVar, Union

from . import _address, _decode, _encode, _outcome, errors
from ._aio_stream import AsyncStream
from ._aio_wire import AsyncWire, Request
from ._bulk import Chunk, Peeked, Total, chunks, data_lines, renumbered
from ._result import Result
from .types import Parameters

_UNSET: Any = object()
_mine: ContextVar[tuple[object, ...]] = ContextVar("needletail_transactions", default=())
"""The transactions that a task, or the one that made it, is inside of."""
R = TypeVar("R", bound=Request)


async def connect_async(
    address: Optional[str] = None,
    *,
    timeout: Optional[float] = None,
    connect_timeout: Optional[float] = 10.0,
    vectors: Optional[str] = None,
) -> AsyncConnection:
    """As ``connect()``, for asyncio."""
    where = _address.parse(address)
    wire = AsyncWire(where, _decode.Shapes(_decode.vector_form(vectors)))
    connection = AsyncConnection(wire, timeout)
    loop = asyncio.get_running_loop()
    try:
        if where.path is not None:
            opening: Any = loop.create_unix_connection(lambda: wire, where.path)
        else:
            opening = loop.create_connection(lambda: wire, where.host, where.port)
        await asyncio.wait_for(opening, connect_timeout)
        await asyncio.wait_for(connection.ping(), connect_timeout)
    except (OSError, asyncio.TimeoutError) as error:
        wire.abort(str(error))
        raise errors.ConnectionLost(
            f"could not connect to {where}: {error or 'no answer in time'}",
            hint="Is the server running? Start it with: needletail serve PATH",
        ) from error
    except BaseException:
        wire.abort("it could not be used")
        raise
    return connection


class AsyncConnection:
    """A session on the server: ``connect_async()`` makes one.

    Tasks may share it: their statements are sent at once and run in order, without waiting for
    each other's answers. While a transaction is open, only the task that opened it, and tasks
    made inside it, may use the connection. Cancelling a task cancels its statement on the server.
    """

    def __init__(self, wire: AsyncWire, timeout: Optional[float]) -> None:
        self._wire = wire
        self._numbers = itertools.count(1)
        self._owner: Optional[object] = None
        self._closed = False
        self.address = wire.address
        self.timeout = timeout

    # Statements -----------------------------------------------------------------------------------

    async def execute(
        self,
        sql: str,
        params: Parameters = None,
        *,
        timeout: Optional[float] = _UNSET,
        key: Optional[str] = None,
        after: Optional[int] = None,
    ) -> Result:
        """As ``Connection.execute``."""
        seconds = self.timeout if timeout is _UNSET else timeout
        text = None if params is None else _encode.parameters(params)
        request = await self._prepare(sql, Request)
        number = self._send(request, text, "p", seconds, key, after)
        try:
            await self._wire.wait(number, request, seconds)
        except errors.Error as error:
            _outcome.named(error, key)
            raise
        return request.reply.result()

    async def execute_many(
        self,
        sql: str,
        sets: Iterable[Parameters],
        *,
        timeout: Optional[float] = _UNSET,
        key: Optional[str] = None,
    ) -> Result:
        """As ``Connection.execute_many``."""
        seconds = self.timeout if timeout is _UNSET else timeout
        return await self._execute_many(sql, sets, seconds, _outcome.Once(key))

    async def _execute_many(
        self,
        sql: str,
        sets: Iterable[Parameters],
        seconds: Optional[float],
        once: _outcome.Once[Result],
    ) -> Result:
        if once.is_unknown and once.key is not None:
            sequence = await self.committed(once.key)
            for total in once.take(sequence is not None):
                total._done["seq"] = sequence
                return total
        source = Peeked(chunks(sets))
        first = source.take()
        source.pull()
        if not source.more or self.in_transaction:
            return await self._send_all(sql, first, source, seconds, once.key)
        async with self.transaction(key=once.key) as transaction:
            total = await self._send_all(sql, first, source, seconds)
            once.keep(total)
        total._done["seq"] = transaction.commit_sequence
        return total

    async def _send_all(
        self,
        sql: str,
        first: Chunk,
        source: Peeked[Chunk],
        seconds: Optional[float],
        key: Optional[str] = None,
    ) -> Result:
        """Sends the pieces, each made while the server works on the one before."""
        total = Total()
        waiting: deque[tuple[int, Request, int]] = deque()
        piece: Optional[Chunk] = first
        while piece is not None or waiting:
            if piece is not None:
                request = await self._prepare(sql, Request)
                number = self._send(request, piece.text, "batch", seconds, key)
                waiting.append((number, request, piece.before))
            if piece is None or len(waiting) > 1:
                number, request, before = waiting.popleft()
                try:
                    await self._wire.wait(number, request, seconds)
                except errors.Error as error:
                    _outcome.named(error, key)
                    raise
                if request.reply.error is not None:
                    for number, follower, _ in waiting:
                        await self._wire.wait(number, follower, seconds)
                    raise renumbered(request.reply.error, before)
                total.add(request.reply)
            piece = source.take() if source.more else None
            if piece is not None:
                source.pull()
        return total.result()

    def stream(
        self,
        sql: str,
        params: Parameters = None,
        *,
        timeout: Optional[float] = _UNSET,
        after: Optional[int] = None,
    ) -> AsyncStream:
        """As ``Connection.stream``, for ``async with``.

        What is asked of this connection meanwhile waits for the rows to be taken.
        """
        seconds = self.timeout if timeout is _UNSET else timeout
        text = None if params is None else _encode.parameters(params)
        return AsyncStream(self, sql, text, seconds, after)

    async def copy_in(
        self,
        sql: str,
        rows: Union[Iterable[Any], AsyncIterable[Any]],
        columns: Optional[Sequence[str]] = None,
        *,
        timeout: Optional[float] = _UNSET,
    ) -> Result:
        """As ``Connection.copy_in``; rows may come from an asynchronous iterator."""
        seconds = self.timeout if timeout is _UNSET else timeout
        request = await self._prepare(sql, Request)
        number = self._send(request, None, "p", seconds)
        end = b'{"id":%d,"end":true}\n' % number
        try:
            if isinstance(rows, AsyncIterable):
                async for row in rows:
                    for line in data_lines(number, [row], columns):
                        await self._wire.room()
                        self._wire.write(line)
                    if request.future.done():
                        break
            else:
                for line in data_lines(number, rows, columns):
                    await self._wire.room()
                    self._wire.write(line)
                    if request.future.done():
                        break
        except BaseException:
            # The end alone would make what was sent so far durable.
            self._wire.cancel(number)
            self._wire.write(end)
            request.future.cancel()
            raise
        self._wire.write(end)
        await self._wire.wait(number, request, seconds)
        return request.reply.result()

    async def copy_out(
        self, sql: str, *, timeout: Optional[float] = _UNSET
    ) -> AsyncIterator[str]:
        """As ``Connection.copy_out``."""
        async with self.stream(sql, timeout=timeout) as stream:
            async for piece in stream.pieces():
                yield piece

    def transaction(
        self,
        read_only: Optional[bool] = None,
        *,
        key: Optional[str] = None,
        after: Optional[int] = None,
    ) -> AsyncTransaction:
        """As ``Connection.transaction``, for ``async with``."""
        return AsyncTransaction(self, read_only, key, after)

    async def committed(self, key: str) -> Optional[int]:
        """As ``Connection.committed``."""
        if self.in_transaction:
            raise _outcome.nested()
        try:
            return (await self.execute("COMMIT", key=key)).commit_sequence
        except errors.ProgrammingError as error:
            if error.code != "25P01":
                raise
            return None

    async def ping(self) -> None:
        """Returns once the server has answered everything before it."""
        request = await self._prepare("", Request)
        number = next(self._numbers)
        self._wire.requests[number] = request
        self._wire.write(b'{"id":%d,"ping":true}\n' % number)
        await self._wire.wait(number, request, None)
        request.reply.result()

    # State ----------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """``close()`` was called."""
        return self._closed

    @property
    def broken(self) -> bool:
        """The connection was lost; only closing it is of use."""
        return self._wire.lost is not None and not self._closed

    @property
    def in_transaction(self) -> bool:
        """A transaction is open, or failed and waits for its rollback."""
        return self._wire.transaction is not None or self._owner is not None

    async def rollback(self) -> None:
        """Ends the transaction that is open, if one is; what it did is undone."""
        if self._wire.transaction is not None or self._wire.requests:
            try:
                await self.execute("ROLLBACK", timeout=None)
            except errors.IdleTransactionTimeout:
                pass

    async def close(self) -> None:
        """Closes the connection; an open transaction is rolled back."""
        self._closed = True
        self._wire.abort("it was closed")

    async def __aenter__(self) -> AsyncConnection:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "broken" if self.broken else "open"
        return f"<needletail.AsyncConnection {self.address} {state}>"

    # Between statement and wire -------------------------------------------------------------------

    def _check(self) -> None:
        if self._closed:
            raise errors.InterfaceError("the connection is closed", hint="Connect again.")
        if self._wire.lost is not None:
            raise errors.ConnectionLost("the connection was lost earlier", hint="Connect again.")
        if self._owner is not None and self._owner not in _mine.get():
            raise errors.InterfaceError(
                "another task has a transaction open on this connection",
                hint="Take another connection from an AsyncPool.",
            )

    async def _prepare(self, sql: str, kind: type[R]) -> R:
        self._check()
        await self._wire.room()
        self._check()
        return kind(sql, self.in_transaction)

    def _send(
        self,
        request: Request,
        text: Optional[str],
        form: str,
        seconds: Optional[float],
        key: Optional[str] = None,
        after: Optional[int] = None,
    ) -> int:
        number = next(self._numbers)
        line = _encode.statement(number, request.sql, text, form, seconds, key, after)
        self._wire.requests[number] = request
        self._wire.write(line)
        return number


class AsyncTransaction:
    """``async with connection.transaction(): …``; see ``Connection.transaction``."""

    def __init__(
        self,
        connection: AsyncConnection,
        read_only: Optional[bool],
        key: Optional[str] = None,
        after: Optional[int] = None,
    ) -> None:
        self._connection = connection
        self._begin = _outcome.begin(read_only)
        self._key = key
        self._after = after
        self.commit_sequence: Optional[int] = None

    async def __aenter__(self) -> AsyncTransaction:
        connection = self._connection
        connection._check()
        if connection.in_transaction:
            raise _outcome.nested()
        connection._owner = self
        _mine.set((*_mine.get(), self))
        try:
            await connection.execute(self._begin, after=self._after)
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(self, kind: Optional[type[BaseException]], *_: object) -> None:
        # A generator may be ended by a task that did not begin it.
        if self not in _mine.get():
            _mine.set((*_mine.get(), self))
        try:
            if kind is None:
                done = await self._connection.execute("COMMIT", timeout=None, key=self._key)
                self.commit_sequence = done.commit_sequence
                if done.tag != "COMMIT":
                    raise _outcome.rolled_back()
        finally:
            await self._leave()

    async def _leave(self) -> None:
        """Rolls back what is open, also while its task is being cancelled; frees the connection."""
        connection = self._connection
        try:
            if connection._wire.lost is None:
                await asyncio.shield(connection.rollback())
        except errors.Error:
            connection._wire.abort("its transaction could not be rolled back")
        except asyncio.CancelledError:
            connection._wire.abort("it was left while its transaction was rolled back")
            raise
        finally:
            connection._owner = None
            _mine.set(tuple(one for one in _mine.get() if one is not self))
