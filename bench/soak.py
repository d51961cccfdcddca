"""Ten minutes of mixed work on one server. Its memory must stay constant, the log of its database short, and every response
must be 200.

    bench/soak.py [--minutes 10] [--clients 4] [--rappel PROGRAM] [--minilm FOLDER] [--json FILE]

`rappel serve` runs the real all-MiniLM-L6-v2 on a free port of this machine. One client keeps storing batches of documents
under the same 600 ids, in varying lengths, and deletes some. The other clients send queries, some repeatedly, some once.
Every two seconds it records private (RssAnon) and total (VmRSS) memory and the size of the database's log. The exit status is 1
if the median of the last third of the time exceeds that of the second by more than 5 % and 8 MB, if the log was larger than
twice its size of a checkpoint (docs/storage.md), or if a response was not 200.
"""

import argparse
import http.client
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import http_burst
from child import ChildError
from server import Server

ROOT = Path(__file__).resolve().parent.parent
IDS, SHARE, BYTES = 600, 0.05, 8e6
LOG_BYTES = 2 * (16 << 20)


def resident(process):
    """(own, all) bytes."""
    values = {}
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("RssAnon", "VmRSS"):
            values[name] = int(value.split()[0]) * 1024
    return values["RssAnon"], values["VmRSS"]


def log_size(folder):
    """Bytes of the write-ahead log."""
    log = Path(folder) / "data" / "rappel.db-wal"
    return log.stat().st_size if log.exists() else 0


class Client(threading.Thread):
    """Does `work(connection, random)` until told to stop; keeps the first error."""

    def __init__(self, server, seed, work):
        super().__init__()
        self.connection, self.random, self.work = server.connect(), random.Random(seed), work
        self.stopping, self.requests, self.error = False, 0, None

    def run(self):
        try:
            while not self.stopping:
                self.work(self.connection, self.random)
                self.requests += 1
        except (ChildError, OSError, http.client.HTTPException) as error:
            self.error = f"{type(error).__name__}: {error}"


def delete(connection, ids):
    connection.request("DELETE", "/delete", json.dumps({"ids": ids}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise ChildError(f"/delete answered {answer.status}: {content[:200]!r}")


def storing(documents):
    def work(connection, draw):
        ids = draw.sample(range(IDS), 12)
        http_burst.post(connection, "/upsert", {"documents": [
            {"id": f"d{n}", "text": draw.choice(documents)[:draw.randrange(200, 2000)]} for n in ids]})
        if draw.random() < 0.3:
            delete(connection, [f"d{n}" for n in ids[:4]])
    return work


def asking(questions):
    def work(connection, draw):
        text = draw.choice(questions)
        if draw.random() < 0.5:
            text += f" {draw.random():.9f}"  # not in the cache
        http_burst.ask(connection, text)
    return work


def soak(settings):
    documents, questions = http_burst.passages(settings, 400), http_burst.texts(settings, 300)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(settings, folder, settings.minilm)
        clients = [Client(server, n, asking(questions) if n else storing(documents)) for n in range(settings.clients)]
        samples = []
        try:
            for client in clients:
                client.start()
            begin = time.monotonic()
            while time.monotonic() - begin < settings.minutes * 60 and not any(client.error for client in clients):
                samples.append((round(time.monotonic() - begin, 1), *resident(server.process), log_size(folder)))
                time.sleep(2)
        finally:
            for client in clients:
                client.stopping = True
            for client in clients:
                client.join(120)
            server.stop()
    thirds = [[sample[1] for sample in samples[n * len(samples) // 3:(n + 1) * len(samples) // 3]] for n in range(3)]
    medians = [statistics.median(third) if third else 0 for third in thirds]
    errors = [client.error for client in clients if client.error]
    log = max(sample[3] for sample in samples)
    return {"minutes": settings.minutes, "stored": clients[0].requests, "asked": sum(c.requests for c in clients[1:]),
            "own_mb_of_thirds": [round(value / 1e6, 1) for value in medians],
            "most_mb": round(max(sample[2] for sample in samples) / 1e6, 1), "log_mb": round(log / 1e6, 1), "errors": errors,
            "flat": not errors and log <= LOG_BYTES and medians[2] <= medians[1] * (1 + SHARE) + BYTES,
            "samples_s_own_all_mb": [[at, round(own / 1e6, 1), round(every / 1e6, 1)] for at, own, every, _ in samples[::15]]}


def main():
    parser = argparse.ArgumentParser(description="Mixed work for some minutes; memory has to stay flat and the log short.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--isa", default="")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--minilm", type=Path, default=ROOT / "models" / "all-MiniLM-L6-v2")
    parser.add_argument("--rappel", type=Path, default=ROOT / "build/release/rappel")
    parser.add_argument("--json", type=Path)
    settings = parser.parse_args()
    try:
        result = soak(settings)
    except (ChildError, OSError) as error:
        sys.exit(str(error))
    text = json.dumps(result, indent=1)
    print(text)
    if settings.json:
        settings.json.write_text(text + "\n")
    sys.exit(0 if result["flat"] else 1)


if __name__ == "__main__":
    main()
