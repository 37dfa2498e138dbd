"""The PEP 249 face, by the suite dbapi-compliance and beyond it."""
from __future__ import annotations

import unittest
from typing import Any

from needletail import dbapi
from server import ServerTest

try:
    import dbapi20
except ImportError:
    dbapi20 = None


class Face(ServerTest):
    def setUp(self) -> None:
        self.connection = dbapi.connect(self.server.address, vectors="list")
        self.addCleanup(self.connection.session.close)
        self.cursor = self.connection.cursor()
        self.cursor.execute("DROP TABLE IF EXISTS t")
        self.cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, v vector(2))")
        self.connection.commit()

    def test_transactions_begin_by_themselves(self) -> None:
        self.cursor.execute("INSERT INTO t VALUES (:id, NULL)", {"id": 1})
        self.connection.rollback()
        with self.connection:
            self.cursor.executemany("INSERT INTO t VALUES ($1, $2)", [[1, [0, 1]], [2, [1, 0]]])
        with self.assertRaises(KeyError), self.connection:
            self.cursor.execute("DELETE FROM t")
            raise KeyError
        self.cursor.execute("SELECT id FROM t ORDER BY id")
        self.assertEqual(self.cursor.fetchall(), [(1,), (2,)])
        with self.assertRaises(dbapi.IntegrityError):
            self.cursor.execute("INSERT INTO t VALUES (1, NULL)")
        with self.assertRaisesRegex(dbapi.OperationalError, "rolled back"):
            self.connection.commit()
        auto = dbapi.connect(self.server.address, autocommit=True)
        self.addCleanup(auto.session.close)
        auto.cursor().execute("DELETE FROM t")
        self.assertFalse(auto.session.in_transaction)

    def test_cursors(self) -> None:
        self.cursor.executemany("INSERT INTO t VALUES (:id, :v)",
                                [{"id": n, "v": [n, 1]} for n in range(5)])
        self.cursor.execute("SELECT id, v FROM t ORDER BY v <-> :q, id", {"q": [4, 1]})
        self.assertEqual(self.cursor.description[1][1], dbapi.VECTOR)
        self.assertNotEqual(self.cursor.description[0][1], dbapi.STRING)
        self.assertEqual((self.cursor.rowcount, self.cursor.rownumber), (5, 0))
        self.assertEqual([row.id for row in self.cursor], [4, 3, 2, 1, 0])
        self.assertEqual(self.cursor.summary.plan, "exact(t.v)")
        with self.cursor as same:
            same.execute("SELECT 1")
        with self.assertRaises(dbapi.InterfaceError):
            self.cursor.fetchone()
        self.assertEqual(dbapi.TimestampFromTicks(0).isoformat(), "1970-01-01T00:00:00+00:00")


class Missing:
    """In place of the suite where it is not installed."""


Suite: Any = dbapi20.DatabaseAPI20Test if dbapi20 is not None else Missing


@unittest.skipIf(dbapi20 is None, "dbapi-compliance is not installed")
class Compliance(Suite, ServerTest):  # type: ignore[misc]
    """All of dbapi-compliance but the two tests that it leaves to each driver.

    test_nextset asks for a procedure with two answers, and a statement here has one;
    test_setoutputsize tests what the driver documents, which is that nothing happens.
    """

    driver = dbapi

    @property
    def connect_args(self) -> tuple[str]:
        return (self.server.address,)

    @unittest.skip("a statement has one answer; Cursor has no nextset, which PEP 249 leaves open")
    def test_nextset(self) -> None: ...

    @unittest.skip("sizes are ignored, as PEP 249 allows; test_setoutputsize_basic runs")
    def test_setoutputsize(self) -> None: ...


del Suite

if __name__ == "__main__":
    unittest.main()
