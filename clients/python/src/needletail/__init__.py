"""Needletail from Python: a connection, a pool, and the same for asyncio.

    import needletail

    with needletail.connect("127.0.0.1:7117") as db:
        for row in db.execute("SELECT id, v <=> $1 AS d FROM docs ORDER BY d LIMIT 10", [vector]):
            print(row.id, row.d)
"""
from . import errors
from ._aio import AsyncConnection, AsyncTransaction, connect_async
from ._aio_pool import AsyncPool
from ._aio_stream import AsyncStream
from ._bulk import Pending, Pipeline
from ._connection import Connection, Transaction, connect
from ._decode import Row
from ._pool import Pool
from ._result import Result, Summary
from ._stream import Stream
from .errors import (
    ConnectionLost,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    PoolTimeout,
    ProgrammingError,
    QueryCanceled,
    SerializationFailure,
    TransactionAborted,
    UniqueViolation,
)
from .types import Bits, Column, Json, Notice, vector

__version__ = "0.1.0"

__all__ = [
    "AsyncConnection", "AsyncPool", "AsyncStream", "AsyncTransaction", "Bits", "Column",
    "Connection", "ConnectionLost", "DataError", "DatabaseError", "Error", "IntegrityError",
    "InterfaceError", "InternalError", "Json", "Notice", "NotSupportedError", "OperationalError",
    "Pending", "Pipeline", "Pool", "PoolTimeout", "ProgrammingError", "QueryCanceled", "Result",
    "Row", "SerializationFailure", "Stream", "Summary", "Transaction", "TransactionAborted",
    "UniqueViolation", "connect", "connect_async", "errors", "vector",
]
