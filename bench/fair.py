#!/usr/bin/env python3
"""Measures how long a small query waits while other clients send large requests to the same server.

    bench/fair.py [--rappel FILE] [--embedder FOLDER] [--reranker FOLDER] [--threads 2] [--seconds 20]
                  [--clients 3]

A good client asks small queries, each reranked, one after another: first alone ("quiet"), then beside each attack, whose
clients repeat their request until it ends. The last column is the time of an upsert of 30 documents beside the attack. All
clients have one token and one address, which is the worst case: clients with different tokens share equally on top of that.
"""

import argparse
import http.client
import json
import tempfile
import threading
import time
from pathlib import Path

from server import Server

ROOT = Path(__file__).resolve().parent.parent
LONG = " ".join(f"word{i}" for i in range(400))
SENTENCE = "about otters, rivers and the law of the sea. "
ATTACKS = {
    "quiet": None,
    "400 words, 100 candidates": ("/query", lambda n: {"queries": [{"query": f"{n} {LONG}", "top_k": 100}]}),
    "200 queries of 400 words": ("/query", lambda n: {"queries": [{"query": f"{n} {i} {LONG}", "top_k": 1} for i in range(200)]}),
    "uploads of 200 KB": ("/upsert", lambda n: {"documents": [{"id": f"upload {n % 7}", "text": "".join(
        f"{n} {i} {SENTENCE}" for i in range(3500))}]}),
}


def ask(server, path, body):
    """Seconds until the response, and its status."""
    connection = server.connect()
    start = time.monotonic()
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return time.monotonic() - start, answer.status
    finally:
        connection.close()


def documents(prefix, count):
    return {"documents": [{"id": f"{prefix} {i}", "text": f"{prefix} {i} " + SENTENCE * 12} for i in range(count)]}


def repeat(server, attack, first, end):
    path, body = attack
    number = first
    while not end.is_set():
        try:
            ask(server, path, body(number))
        except (OSError, http.client.HTTPException):
            if end.is_set():
                return
        number += 1000


def measure(options, attack):
    """Sorted seconds of the good client's queries, and those of an upsert."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(options, folder, options.embedder, reranker=options.reranker)
        end = threading.Event()
        try:
            ask(server, "/upsert", documents("document", 150))
            for number in range(options.clients if attack else 0):
                threading.Thread(target=repeat, args=(server, attack, number, end), daemon=True).start()
            time.sleep(2)
            times, until = [], time.monotonic() + options.seconds
            while time.monotonic() < until or len(times) < 5:
                seconds, status = ask(server, "/query", {"queries": [{"query": f"otters {len(times)}"}]})
                times.append(seconds if status == 200 else float("inf"))
            upsert, _ = ask(server, "/upsert", documents("late", 30))
            return sorted(times), upsert
        finally:
            end.set()
            server.process.kill()
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rappel", type=Path, default=ROOT / "build" / "release" / "rappel")
    parser.add_argument("--embedder", type=Path, default=ROOT / "models" / "all-MiniLM-L6-v2")
    parser.add_argument("--reranker", type=Path, default=ROOT / "models" / "rappel-rerank-mini-en")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--isa", default="")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=3, help="of each attack")
    options = parser.parse_args()
    for name in ("rappel", "embedder", "reranker"):
        setattr(options, name, getattr(options, name).resolve())
    print("| beside | queries | median, ms | p99, ms | upsert, s |\n|---|---|---|---|---|")
    for name, attack in ATTACKS.items():
        times, upsert = measure(options, attack)
        milliseconds = [1000 * times[int(share * (len(times) - 1))] for share in (0.5, 0.99)]
        print(f"| {name} | {len(times)} | {milliseconds[0]:.0f} | {milliseconds[1]:.0f} | {upsert:.1f} |", flush=True)


if __name__ == "__main__":
    main()
