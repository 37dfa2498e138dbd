"""A connection for one thread: statements, batches, streams, pipelines, COPY, transactions."""
from __future__ import annotations

import threading
import time
import tracemalloc
import unittest

import needletail
from needletail import errors
from server import ServerTest

SLOW = (
    "SELECT count(*) FROM generate_series(1, 3000000) AS s(n) WHERE length(repeat('x', 50)) = n"
)


class Connections(ServerTest):
    def setUp(self) -> None:
        self.db = needletail.connect(self.server.address, vectors="list")
        self.addCleanup(self.db.close)
        self.db.execute("DROP TABLE IF EXISTS t")
        self.db.execute("CREATE TABLE t (id INT PRIMARY KEY, body TEXT, v vector(3))")

    def fill(self, count: int) -> None:
        vector = needletail.vector([1, 2, 3])
        self.db.execute_many(
            "INSERT INTO t VALUES ($1, $2, $3)", ((n, f"row {n}", vector) for n in range(count)))

    def count(self) -> int:
        return int(self.db.execute("SELECT count(*) FROM t").scalar())

    # Statements

    def test_an_answer_and_what_is_known_about_it(self) -> None:
        made = self.db.execute("INSERT INTO t VALUES ($1, $2, NULL) RETURNING id, body", [1, "x"])
        self.assertEqual((made.tag, made.row_count, list(made)), ("INSERT 0 1", 1, [(1, "x")]))
        self.assertIsNotNone(made.commit_sequence)
        self.db.execute("INSERT INTO t VALUES (2, 'y', '[1,0,0]')")
        found = self.db.execute(
            "SELECT id, v <-> :q AS d FROM t WHERE v IS NOT NULL ORDER BY d LIMIT 1",
            {"q": needletail.vector([1, 0, 0])})
        self.assertEqual(found.one(), (2, 0.0))
        self.assertEqual([column.name for column in found.columns], ["id", "d"])
        self.assertEqual((found.plan, found.exact, found.truncated), ("exact(t.v)", True, None))
        self.assertEqual((found.column("d"), found.dicts()), ([0.0], [{"id": 2, "d": 0.0}]))
        dropped = self.db.execute("DROP TABLE IF EXISTS missing")
        self.assertEqual((dropped.row_count, dropped.scalar(), len(dropped)), (-1, None, 0))
        self.assertIn("does not exist", dropped.notices[0].message)
        with self.assertRaises(needletail.InterfaceError):
            dropped.one()

    def test_answers_of_many_lines(self) -> None:
        self.fill(5_000)
        rows = self.db.execute("SELECT id, body, v FROM t ORDER BY id")
        self.assertEqual(len(rows), 5_000)
        self.assertEqual(rows[-1], (4_999, "row 4999", [1, 2, 3]))
        self.assertEqual([row.id for row in rows[10:12]], [10, 11])

    def test_long_lines(self) -> None:
        text = "é" * 3_000_000
        self.db.execute("INSERT INTO t (id, body) VALUES (1, $1)", [text])
        self.assertEqual(self.db.execute("SELECT body FROM t").scalar(), text)
        with self.assertRaisesRegex(needletail.InterfaceError, "bytes, more than"):
            self.db.execute("SELECT $1", ["x" * (65 << 20)])
        self.assertEqual(self.count(), 1)

    # Batches

    def test_a_batch_is_all_or_nothing(self) -> None:
        made = self.db.execute_many("INSERT INTO t (id) VALUES (:n)", [{"n": 1}, {"n": 2}])
        self.assertEqual((made.tag, made.row_count), ("INSERT 0 2", 2))
        with self.assertRaisesRegex(errors.UniqueViolation, "element 1 of the batch"):
            self.db.execute_many("INSERT INTO t (id) VALUES ($1)", [[3], [1]])
        self.assertEqual(self.count(), 2)
        self.assertEqual(self.db.execute_many("INSERT INTO t (id) VALUES ($1)", []).row_count, 0)
        found = self.db.execute_many("SELECT $1::int, id FROM t WHERE id = $1", [[1], [2], [9]])
        self.assertEqual(list(found), [(1, 1), (2, 2)])

    def test_a_large_batch_travels_in_pieces_and_is_still_one_transaction(self) -> None:
        made = self.db.execute_many(
            "INSERT INTO t (id) VALUES ($1) RETURNING id", ([n] for n in range(12_000)))
        self.assertEqual(made.tag, "INSERT 0 12000")
        self.assertEqual([row.id for row in made], list(range(12_000)))
        self.assertIsNotNone(made.commit_sequence)
        sets = ([n] if n != 25_000 else [7] for n in range(12_000, 36_000))
        with self.assertRaisesRegex(errors.UniqueViolation, "element 13000 of the batch"):
            self.db.execute_many("INSERT INTO t (id) VALUES ($1)", sets)
        self.assertEqual((self.count(), self.db.in_transaction), (12_000, False))

        def breaks():
            yield from ([n] for n in range(30_000, 42_000))
            raise KeyError("the source ran dry")

        with self.assertRaises(KeyError):
            self.db.execute_many("INSERT INTO t (id) VALUES ($1)", breaks())
        self.assertEqual(self.count(), 12_000)
        with self.db.transaction():
            self.db.execute_many("DELETE FROM t WHERE id = $1", ([n] for n in range(11_000)))
        self.assertEqual(self.count(), 1_000)

    # Streams

    def test_a_stream_holds_little(self) -> None:
        body = "x" * 1_000
        self.db.execute_many(
            "INSERT INTO t (id, body) VALUES ($1, $2)", ((n, body) for n in range(10_000)))
        tracemalloc.start()
        with self.db.stream("SELECT id, body FROM t") as rows:
            self.assertEqual([column.name for column in rows.columns], ["id", "body"])
            seen = sum(len(row.body) for row in rows)
            self.assertEqual(rows.summary.row_count, 10_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertEqual(seen, 10_000_000)
        self.assertLess(peak, 4 << 20)

    def test_a_stream_left_early_is_cancelled(self) -> None:
        self.fill(20_000)
        with self.db.stream("SELECT n, repeat('x', 1000) FROM generate_series(1, 9000000) "
                            "AS s(n)") as rows:
            next(rows)
            with self.assertRaisesRegex(needletail.InterfaceError, "in use"):
                self.db.execute("SELECT 1")
        self.assertEqual(self.count(), 20_000)
        with self.db.transaction():
            self.db.execute("DELETE FROM t WHERE id = 1")
            with self.db.stream("SELECT id FROM t") as rows:
                next(rows)
            self.db.execute("DELETE FROM t WHERE id = 2")
        self.assertEqual(self.count(), 19_998)

    def test_a_stream_that_fails(self) -> None:
        with self.assertRaises(errors.UndefinedTable):
            self.db.stream("SELECT 1 FROM missing")
        with self.assertRaises(errors.DataError), self.db.stream(
                "SELECT 10 / (5000 - n) FROM generate_series(1, 9000) AS s(n)") as rows:
            for _ in rows:
                pass
        self.assertEqual(self.db.execute("SELECT 1").scalar(), 1)

    # Pipelines

    def test_a_pipeline_waits_once(self) -> None:
        with self.db.pipeline() as pipe:
            answers = [pipe.execute("SELECT $1::int", [n]) for n in range(1_000)]
            self.assertEqual(answers[3].result().scalar(), 3)
        self.assertEqual(sum(answer.result().scalar() for answer in answers), 499_500)

    def test_a_pipeline_with_an_error_in_it(self) -> None:
        with self.assertRaises(errors.DataError), self.db.pipeline() as pipe:
            first = pipe.execute("SELECT 1")
            bad = pipe.execute("SELECT 1/0")
            last = pipe.execute("SELECT 3")
        self.assertEqual((first.result().scalar(), last.result().scalar()), (1, 3))
        with self.assertRaises(errors.DataError):
            bad.result()
        with self.assertRaises(ZeroDivisionError), self.db.pipeline() as pipe:
            never = pipe.execute("SELECT 4")
            raise ZeroDivisionError
        with self.assertRaises(needletail.InterfaceError):
            never.result()
        with self.assertRaises(needletail.InterfaceError):
            pipe.execute("SELECT 4")
        self.assertEqual(self.db.execute("SELECT 5").scalar(), 5)

    def test_large_answers_do_not_stop_a_pipeline(self) -> None:
        text = "x" * 100_000
        with self.db.pipeline() as pipe:
            answers = [pipe.execute("SELECT $1", [text]) for _ in range(300)]
        self.assertTrue(all(answer.result().scalar() == text for answer in answers))

    # COPY

    def test_copy_in_and_out(self) -> None:
        vector = needletail.vector([1, 2, 3])
        rows = ({"id": n, "body": "é", "v": vector} for n in range(20_000))
        self.assertEqual(
            self.db.copy_in("COPY t FROM STDIN WITH (FORMAT jsonl)", rows).tag, "COPY 20000")
        self.assertEqual(self.db.execute("SELECT v FROM t LIMIT 1").scalar(), [1, 2, 3])
        pieces = list(self.db.copy_out("COPY t TO STDOUT WITH (FORMAT csv)"))
        self.assertGreater(len(pieces), 1)
        self.db.execute("TRUNCATE t")
        self.assertEqual(
            self.db.copy_in("COPY t FROM STDIN WITH (FORMAT csv)", pieces).row_count, 20_000)
        copy = "COPY t FROM STDIN WITH (FORMAT jsonl)"
        tuples = ((n, vector) for n in range(50_000, 50_010))
        self.assertEqual(self.db.copy_in(copy, tuples, ["id", "v"]).row_count, 10)
        with self.assertRaisesRegex(needletail.InterfaceError, "without names"):
            self.db.copy_in(copy, [(1, 2)])
        self.assertEqual(self.count(), 20_010)

    def test_a_copy_that_fails_changes_nothing(self) -> None:
        rows = [{"id": n % 50_000} for n in range(60_000)]
        with self.assertRaises(errors.UniqueViolation), self.db.transaction():
            self.db.copy_in("COPY t FROM STDIN WITH (FORMAT jsonl)", rows)

        def breaks():
            yield {"id": 1}
            raise KeyError("the source ran dry")

        with self.assertRaises(KeyError):
            self.db.copy_in("COPY t FROM STDIN WITH (FORMAT jsonl)", breaks())
        with self.assertRaises(errors.UndefinedTable):
            self.db.copy_in("COPY missing FROM STDIN", [{"id": 1}])
        self.assertEqual(self.count(), 0)

    # Transactions

    def test_a_transaction_commits_or_rolls_back(self) -> None:
        with self.db.transaction():
            self.db.execute("INSERT INTO t (id) VALUES (1)")
            self.assertTrue(self.db.in_transaction)
        with self.assertRaises(KeyError), self.db.transaction():
            self.db.execute("INSERT INTO t (id) VALUES (2)")
            raise KeyError
        with self.assertRaises(errors.ReadOnlyTransaction), self.db.transaction(read_only=True):
            self.db.execute("DELETE FROM t")
        self.assertEqual((self.count(), self.db.in_transaction), (1, False))
        with self.db.transaction(), self.assertRaisesRegex(
                needletail.InterfaceError, "open on this connection already"):
            self.db.transaction().__enter__()

    # Keys and commits

    def test_a_write_with_a_key_is_done_once(self) -> None:
        sql = "INSERT INTO t VALUES ($1, 'a', $2) RETURNING id, v"
        first = self.db.execute(sql, [1, needletail.vector([1, 2, 3])], key="sync-1")
        again = self.db.execute(sql, [1, needletail.vector([1, 2, 3])], key="sync-1")
        self.assertEqual((again.rows, again.tag, again.columns),
                         (first.rows, first.tag, first.columns))
        self.assertEqual(again.commit_sequence, first.commit_sequence)
        self.assertEqual((len(first.notices), len(again.notices)), (0, 1))
        with self.assertRaises(errors.DataError) as caught:
            self.db.execute(sql, [2, needletail.vector([1, 2, 3])], key="sync-1")
        self.assertEqual(caught.exception.code, "22023")
        with self.assertRaises(errors.DataError):
            self.db.execute("SELECT 1", key="sync-2")
        with self.assertRaisesRegex(errors.DataError, "0 bytes long"):
            self.db.execute("DELETE FROM t", key="")
        self.assertEqual(self.count(), 1)

    def test_a_large_batch_with_a_key_is_done_once(self) -> None:
        sets = [[n] for n in range(10, 12_000)]
        sql = "INSERT INTO t (id) VALUES ($1)"
        done = self.db.execute_many(sql, sets, key="sync-3")
        self.assertEqual(self.db.committed("sync-3"), done.commit_sequence)
        for _ in range(2):
            self.assertEqual(self.db.execute_many(sql, [[1], [2]], key="sync-4").row_count, 2)
        with self.assertRaisesRegex(errors.UniqueViolation, "element 1 of the batch"):
            self.db.execute_many(sql, [[3], [2]], key="sync-5")
        self.assertEqual(self.count(), 11_992)

    def test_a_key_names_a_transaction(self) -> None:
        def transfer() -> None:
            with self.db.transaction(key="sync-6"):
                self.db.execute("INSERT INTO t (id) VALUES (1) ON CONFLICT DO NOTHING")

        self.assertIsNone(self.db.committed("sync-6"))
        transfer()
        sequence = self.db.committed("sync-6")
        transfer()
        self.assertEqual((self.db.committed("sync-6"), self.count()), (sequence, 1))
        with self.db.transaction(), self.assertRaises(needletail.InterfaceError):
            self.db.committed("sync-6")

    def test_an_answer_after_a_commit(self) -> None:
        sequence = self.db.execute("INSERT INTO t (id) VALUES (1)").commit_sequence
        with needletail.connect(self.server.address) as other:
            count = "SELECT count(*) FROM t"
            self.assertEqual(other.execute(count, after=sequence).scalar(), 1)
            with other.stream("SELECT id FROM t", after=sequence) as rows:
                self.assertEqual(len(list(rows)), 1)
            with other.transaction(after=sequence):
                self.assertEqual(other.execute(count).scalar(), 1)
                later = self.db.execute("INSERT INTO t (id) VALUES (2)").commit_sequence
                with self.assertRaises(errors.SerializationFailure):
                    other.execute(count, after=later)
                other.rollback()
                other.execute("BEGIN")
            with self.assertRaises(errors.LockNotAvailable) as caught:
                other.execute(count, after=sequence + 10**9)
            self.assertTrue(caught.exception.hint)

    def test_a_swallowed_error_does_not_look_like_success(self) -> None:
        with self.assertRaises(needletail.TransactionAborted), self.db.transaction():
            self.db.execute("INSERT INTO t (id) VALUES (1)")
            with self.assertRaises(errors.DataError):
                self.db.execute("SELECT 1/0")
        self.assertEqual((self.count(), self.db.in_transaction), (0, False))

    def test_a_request_refused_unread_leaves_the_transaction_open(self) -> None:
        with self.db.transaction():
            self.db.execute("INSERT INTO t (id) VALUES (1)")
            with self.assertRaises(errors.DataError):
                self.db.execute("SELECT $1", [needletail.vector([float("nan")])])
            self.assertTrue(self.db.in_transaction)
        self.assertEqual(self.count(), 1)

    # Time and threads

    def test_time_limits_and_cancel(self) -> None:
        start = time.monotonic()
        with self.assertRaisesRegex(needletail.QueryCanceled, "30 ms"):
            self.db.execute(SLOW, timeout=0.03)
        timer = threading.Timer(0.05, self.db.cancel)
        timer.start()
        with self.assertRaisesRegex(needletail.QueryCanceled, "by its client"):
            self.db.execute(SLOW)
        timer.join()
        self.assertLess(time.monotonic() - start, 5)
        self.assertFalse(self.db.cancel())
        self.assertEqual(self.db.execute("SELECT 1").scalar(), 1)

    def test_two_threads_cannot_use_one_connection(self) -> None:
        caught: list[BaseException] = []

        def other() -> None:
            try:
                self.db.execute("SELECT 1")
            except needletail.InterfaceError as error:
                caught.append(error)
            self.db.cancel()

        timer = threading.Timer(0.05, other)
        timer.start()
        with self.assertRaises(needletail.QueryCanceled):
            self.db.execute(SLOW)
        timer.join()
        self.assertEqual(len(caught), 1)

    def test_a_closed_connection(self) -> None:
        self.db.close()
        self.db.close()
        with self.assertRaisesRegex(needletail.InterfaceError, "closed"):
            self.db.execute("SELECT 1")
        self.assertIn("closed", repr(self.db))


if __name__ == "__main__":
    unittest.main()
