"""One connection, for one thread at a time."""
from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Optional

from . import _address, _bulk, _decode, _encode, _outcome, errors
from ._outcome import GRACE
from ._result import Reply, Result
from ._stream import Stream
from ._wire import Unsent, Wire, open_socket
from .types import Parameters

_UNSET: Any = object()


def connect(
    address: Optional[str] = None,
    *,
    timeout: Optional[float] = None,
    connect_timeout: Optional[float] = 10.0,
    vectors: Optional[str] = None,
) -> Connection:
    """Connects to a server.

    - address: ``host:port``, ``needletail://host:port`` or ``unix:PATH``; without it,
      ``NEEDLETAIL_URL`` of the environment, or ``127.0.0.1:7117``.
    - timeout: seconds that a statement may take unless it says otherwise.
    - vectors: how vectors come out: ``"numpy"`` (where numpy is installed), ``"array"`` or
      ``"list"``.

    Errors: 08006 where nobody answers, 53300 where the server is full, 08P01 where it is none.
    """
    where = _address.parse(address)
    sock = open_socket(where, connect_timeout)
    connection = Connection(Wire(sock), where, timeout, _decode.vector_form(vectors))
    try:
        connection.ping(timeout=connect_timeout)
    except BaseException:
        connection.close()
        raise
    return connection


