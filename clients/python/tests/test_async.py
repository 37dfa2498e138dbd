"""The same for asyncio."""
from __future__ import annotations

import asyncio
import json
import socket
import time
import unittest

import needletail
from needletail import errors
from server import FalseServer, Server, ServerTest
from test_connection import SLOW


class Tasks(ServerTest, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.db = await needletail.connect_async(self.server.address, vectors="list")
        await self.db.execute("DROP TABLE IF EXISTS t")
        await self.db.execute("CREATE TABLE t (id INT PRIMARY KEY, body TEXT, v vector(3))")

    async def asyncTearDown(self) -> None:
        await self.db.close()

    async def count(self) -> int:
        return int((await self.db.execute("SELECT count(*) FROM t")).scalar())

    async def test_tasks_share_a_connection(self) -> None:
        answers = await asyncio.gather(
            *[self.db.execute("SELECT $1::int", [n]) for n in range(1_000)])
        self.assertEqual([answer.scalar() for answer in answers], list(range(1_000)))

    async def test_batches(self) -> None:
        vector = needletail.vector([1, 2, 3])
        made = await self.db.execute_many(
            "INSERT INTO t VALUES ($1, 'x', $2) RETURNING id", ([n, vector] for n in range(12_000)))
        self.assertEqual((made.tag, made[-1].id), ("INSERT 0 12000", 11_999))
        self.assertIsNotNone(made.commit_sequence)
        with self.assertRaisesRegex(errors.UniqueViolation, "element 11000 of the batch"):
            await self.db.execute_many(
                "INSERT INTO t (id) VALUES ($1)",
                ([n] if n != 31_000 else [7] for n in range(20_000, 42_000)))
        self.assertEqual((await self.count(), self.db.in_transaction), (12_000, False))
        rows = await self.db.execute("SELECT v FROM t ORDER BY id LIMIT 1")
        self.assertEqual(rows.scalar(), [1, 2, 3])

    async def test_streams(self) -> None:
        await self.db.execute_many("INSERT INTO t (id) VALUES ($1)", ([n] for n in range(5_000)))
        async with self.db.stream("SELECT id FROM t ORDER BY id") as rows:
            self.assertEqual([column.name for column in rows.columns], ["id"])
            self.assertEqual([row.id async for row in rows], list(range(5_000)))
            self.assertEqual(rows.summary.row_count, 5_000)
        large = "SELECT n, repeat('x', 1000) FROM generate_series(1, 9000000) AS s(n)"
        async with self.db.stream(large) as rows:
            async for _ in rows:
                break
            await asyncio.sleep(0.1)
            self.assertLess(self.db._wire._held, 4 << 20)
        self.assertEqual(await self.count(), 5_000)
        with self.assertRaises(errors.UndefinedTable):
            async with self.db.stream("SELECT 1 FROM missing"):
                pass
        with self.assertRaises(errors.DataError):
            async with self.db.stream(
                    "SELECT 10 / (5000 - n) FROM generate_series(1, 9000) AS s(n)") as rows:
                async for _ in rows:
                    pass
        async with self.db.transaction():
            await self.db.execute("DELETE FROM t WHERE id = 1")
            async with self.db.stream("SELECT id FROM t") as rows:
                await rows.__anext__()
            await self.db.execute("DELETE FROM t WHERE id = 2")
        self.assertEqual(await self.count(), 4_998)

    async def test_copy(self) -> None:
        async def rows():
            for n in range(2_000):
                yield {"id": n, "body": "é"}

        copy = "COPY t FROM STDIN WITH (FORMAT jsonl)"
        self.assertEqual((await self.db.copy_in(copy, rows())).row_count, 2_000)
        more = ({"id": n} for n in range(2_000, 9_000))
        self.assertEqual((await self.db.copy_in(copy, more)).row_count, 7_000)
        pieces = [piece async for piece in self.db.copy_out("COPY t TO STDOUT")]
        self.assertEqual("".join(pieces).count("\n"), 9_000)

        def breaks():
            yield {"id": 10_001}
            raise KeyError("the source ran dry")

        with self.assertRaises(KeyError):
            await self.db.copy_in(copy, breaks())
        with self.assertRaises(errors.UndefinedTable):
            await self.db.copy_in("COPY missing FROM STDIN", [{"id": 1}])
        self.assertEqual(await self.count(), 9_000)

    async def test_transactions(self) -> None:
        async with self.db.transaction() as transaction:
            await asyncio.gather(
                *[self.db.execute("INSERT INTO t (id) VALUES ($1)", [n]) for n in range(5)])
        self.assertIsNotNone(transaction.commit_sequence)
        with self.assertRaises(KeyError):
            async with self.db.transaction():
                await self.db.execute("DELETE FROM t")
                raise KeyError
        with self.assertRaises(needletail.TransactionAborted):
            async with self.db.transaction():
                await self.db.execute("DELETE FROM t")
                with self.assertRaises(errors.DataError):
                    await self.db.execute("SELECT 1/0")
        self.assertEqual((await self.count(), self.db.in_transaction), (5, False))

    async def test_other_tasks_stay_out_of_a_transaction(self) -> None:
        refused: list[str] = []
        begun = asyncio.Event()
        ended = asyncio.Event()

        async def other() -> None:
            await begun.wait()
            for work in (lambda: self.db.execute("DELETE FROM t"),
                         lambda: self.db.transaction().__aenter__()):
                try:
                    await work()
                except needletail.InterfaceError as error:
                    refused.append(str(error))
            ended.set()

        task = asyncio.create_task(other())
        async with self.db.transaction():
            await self.db.execute("INSERT INTO t (id) VALUES (1)")
            begun.set()
            await ended.wait()
        await task
        self.assertEqual((len(refused), await self.count()), (2, 1))

    async def test_a_cancelled_task_cancels_its_statement(self) -> None:
        for wrapped in (False, True):
            async def slow() -> None:
                if wrapped:
                    async with self.db.transaction():
                        await self.db.execute("INSERT INTO t (id) VALUES (1)")
                        await self.db.execute(SLOW)
                else:
                    await self.db.execute(SLOW)

            task = asyncio.create_task(slow())
            await asyncio.sleep(0.05)
            start = time.monotonic()
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual((await self.count(), self.db.in_transaction), (0, False))
            self.assertLess(time.monotonic() - start, 2)
        with self.assertRaises(needletail.QueryCanceled):
            await self.db.execute(SLOW, timeout=0.03)
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(self.db.execute(SLOW), 0.05)
        self.assertEqual(await self.count(), 0)

    async def test_keys_and_commits(self) -> None:
        first = await self.db.execute("INSERT INTO t (id) VALUES (1) RETURNING id", key="aio-1")
        again = await self.db.execute("INSERT INTO t (id) VALUES (1) RETURNING id", key="aio-1")
        self.assertEqual((again.rows, again.tag), (first.rows, first.tag))
        for _ in range(2):
            many = await self.db.execute_many(
                "INSERT INTO t (id) VALUES ($1)", [[2], [3]], key="aio-2")
            self.assertEqual(many.tag, "INSERT 0 2")
        async with self.db.transaction(key="aio-3") as transaction:
            await self.db.execute("INSERT INTO t (id) VALUES (4)")
        self.assertEqual(await self.db.committed("aio-3"), transaction.commit_sequence)
        self.assertIsNone(await self.db.committed("aio-4"))
        seen = await self.db.execute(
            "SELECT count(*) FROM t", after=transaction.commit_sequence)
        self.assertEqual(seen.scalar(), 4)
        async with self.db.stream("SELECT id FROM t", after=many.commit_sequence) as rows:
            self.assertEqual(len([row async for row in rows]), 4)
        with self.assertRaises(errors.LockNotAvailable):
            await self.db.execute("SELECT 1", after=10**12)

    async def test_a_pool(self) -> None:
        async with needletail.AsyncPool(self.server.address, max_size=3, timeout=5) as pool:
            await asyncio.gather(
                *[pool.execute("INSERT INTO t (id) VALUES ($1)", [n]) for n in range(50)])
            self.assertLessEqual(pool.size, 3)
            async with pool.connection(), pool.connection(), pool.connection():
                with self.assertRaises(needletail.PoolTimeout):
                    async with pool.connection(timeout=0.05):
                        pass
            async with pool.transaction() as db:
                await db.execute("DELETE FROM t WHERE id < 10")
            async with pool.connection() as db:
                await db.execute("BEGIN")
                await db.execute("DELETE FROM t")

            for _ in range(20):
                async with pool.connection() as db:
                    task = asyncio.create_task(db.execute("BEGIN READ WRITE"))
                    await asyncio.sleep(0)
                    task.cancel()
                await asyncio.sleep(0.005)
                self.assertFalse(db.in_transaction, "a BEGIN of nobody was left behind")

            async def work(db: needletail.AsyncConnection) -> int:
                return int((await db.execute("SELECT count(*) FROM t")).scalar())

            self.assertEqual(await pool.run(work), 40)
            await pool.execute_many("INSERT INTO t (id) VALUES ($1)", [[100], [101]])
        with self.assertRaises(needletail.InterfaceError):
            await pool.execute("SELECT 1")
        self.assertEqual(pool.size, 0)


class Failures(unittest.IsolatedAsyncioTestCase):
    async def test_an_answer_that_breaks_off(self) -> None:
        lines: list[bytes] = []

        def half(connection: socket.socket, number: int, line: bytes) -> None:
            lines.append(line)
            if len(lines) > 2:
                reply = {"id": json.loads(line)["id"], "done": "SELECT 0", "ms": 0}
                connection.sendall(json.dumps(reply).encode() + b"\n")
                return
            connection.sendall(b'{"id":2,"cols":[["a","int"]],"rows":[[1],[2')
            connection.shutdown(socket.SHUT_RDWR)

        server = FalseServer(half)
        self.addCleanup(server.close)
        async with needletail.AsyncPool(server.address) as pool:
            self.assertEqual((await pool.execute("SELECT 1")).tag, "SELECT 0")
            lines.clear()
            self.assertEqual((await pool.execute("INSERT INTO t VALUES (1)")).tag, "SELECT 0")
            self.assertEqual(len({json.loads(line)["key"] for line in lines}), 1)
            lines.clear()
            with self.assertRaises(needletail.ConnectionLost) as caught:
                await pool.execute("COPY t FROM 'x'")
            self.assertEqual((caught.exception.unknown_outcome, len(lines)), (True, 1))
        lines.clear()
        async with needletail.AsyncPool(server.address, keys=False) as pool:
            with self.assertRaises(needletail.ConnectionLost) as caught:
                await pool.execute("INSERT INTO t VALUES (1)")
            self.assertEqual((caught.exception.key, len(lines)), (None, 1))
        lines.clear()
        db = await needletail.connect_async(server.address)
        with self.assertRaises(needletail.ConnectionLost):
            async with db.stream("SELECT a") as rows:
                async for _ in rows:
                    pass
        self.assertTrue(db.broken)
        with self.assertRaises(needletail.ConnectionLost):
            await db.execute("SELECT 1")

    async def test_what_is_no_reply(self) -> None:
        for reply in (b"HTTP/1.1 400\r\n", b"[]\n", b'{"id":99,"done":"X"}\n',
                      b'{"id":2,"rows":3}\n', b'{"id":[],"done":"X"}\n'):
            def send(connection: socket.socket, number: int, line: bytes) -> None:
                connection.sendall(reply)

            server = FalseServer(send)
            self.addCleanup(server.close)
            db = await needletail.connect_async(server.address)
            with self.subTest(reply=reply), self.assertRaises(errors.ProtocolViolation):
                await db.execute("SELECT 1")
            self.assertTrue(db.broken)

    async def test_a_restart(self) -> None:
        server = Server()
        self.addCleanup(server.close)
        async with needletail.AsyncPool(server.address, retries=20) as pool:
            await pool.execute("CREATE TABLE t (n INT)")
            with self.assertRaises(needletail.ConnectionLost):
                async with pool.transaction() as db:
                    await db.execute("INSERT INTO t VALUES (1)")
                    server.kill()
                    server.start()
                    await db.execute("INSERT INTO t VALUES (2)")
            self.assertEqual((await pool.execute("SELECT count(*) FROM t")).scalar(), 0)
        with self.assertRaises(needletail.ConnectionLost):
            await needletail.connect_async("127.0.0.1:1", connect_timeout=2)

    async def test_kills_under_load(self) -> None:
        server = Server()
        self.addCleanup(server.close)
        acknowledged: set[int] = set()
        numbers = iter(range(10**9))
        going = True
        async with needletail.AsyncPool(server.address, retries=60, max_size=4) as pool:
            await pool.execute("CREATE TABLE t (n BIGINT PRIMARY KEY, times INT)")

            sql = ("INSERT INTO t VALUES ($1, 1) ON CONFLICT (n) DO UPDATE "
                   "SET times = t.times + 1")

            async def write() -> None:
                while going:
                    n = next(numbers)

                    async def work(db: needletail.AsyncConnection) -> None:
                        await db.execute(sql, [n])

                    if n % 3 == 0:
                        await pool.run(work)
                    elif n % 3 == 1:
                        await pool.execute_many(sql, [[n]])
                    else:
                        await pool.execute(sql, [n])
                    acknowledged.add(n)
                    await pool.execute("SELECT count(*) FROM t")

            tasks = [asyncio.create_task(write()) for _ in range(8)]
            for _ in range(3):
                await asyncio.sleep(0.2)
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
            await asyncio.sleep(0.2)
            going = False
            await asyncio.gather(*tasks)
            rows = await pool.execute("SELECT n, times FROM t")
            self.assertEqual(set(rows.column("times")), {1})
            self.assertEqual(set(rows.column("n")), acknowledged)
            self.assertGreater(len(acknowledged), 20)


if __name__ == "__main__":
    unittest.main()
