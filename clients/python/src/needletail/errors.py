"""What can go wrong: PEP 249's classes, and below them one for each condition worth catching.

Every error of the server carries its five-character code, a message with the real values, a hint
that says what to do, and where in the statement it is. Catch by class, or look at ``code``.
"""
from __future__ import annotations

import builtins
from typing import Any, Mapping, Optional


class Warning(builtins.Warning):
    """A notice of the server. Never raised: notices are in ``Result.notices``."""


class Error(Exception):
    """Any error of this package.

    ``position`` and ``end`` bound the offending part of the statement in characters from 0;
    ``retryable`` says that the same request may succeed when it is simply sent again.
    """

    def __init__(
        self,
        message: str,
        *,
        code: Optional[str] = None,
        name: Optional[str] = None,
        hint: Optional[str] = None,
        position: Optional[int] = None,
        end: Optional[int] = None,
        retryable: bool = False,
        statement: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.name = name
        self.hint = hint
        self.position = position
        self.end = end
        self.retryable = retryable
        self.statement = statement

    def __str__(self) -> str:
        text = f"{self.code}: {self.message}" if self.code else self.message
        if self.statement is not None and self.position is not None:
            line = self.statement.count("\n", 0, self.position) + 1
            start = self.statement.rfind("\n", 0, self.position) + 1
            text += f" (line {line}, column {self.position - start + 1})"
        return f"{text}\nHINT: {self.hint}" if self.hint else text


class InterfaceError(Error):
    """The client was used in a way that it does not allow; nothing was sent."""


class PoolTimeout(InterfaceError):
    """No connection of the pool became free in time."""


class DatabaseError(Error):
    """An error told by the server, or by the lack of an answer."""


class DataError(DatabaseError):
    """21, 22: a value is out of range, malformed, or of the wrong dimension."""


class IntegrityError(DatabaseError):
    """23: a constraint refused the row."""


class UniqueViolation(IntegrityError):
    """23505"""


class NotNullViolation(IntegrityError):
    """23502"""


class CheckViolation(IntegrityError):
    """23514"""


class InternalError(DatabaseError):
    """XX: something is wrong inside the database. Stop and run ``CHECK``."""


class DataCorrupted(InternalError):
    """XX001: a record or block does not match its checksum."""


class IndexCorrupted(InternalError):
    """XX002: an index does not agree with the rows; ``REINDEX`` mends it."""


class NotSupportedError(DatabaseError):
    """0A000: the statement is understood and not supported."""


class ProgrammingError(DatabaseError):
    """25, 42: the statement, or the state it is sent in, is wrong."""


class SyntaxError(ProgrammingError):
    """42601"""


class UndefinedTable(ProgrammingError):
    """42P01"""


class UndefinedColumn(ProgrammingError):
    """42703"""


class DuplicateTable(ProgrammingError):
    """42P07"""


class ReadOnlyTransaction(ProgrammingError):
    """25006: a write where only reading is allowed."""


class TransactionAborted(ProgrammingError):
    """25P02: an earlier statement failed, so that the transaction can only be rolled back."""


class OperationalError(DatabaseError):
    """08, 40, 53, 54, 55, 57, 58: circumstances, not the statement, are to blame."""


class ConnectionLost(OperationalError):
    """08006: the connection ended before the answer.

    ``unknown_outcome`` is true if the request may have been carried out: it was sent, is more than
    a read, and no answer came. With a ``key`` it can be sent again, with that key, and is done
    once; without one this package never repeats it by itself.
    """

    def __init__(
        self,
        message: str,
        *,
        unknown_outcome: bool = False,
        key: Optional[str] = None,
        **more: Any,
    ) -> None:
        more.setdefault("code", "08006")
        more.setdefault("name", "connection_failure")
        more.setdefault("retryable", not unknown_outcome)
        super().__init__(message, **more)
        self.unknown_outcome = unknown_outcome
        self.key = key


class ProtocolViolation(OperationalError):
    """08P01: what came was no answer to what was sent; the connection is closed."""


class IdleTransactionTimeout(OperationalError):
    """25P03: the transaction sat idle too long and was rolled back."""


class SerializationFailure(OperationalError):
    """40001: the transaction read what another has since changed; run it again."""


class LockNotAvailable(OperationalError):
    """55P03: another transaction held the writer for longer than ``lock_timeout``."""


class QueryCanceled(OperationalError):
    """57014: cancelled, or over its time."""


class AdminShutdown(OperationalError):
    """57P01, 57P03: the server is stopping; connect again in a moment."""


class TooManyConnections(OperationalError):
    """53300"""


class DiskFull(OperationalError):
    """53100"""


_BY_CODE = {
    "23505": UniqueViolation,
    "23502": NotNullViolation,
    "23514": CheckViolation,
    "XX001": DataCorrupted,
    "XX002": IndexCorrupted,
    "42601": SyntaxError,
    "42P01": UndefinedTable,
    "42703": UndefinedColumn,
    "42P07": DuplicateTable,
    "25006": ReadOnlyTransaction,
    "25P02": TransactionAborted,
    "25P03": IdleTransactionTimeout,
    "08006": ConnectionLost,
    "08P01": ProtocolViolation,
    "40001": SerializationFailure,
    "55P03": LockNotAvailable,
    "57014": QueryCanceled,
    "57P01": AdminShutdown,
    "57P03": AdminShutdown,
    "53300": TooManyConnections,
    "53100": DiskFull,
}
_BY_CLASS = {
    "0A": NotSupportedError,
    "21": DataError,
    "22": DataError,
    "23": IntegrityError,
    "25": ProgrammingError,
    "42": ProgrammingError,
    "XX": InternalError,
}


def class_of(code: str) -> type[DatabaseError]:
    """The class for a code; of one this version does not know, that of its first two letters."""
    return _BY_CODE.get(code) or _BY_CLASS.get(code[:2], OperationalError)


def from_wire(err: Mapping[str, Any], statement: Optional[str] = None) -> DatabaseError:
    """The error that the server's ``err`` describes."""
    position, end = err.get("pos"), err.get("end")
    if statement is not None and not statement.isascii():
        # The server counts bytes of UTF-8; a program in Python counts characters.
        text = statement.encode("utf-8", "surrogatepass")
        if position is not None:
            position = len(text[:position].decode("utf-8", "ignore"))
        if end is not None:
            end = len(text[:end].decode("utf-8", "ignore"))
    code = str(err.get("code", "XX000"))
    return class_of(code)(
        str(err.get("msg", "")),
        code=code,
        name=err.get("name"),
        hint=err.get("hint"),
        position=position,
        end=end,
        retryable=bool(err.get("retry", False)),
        statement=statement,
    )
