"""Connections that threads share."""
from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional, TypeVar

from . import errors
from ._connection import Connection, connect
from ._outcome import delay, is_safe_again
from ._result import Result
from .types import Parameters

T = TypeVar("T")
_UNSET: Any = object()


class Pool:
    """Up to ``max_size`` connections, made when wanted and lent to one thread at a time.

    ``execute`` and its kin borrow a connection for one statement, and repeat it after a lost
    connection or a restart of the server where that is safe: if it was a read, or cannot have been
    carried out. A write whose answer was lost is never repeated: it raises ``ConnectionLost`` with
    ``unknown_outcome``.

    - timeout: seconds to wait for a free connection.
    - max_idle: seconds after which an unused connection is not used again.
    - retries: how often a statement is repeated, where that is safe.
    - others: those of ``connect()``.
    """

    def __init__(
        self,
        address: Optional[str] = None,
        *,
        max_size: int = 10,
        timeout: float = 30.0,
        max_idle: float = 600.0,
        retries: int = 5,
        **options: Any,
    ) -> None:
        if max_size < 1:
            raise ValueError("max_size is at least 1")
        self.address = address
        self._options = options
        self._max_size = max_size
        self._timeout = timeout
        self._max_idle = max_idle
        self._retries = retries
        self._idle: list[tuple[Connection, float]] = []
        self._count = 0
        self._condition = threading.Condition()
        self._closed = False

    # Connections ----------------------------------------------------------------------------------

    @contextmanager
    def connection(self, timeout: Optional[float] = None) -> Iterator[Connection]:
        """Lends a connection. What it leaves open is rolled back; a broken one is replaced."""
        lent = self._take(self._timeout if timeout is None else timeout)
        try:
            yield lent
        finally:
            self._give_back(lent)

    def _take(self, timeout: float) -> Connection:
        limit = time.monotonic() + timeout
        while True:
            with self._condition:
                while not self._closed and not self._idle and self._count >= self._max_size:
                    left = limit - time.monotonic()
                    if left <= 0 or not self._condition.wait(left):
                        if self._idle or self._count < self._max_size:
                            break
                        raise errors.PoolTimeout(
                            f"all {self._max_size} connections were in use for {timeout} s",
                            hint="Raise max_size, or hold connections for a shorter time.",
                        )
                if self._closed:
                    raise errors.InterfaceError("the pool is closed")
                if not self._idle:
                    self._count += 1
                    break
                known, since = self._idle.pop()
            stale = time.monotonic() - since > self._max_idle
            # Nothing is ever sent unasked: what can be read is the end of the connection.
            if not stale and not known.broken and not known._wire.has_input():
                return known
            self._drop(known)
        try:
            return connect(self.address, **self._options)
        except BaseException:
            self._forget()
            raise

    def _give_back(self, lent: Connection) -> None:
        try:
            if not lent.broken and not lent.closed:
                lent.rollback()
        except errors.Error:
            lent._break()
        with self._condition:
            if not self._closed and not lent.broken and not lent.closed:
                self._idle.append((lent, time.monotonic()))
                self._condition.notify()
                return
        self._drop(lent)

    def _drop(self, connection: Connection) -> None:
        connection.close()
        self._forget()

    def _forget(self) -> None:
        with self._condition:
            self._count -= 1
            self._condition.notify()

    # Statements -----------------------------------------------------------------------------------

    def execute(
        self, sql: str, params: Parameters = None, *, timeout: Optional[float] = _UNSET
    ) -> Result:
        """``Connection.execute`` on any connection, repeated where that is safe."""
        more = {} if timeout is _UNSET else {"timeout": timeout}
        return self._again(lambda connection: connection.execute(sql, params, **more))

    def execute_many(
        self, sql: str, sets: Iterable[Parameters], *, timeout: Optional[float] = _UNSET
    ) -> Result:
        """``Connection.execute_many`` on any connection; repeated only if ``sets`` is a list."""
        more = {} if timeout is _UNSET else {"timeout": timeout}
        retries = self._retries if isinstance(sets, (list, tuple)) else 0
        return self._again(lambda one: one.execute_many(sql, sets, **more), retries)

    @contextmanager
    def transaction(self, read_only: Optional[bool] = None) -> Iterator[Connection]:
        """A transaction on a connection of its own. Never repeated; see ``run``."""
        with self.connection() as connection, connection.transaction(read_only):
            yield connection

    def run(
        self, work: Callable[[Connection], T], *, read_only: Optional[bool] = None
    ) -> T:
        """Calls ``work`` in a transaction, again from its beginning if that cannot do harm.

        It is called again after 40001, 55P03, a restart of the server, and a connection that was
        lost before COMMIT was sent. ``work`` should have no other effects than its statements.
        """

        def attempt(connection: Connection) -> T:
            with connection.transaction(read_only):
                return work(connection)

        return self._again(attempt, also=(errors.LockNotAvailable,))

    def _again(
        self,
        work: Callable[[Connection], T],
        retries: Optional[int] = None,
        also: tuple[type[errors.Error], ...] = (),
    ) -> T:
        attempts = self._retries if retries is None else retries
        for attempt in range(attempts + 1):
            try:
                with self.connection() as connection:
                    return work(connection)
            except errors.Error as error:
                if attempt == attempts or not (is_safe_again(error) or isinstance(error, also)):
                    raise
            time.sleep(delay(attempt))
        raise AssertionError("unreachable")

    # State ----------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Connections that are open, lent or not."""
        return self._count

    def close(self) -> None:
        """Closes what is idle, and what is lent once it comes back."""
        with self._condition:
            self._closed = True
            idle, self._idle = self._idle, []
            self._condition.notify_all()
        for connection, _ in idle:
            self._drop(connection)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
