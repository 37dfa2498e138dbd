"""Connections that threads share."""
from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional, TypeVar

from . import _bulk, errors
from ._connection import Connection, connect
from ._outcome import Attempts, Once, is_too_large_to_keep, key_for, new_key
from ._result import Result
from .types import Parameters

T = TypeVar("T")
_UNSET: Any = object()


class Pool:
    """Up to ``max_size`` connections, made when wanted and lent to one thread at a time.

    ``execute`` and its kin borrow a connection for one statement, and repeat it after a lost
    connection or a restart of the server where that is safe: if it was a read, cannot have been
    carried out, or bears a key, by which the server does it once. Writes are given keys of their
    own; what cannot have one (``COPY``, a script's comment first) and lost its answer raises
    ``ConnectionLost`` with ``unknown_outcome``.

    - timeout: seconds to wait for a free connection.
    - max_idle: seconds after which an unused connection is not used again.
    - retries: how often a statement is repeated, where that is safe.
    - keys: whether writes get keys; each is a small record more in their commit.
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
        keys: bool = True,
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
        self._keys = keys
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
        self,
        sql: str,
        params: Parameters = None,
        *,
        timeout: Optional[float] = _UNSET,
        key: Optional[str] = None,
        after: Optional[int] = None,
    ) -> Result:
        """``Connection.execute`` on any connection, repeated where that is safe."""
        more = {} if timeout is _UNSET else {"timeout": timeout}
        return self._keyed(
            sql,
            key,
            lambda own: self._again(
                lambda one: one.execute(sql, params, key=own, after=after, **more), key=own
            ),
        )

    def execute_many(
        self,
        sql: str,
        sets: Iterable[Parameters],
        *,
        timeout: Optional[float] = _UNSET,
        key: Optional[str] = None,
    ) -> Result:
        """``Connection.execute_many`` on any connection; repeated only if ``sets`` is a list."""
        retries = self._retries if isinstance(sets, (list, tuple)) else 0

        def once(own: Optional[str]) -> Result:
            named: Once[Result] = Once(own)

            def attempt(one: Connection) -> Result:
                seconds = one.timeout if timeout is _UNSET else timeout
                return _bulk.execute_many(one, sql, sets, seconds, named)

            return self._again(attempt, retries, key=own)

        return self._keyed(sql, key, once, retries > 0)

    def _keyed(
        self,
        sql: str,
        key: Optional[str],
        work: Callable[[Optional[str]], Result],
        repeats: bool = True,
    ) -> Result:
        """Calls ``work`` with the key of a write: the caller's, or one of its own."""
        if key is not None or not self._keys or not repeats:
            return work(key)
        own = key_for(sql)
        try:
            return work(own)
        except errors.DatabaseError as error:
            if own is None or not is_too_large_to_keep(error, sql):
                raise
        return work(None)

    @contextmanager
    def transaction(
        self,
        read_only: Optional[bool] = None,
        *,
        key: Optional[str] = None,
        after: Optional[int] = None,
    ) -> Iterator[Connection]:
        """A transaction on a connection of its own. Never repeated; see ``run``."""
        with self.connection() as connection:
            with connection.transaction(read_only, key=key, after=after):
                yield connection

    def run(
        self,
        work: Callable[[Connection], T],
        *,
        read_only: Optional[bool] = None,
        key: Optional[str] = None,
    ) -> T:
        """Calls ``work`` in a transaction, again from its beginning if that cannot do harm.

        It is called again after 40001, 55P03, a restart of the server, and a lost connection. Its
        key says whether a ``COMMIT`` whose answer was lost has been carried out, so that what it
        did is done once. ``work`` should have no other effects than its statements.
        """
        once: Once[T] = Once(new_key() if key is None and self._keys else key)

        def attempt(connection: Connection) -> T:
            if once.is_unknown and once.key is not None:
                for value in once.take(connection.committed(once.key) is not None):
                    return value
            with connection.transaction(read_only, key=once.key):
                value = work(connection)
                once.keep(value)
            return value

        return self._again(attempt, also=(errors.LockNotAvailable,), key=once.key)

    def _again(
        self,
        work: Callable[[Connection], T],
        retries: Optional[int] = None,
        also: tuple[type[errors.Error], ...] = (),
        key: Optional[str] = None,
    ) -> T:
        attempts = Attempts(self._retries if retries is None else retries, also, key)
        while True:
            try:
                with self.connection() as connection:
                    return work(connection)
            except errors.Error as error:
                pause = attempts.pause(error)
            time.sleep(pause)

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
