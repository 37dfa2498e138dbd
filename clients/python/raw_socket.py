#!/usr/bin/env python3
"""Every request of Needletail's line protocol, with nothing but a socket.

    python3 raw_socket.py [HOST:PORT]        # 127.0.0.1:7117 where none is given

A request is one line of JSON with an id of your choice. Its answer is one line or several with the
same id; the last one has "done" or "err".
"""

import base64
import json
import socket
import struct
import sys

host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7117").rpartition(":")
stream = socket.create_connection((host, int(port))).makefile("rw", encoding="utf-8", newline="\n")
ids = iter(range(1, 1_000_000))


def send(**request):
    stream.write(json.dumps(request) + "\n")
    stream.flush()
    return request.get("id")


def answer(request_id):
    rows = []
    while True:
        line = json.loads(stream.readline() or '{"err": {"code": "08006", "msg": "closed"}}')
        if line.get("id", request_id) != request_id:
            continue  # a line of another answer
        rows += line.get("rows", []) + ([line["d"]] if "d" in line else [])
        if "err" in line or "done" in line:
            print(request_id, line.get("done") or line["err"], rows[:3])
            return rows


def ask(q, **more):
    return answer(send(id=next(ids), q=q, **more))


def f32(*components):  # exact, and a quarter of the bytes of decimals
    return {"$f32": base64.b64encode(struct.pack(f"<{len(components)}f", *components)).decode()}


answer(send(id=next(ids), ping=True))
ask("DROP TABLE IF EXISTS raw_socket")
ask("CREATE TABLE raw_socket (id BIGINT PRIMARY KEY, body TEXT, v vector(3))")
ask("INSERT INTO raw_socket VALUES ($1, $2, $3)", p=[1, "one", f32(1, 0, 0)])
ask("INSERT INTO raw_socket VALUES ($1, $2, $3)", batch=[[2, "two", f32(0, 1, 0)], [3, None, [0, 0, 1]]])
ask("SELECT id, body, v <-> :q AS d FROM raw_socket ORDER BY d LIMIT 2", p={"q": f32(1, 0.1, 0)}, timeout_ms=2000)
ask("SELECT v FROM raw_socket ORDER BY id", vec="json")
for statement in ("BEGIN", "DELETE FROM raw_socket", "ROLLBACK", "SELECT count(*) FROM raw_socket"):
    ask(statement)
copy = send(id=next(ids), q="COPY raw_socket FROM STDIN WITH (FORMAT jsonl)")
send(id=copy, d=[{"id": 4, "body": "four", "v": [1, 1, 0]}])
send(id=copy, d='{"id": 5, "body": "five", "v": [1, 1, 1]}\n')
send(id=copy, end=True)
answer(copy)
ask("COPY raw_socket TO STDOUT WITH (FORMAT jsonl)")
both = [send(id=next(ids), q="SELECT count(*) FROM raw_socket") for _ in range(2)]  # pipelined
list(map(answer, both))
send(cancel=send(id="slow", q="SELECT id FROM raw_socket", after=both[-1]))  # may come too late
answer("slow")
ask("SELECT nonsense FROM raw_socket")
ask("DROP TABLE raw_socket")
