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

    def test_the_pool_repeats_reads_and_never_a_write_that_was_sent(self) -> None:
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
            with self.assertRaises(needletail.ConnectionLost) as caught:
                pool.execute("INSERT INTO t VALUES (1)")
            self.assertTrue(caught.exception.unknown_outcome)
            self.assertEqual((len(lines), pool.size), (1, 0))

    def test_a_transaction_is_run_again_only_if_commit_was_not_sent(self) -> None:
        lines: list[str] = []

        def dies(connection: socket.socket, number: int, line: bytes) -> None:
            sql = json.loads(line)["q"]
            lines.append(sql)
            if (sql == dying) and lines.count(sql) == 1:
                hang_up(connection)
            elif sql == "COMMIT":
                answer(connection, line, done="COMMIT")
            else:
                answer(connection, line, tx="open")

        server = self.serve(dies)
        calls: list[int] = []

        def work(connection: needletail.Connection) -> int:
            calls.append(1)
            connection.execute("INSERT INTO t VALUES (1)")
            return 5

        for dying, again in (("BEGIN", True), ("INSERT INTO t VALUES (1)", True),
                             ("COMMIT", False)):
            lines.clear()
            calls.clear()
            with self.subTest(dying=dying), needletail.Pool(server.address) as pool:
                if again:
                    self.assertEqual(pool.run(work), 5)
                    self.assertEqual(lines[-3:], ["BEGIN", "INSERT INTO t VALUES (1)", "COMMIT"])
                else:
                    with self.assertRaises(needletail.ConnectionLost) as caught:
                        pool.run(work)
                    self.assertTrue(caught.exception.unknown_outcome)
                    self.assertEqual(len(calls), 1)
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

    def test_no_acknowledged_write_is_lost_and_none_is_done_twice(self) -> None:
        pool = needletail.Pool(self.server.address, retries=60, max_size=4)
        self.addCleanup(pool.close)
        pool.execute("CREATE TABLE t (n BIGINT PRIMARY KEY, times INT)")
        acknowledged: set[int] = set()
        unknown: set[int] = set()
        wrong: list[Exception] = []
        stop = threading.Event()
        lock = threading.Lock()
        numbers = iter(range(1, 10**9))

        def write() -> None:
            while not stop.is_set():
                with lock:
                    n = next(numbers)
                try:
                    pool.execute(
                        "INSERT INTO t VALUES ($1, 1) ON CONFLICT (n) DO UPDATE SET times = "
                        "t.times + 1", [n])
                    acknowledged.add(n)
                    pool.execute("SELECT count(*) FROM t")
                except needletail.ConnectionLost as error:
                    if error.unknown_outcome:
                        unknown.add(n)
                    else:
                        wrong.append(error)
                except Exception as error:
                    wrong.append(error)

        threads = [threading.Thread(target=write) for _ in range(3)]
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
        found = {row.n for row in rows}
        self.assertEqual(acknowledged - found, set(), "an acknowledged write was lost")
        self.assertLessEqual(found - acknowledged, unknown)
        self.assertGreater(len(acknowledged), 20)

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
