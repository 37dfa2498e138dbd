"""``needletail mcp`` with the official client, on a path and on a server."""
from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import unittest
from typing import Any, Awaitable, Callable

try:
    import mcp
except ImportError:  # The tests of the client alone need no library.
    raise unittest.SkipTest("the package mcp is not installed")

import needletail
from server import BINARY, Server

ROWS = 20


def run(
    target: str,
    work: Callable[[mcp.Client], Awaitable[None]],
    *arguments: str,
    mode: str = "auto",
) -> None:
    """Runs ``work`` with a client of ``needletail mcp``."""

    async def connected() -> None:
        process = mcp.StdioServerParameters(command=BINARY, args=["mcp", target, *arguments])
        async with mcp.Client(process, mode=mode, read_timeout_seconds=30) as client:
            await work(client)

    asyncio.run(connected())


async def call(client: mcp.Client, name: str, **arguments: Any) -> Any:
    """The structured content of a call that went well; its text says the same."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refused(client: mcp.Client, name: str, **arguments: Any) -> dict[str, Any]:
    """The error of a call that went wrong."""
    result = await client.call_tool(name, arguments)
    assert result.is_error, result.content
    error = result.structured_content["error"]
    assert error["code"] in result.content[0].text
    return error


class Tools(unittest.TestCase):
    """Every tool, on the same rows in a server and in the folder of one that has ended."""

    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        with needletail.connect(cls.server.address) as db:
            db.execute(
                "CREATE TABLE docs (id BIGINT PRIMARY KEY, lang TEXT, body TEXT, v vector(3))"
            )
            db.execute("CREATE INDEX docs_v ON docs USING hnsw (v vector_l2_ops) INCLUDE (lang)")
            db.execute_many(
                "INSERT INTO docs VALUES ($1, $2, $3, $4)",
                [[n, "en" if n % 2 else "de", f"text {n}", [n, 1, 0]] for n in range(ROWS)],
            )

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.close()

    def both(self, work: Callable[[mcp.Client], Awaitable[None]], *arguments: str) -> None:
        """Through the server, then on its folder while it is down."""
        run(f"needletail://{self.server.address}", work, *arguments)
        self.server.end(signal.SIGTERM)
        try:
            run(f"{self.server.folder}/db", work, *arguments)
        finally:
            self.server.start()

    def test_describe(self) -> None:
        async def work(client: mcp.Client) -> None:
            tables = (await call(client, "describe"))["tables"]
            self.assertEqual([table["name"] for table in tables], ["docs"])
            table = (await call(client, "describe", table="docs"))["tables"][0]
            self.assertEqual(table, tables[0])
            self.assertEqual(table["rows"], ROWS)
            self.assertEqual([c["column"] for c in table["columns"]], ["id", "lang", "body", "v"])
            self.assertIn("docs_v", [index["name"] for index in table["indexes"]])
            for example in table["examples"]:
                await call(
                    client,
                    "query",
                    sql=example,
                    **({"parameters": {"q": [1, 2, 3]}} if ":q" in example else {}),
                )
            error = await refused(client, "describe", table="nothing")
            self.assertEqual(error["code"], "42P01")

        self.both(work)

    def test_query(self) -> None:
        async def work(client: mcp.Client) -> None:
            found = await call(
                client, "query", sql="SELECT id, v FROM docs WHERE id < $1 ORDER BY id",
                parameters=[2],
            )
            self.assertEqual(found["rows"], [[0, "vector(3)"], [1, "vector(3)"]])
            self.assertFalse(found["truncated"])
            found = await call(
                client, "query", sql="SELECT v FROM docs WHERE id = :id", parameters={"id": 3},
                include_vectors=True,
            )
            self.assertEqual(found["rows"], [[[3, 1, 0]]])
            cut = await call(client, "query", sql="SELECT id FROM docs ORDER BY id", max_rows=3)
            self.assertEqual((cut["row_count"], cut["truncated"]), (3, True))
            self.assertIn("max_rows", cut["truncated_because"])
            long = await call(
                client, "query", sql="SELECT repeat('x', 100000) AS x FROM docs", max_rows=1000
            )
            self.assertLess(long["row_count"], 4)
            self.assertIn("bytes", long["truncated_because"])

        self.both(work)

    def test_nothing_can_be_changed(self) -> None:
        async def work(client: mcp.Client) -> None:
            names = [tool.name for tool in (await client.list_tools()).tools]
            self.assertEqual(names, ["describe", "query", "search"])
            for sql in (
                "DELETE FROM docs", "INSERT INTO docs (id) VALUES (999)", "DROP TABLE docs",
                "UPDATE docs SET lang = 'x'", "EXPLAIN ANALYZE DELETE FROM docs", "COMMIT",
                "/* now */ BEGIN READ WRITE", "SET default_transaction_read_only = off",
                "CREATE TABLE more (id INT PRIMARY KEY)", "COPY docs FROM STDIN",
            ):
                error = await refused(client, "query", sql=sql)
                self.assertIn(error["code"], ("25006", "25001", "22023", "0A000"), sql)
            with self.assertRaises(mcp.MCPError):
                await client.call_tool("upsert", {"table": "docs", "rows": [{"id": 1}]})
            counted = await call(client, "query", sql="SELECT count(*) FROM docs")
            self.assertEqual(counted["rows"], [[ROWS]])

        self.both(work)

    def test_search(self) -> None:
        async def work(client: mcp.Client) -> None:
            found = await call(client, "search", table="docs", vector=[5, 1, 0], k=3)
            self.assertEqual([row[0] for row in found["rows"]], [5, 4, 6])
            self.assertEqual(found["rows"][0][-1], 0)
            self.assertIn("docs", found["plan"])
            self.assertIn("exact", found)
            self.assertIn("<->", found["statement"])
            near = await call(
                client, "search", table="docs", column="v", near_key=5, k=2,
                filter="lang = $1 -- of its kind", parameters=["en"], columns=["id"],
            )
            self.assertEqual([row[0] for row in near["rows"]], [3, 7])
            named = await call(
                client, "search", table="docs", vector=[0, 1, 0], k=1, filter="lang = :l",
                parameters={"l": "en"},
            )
            self.assertEqual(named["rows"][0][0], 1)
            for code, arguments in (
                ("22023", {"vector": [1, 2, 3], "near_key": 1}),
                ("22023", {"near_key": 12345}),
                ("22000", {"vector": [1, 2]}),
                ("42703", {"vector": [1, 2, 3], "column": "body"}),
                ("42703", {"vector": [1, 2, 3], "filter": "nothing = 1"}),
                ("22023", {"vector": [1, 2, 3], "k": 0}),
                ("22023", {"vector": [1, 2, 3], "limit": 3}),
            ):
                error = await refused(client, "search", table="docs", **arguments)
                self.assertEqual(error["code"], code, arguments)
                if code == "22023":
                    self.assertTrue(error["hint"], arguments)

        self.both(work)

    def test_upsert(self) -> None:
        async def work(client: mcp.Client) -> None:
            names = [tool.name for tool in (await client.list_tools()).tools]
            self.assertIn("upsert", names)
            rows = [{"id": 100, "lang": "fr", "v": [9, 9, 9]}, {"id": 101, "body": None}]
            written = await call(client, "upsert", table="docs", rows=rows)
            self.assertEqual(written, {"rows_written": 2})
            error = await refused(client, "upsert", table="docs", rows=[{"id": 102}, {"idd": 1}])
            self.assertEqual(error["code"], "42703")
            counted = await call(client, "query", sql="SELECT count(*) FROM docs WHERE id >= 100")
            self.assertEqual(counted["rows"], [[2]], "all or nothing")
            error = await refused(client, "query", sql="DELETE FROM docs")
            self.assertEqual(error["code"], "25006", "query reads only, whatever is allowed")

        self.both(work, "--allow-writes")
        with needletail.connect(self.server.address) as db:
            db.execute("DELETE FROM docs WHERE id >= 100")

    def test_both_ways_to_begin(self) -> None:
        for mode, version in (("auto", "2026-07-28"), ("legacy", "2025-11-25")):

            async def work(client: mcp.Client) -> None:
                self.assertEqual(client.protocol_version, version)
                assert client.server_info is not None
                self.assertEqual(client.server_info.name, "needletail")
                self.assertEqual(len((await client.list_tools()).tools), 3)
                found = await call(client, "query", sql="SELECT 1 AS one")
                self.assertEqual(found["rows"], [[1]])

            with self.subTest(mode=mode):
                run(f"needletail://{self.server.address}", work, mode=mode)


class Lines(unittest.TestCase):
    """The protocol itself, line by line."""

    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.close()

    def exchange(self, *lines: str) -> list[dict[str, Any]]:
        """What is answered to these lines; every line of the output is a message."""
        command = [BINARY, "mcp", f"needletail://{self.server.address}"]
        done = subprocess.run(
            command, input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=30
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        for answer in answers:
            self.assertEqual(answer["jsonrpc"], "2.0")
        return answers

    def test_versions(self) -> None:
        for wanted, given in (
            ("2024-11-05", "2024-11-05"), ("2025-06-18", "2025-06-18"),
            ("2025-11-25", "2025-11-25"), ("1999-01-01", "2025-11-25"),
        ):
            request = {"jsonrpc": "2.0", "id": 1, "method": "initialize",
                       "params": {"protocolVersion": wanted, "capabilities": {},
                                  "clientInfo": {"name": "t", "version": "1"}}}
            answer = self.exchange(json.dumps(request))[0]
            self.assertEqual(answer["result"]["protocolVersion"], given)
            self.assertIn("tools", answer["result"]["capabilities"])
        meta = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2031-01-01"}}
        request = {"jsonrpc": "2.0", "id": "a", "method": "tools/list", "params": meta}
        error = self.exchange(json.dumps(request))[0]["error"]
        self.assertEqual(error["code"], -32022)
        self.assertIn("2026-07-28", error["data"]["supported"])

    def test_what_is_no_request(self) -> None:
        answers = self.exchange(
            "this is no JSON", "[]", "{}", "", '{"jsonrpc":"2.0","id":7,"method":"nothing"}',
            '{"jsonrpc":"2.0","method":"notifications/initialized"}',
            '{"jsonrpc":"2.0","id":8,"method":"ping"}',
            '{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"nothing"}}',
        )
        codes = [answer.get("error", {}).get("code") for answer in answers]
        self.assertEqual(codes, [-32700, -32600, -32600, -32601, None, -32602])
        self.assertEqual(answers[4], {"jsonrpc": "2.0", "id": 8, "result": {}})

    def test_a_call_can_be_cancelled(self) -> None:
        slow = ("SELECT count(*) FROM generate_series(1, 100000) a, "
                "generate_series(1, 100000) b WHERE a.a < 0")
        request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                   "params": {"name": "query", "arguments": {"sql": slow}}}
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled",
                  "params": {"requestId": 1}}
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        answers = self.exchange(*map(json.dumps, (request, ping, cancel)))
        self.assertEqual([answer["id"] for answer in answers], [2, 1])
        error = answers[1]["result"]["structuredContent"]["error"]
        self.assertIn(error["code"], ("57014", "0A000", "42601"), error)

    def test_a_target_that_is_not_there(self) -> None:
        for target in ("/nowhere/at/all", "needletail://127.0.0.1:1"):
            done = subprocess.run([BINARY, "mcp", target], input="", capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("ERROR", done.stderr)
