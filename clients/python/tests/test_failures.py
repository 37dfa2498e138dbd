"""What is known, and what is repeated, when servers die, lie or say nothing."""
from __future__ import annotations

import json
import os
import signal
import socket
import struct
import threading
import time
import unittest

import needletail
from needletail import _outcome, errors
from server import FalseServer, Server


def answer(connection: socket.socket, line: bytes, **fields: object) -> None:
    """Answers a request well."""
    reply = {"id": json.loads(line)["id"], "done": "SELECT 0", "ms": 0, **fields}
    connection.sendall(json.dumps(reply).encode() + b"\n")


def hang_up(connection: socket.socket) -> None:
    """Ends a connection at once, as the death of a process does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)
    connection.close()


class Broken(unittest.TestCase):
    """Against a server that breaks off."""

    def serve(self, reply: object) -> FalseServer:
        server = FalseServer(reply)  # type: ignore[arg-type]
        self.addCleanup(server.close)
        return server

    def test_an_answer_that_breaks_off(self) -> None:
        def half(connection: socket.socket, number: int, line: bytes) -> None:
            connection.sendall(b'{"id":2,"cols":[["a","int"]],"rows":[[1],[2')
            hang_up(connection)

        server = self.serve(half)
        for sql, unknown in (("SELECT a FROM t", False), ("INSERT INTO t VALUES (1)", True),
                             ("-- ?\nSELECT 1", True), (" (select 1)", False),
                             ("EXPLAIN ANALYZE DELETE FROM t", True), ("WITH a AS (", False)):
            with self.subTest(sql=sql):
                db = needletail.connect(server.address)
                with self.assertRaises(needletail.ConnectionLost) as caught:
                    db.execute(sql)
                self.assertEqual(caught.exception.unknown_outcome, unknown)
                self.assertEqual(caught.exception.retryable, not unknown)
                self.assertEqual((db.broken, caught.exception.code), (True, "08006"))
                with self.assertRaisesRegex(needletail.ConnectionLost, "earlier"):
                    db.execute(sql)
                db.close()

    def test_a_stream_that_breaks_off(self) -> None:
        def half(connection: socket.socket, number: int, line: bytes) -> None:
            connection.sendall(b'{"id":2,"cols":[["a","int"]],"rows":[[1],[2]]}\n{"id":2,"ro')
            hang_up(connection)

        db = needletail.connect(self.serve(half).address)
        seen = []
        with self.assertRaises(needletail.ConnectionLost), db.stream("SELECT a") as rows:
            for row in rows:
                seen.append(row.a)
        self.assertEqual((seen, db.broken), ([1, 2], True))

    def test_what_is_no_reply(self) -> None:
        replies = [
            b"HTTP/1.1 400 Bad Request\r\n", b"[]\n", b"{}\n", b'{"id":2,"rows":3}\n', b"\xff\n",
            b'{"id":2,"cols":[1],"rows":[]}\n', b'{"id":2,"err":5}\n', b'{"id":99,"done":"X"}\n',
            b'{"id":2,"cols":[["a","date"]],"rows":[[5]],"done":"SELECT 1"}\n',
            b'{"id":2,"cols":[["a","vector(1)"]],"rows":[[{"$f32":"AAA"}]],"done":"SELECT 1"}\n',
        ]
        for reply in replies:
            def send(connection: socket.socket, number: int, line: bytes) -> None:
                connection.sendall(reply)

            with self.subTest(reply=reply):
                db = needletail.connect(self.serve(send).address, vectors="list")
                with self.assertRaises(errors.ProtocolViolation):
                    db.execute("SELECT 1")
                self.assertTrue(db.broken)

    def test_an_error_without_an_id_is_the_connections(self) -> None:
        def refuse(connection: socket.socket, number: int, line: bytes) -> None:
            connection.sendall(b'{"err":{"code":"53400","msg":"a line is too long"}}\n')
            connection.close()

        db = needletail.connect(self.serve(refuse).address)
        with self.assertRaisesRegex(errors.OperationalError, "53400"):
            db.execute("SELECT 1")
        self.assertTrue(db.broken)

    def test_a_server_that_says_nothing(self) -> None:
        def silent(connection: socket.socket, number: int, line: bytes) -> None:
            pass

        _outcome_grace, needletail._connection.GRACE = needletail._connection.GRACE, 0.1
        self.addCleanup(setattr, needletail._connection, "GRACE", _outcome_grace)
        db = needletail.connect(self.serve(silent).address)
        start = time.monotonic()
        with self.assertRaises(needletail.ConnectionLost):
            db.execute("SELECT 1", timeout=0.1)
        self.assertLess(time.monotonic() - start, 3)
        self.assertTrue(db.broken)

    def test_an_interrupt_amid_an_answer_ends_the_connection(self) -> None:
        def silent(connection: socket.socket, number: int, line: bytes) -> None:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        db = needletail.connect(self.serve(silent).address)
        with self.assertRaises(KeyboardInterrupt):
            db.execute("SELECT 1")
        self.assertTrue(db.broken)

    def test_the_pool_repeats_reads_and_writes_with_a_key_and_never_another_write(self) -> None:
        lines: list[bytes] = []

        def dies_twice(connection: socket.socket, number: int, line: bytes) -> None:
            lines.append(line)
            if len(lines) < 3:
                hang_up(connection)
            else:
                answer(connection, line)

        server = self.serve(dies_twice)
        with needletail.Pool(server.address) as pool:
            self.assertEqual(pool.execute("SELECT 1").tag, "SELECT 0")
            self.assertEqual((len(lines), pool.size), (3, 1))
            lines.clear()
            self.assertEqual(pool.execute("INSERT INTO t VALUES (1)").tag, "SELECT 0")
            keys = {json.loads(line)["key"] for line in lines}
            self.assertEqual((len(lines), len(keys), len(keys.pop())), (3, 1, 32))
            lines.clear()
            pool.execute_many("DELETE FROM t WHERE n = $1", [[1], [2]], key="mine")
            self.assertEqual({json.loads(line)["key"] for line in lines}, {"mine"})
            # What can have no key is never repeated, nor is anything where keys are not wanted.
            for sql in ("-- ?\nDELETE FROM t", "EXPLAIN ANALYZE DELETE FROM t"):
                lines.clear()
                with self.assertRaises(needletail.ConnectionLost) as caught:
                    pool.execute(sql)
                self.assertTrue(caught.exception.unknown_outcome)
                self.assertIsNone(caught.exception.key)
                self.assertEqual((len(lines), pool.size), (1, 0))
                self.assertNotIn("key", json.loads(lines[0]))
        with needletail.Pool(server.address, keys=False) as pool:
            lines.clear()
            with self.assertRaises(needletail.ConnectionLost) as caught:
                pool.execute("INSERT INTO t VALUES (1)")
            self.assertEqual((len(lines), pool.size), (1, 0))
            lines.clear()
            pool.execute("INSERT INTO t VALUES (1)", key="mine")
            self.assertEqual(len(lines), 3)
        with needletail.Pool(server.address, retries=1) as pool:
            lines.clear()
            with self.assertRaises(needletail.ConnectionLost) as caught:
                pool.execute("INSERT INTO t VALUES (1)")
            self.assertTrue(caught.exception.unknown_outcome)
            self.assertEqual(caught.exception.key, json.loads(lines[0])["key"])
            self.assertIn("same key", str(caught.exception))

    def test_what_is_known_of_a_write_is_told_whatever_its_repetition_meets(self) -> None:
        answers: list[dict[str, object]] = []
        lines: list[bytes] = []

        def one_after_another(connection: socket.socket, number: int, line: bytes) -> None:
            lines.append(line)
            fields = answers.pop(0)
            if not fields:
                hang_up(connection)
            else:
                reply = {"id": json.loads(line)["id"], **fields}
                connection.sendall(json.dumps(reply).encode() + b"\n")

        def refusal(code: str) -> dict[str, object]:
            return {"err": {"code": code, "msg": "m", "hint": "h", "retry": False}}

        server = self.serve(one_after_another)
        with needletail.Pool(server.address) as pool:
            # An answer says that it was not done before; circumstances leave it unknown.
            answers[:] = [{}, refusal("23505")]
            with self.assertRaises(errors.UniqueViolation):
                pool.execute("INSERT INTO t VALUES (1)")
            for code in ("55P03", "57014"):
                answers[:] = [{}, refusal(code)]
                with self.assertRaises(needletail.ConnectionLost) as caught:
                    pool.execute("INSERT INTO t VALUES (1)")
                self.assertTrue(caught.exception.unknown_outcome)
                self.assertEqual(getattr(caught.exception.__cause__, "code", None), code)
            # Rows that are too large to be kept with a key are asked for without one.
            answers[:] = [refusal("54000"), {"done": "INSERT 0 1", "ms": 0}]
            lines.clear()
            pool.execute("INSERT INTO t VALUES (1) RETURNING n")
            self.assertEqual(["key" in json.loads(line) for line in lines], [True, False])
            answers[:] = [refusal("54000")]
            with self.assertRaises(errors.OperationalError):
                pool.execute("INSERT INTO t VALUES (1) RETURNING n", key="mine")

    def test_a_transaction_is_run_again_unless_it_has_committed(self) -> None:
        lines: list[str] = []

        def dies(connection: socket.socket, number: int, line: bytes) -> None:
            sql = json.loads(line)["q"]
            lines.append(sql)
            if (sql == dying) and lines.count(sql) == 1:
                hang_up(connection)
            elif sql == "COMMIT" and json.loads(line).get("key") in unknown:
                fault = {"code": "25P01", "msg": "m", "hint": "h", "retry": False}
                reply = {"id": json.loads(line)["id"], "err": fault}
                connection.sendall(json.dumps(reply).encode() + b"\n")
                unknown.clear()
            elif sql == "COMMIT":
                answer(connection, line, done="COMMIT", seq=9)
            else:
                answer(connection, line, tx="open")

        server = self.serve(dies)
        calls: list[int] = []
        unknown: set[str] = set()

        def work(connection: needletail.Connection) -> int:
            calls.append(1)
            connection.execute("INSERT INTO t VALUES (1)")
            return 5

        for dying in ("BEGIN", "INSERT INTO t VALUES (1)", "COMMIT"):
            lines.clear()
            calls.clear()
            with self.subTest(dying=dying), needletail.Pool(server.address) as pool:
                self.assertEqual(pool.run(work), 5)
                if dying == "COMMIT":
                    # The second asks how the first has ended.
                    self.assertEqual((lines[-2:], len(calls)), (["COMMIT", "COMMIT"], 1))
                    # It has not: all of it is run again, under its key.
                    lines.clear()
                    calls.clear()
                    unknown.add("mine")
                    self.assertEqual(pool.run(work, key="mine"), 5)
                    self.assertEqual((lines.count("COMMIT"), len(calls)), (3, 2))
                    lines.clear()
                    calls.clear()
                    with needletail.Pool(server.address, keys=False) as plain:
                        with self.assertRaises(needletail.ConnectionLost) as caught:
                            plain.run(work)
                    self.assertTrue(caught.exception.unknown_outcome)
                    self.assertEqual(len(calls), 1)
                else:
                    self.assertEqual(lines[-3:], ["BEGIN", "INSERT INTO t VALUES (1)", "COMMIT"])
                # Without run() there is one attempt.
                lines.clear()
                with self.assertRaises(needletail.ConnectionLost), pool.transaction() as db:
                    work(db)

    def test_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"127.0.0.1:{listener.getsockname()[1]}"
        with self.assertRaisesRegex(needletail.ConnectionLost, "could not connect") as caught:
            needletail.connect(address)
        self.assertFalse(caught.exception.unknown_outcome)
        with self.assertRaises(needletail.ConnectionLost):
            needletail.connect("unix:/nowhere/socket")
        with needletail.Pool(address, retries=1) as pool:
            with self.assertRaises(needletail.ConnectionLost):
                pool.execute("INSERT INTO t VALUES (1)")
            self.assertEqual(pool.size, 0)

    def test_what_may_be_sent_again(self) -> None:
        def error(code: str) -> errors.Error:
            return errors.from_wire({"code": code, "msg": "m"})

        for code, safe in (("57P01", True), ("57P03", True), ("40001", True), ("53300", True),
                           ("55P03", False),
                           ("57014", False), ("23505", False), ("XX000", False)):
            self.assertEqual(_outcome.is_safe_again(error(code)), safe, code)
        for attempt in range(9):
            self.assertTrue(0.02 <= _outcome.delay(attempt) <= 2)


class Killed(unittest.TestCase):
    """kill -9 of a real server."""

    def setUp(self) -> None:
        self.server = Server()
        self.addCleanup(self.server.close)

    def test_every_write_is_done_exactly_once(self) -> None:
        """Single statements, batches and transactions, sent again across the kills."""
        pool = needletail.Pool(self.server.address, retries=60, max_size=6)
        self.addCleanup(pool.close)
        pool.execute("CREATE TABLE t (n BIGINT PRIMARY KEY, times INT)")
        pool.execute("CREATE TABLE log (n BIGINT)")
        acknowledged: set[int] = set()
        wrong: list[Exception] = []
        repeated = 0
        stop = threading.Event()
        lock = threading.Lock()
        numbers = iter(range(1, 10**9))
        sql = ("INSERT INTO t VALUES ($1, 1) ON CONFLICT (n) DO UPDATE SET times = t.times + 1 "
               "RETURNING times")

        def transaction(n: int) -> int:
            def work(db: needletail.Connection) -> int:
                db.execute("INSERT INTO log VALUES ($1)", [n])
                return int(db.execute(sql, [n]).scalar())

            return pool.run(work)

        def write(kind: int) -> None:
            nonlocal repeated
            while not stop.is_set():
                with lock:
                    n = next(numbers)
                try:
                    if kind == 0:
                        done = pool.execute(sql, [n])
                        repeated += len(done.notices)
                        times = done.scalar()
                    elif kind == 1:
                        times = pool.execute_many(sql, [[n], [-n]]).scalar()
                    else:
                        times = transaction(n)
                    self.assertEqual(times, 1)
                    acknowledged.add(n)
                except Exception as error:
                    wrong.append(error)

        threads = [threading.Thread(target=write, args=(n % 3,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for _ in range(100 if os.environ.get("NEEDLETAIL_SOAK") else 10):
            time.sleep(0.2)
            self.server.kill()
            self.server.start()
        time.sleep(0.3)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        rows = pool.execute("SELECT n, times FROM t")
        self.assertEqual({row.times for row in rows}, {1}, "a write was done twice")
        # Every write was acknowledged in the end, so there is nothing else either.
        self.assertEqual({row.n for row in rows if row.n > 0}, acknowledged)
        logged = [row.n for row in pool.execute("SELECT n FROM log")]
        self.assertEqual(len(logged), len(set(logged)), "a transaction was done twice")
        self.assertGreater(len(acknowledged), 20)
        self.assertEqual(len(pool.execute("CHECK")), 0)
        print(f"{len(acknowledged)} writes; {repeated} statements were answered by their key")

    def test_a_key_survives_the_death_of_the_server(self) -> None:
        with needletail.connect(self.server.address) as db:
            db.execute("CREATE TABLE t (n INT)")
            first = db.execute("INSERT INTO t VALUES (1) RETURNING n", key="a")
            with db.transaction(key="b"):
                db.execute("INSERT INTO t VALUES (2)")
            sequence = db.committed("b")
        self.server.kill()
        self.server.start()
        with needletail.connect(self.server.address) as db:
            again = db.execute("INSERT INTO t VALUES (1) RETURNING n", key="a")
            self.assertEqual(again.commit_sequence, first.commit_sequence)
            self.assertEqual((again.rows, again.tag), (first.rows, first.tag))
            self.assertEqual((db.committed("b"), db.committed("c")), (sequence, None))
            self.assertEqual(db.execute("SELECT count(*) FROM t").scalar(), 2)
            with self.assertRaisesRegex(errors.DataError, "belongs to another statement"):
                db.execute("INSERT INTO t VALUES (3)", key="a")

    def test_a_transaction_never_goes_on_somewhere_else(self) -> None:
        with needletail.Pool(self.server.address) as pool:
            pool.execute("CREATE TABLE t (n INT)")
            with self.assertRaises(needletail.ConnectionLost) as caught, pool.transaction() as db:
                db.execute("INSERT INTO t VALUES (1)")
                self.server.kill()
                self.server.start()
                db.execute("INSERT INTO t VALUES (2)")
            self.assertFalse(caught.exception.unknown_outcome)
            self.assertEqual(pool.execute("SELECT count(*) FROM t").scalar(), 0)

    def test_an_idle_pool_survives_a_restart(self) -> None:
        with needletail.Pool(self.server.address) as pool:
            pool.execute("CREATE TABLE t (n INT)")
            for how in (signal.SIGTERM, signal.SIGKILL):
                self.server.end(how)
                self.server.start()
                # Even a write: the pool sees that the idle connection has ended.
                pool.execute("INSERT INTO t VALUES (1)")
            self.assertEqual(pool.execute("SELECT count(*) FROM t").scalar(), 2)


if __name__ == "__main__":
    unittest.main()