class Connection:
    """A session on the server: ``connect()`` makes one.

    Used by one thread at a time; a second one that calls meanwhile gets ``InterfaceError``, but
    for ``cancel()``, which is there for other threads. Threads share a ``Pool`` instead.
    """

    def __init__(
        self, wire: Wire, address: _address.Address, timeout: Optional[float], vectors: str
    ) -> None:
        self._wire = wire
        self._shapes = _decode.Shapes(vectors)
        self._numbers = itertools.count(1)
        self._busy = threading.Lock()
        self._current: Optional[int] = None
        self._transaction: Optional[str] = None
        self._closed = False
        self.broken = False
        """The connection was lost, or left amid an answer; only closing it is of use."""
        self.address = address
        self.timeout = timeout

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
        """Runs one statement and returns its whole answer.

        - params: a sequence for ``$1, $2, …`` or a mapping for ``:name``.
        - timeout: seconds after which the server ends it with 57014.
        - key: names a write, or the transaction that a ``COMMIT`` ends. The server does it once:
          sent again with the same key, it answers what it answered and changes nothing. 22023
          where the key belongs to something else.
        - after: the ``commit_sequence`` of a write, on any connection, that this one sees.
        """
        seconds = self.timeout if timeout is _UNSET else timeout
        number, line = self._request(sql, params, seconds, key, after)
        self._enter()
        try:
            self._send(line, sql, seconds)
            return self._receive(number, sql).result()
        except errors.Error as error:
            _outcome.named(error, key)
            raise
        except BaseException:
            # Interrupted: an answer may still come, which nobody would expect.
            self._break()
            raise
        finally:
            self._leave()

    def execute_many(
        self,
        sql: str,
        sets: Iterable[Parameters],
        *,
        timeout: Optional[float] = _UNSET,
        key: Optional[str] = None,
    ) -> Result:
        """Runs a statement once for each set of parameters, all or nothing.

        The sets travel in few requests and the server runs them in one transaction: the one that is
        open, or one of their own. Searches share passes over the vectors. Rows of all sets follow
        one another; select a parameter to tell the sets apart, or use ``pipeline()``.

        A ``key``, outside of a transaction, names all of it, as in ``execute``. Where several
        requests were needed and the answer to the last was lost, ask ``committed(key)`` first.
        """
        seconds = self.timeout if timeout is _UNSET else timeout
        return _bulk.execute_many(self, sql, sets, seconds, _outcome.Once(key))

    def stream(
        self,
        sql: str,
        params: Parameters = None,
        *,
        timeout: Optional[float] = _UNSET,
        after: Optional[int] = None,
    ) -> Stream:
        """Runs a query whose rows are handed out as they arrive, in bounded memory.

        Use it in a ``with`` statement. The connection is busy until the last row was taken or the
        stream is closed, which cancels the rest.
        """
        seconds = self.timeout if timeout is _UNSET else timeout
        number, line = self._request(sql, params, seconds, after=after)
        self._enter()
        try:
            self._send(line, sql, seconds)
        except BaseException:
            self._leave()
            raise
        return Stream(self, number, sql)

    def pipeline(self) -> _bulk.Pipeline:
        """Sends many statements without waiting for each answer; see ``Pipeline``."""
        return _bulk.Pipeline(self)

    def copy_in(
        self,
        sql: str,
        rows: Iterable[Any],
        columns: Optional[Sequence[str]] = None,
        *,
        timeout: Optional[float] = _UNSET,
    ) -> Result:
        """Feeds ``COPY … FROM STDIN``: mappings as JSONL, or pieces of text as they are.

        With ``columns``, rows are sequences of the values of these columns.

        Outside of a transaction, COPY commits every 10,000 rows (its option ``BATCH``).
        """
        seconds = self.timeout if timeout is _UNSET else timeout
        return _bulk.copy_in(self, sql, rows, columns, seconds)

    def copy_out(self, sql: str, *, timeout: Optional[float] = _UNSET) -> Iterator[str]:
        """The text that ``COPY … TO STDOUT`` gives, in pieces."""
        with self.stream(sql, timeout=timeout) as stream:
            yield from stream.pieces()

    def transaction(
        self,
        read_only: Optional[bool] = None,
        *,
        key: Optional[str] = None,
        after: Optional[int] = None,
    ) -> Transaction:
        """A transaction for a ``with`` statement: committed at its end, rolled back by an error.

        Left open, the server decides by the first statement; ``False`` takes the writer at once,
        which avoids 40001 for what reads before it writes.

        A ``key`` names the transaction: run again with it, it is rolled back where it has committed
        before. After a lost connection, ``committed(key)`` on another one tells.
        """
        return Transaction(self, read_only, key, after)

    def committed(self, key: str) -> Optional[int]:
        """The commit of the transaction that ``key`` names; ``None`` where nothing of it was done.

        Outside of a transaction only.
        """
        if self.in_transaction:
            raise _outcome.nested()
        try:
            return self.execute("COMMIT", key=key).commit_sequence
        except errors.ProgrammingError as error:
            if error.code != "25P01":
                raise
            return None

    def ping(self, *, timeout: Optional[float] = _UNSET) -> None:
        """Returns once the server has answered everything before it."""
        number = next(self._numbers)
        seconds = self.timeout if timeout is _UNSET else timeout
        self._enter()
        try:
            self._send(b'{"id":%d,"ping":true}\n' % number, "SHOW", seconds)
            state = self._transaction
            self._receive(number, "SHOW").result()
            self._transaction = state
        finally:
            self._leave()

    def cancel(self) -> bool:
        """Asks the server to end what runs with 57014. From any thread; false if nothing runs."""
        number = self._current
        if number is None or self._closed or self.broken:
            return False
        try:
            self._wire.send(b'{"cancel":%d}\n' % number)
        except Unsent:
            return False
        return True

    # State ----------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """``close()`` was called."""
        return self._closed

    @property
    def in_transaction(self) -> bool:
        """A transaction is open, or failed and waits for its rollback."""
        return self._transaction is not None

    def rollback(self) -> None:
        """Ends the transaction that is open, if one is; what it did is undone."""
        if self._transaction is None:
            return
        try:
            self.execute("ROLLBACK", timeout=None)
        except errors.IdleTransactionTimeout:
            self._transaction = None

    def close(self) -> None:
        """Closes the connection; an open transaction is rolled back. Closing again does nothing."""
        self._closed = True
        self._wire.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "broken" if self.broken else "open"
        return f"<needletail.Connection {self.address} {state}>"

    # Between statement and wire -------------------------------------------------------------------

    def _request(
        self,
        sql: str,
        params: Parameters,
        seconds: Optional[float],
        key: Optional[str] = None,
        after: Optional[int] = None,
    ) -> tuple[int, bytes]:
        """The number of a new request, and its line."""
        number = next(self._numbers)
        text = None if params is None else _encode.parameters(params)
        return number, _encode.statement(number, sql, text, "p", seconds, key, after)

    def _enter(self) -> None:
        if not self._busy.acquire(blocking=False):
            raise errors.InterfaceError(
                "the connection is in use: by another thread, or by a stream that is open",
                hint="Close the stream, or take another connection from a Pool.",
            )
        if self._closed or self.broken:
            self._busy.release()
            if self._closed:
                raise errors.InterfaceError("the connection is closed", hint="Connect again.")
            raise errors.ConnectionLost("the connection was lost earlier", hint="Connect again.")

    def _leave(self) -> None:
        self._current = None
        self._busy.release()

    def _send(self, line: bytes, sql: str, seconds: Optional[float], gather: bool = False) -> None:
        try:
            self._wire.limit(None if seconds is None else seconds + GRACE)
            (self._wire.send_and_gather if gather else self._wire.send)(line)
        except Unsent as unsent:
            raise self._lost(sql, str(unsent), unsent.surely, farewell=True) from unsent
        except BaseException:
            self._break()
            raise

    def _receive(self, number: int, sql: str) -> Reply:
        """The whole reply to one request."""
        reply = Reply(sql)
        self._current = number
        try:
            while not reply.take(self._line(number, sql), self._shapes):
                pass
        except BaseException:
            self._break()
            raise
        self._current = None
        self._note(reply)
        return reply

    def _note(self, reply: Reply) -> None:
        # A request that was refused before it ran says nothing of the transaction around it.
        if (
            reply.error is None
            or reply.transaction is not None
            or _outcome.ends_transaction(reply.statement)
        ):
            self._transaction = reply.transaction

    def _line(self, number: int, sql: str) -> dict[str, Any]:
        """The next line, which must be one for ``number``."""
        try:
            line = _decode.line(self._wire.receive())
        except (OSError, EOFError) as error:
            raise self._lost(sql, str(error), False) from error
        except BaseException:
            self._break()
            raise
        if line.get("id") == number:
            return line
        self._break()
        if "err" in line and "id" not in line:
            raise errors.from_wire(line["err"])
        raise _decode.malformed("id")

    def _lost(
        self, sql: str, reason: str, unsent: bool, farewell: bool = False
    ) -> errors.DatabaseError:
        """The connection is gone; what that means for the request."""
        last: Optional[errors.DatabaseError] = None
        if farewell:
            # The server may have said why before it closed.
            try:
                self._wire.limit(0.2)
                line = _decode.line(self._wire.receive())
                if "err" in line and "id" not in line:
                    last = errors.from_wire(line["err"])
            except (OSError, EOFError, errors.Error):
                pass
        self._break()
        if last is not None:
            return last
        return _outcome.lost(self.address, reason, sql, self.in_transaction, unsent)

    def _break(self) -> None:
        self.broken = True
        self._wire.close()


class Transaction:
    """``with connection.transaction(): …``; see ``Connection.transaction``."""

    def __init__(
        self,
        connection: Connection,
        read_only: Optional[bool],
        key: Optional[str] = None,
        after: Optional[int] = None,
    ) -> None:
        self._connection = connection
        self._begin = _outcome.begin(read_only)
        self._key = key
        self._after = after

    def __enter__(self) -> Connection:
        if self._connection.in_transaction:
            raise _outcome.nested()
        self._connection.execute(self._begin, after=self._after)
        return self._connection

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        connection = self._connection
        if kind is not None:
            if not connection.broken and not connection.closed:
                try:
                    connection.rollback()
                except errors.Error:
                    connection._break()
            return
        if connection.execute("COMMIT", timeout=None, key=self._key).tag != "COMMIT":
            raise _outcome.rolled_back()
