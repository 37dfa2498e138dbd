"""Loads a server with many connections at once and prints, as JSON, how it answered.

    load.py ADDRESS mixed CONNECTIONS SECONDS PID
    load.py ADDRESS slow CONNECTIONS SECONDS

`mixed` asks through every connection, one request at a time, 95 reads to 5 writes, and reads the
resident memory of process PID meanwhile. `slow` has CONNECTIONS send one byte a second each, while
100 good ones ask; it measures those before and meanwhile.
"""

import asyncio
import json
import random
import resource
import sys
import time


async def connect(address: str):
    if address.startswith("unix:"):
        return await asyncio.open_unix_connection(address[5:])
    host, port = address.rsplit(":", 1)
    return await asyncio.open_connection(host.strip("[]"), int(port))


async def ask(stream, request: dict) -> dict:
    reader, writer = stream
    writer.write(json.dumps(request).encode() + b"\n")
    line = await reader.readline()
    if not line:
        raise EOFError("the connection was lost")
    return json.loads(line)


def request(number: int, generator: random.Random) -> dict:
    row = generator.randrange(1000)
    if generator.random() < 0.05:
        return {"id": number, "q": "UPDATE t SET n = n + 1 WHERE id = $1", "p": [row]}
    if generator.random() < 0.5:
        return {"id": number, "q": "SELECT n, name FROM t WHERE id = $1", "p": [row]}
    vector = [generator.random() for _ in range(8)]
    return {"id": number, "q": "SELECT id FROM t ORDER BY v <-> $1 LIMIT 5", "p": [vector]}


async def client(stream, until: float, seed: int, times: list, failures: dict, pause: float):
    generator = random.Random(seed)
    number = 0
    await asyncio.sleep(generator.random() * pause)
    while time.monotonic() < until:
        number += 1
        start = time.monotonic()
        try:
            answer = await ask(stream, request(number, generator))
        except (OSError, EOFError) as error:
            failures[type(error).__name__] = failures.get(type(error).__name__, 0) + 1
            return
        times.append(time.monotonic() - start)
        if "err" in answer:
            code = answer["err"]["code"]
            failures[code] = failures.get(code, 0) + 1
        await asyncio.sleep(pause * generator.random() * 2)


def resident(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def spread(times: list) -> dict:
    ordered = sorted(times) or [0.0]
    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 3)
    return {"requests": len(times), "p50": at(0.5), "p99": at(0.99)}


async def run(streams: list, seconds: float, pause: float, seed: int) -> tuple:
    times: list = []
    failures: dict = {}
    until = time.monotonic() + seconds
    await asyncio.gather(
        *(client(stream, until, seed + i, times, failures, pause)
          for i, stream in enumerate(streams)))
    return times, failures


async def connect_all(address: str, count: int) -> list:
    streams = []
    for start in range(0, count, 100):
        streams += await asyncio.gather(
            *(connect(address) for _ in range(min(100, count - start))))
    return streams


async def mixed(address: str, count: int, seconds: float, pid: int) -> dict:
    streams = await connect_all(address, count)
    samples = []

    async def watch():
        while True:
            await asyncio.sleep(seconds / 20)
            samples.append(resident(pid))

    watching = asyncio.create_task(watch())
    # Each asks twice a second or so: the load of many, not a race of all for two processors.
    times, failures = await run(streams, seconds, 1.0, 1)
    watching.cancel()
    half = len(samples) // 2
    return {
        **spread(times), "failures": failures, "connections": len(streams),
        "rssHalf": max(samples[:half] or [0]), "rssEnd": max(samples[half:] or [0]),
    }


async def slow(address: str, count: int, seconds: float) -> dict:
    good = await connect_all(address, 100)
    before, failed_before = await run(good, seconds, 0.2, 1)
    dribblers = await connect_all(address, count)
    text = b'{"id":1,"q":"SELECT n FROM t WHERE id = 1"}' + b" " * 100_000

    async def dribble(stream):
        for place in range(len(text)):
            stream[1].write(text[place:place + 1])
            await asyncio.sleep(1)

    tasks = [asyncio.create_task(dribble(stream)) for stream in dribblers]
    meanwhile, failed = await run(good, seconds, 0.2, 1)
    for task in tasks:
        task.cancel()
    return {
        "before": spread(before), "meanwhile": spread(meanwhile), "dribblers": len(dribblers),
        "failures": {**failed_before, **failed},
    }


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(hard, 4096)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    address, kind, count, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    if kind == "mixed":
        result = asyncio.run(mixed(address, count, seconds, int(sys.argv[5])))
    else:
        result = asyncio.run(slow(address, count, seconds))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
