"""The wire of a connection for asyncio: lines out, lines in, each to the request it answers."""
from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Optional, cast

from . import _address, _decode, _outcome, errors
from ._outcome import GRACE
from ._result import Reply
from ._wire import keep_alive

_HELD_BYTES = 1 << 20
"""Bytes of streams that may wait for their readers."""


class Request:
    """A request on its way: its reply, and who waits for it."""

    __slots__ = ("future", "in_transaction", "reply", "sql")

    def __init__(self, sql: str, in_transaction: bool) -> None:
        self.sql = sql
        self.in_transaction = in_transaction
        self.reply = Reply(sql)
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(self, error: errors.Error) -> None:
        """The answer will not come."""
        if not self.future.done():
            self.future.set_exception(error)
            # Marked as seen: perhaps nobody waits any more.
            self.future.exception()


class StreamRequest(Request):
    """A request whose lines wait until somebody takes them."""

    __slots__ = ("abandoned", "arrived", "failure", "held", "lines")

    def __init__(self, sql: str, in_transaction: bool) -> None:
        super().__init__(sql, in_transaction)
        self.lines: deque[tuple[dict[str, Any], int]] = deque()
        self.arrived = asyncio.Event()
        self.failure: Optional[errors.Error] = None
        self.abandoned = False

    def fail(self, error: errors.Error) -> None:
        self.failure = error
        self.arrived.set()


class AsyncWire(asyncio.Protocol):
    """One transport, its requests by number, and what they say of the transaction."""

    def __init__(self, address: _address.Address, shapes: _decode.Shapes) -> None:
        self.address = address
        self.shapes = shapes
        self.requests: dict[int, Request] = {}
        self.transaction: Optional[str] = None
        self.lost: Optional[str] = None
        """Why nothing can be sent any more."""
        self._parts: list[bytes] = []
        self._transport: Optional[asyncio.Transport] = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._held = 0

    # Called by the event loop ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every loop's transports are of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)
        keep_alive(transport.get_extra_info("socket"))

    def data_received(self, data: bytes) -> None:
        end = data.find(b"\n")
        if end < 0:
            self._parts.append(data)
            return
        line = data[: end + 1]
        if self._parts:
            self._parts.append(line)
            line = b"".join(self._parts)
            self._parts = []
        while True:
            self._take(line)
            start = end + 1
            end = data.find(b"\n", start)
            if end < 0:
                if start < len(data):
                    self._parts.append(data[start:])
                return
            line = data[start : end + 1]

    def connection_lost(self, exc: Optional[Exception]) -> None:
        self.abort(str(exc or "the server closed the connection"))

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # Out ------------------------------------------------------------------------------------------

    async def room(self) -> None:
        """Waits until the peer takes more."""
        if not self._writable.is_set():
            await self._writable.wait()

    def write(self, line: bytes) -> None:
        """Sends whole lines, now."""
        if self._transport is not None and self.lost is None:
            self._transport.write(line)

    def cancel(self, number: int) -> None:
        """Ends a request that nobody waits for any more; its reply is dropped when it comes."""
        request = self.requests.get(number)
        if request is None:
            return
        self.write(b'{"cancel":%d}\n' % number)
        if isinstance(request, StreamRequest):
            request.abandoned = True
            self.unhold(sum(size for _, size in request.lines))
            request.lines.clear()

    def abort(self, reason: str, error: Optional[errors.Error] = None) -> None:
        """Nothing more will come: every request in flight fails."""
        if self.lost is None:
            self.lost = reason
        if self._transport is not None:
            self._transport.abort()
        self._writable.set()
        requests, self.requests = self.requests, {}
        for one in requests.values():
            one.fail(
                error or _outcome.lost(self.address, reason, one.sql, one.in_transaction)
            )

    # In -------------------------------------------------------------------------------------------

    async def wait(self, number: int, request: Request, seconds: Optional[float]) -> None:
        """Waits for the end of a reply."""
        alarm = self.alarm(seconds)
        try:
            await request.future
        except asyncio.CancelledError:
            self.cancel(number)
            raise
        finally:
            if alarm is not None:
                alarm.cancel()

    async def arrival(self, request: StreamRequest, seconds: Optional[float]) -> dict[str, Any]:
        """The next line of a stream."""
        while not request.lines:
            if request.failure is not None:
                raise request.failure
            request.arrived.clear()
            alarm = self.alarm(seconds)
            try:
                await request.arrived.wait()
            finally:
                if alarm is not None:
                    alarm.cancel()
        line, size = request.lines.popleft()
        self.unhold(size)
        return line

    def alarm(self, seconds: Optional[float]) -> Optional[asyncio.TimerHandle]:
        """Gives the connection up where the server does not keep a statement's time itself."""
        if seconds is None:
            return None
        limit = seconds + GRACE
        return asyncio.get_running_loop().call_later(limit, self.abort, f"no answer in {limit} s")

    def unhold(self, size: int) -> None:
        """Lines of a stream were taken."""
        before, self._held = self._held, self._held - size
        if before > _HELD_BYTES >= self._held and self._transport is not None:
            if not self._transport.is_closing():
                self._transport.resume_reading()

    def _take(self, data: bytes) -> None:
        if self.lost is not None:
            return
        try:
            line = _decode.line(data)
            number = line.get("id")
            request = self.requests.get(number) if number.__class__ is int else None
            if request is None:
                if "err" in line and number is None:
                    raise errors.from_wire(line["err"])
                raise _decode.malformed("id")
            if isinstance(request, StreamRequest):
                ended = self._take_streamed(request, line, len(data))
            else:
                ended = request.reply.take(line, self.shapes)
                if request.future.cancelled():
                    request.reply.rows, request.reply.pieces = [], []
                elif ended:
                    request.future.set_result(None)
            if ended:
                del self.requests[line["id"]]
                self._note(line, request.sql)
        except errors.Error as error:
            self.abort(str(error), error)

    def _take_streamed(self, request: StreamRequest, line: dict[str, Any], size: int) -> bool:
        if not request.abandoned:
            request.lines.append((line, size))
            request.arrived.set()
            self._held += size
            if self._held > _HELD_BYTES >= self._held - size and self._transport is not None:
                self._transport.pause_reading()
        return "done" in line or "err" in line

    def _note(self, line: dict[str, Any], sql: str) -> None:
        # A request that was refused before it ran says nothing of the transaction around it, nor
        # does a ping, which has no statement.
        state = line.get("tx")
        if sql and ("err" not in line or state is not None or _outcome.ends_transaction(sql)):
            self.transaction = state
