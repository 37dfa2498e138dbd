"""Connections that threads share."""
from __future__ import annotations

import threading
import time
import unittest

import needletail
from needletail import errors
from server import ServerTest


class Pools(ServerTest):
    def setUp(self) -> None:
        self.pool = needletail.Pool(self.server.address, max_size=3, timeout=5)
        self.addCleanup(self.pool.close)
        self.pool.execute("DROP TABLE IF EXISTS t")
        self.pool.execute("CREATE TABLE t (n INT PRIMARY KEY)")

    def test_threads_share_its_connections(self) -> None:
        def work(start: int) -> None:
            for n in range(start, start + 20):
                self.pool.execute("INSERT INTO t VALUES ($1)", [n])

        threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.pool.execute("SELECT count(*) FROM t").scalar(), 160)
        self.assertLessEqual(self.pool.size, 3)

    def test_it_is_bounded_and_says_so(self) -> None:
        with self.pool.connection(), self.pool.connection(), self.pool.connection():
            start = time.monotonic()
            with self.assertRaisesRegex(needletail.PoolTimeout, "all 3 connections"):
                with self.pool.connection(timeout=0.1):
                    pass
            self.assertGreater(time.monotonic() - start, 0.09)
        with self.pool.connection() as one:
            self.assertEqual(one.execute("SELECT 1").scalar(), 1)
        with self.assertRaises(ValueError):
            needletail.Pool(max_size=0)

    def test_a_free_connection_wakes_who_waits(self) -> None:
        done = threading.Event()

        def wait() -> None:
            with self.pool.connection():
                done.set()

        with self.pool.connection(), self.pool.connection():
            with self.pool.connection():
                thread = threading.Thread(target=wait)
                thread.start()
                self.assertFalse(done.wait(0.05))
            self.assertTrue(done.wait(5))
        thread.join()

    def test_what_is_left_open_is_rolled_back(self) -> None:
        with self.pool.connection() as one:
            one.execute("BEGIN")
            one.execute("INSERT INTO t VALUES (1)")
        with self.pool.connection() as again:
            self.assertIs(again, one)
            self.assertFalse(again.in_transaction)
            again.close()
        with self.pool.connection() as other:
            self.assertIsNot(other, one)
        self.assertEqual(self.pool.execute("SELECT count(*) FROM t").scalar(), 0)

    def test_transactions(self) -> None:
        with self.pool.transaction() as db:
            db.execute("INSERT INTO t VALUES (1)")
        self.assertEqual(self.pool.run(lambda db: db.execute("SELECT n FROM t").scalar()), 1)
        self.pool.execute_many("INSERT INTO t VALUES ($1)", [[2], [3]])
        with self.assertRaises(errors.UniqueViolation), self.pool.transaction() as db:
            db.execute("INSERT INTO t VALUES (9)")
            db.execute("INSERT INTO t VALUES (1)")
        self.assertEqual(self.pool.execute("SELECT count(*) FROM t").scalar(), 3)

    def test_conflicting_transactions_run_again(self) -> None:
        self.pool.execute("INSERT INTO t VALUES (0)")
        barrier = threading.Barrier(3)

        def add() -> None:
            barrier.wait()

            def work(db: needletail.Connection) -> None:
                n = db.execute("SELECT max(n) FROM t").scalar()
                db.execute("UPDATE t SET n = $1", [n + 1])

            for _ in range(5):
                pool.run(work)

        with needletail.Pool(self.server.address, retries=50) as pool:
            threads = [threading.Thread(target=add) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(self.pool.execute("SELECT n FROM t").scalar(), 15)

    def test_a_closed_pool(self) -> None:
        with self.pool.connection() as one:
            self.pool.close()
            one.execute("SELECT 1")
        self.assertTrue(one.closed)
        self.assertEqual(self.pool.size, 0)
        with self.assertRaisesRegex(needletail.InterfaceError, "closed"):
            self.pool.execute("SELECT 1")


if __name__ == "__main__":
    unittest.main()
