"""Connections that tasks share."""
from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Callable, Optional, TypeVar

from . import errors
from ._aio import AsyncConnection, connect_async
from ._outcome import Attempts, Once, is_too_large_to_keep, key_for, new_key
from ._result import Result
from .types import Parameters

T = TypeVar("T")
_UNSET: Any = object()


class AsyncPool:
    """As ``Pool``, for the tasks of one event loop."""

    def __init__(
        self,
        address: Optional[str] = None,
        *,
        max_size: int = 10,
        timeout: float = 30.0,
        max_idle: float = 600.0,
        retries: int = 5,
        keys: bool = True,
        **options: Any,
    ) -> None:
        if max_size < 1:
            raise ValueError("max_size is at least 1")
        self._address = address
        self._options = options
        self._max_size = max_size
        self._timeout = timeout
        self._max_idle = max_idle
        self._retries = retries
        self._keys = keys
        self._idle: list[tuple[AsyncConnection, float]] = []
        self._count = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._closed = False

    # Connections ----------------------------------------------------------------------------------

    @asynccontextmanager
    async def connection(self, timeout: Optional[float] = None) -> AsyncIterator[AsyncConnection]:
        """Lends a connection. What it leaves open is rolled back; a broken one is replaced."""
        lent = await self._take(self._timeout if timeout is None else timeout)
        try:
            yield lent
        finally:
            await asyncio.shield(self._give_back(lent))

    async def _take(self, timeout: float) -> AsyncConnection:
        limit = time.monotonic() + timeout
        while True:
            if self._closed:
                raise errors.InterfaceError("the pool is closed")
            while self._idle:
                known, since = self._idle.pop()
                if time.monotonic() - since <= self._max_idle and not known.broken:
                    return known
                await known.close()
                self._count -= 1
            if self._count < self._max_size:
                break
            await self._turn(limit - time.monotonic(), timeout)
        self._count += 1
        try:
            return await connect_async(self._address, **self._options)
        except BaseException:
            self._count -= 1
            self._wake()
            raise

    async def _turn(self, left: float, timeout: float) -> None:
        """Waits until a connection may have become free."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await asyncio.wait_for(future, left)
        except asyncio.TimeoutError:
            raise errors.PoolTimeout(
                f"all {self._max_size} connections were in use for {timeout} s",
                hint="Raise max_size, or hold connections for a shorter time.",
            ) from None
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                # Its turn came as it left: the next one has it.
                self._wake()
            raise
        finally:
            if future in self._waiting:
                self._waiting.remove(future)

    def _wake(self) -> None:
        while self._waiting:
            future = self._waiting.pop(0)
            if not future.done():
                future.set_result(None)
                return

    async def _give_back(self, lent: AsyncConnection) -> None:
        try:
            # Also while requests are under way that nobody waits for: one may be a BEGIN.
            if not lent.broken and not lent.closed:
                await lent.rollback()
        except errors.Error:
            lent._wire.abort("its transaction could not be rolled back")
        if self._closed or lent.broken or lent.closed:
            await lent.close()
            self._count -= 1
        else:
            self._idle.append((lent, time.monotonic()))
        self._wake()

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
        """As ``Pool.execute``."""
        more = {} if timeout is _UNSET else {"timeout": timeout}
        return await self._keyed(
            sql,
            key,
            lambda own: self._again(
                lambda one: one.execute(sql, params, key=own, after=after, **more), key=own
            ),
        )

    async def execute_many(
        self,
        sql: str,
        sets: Iterable[Parameters],
        *,
        timeout: Optional[float] = _UNSET,
        key: Optional[str] = None,
    ) -> Result:
        """As ``Pool.execute_many``."""
        retries = self._retries if isinstance(sets, (list, tuple)) else 0

        async def once(own: Optional[str]) -> Result:
            named: Once[Result] = Once(own)

            async def attempt(one: AsyncConnection) -> Result:
                seconds = one.timeout if timeout is _UNSET else timeout
                return await one._execute_many(sql, sets, seconds, named)

            return await self._again(attempt, retries, key=own)

        return await self._keyed(sql, key, once, retries > 0)

    async def _keyed(
        self,
        sql: str,
        key: Optional[str],
        work: Callable[[Optional[str]], Awaitable[Result]],
        repeats: bool = True,
    ) -> Result:
        """As ``Pool._keyed``."""
        if key is not None or not self._keys or not repeats:
            return await work(key)
        own = key_for(sql)
        try:
            return await work(own)
        except errors.DatabaseError as error:
            if own is None or not is_too_large_to_keep(error, sql):
                raise
        return await work(None)

    @asynccontextmanager
    async def transaction(
        self,
        read_only: Optional[bool] = None,
        *,
        key: Optional[str] = None,
        after: Optional[int] = None,
    ) -> AsyncIterator[AsyncConnection]:
        """As ``Pool.transaction``."""
        async with self.connection() as connection:
            async with connection.transaction(read_only, key=key, after=after):
                yield connection

    async def run(
        self,
        work: Callable[[AsyncConnection], Awaitable[T]],
        *,
        read_only: Optional[bool] = None,
        key: Optional[str] = None,
    ) -> T:
        """As ``Pool.run``."""
        once: Once[T] = Once(new_key() if key is None and self._keys else key)

        async def attempt(connection: AsyncConnection) -> T:
            if once.is_unknown and once.key is not None:
                for value in once.take(await connection.committed(once.key) is not None):
                    return value
            async with connection.transaction(read_only, key=once.key):
                value = await work(connection)
                once.keep(value)
            return value

        return await self._again(attempt, also=(errors.LockNotAvailable,), key=once.key)

    async def _again(
        self,
        work: Callable[[AsyncConnection], Awaitable[T]],
        retries: Optional[int] = None,
        also: tuple[type[errors.Error], ...] = (),
        key: Optional[str] = None,
    ) -> T:
        attempts = Attempts(self._retries if retries is None else retries, also, key)
        while True:
            try:
                async with self.connection() as connection:
                    return await work(connection)
            except errors.Error as error:
                pause = attempts.pause(error)
            await asyncio.sleep(pause)

    # State ----------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Connections that are open, lent or not."""
        return self._count

    async def close(self) -> None:
        """Closes what is idle, and what is lent once it comes back."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            await connection.close()
            self._count -= 1
        while self._waiting:
            self._wake()

    async def __aenter__(self) -> AsyncPool:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
