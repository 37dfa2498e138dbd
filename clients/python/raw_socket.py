#!/usr/bin/env python3
"""Every request of Needletail's line protocol with nothing but a socket: raw_socket.py [HOST:PORT]"""
import base64
import json
import socket
import struct
import sys

host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7117").rpartition(":")
stream = socket.create_connection((host, int(port))).makefile("rw", encoding="utf-8", newline="\n")
ids = iter(range(1, 1_000_000))

def send(**request):  # one line of JSON with an id of your choice
    stream.write(json.dumps(request) + "\n")
    stream.flush()
    return request.get("id")

def answer(request_id):  # one line or several with that id; the last one has "done" or "err"
    rows = []
    while True:
        line = json.loads(stream.readline() or '{"err": {"code": "08006", "msg": "closed"}}')
        rows += line.get("rows", []) + ([line["d"]] if "d" in line else [])
        if line.get("id", request_id) == request_id and ("err" in line or "done" in line):
            return print(request_id, line.get("done") or line["err"], rows[:3])

def ask(q, **more):
    answer(send(id=next(ids), q=q, **more))

def f32(*components):  # exact, and a quarter of the bytes of decimals
    return {"$f32": base64.b64encode(struct.pack(f"<{len(components)}f", *components)).decode()}

answer(send(id=next(ids), ping=True))
for statement in ("DROP TABLE IF EXISTS raw", "CREATE TABLE raw (id BIGINT PRIMARY KEY, body TEXT, v vector(3))"):
    ask(statement)
ask("INSERT INTO raw VALUES ($1, $2, $3)", p=[1, "one", f32(1, 0, 0)])
ask("INSERT INTO raw VALUES ($1, $2, $3)", batch=[[2, "two", f32(0, 1, 0)], [3, None, [0, 0, 1]]])
ask("SELECT id, body, v <-> :q AS d FROM raw ORDER BY d LIMIT 2", p={"q": f32(1, 0.1, 0)}, timeout_ms=2000)
ask("SELECT v FROM raw ORDER BY id", vec="json")
for statement in ("BEGIN", "DELETE FROM raw", "ROLLBACK", "SELECT count(*) FROM raw", "SELECT nonsense FROM raw"):
    ask(statement)
copy = send(id=next(ids), q="COPY raw FROM STDIN WITH (FORMAT jsonl)")
send(id=copy, d=[{"id": 4, "body": "four", "v": [1, 1, 0]}])
answer(send(id=copy, end=True))
ask("COPY raw TO STDOUT WITH (FORMAT jsonl)")
both = [send(id=next(ids), q="SELECT count(*) FROM raw") for _ in range(2)]  # pipelined
list(map(answer, both))
ask("SELECT $2::int AS query, id FROM raw ORDER BY v <-> $1 LIMIT 1", batch=[[f32(1, 0, 0), 1], [[0, 0, 1], 2]])
send(cancel=send(id="slow", q="SELECT id FROM raw", after=both[-1]))  # may come too late
answer("slow")
