#!/usr/bin/env python3
"""Measures how long a small query waits while slow and broken clients press the same server.

    bench/broken.py [--rappel FILE] [--embedder FOLDER] [--threads 2] [--seconds 20] [--clients 200]

Good clients ask small queries, one after another: first alone ("quiet"), then beside each kind of bad client, then beside all
kinds at once. A bad client that is disconnected comes again at once. Columns: queries of the good clients, their median and p99
in milliseconds, those that were not answered with 200, and the growth of the server's memory in MB.
"""

import argparse
import asyncio
import http.client
import json
import os
import re
import tempfile
import threading
import time
from pathlib import Path

from server import Server

ROOT = Path(__file__).resolve().parent.parent
GOOD = 4
HEAD = b"POST /upsert-file HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'


async def slow_header(reader, writer):
    for byte in HEAD * 100:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.5)


async def slow_body(reader, writer):
    writer.write(HEAD + b"Content-Length: 50000000\r\n\r\n" + FORM)
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.2)


async def cut_upload(reader, writer):
    writer.write(HEAD + b"Content-Length: 50000000\r\n\r\n" + FORM + b"x" * 2_000_000)
    await asyncio.wait_for(writer.drain(), 20)
    await asyncio.sleep(1)


async def garbage(reader, writer):
    for _ in range(20):
        writer.write(os.urandom(200) + b"\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
        await writer.drain()
        await asyncio.sleep(0.2)


async def pipelined(reader, writer):
    query = json.dumps({"queries": [{"query": "otters"}]}).encode()
    request = b"POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(query) + query
    broken = b"POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"
    writer.write(request + broken)
    await writer.drain()
    await asyncio.wait_for(reader.read(100_000), 10)
    await asyncio.sleep(1)


async def no_reader(reader, writer):
    for _ in range(2000):
        writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.wait_for(writer.drain(), 20)


async def bad_chunks(reader, writer):
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nffffffffffffffffffff\r\n")
    await writer.drain()
    await asyncio.sleep(1)


async def bomb(reader, writer):
    import gzip
    body = gzip.compress(b" " * 20_000_000)
    writer.write(b"POST /upsert HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                 b"Content-Length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()
    await asyncio.wait_for(reader.read(100_000), 20)
    await asyncio.sleep(2)


KINDS = {"slow headers": slow_header, "slow bodies": slow_body, "cut uploads": cut_upload, "garbage": garbage,
         "pipelined requests": pipelined, "no reading": no_reader, "bad chunks": bad_chunks, "gzip bombs": bomb}


async def press(kind, port):
    while True:
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
            await kind(reader, writer)
        except (OSError, asyncio.TimeoutError):
            await asyncio.sleep(0.05)
        finally:
            if writer is not None:
                writer.transport.abort()


def press_all(kinds, clients, port):
    """Threads would cost the machine more than the clients do: one process, one loop. Returns its process."""
    child = os.fork()
    if child:
        return child

    async def run():
        await asyncio.gather(*(press(kinds[number % len(kinds)], port) for number in range(clients)))

    try:
        asyncio.run(run())
    finally:
        os._exit(0)


def ask_until(server, end, times, failures):
    number = 0
    while time.monotonic() < end:
        number += 1
        start = time.monotonic()
        try:
            connection = server.connect()
            connection.request("POST", "/query", json.dumps({"queries": [{"query": f"otters {number % 50}"}]}),
                               {"Content-Type": "application/json"})
            status = connection.getresponse().status
            connection.close()
        except (OSError, http.client.HTTPException):
            status = 0
        times.append(time.monotonic() - start)
        if status != 200:
            failures.append(status)
        time.sleep(0.02)


def resident(process):
    return int(re.search(r"VmRSS:\s*(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]) / 1000


def measure(options, kinds):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(options, folder, options.embedder)
        child = None
        try:
            connection = server.connect()
            documents = {"documents": [{"id": str(i), "text": f"document {i} about otters and rivers"} for i in range(150)]}
            connection.request("POST", "/upsert", json.dumps(documents), {"Content-Type": "application/json"})
            connection.getresponse().read()
            if kinds:
                child = press_all(kinds, options.clients, server.port)
                time.sleep(2)
            before, times, failures = resident(server.process), [], []
            end = time.monotonic() + options.seconds
            good = [threading.Thread(target=ask_until, args=(server, end, times, failures)) for _ in range(GOOD)]
            for thread in good:
                thread.start()
            for thread in good:
                thread.join()
            return sorted(times), failures, resident(server.process) - before
        finally:
            if child:
                os.kill(child, 9)
                os.waitpid(child, 0)
            server.process.kill()
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rappel", type=Path, default=ROOT / "build" / "release" / "rappel")
    parser.add_argument("--embedder", type=Path, default=ROOT / "models" / "all-MiniLM-L6-v2")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--isa", default="")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=200, help="bad ones")
    parser.add_argument("--kinds", default="", help="of bad clients, separated by commas; default: each alone, then all")
    options = parser.parse_args()
    for name in ("rappel", "embedder"):
        setattr(options, name, getattr(options, name).resolve())
    named = {"quiet": [], **{name: [kind] for name, kind in KINDS.items()}, "all of them": list(KINDS.values())}
    if options.kinds:
        named = {name: named[name] for name in options.kinds.split(",")}
    print("| beside | queries | median, ms | p99, ms | failed | memory, MB |\n|---|---|---|---|---|---|")
    for name, kinds in named.items():
        times, failures, grown = measure(options, kinds)
        median, p99 = (1000 * times[int(share * (len(times) - 1))] for share in (0.5, 0.99))
        print(f"| {name} | {len(times)} | {median:.1f} | {p99:.1f} | {len(failures)} | {grown:+.0f} |", flush=True)


if __name__ == "__main__":
    main()
