"""Much at once: pipelines, batches and COPY."""
from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar

from . import _encode, errors
from ._outcome import Once, named
from ._result import Reply, Result
from .types import Parameters

if TYPE_CHECKING:
    from ._connection import Connection

BATCH_BYTES = 4 << 20
BATCH_SETS = 10_000
COPY_BYTES = 256 << 10
_WINDOW = 96
"""Requests on their way; a server takes 128 of one connection."""
_FLUSH_BYTES = 64 << 10
T = TypeVar("T")


class Pending:
    """The answer to a statement of a pipeline, once it is there."""

    def __init__(self, pipeline: Pipeline, number: int, sql: str) -> None:
        self._pipeline: Optional[Pipeline] = pipeline
        self.number = number
        self.sql = sql
        self._outcome: Optional[Reply] = None
        self._lost: Optional[BaseException] = None

    def result(self) -> Result:
        """The answer; sends and waits where need be. Raises the statement's error."""
        while self._outcome is None and self._lost is None and self._pipeline is not None:
            self._pipeline._advance()
        if self._lost is not None:
            raise self._lost
        if self._outcome is None:
            raise errors.InterfaceError("the statement was never sent: its pipeline was left early")
        return self._outcome.result()


class Pipeline:
    """Statements that are sent without waiting for each other's answers, and run in order.

        with connection.pipeline() as pipe:
            first = pipe.execute("SELECT …", [1])
            second = pipe.execute("SELECT …", [2])
        print(first.result(), second.result())

    No statement depends on the success of another unless a transaction is open around them. Leaving
    the ``with`` statement waits for all answers and raises the first error.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_open = False
        self._sent: deque[Pending] = deque()
        self._unsent: list[bytes] = []
        self._waiting: list[Pending] = []
        self._bytes = 0
        self._first_error: Optional[errors.Error] = None

    def execute(self, sql: str, params: Parameters = None) -> Pending:
        """Adds a statement."""
        if not self._is_open:
            raise errors.InterfaceError("a pipeline is used in a with statement")
        number, line = self._connection._request(sql, params, self._connection.timeout)
        pending = Pending(self, number, sql)
        self._unsent.append(line)
        self._waiting.append(pending)
        self._bytes += len(line)
        if self._bytes >= _FLUSH_BYTES or len(self._waiting) >= _WINDOW // 2:
            self._flush()
            while len(self._sent) > _WINDOW:
                self._take()
        return pending

    def _flush(self) -> None:
        if not self._unsent:
            return
        data, sql = b"".join(self._unsent), self._waiting[-1].sql
        self._sent.extend(self._waiting)
        self._unsent, self._waiting, self._bytes = [], [], 0
        try:
            self._connection._send(data, sql, self._connection.timeout, gather=True)
        except BaseException as error:
            self._fail(error)
            raise

    def _advance(self) -> None:
        self._flush()
        if self._sent:
            self._take()

    def _take(self) -> None:
        pending = self._sent[0]
        try:
            reply = self._connection._receive(pending.number, pending.sql)
        except BaseException as error:
            self._fail(error)
            raise
        self._sent.popleft()
        pending._outcome = reply
        if reply.error is not None and self._first_error is None:
            self._first_error = reply.error

    def _fail(self, error: BaseException) -> None:
        for pending in self._sent:
            pending._lost = error
        self._sent.clear()

    def __enter__(self) -> Pipeline:
        self._connection._enter()
        self._is_open = True
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            if kind is None:
                self._flush()
            else:
                for pending in self._waiting:
                    pending._pipeline = None
                self._unsent, self._waiting = [], []
            if not self._connection.broken:
                while self._sent:
                    self._take()
        except errors.Error:
            if kind is None:
                raise
        finally:
            self._is_open = False
            self._connection._leave()
        if kind is None and self._first_error is not None:
            raise self._first_error


# Batches ------------------------------------------------------------------------------------------


class Chunk:
    """Sets of parameters of one request: their text, and how many sets went before."""

    __slots__ = ("before", "text")

    def __init__(self, text: str, before: int) -> None:
        self.text = text
        self.before = before


def chunks(sets: Iterable[Parameters]) -> Iterator[Chunk]:
    """The sets in pieces of about ``BATCH_BYTES``; one empty piece where there are none."""
    texts: list[str] = []
    size = count = 0
    for one in sets:
        text = _encode.parameters(one)
        if texts and (size + len(text) > BATCH_BYTES or len(texts) >= BATCH_SETS):
            yield Chunk(f"[{','.join(texts)}]", count)
            count += len(texts)
            texts, size = [], 0
        texts.append(text)
        size += len(text)
    if texts or count == 0:
        yield Chunk(f"[{','.join(texts)}]", count)


class Peeked(Generic[T]):
    """An iterator that knows whether there is more."""

    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self._next: list[T] = []
        self.pull()

    def pull(self) -> None:
        """Looks one further."""
        self._next = [item for _, item in zip(range(1), self._items)]

    @property
    def more(self) -> bool:
        """Whether an item waits."""
        return bool(self._next)

    def take(self) -> T:
        """The item that waits."""
        return self._next.pop()


class Total:
    """The answers of several requests as one."""

    def __init__(self) -> None:
        self._reply: Optional[Reply] = None

    def add(self, reply: Reply) -> None:
        """Adds an answer that succeeded."""
        first, done = self._reply, reply.done
        if first is None or first.done is None or done is None:
            self._reply = reply
            return
        first.rows.extend(reply.rows)
        sum_ = dict(done)
        words = str(done["done"]).split(" ")
        before = str(first.done["done"]).rpartition(" ")[2]
        if words[-1].isdigit() and before.isdigit():
            words[-1] = str(int(words[-1]) + int(before))
            sum_["done"] = " ".join(words)
        for field in ("ms", "visited", "distances", "notices"):
            if field in done or field in first.done:
                zero: Any = [] if field == "notices" else 0
                sum_[field] = first.done.get(field, zero) + done.get(field, zero)
        sum_["exact"] = bool(first.done.get("exact", True) and done.get("exact", True))
        first.done = sum_

    def result(self, commit: Optional[Result] = None) -> Result:
        """The sum; durable by ``commit`` where that is given."""
        assert self._reply is not None and self._reply.done is not None
        if commit is not None:
            self._reply.done["seq"] = commit.commit_sequence
        return self._reply.result()


_ELEMENT = re.compile(r"\(element (\d+) of the batch")


def renumbered(error: errors.DatabaseError, before: int) -> errors.DatabaseError:
    """``error`` with its element counted over all requests of the batch."""
    if before:
        error.message = _ELEMENT.sub(
            lambda found: f"(element {int(found.group(1)) + before} of the batch", error.message
        )
    return error


def execute_many(
    connection: Connection,
    sql: str,
    sets: Iterable[Parameters],
    seconds: Optional[float],
    once: Once[Result],
) -> Result:
    """See ``Connection.execute_many``; ``once`` goes from attempt to attempt."""
    if once.is_unknown and once.key is not None:
        sequence = connection.committed(once.key)
        for total in once.take(sequence is not None):
            total._done["seq"] = sequence
            return total
    source = Peeked(chunks(sets))
    first = source.take()
    source.pull()
    if not source.more or connection.in_transaction:
        return _send_all(connection, sql, first, source, seconds, once.key)
    connection.execute("BEGIN")
    try:
        total = _send_all(connection, sql, first, source, seconds)
    except BaseException:
        if not connection.broken:
            connection.rollback()
        raise
    once.keep(total)
    commit = connection.execute("COMMIT", timeout=None, key=once.key)
    total._done["seq"] = commit.commit_sequence
    return total


def _send_all(
    connection: Connection,
    sql: str,
    first: Chunk,
    source: Peeked[Chunk],
    seconds: Optional[float],
    key: Optional[str] = None,
) -> Result:
    """Sends the pieces, each made while the server works on the one before."""
    total = Total()
    waiting: deque[tuple[int, int]] = deque()
    connection._enter()
    try:
        piece: Optional[Chunk] = first
        while piece is not None or waiting:
            if piece is not None:
                number = next(connection._numbers)
                line = _encode.statement(number, sql, piece.text, "batch", seconds, key)
                connection._send(line, sql, seconds, gather=bool(waiting))
                waiting.append((number, piece.before))
            if piece is None or len(waiting) > 1:
                number, before = waiting.popleft()
                reply = connection._receive(number, sql)
                if reply.error is not None:
                    raise renumbered(reply.error, before)
                total.add(reply)
            piece = source.take() if source.more else None
            if piece is not None:
                source.pull()
    except BaseException as failure:
        if isinstance(failure, errors.Error):
            named(failure, key)
        while waiting and not connection.broken:
            connection._receive(waiting.popleft()[0], sql)
        raise
    finally:
        connection._leave()
    return total.result()


# COPY ---------------------------------------------------------------------------------------------


def data_lines(
    number: int, rows: Iterable[Any], columns: Optional[Sequence[str]]
) -> Iterator[bytes]:
    """Rows, or pieces of text, as lines of data for request ``number``."""
    texts: list[str] = []
    size = 0
    for row in rows:
        if isinstance(row, (str, bytes)):
            piece = row if isinstance(row, str) else row.decode("utf-8")
            yield _encode.as_bytes(f'{{"id":{number},"d":{_encode.quoted(piece)}}}\n')
            continue
        text = _encode.copied(row, columns)
        texts.append(text)
        size += len(text)
        if size >= COPY_BYTES:
            yield _encode.as_bytes(f'{{"id":{number},"d":[{",".join(texts)}]}}\n')
            texts, size = [], 0
    if texts:
        yield _encode.as_bytes(f'{{"id":{number},"d":[{",".join(texts)}]}}\n')


def copy_in(
    connection: Connection,
    sql: str,
    rows: Iterable[Any],
    columns: Optional[Sequence[str]],
    seconds: Optional[float],
) -> Result:
    """See ``Connection.copy_in``."""
    number, head = connection._request(sql, None, seconds)
    connection._enter()
    try:
        connection._send(head, sql, seconds)
        try:
            for line in data_lines(number, rows, columns):
                # An answer before the end of the data is an error; the rest would be dropped.
                if connection._wire.has_input():
                    break
                connection._send(line, sql, seconds)
        except BaseException:
            if not connection.broken:
                # The end alone would make what was sent so far durable.
                stop = b'{"cancel":%d}\n{"id":%d,"end":true}\n' % (number, number)
                connection._send(stop, sql, seconds)
                connection._receive(number, sql)
            raise
        connection._send(b'{"id":%d,"end":true}\n' % number, sql, seconds)
        return connection._receive(number, sql).result()
    finally:
        connection._leave()
