"""Throughput of /v1/embeddings over HTTP with 1, 8 and 64 connections, against servers of other programs in the same run.

    bench/embeddings_http.py --model models/all-MiniLM-L6-v2 [--rappel build/release/rappel] [--fastapi PYTHON] [--infinity PROGRAM]

Each connection sends one text per request and the next when the answer is there. All servers are up, and rounds take turns, so
that what else the machine does meets all of them. PYTHON has fastapi, uvicorn and sentence-transformers
(peers/fastapi_server.py); PROGRAM is infinity_emb. The client is one thread on raw sockets; it shares the cores with the server.

Then the overhead of HTTP: requests of 32 passages, one connection; wall time beyond rappel's forward passes (/metrics).
"""

import argparse
import json
import re
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CONNECTIONS = (1, 8, 64)
BATCH = 32
ROOT = Path(__file__).resolve().parents[1]


class Load:
    """Closed-loop clients: every connection has one request under way."""

    def __init__(self, port, bodies, connections):
        self.bodies, self.next = bodies, 0
        self.selector = selectors.DefaultSelector()
        for _ in range(connections):
            one = socket.create_connection(("127.0.0.1", port), timeout=120)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(one, selectors.EVENT_READ, {"socket": one, "answer": b"", "sent": 0.0})

    def send(self, state):
        body = self.bodies[self.next % len(self.bodies)]
        self.next += 1
        state["answer"], state["sent"] = b"", time.perf_counter()
        state["socket"].sendall(b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                b"Content-Length: %d\r\n\r\n" % len(body) + body)

    @staticmethod
    def complete(answer):
        head, end, body = answer.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(f"the server answered {answer[:300]!r}")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        return len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n")

    def run(self, seconds):
        """(requests per second, milliseconds of each)."""
        states, times = [key.data for key in self.selector.get_map().values()], []
        begin = time.perf_counter()
        for state in states:
            self.send(state)
        busy = len(states)
        while busy:
            ready = self.selector.select(120)
            if not ready:
                raise RuntimeError("no answer within two minutes")
            for key, _ in ready:
                state = key.data
                part = state["socket"].recv(1 << 18)
                if not part:
                    raise RuntimeError("the server closed a connection")
                state["answer"] += part
                if not self.complete(state["answer"]):
                    continue
                now = time.perf_counter()
                times.append((now - state["sent"]) * 1e3)
                if now - begin < seconds:
                    self.send(state)
                else:
                    busy -= 1
        return len(times) / (time.perf_counter() - begin), times

    def close(self):
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Peer:
    def __init__(self, name, line, port, folder):
        self.name, self.port = name, port
        self.log = open(Path(folder) / f"{name.replace(' ', '-')}.log", "w")
        self.process = subprocess.Popen(line, cwd=folder, stdout=self.log, stderr=self.log)

    def wait(self):
        body = json.dumps({"input": ["ready"], "model": "m"}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/embeddings", body, {"Content-Type": "application/json"})
        for _ in range(600):
            try:
                vector = json.load(urllib.request.urlopen(request, timeout=60))["data"][0]["embedding"]
                return [float(x) for x in vector]
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        raise RuntimeError(f"{self.name} did not start: " + Path(self.log.name).read_text()[-500:])

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


def start_all(options, folder):
    model, peers = str(options.model.resolve()), []

    def add(name, make_line):
        port = free_port()
        peers.append(Peer(name, make_line(port), port, folder))

    for precision in ("int8", "float32"):
        add(f"rappel {precision}", lambda port, precision=precision: [
            str(options.rappel.resolve()), "serve", "--no-auth", "--no-rerank", "--port", str(port), "--embedding-model", model,
            "--threads", str(options.threads), "--embedding-precision", precision, "--data-dir", f"{folder}/{precision}", "--log-level", "warn"])
    if options.fastapi:
        add("FastAPI + sentence-transformers", lambda port: [
            options.fastapi, str(ROOT / "bench/peers/fastapi_server.py"), model, str(port), str(options.threads)])
    if options.infinity:
        add("infinity", lambda port: [options.infinity, "v2", "--model-id", model, "--port", str(port), "--device", "cpu",
                                      "--engine", "torch", "--url-prefix", "/v1", "--no-model-warmup", "--log-level", "error"])
    return peers


def texts_of(path, field, count):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line)[field] for line, _ in zip(lines, range(count))]


def percentile(times, share):
    return sorted(times)[int(share * (len(times) - 1))]


def throughput(peers, questions, options):
    bodies = [json.dumps({"input": text, "model": "m"}).encode() for text in questions]
    print("| server | connections | texts/s | p50 ms | p95 ms |\n|---|---|---|---|---|")
    for connections in CONNECTIONS:
        rounds = {peer.name: [] for peer in peers}
        for turn in range(options.rounds + 1):
            for peer in peers:
                load = Load(peer.port, bodies, connections)
                result = load.run(options.seconds)
                load.close()
                if turn:  # the first one warms up
                    rounds[peer.name].append(result)
        for name, results in rounds.items():
            times = [time for _, each in results for time in each]
            print(f"| {name} | {connections} | {statistics.median(rate for rate, _ in results):.0f} | "
                  f"{percentile(times, 0.5):.2f} | {percentile(times, 0.95):.2f} |", flush=True)


def engine_seconds(peer):
    text = urllib.request.urlopen(f"http://127.0.0.1:{peer.port}/metrics", timeout=60).read().decode()
    return sum(float(value) for value in re.findall(r"^rappel_inference_duration_seconds_sum\{.*\} (\S+)$", text, re.MULTILINE))


def overhead(peer, passages, options):
    bodies = [json.dumps({"input": passages[i:i + BATCH], "model": "m"}).encode() for i in range(0, len(passages), BATCH)]
    load = Load(peer.port, bodies, 1)
    load.run(options.seconds)
    shares, walls = [], []
    for _ in range(options.rounds):
        before = engine_seconds(peer)
        _, times = load.run(options.seconds)
        engine = engine_seconds(peer) - before
        shares.append(sum(times) / 1e3 / engine - 1)
        walls.append(statistics.median(times))
    load.close()
    print(f"{peer.name}: requests of {BATCH} passages take {statistics.median(walls):.1f} ms, "
          f"{100 * statistics.median(shares):.1f} % more than their forward passes")


def agreement(peers):
    """The same text, so nearly the same vector: what is compared computes the same."""
    first = peers[0].wait()
    for peer in peers[1:]:
        cosine = sum(a * b for a, b in zip(first, peer.wait()))
        if cosine < 0.98:
            raise RuntimeError(f"{peer.name} gives other vectors: cosine {cosine:.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rappel", type=Path, default=ROOT / "build/release/rappel")
    parser.add_argument("--model", type=Path, default=ROOT / "models/all-MiniLM-L6-v2")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/retrieval/scifact")
    parser.add_argument("--fastapi")
    parser.add_argument("--infinity")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peers = start_all(options, folder)
        try:
            agreement(peers)
            throughput(peers, texts_of(options.data / "queries.jsonl", "text", 300), options)
            for peer in peers[:2]:
                overhead(peer, texts_of(options.data / "corpus.jsonl", "text", 20 * BATCH), options)
        finally:
            for peer in peers:
                peer.stop()


if __name__ == "__main__":
    sys.exit(main())
