#!/usr/bin/env python3
"""Measures how much memory a server takes beyond its models while clients send the largest requests that it accepts.

    bench/memory.py [--rappel FILE] [--embedder FOLDER] [--threads 2] [--seconds 60] [--only NAME] [--bound-mb 512]

Each attack runs on a fresh `rappel serve` with default settings. Its clients come from addresses of their own (127.0.0.2, ..),
so that each has a share; all send at the same time. Every 20 ms the resident memory of the server is read; the programs that
it starts for reading files are counted with it. After `--seconds` the connections are cut. The figures are the peak beyond the
idle server, and the statuses of the responses that came in time. The exit status is 1 if a peak exceeds the bound.
"""

import argparse
import functools
import io
import json
import os
import random
import socket
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

from server import Server

ROOT = Path(__file__).resolve().parent.parent
MB = 1_000_000
WORDS = ["river", "otter", "law", "stone", "measure", "answer", "winter", "copper", "signal", "paper", "harbour", "theory"]


@functools.cache
def long_sentence(seed):
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) for _ in range(40_000)) + ". "


def prose(size, seed=1):
    sentence = long_sentence(seed)
    return (sentence * (size // len(sentence) + 1))[:size]


def upsert(documents):
    return "/upsert", "application/json", json.dumps({"documents": documents}).encode()


def file_upload(name, content):
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return "/upsert-file", "multipart/form-data; boundary=b", head + content + b"\r\n--b--\r\n"


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, content in members:
            target.writestr(name, content)
    return out.getvalue()


def archives(count):
    """Small bodies that give as much text as a file may."""
    inner = archive([(f"{n}.txt", prose(2 * MB, n)) for n in range(28)])
    return [file_upload(f"{n}.zip", inner) for n in range(count)]


def mails(count):
    """One attachment of the largest size each."""
    body = b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n" \
           b"Content-Disposition: attachment; filename=a.txt\r\n\r\n" + prose(58 * MB).encode() + b"\r\n--x--\r\n"
    return [file_upload("a.eml", body) for _ in range(count)]


def tables(count):
    """Many short rows: small pieces of text that each need a place."""
    return [file_upload("t.csv", b"a,b\n" * 3_000_000) for _ in range(count)]


def nested(depth):
    value = "[" * depth + "]" * depth
    return "/query", "application/json", ('{"queries":[{"query":"a","x":%s}]}' % value).encode()


ATTACKS = {
    "one upload of 58 MB": lambda: [upsert([{"id": "a", "text": prose(58 * MB)}])],
    "four uploads of 58 MB": lambda: [upsert([{"id": f"{n}", "text": prose(58 * MB)}]) for n in range(4)],
    "six uploads of 40 MB": lambda: [upsert([{"id": f"{n}", "text": prose(40 * MB)}]) for n in range(6)],
    "eight of 100 000 documents": lambda: [upsert([{"text": f"{n} short text {i}"} for i in range(100_000)]) for n in range(8)],
    "two in small documents": lambda: [upsert([{"id": f"{n}-{i}", "text": prose(2000, i % 7)} for i in range(28_000)])
                                       for n in range(2)],
    "eight archives": lambda: archives(8),
    "eight mails with 58 MB": lambda: mails(8),
    "eight tables of short rows": lambda: tables(8),
    "24 bodies of brackets": lambda: [nested(4 * MB) for _ in range(24)],
    "24 bodies of small values": lambda: [("/query", "application/json", b'{"queries":[{"query":"a","filter":{"x":[' +
                                           b"1," * 4_000_000 + b'1]}}]}') for _ in range(24)],
}


class Peak(threading.Thread):
    """The largest memory of a process and of those that it started, in bytes."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.own, self.stopping = pid, 0, 0, False

    def run(self):
        while not self.stopping:
            own = resident(self.pid)
            self.own = max(self.own, own)
            self.peak = max(self.peak, own + sum(resident(child) for child in children(self.pid)))
            time.sleep(0.02)


def resident(pid):
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = [line for line in text.splitlines() if line.startswith("VmRSS:")]
    return int(found[0].split()[1]) * 1024 if found else 0


def children(pid):
    try:
        found = [int(child) for thread in os.listdir(f"/proc/{pid}/task")
                 for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split()]
    except OSError:
        return []
    return found + [below for child in found for below in children(child)]


def send(port, number, request, statuses, deadline):
    path, kind, body = request
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n" \
           "Connection: close\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), 30, source_address=(f"127.0.0.{number + 2}", 0)) as one:
            one.settimeout(max(1, deadline - time.monotonic()))
            try:
                one.sendall(head.encode() + body)
            except (ConnectionError, BrokenPipeError):
                pass  # refused before the whole body was sent: the response is there
            answer = one.recv(4096)
            statuses.append(answer[9:12].decode() or "closed")
    except (OSError, TimeoutError) as error:
        statuses.append("late" if isinstance(error, TimeoutError) else type(error).__name__)


def attack(settings, requests):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(settings, folder, settings.embedder)
        try:
            idle = resident(server.process.pid)
            watch, statuses = Peak(server.process.pid), []
            watch.start()
            deadline = time.monotonic() + settings.seconds
            clients = [threading.Thread(target=send, args=(server.port, n, request, statuses, deadline))
                       for n, request in enumerate(requests)]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
            watch.stopping = True
            watch.join()
        finally:
            server.stop()
    return idle / MB, (watch.own - idle) / MB, (watch.peak - idle) / MB, statuses


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rappel", default=str(ROOT / "build/release/rappel"))
    parser.add_argument("--embedder", default=str(ROOT / "models/all-MiniLM-L6-v2"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", default="", help="attacks whose name contains this")
    parser.add_argument("--bound-mb", type=float, default=512)
    settings = parser.parse_args()
    settings.isa = None
    over = False
    print(f"{'attack':<30}{'idle MB':>9}{'server MB':>11}{'with readers':>14}  responses")
    for name, make in ATTACKS.items():
        if settings.only not in name:
            continue
        idle, own, peak, statuses = attack(settings, make())
        over = over or own > settings.bound_mb
        counts = ", ".join(f"{statuses.count(status)} x {status}" for status in sorted(set(statuses)))
        print(f"{name:<30}{idle:>9.0f}{own:>11.0f}{peak:>14.0f}  {counts}", flush=True)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
