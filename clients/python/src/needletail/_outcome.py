"""What is known after a failure, and what may be sent again."""
from __future__ import annotations

import random
import re
from typing import Optional

from . import errors

GRACE = 5.0
"""Seconds beyond a statement's own time that the network is given."""
_READS = frozenset(("SELECT", "VALUES", "WITH", "SHOW", "DESCRIBE", "DESC", "RECALL", "WHY"))
_OF_SESSION = frozenset(("BEGIN", "START", "ROLLBACK", "ABORT", "SET", "RESET"))
"""Statements whose effect ends with their connection."""
_ENDS = frozenset(("COMMIT", "END", "ROLLBACK", "ABORT"))
_FIRST_WORD = re.compile(r"[\s(]*([A-Za-z]+)")


def first_word(sql: str) -> str:
    """The first word of a statement in capitals; empty where a comment comes first."""
    word = _FIRST_WORD.match(sql)
    return word.group(1).upper() if word is not None else ""


def is_read(sql: str) -> bool:
    """Whether ``sql`` surely changes nothing; in doubt it may."""
    return first_word(sql) in _READS


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
