"""What is known after a failure, and what may be sent again."""
from __future__ import annotations

import random
import re
import uuid
from typing import Generic, Optional, TypeVar

from . import errors

T = TypeVar("T")
GRACE = 5.0
"""Seconds beyond a statement's own time that the network is given."""
_READS = frozenset(("SELECT", "VALUES", "WITH", "SHOW", "DESCRIBE", "DESC", "RECALL", "WHY"))
_OF_SESSION = frozenset(("BEGIN", "START", "ROLLBACK", "ABORT", "SET", "RESET"))
"""Statements whose effect ends with their connection."""
_ENDS = frozenset(("COMMIT", "END", "ROLLBACK", "ABORT"))
_WRITES = frozenset(("INSERT", "UPSERT", "UPDATE", "DELETE", "TRUNCATE", "CREATE", "DROP"))
"""Statements that a key can name."""
_FIRST_WORD = re.compile(r"[\s(]*([A-Za-z]+)")


def first_word(sql: str) -> str:
    """The first word of a statement in capitals; empty where a comment comes first."""
    word = _FIRST_WORD.match(sql)
    return word.group(1).upper() if word is not None else ""


def is_read(sql: str) -> bool:
    """Whether ``sql`` surely changes nothing; in doubt it may."""
    return first_word(sql) in _READS


def new_key() -> str:
    """A key that nobody else has."""
    return uuid.uuid4().hex


def key_for(sql: str) -> Optional[str]:
    """A key for a write; nothing for what needs none, or may have none."""
    return new_key() if first_word(sql) in _WRITES else None


def is_too_large_to_keep(error: errors.Error, sql: str) -> bool:
    """Whether ``sql`` was refused since it returns more rows than are kept with a key."""
    return error.code == "54000" and "returning" in sql.lower()


def ends_transaction(sql: Optional[str]) -> bool:
    """Whether no transaction is open once ``sql`` was answered, however."""
    return sql is not None and first_word(sql) in _ENDS


def lost(
    address: object, reason: str, sql: str, in_transaction: bool, unsent: bool = False
) -> errors.ConnectionLost:
    """The error for a request whose answer will not come.

    Harmless is a request that the server cannot have whole, a read, and one inside a transaction
    whose COMMIT was not sent.
    """
    word = first_word(sql)
    commits = word in ("COMMIT", "END", "")
    harmless = unsent or is_read(sql) or word in _OF_SESSION or (in_transaction and not commits)
    return errors.ConnectionLost(
        f"the connection to {address} was lost: {reason}",
        unknown_outcome=not harmless,
        hint="Nothing was changed; connect again and repeat it, a transaction from its beginning."
        if harmless
        else "It may have been carried out: look before you repeat it.",
        statement=sql,
    )


def is_safe_again(error: errors.Error) -> bool:
    """Whether the one statement that failed can be sent again without its being done twice.

    A server that answers with an error has changed nothing; a connection that was lost tells by
    ``unknown_outcome``. Of the former only those that pass by themselves.
    """
    if isinstance(error, errors.ConnectionLost):
        return not error.unknown_outcome
    return isinstance(
        error, (errors.AdminShutdown, errors.SerializationFailure, errors.TooManyConnections)
    )


def named(error: errors.Error, key: Optional[str]) -> errors.Error:
    """``error`` of a request with ``key``."""
    if isinstance(error, errors.ConnectionLost) and key is not None:
        error.key = key
        if error.unknown_outcome:
            error.hint = "It may have been carried out: repeat it with the same key."
    return error


class Attempts:
    """Says after each failure whether there is another attempt, and what is known if not."""

    def __init__(
        self,
        retries: int,
        also: tuple[type[errors.Error], ...] = (),
        key: Optional[str] = None,
    ) -> None:
        self._left = retries
        self._count = 0
        self._also = also
        self._key = key
        self._unknown: Optional[errors.ConnectionLost] = None

    def pause(self, error: errors.Error) -> float:
        """Seconds until the next attempt; raises what is known where there is none."""
        if (
            self._key is not None
            and isinstance(error, errors.ConnectionLost)
            and error.unknown_outcome
        ):
            # The key makes the outcome known: whoever has it is answered, or does it now.
            self._unknown = error
        elif not is_safe_again(error) and not isinstance(error, self._also):
            raise self._known(error)
        if self._count == self._left:
            raise self._known(error)
        self._count += 1
        return delay(self._count - 1)

    def _known(self, error: errors.Error) -> errors.Error:
        # An answer to the statement says that it was not carried out before; circumstances do not.
        vague = isinstance(error, (errors.OperationalError, errors.InterfaceError))
        if self._unknown is None or self._unknown is error or not vague:
            return error
        self._unknown.__cause__ = error
        return self._unknown


class Once(Generic[T]):
    """A transaction that a key names, over all attempts: what it gave, until its end is known."""

    def __init__(self, key: Optional[str]) -> None:
        self.key = key
        self._values: list[T] = []

    def keep(self, value: T) -> None:
        """COMMIT is about to be sent."""
        self._values = [value]

    @property
    def is_unknown(self) -> bool:
        """COMMIT was sent, with a key, and has not been answered."""
        return self.key is not None and bool(self._values)

    def take(self, committed: bool) -> list[T]:
        """What it gave if it has committed; nothing otherwise, and it may be run again."""
        values, self._values = self._values, []
        return values if committed else []


def delay(attempt: int) -> float:
    """Seconds to wait before attempt 1, 2, …: longer each time, and never the same for all."""
    return min(2.0, 0.05 * 2.0**attempt) * (0.5 + random.random() / 2)


def begin(read_only: Optional[bool]) -> str:
    """The statement that begins such a transaction."""
    return "BEGIN" if read_only is None else f"BEGIN READ {'ONLY' if read_only else 'WRITE'}"


def rolled_back() -> errors.TransactionAborted:
    """What a COMMIT that turned out to be a ROLLBACK is told as."""
    return errors.TransactionAborted(
        "a statement of the transaction failed, so that it was rolled back and not committed",
        code="25P02",
        name="in_failed_sql_transaction",
        hint="Let the error leave the with statement, and run the transaction again.",
    )


def nested() -> errors.InterfaceError:
    """A transaction was begun inside another."""
    return errors.InterfaceError(
        "a transaction is open on this connection already",
        hint="End it first; there are no savepoints.",
    )
