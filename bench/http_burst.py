"""A burst of concurrent single queries over HTTP, compared with the same texts as one batch in process, and during ingestion.

`rappel serve` runs the real all-MiniLM-L6-v2 in its default precision, without reranker and query cache, with a few
documents. encoder_bench.cc computes the batch from the same token ids in that precision. Rounds take turns: the batch, the
burst, the burst while another client stores documents continuously. The clients share the cores with the server. Texts are
SciFact's if the data folder has them, otherwise generated ones.
"""

import http.client
import json
import re
import selectors
import socket
import statistics
import tempfile
import threading
import time
from pathlib import Path

import engines
import workloads
from child import Child, ChildError
from server import Server

QUERIES = 32


def lines_of(path, count, made_up):
    if path.is_file():
        with open(path, encoding="utf-8") as lines:
            found = [json.loads(line)["text"] for line in lines]
    else:
        found = [made_up.format(n, n * 7 % 13, n % 5) for n in range(300)]
    return [found[i % len(found)] for i in range(count)]


def texts(settings, count):
    return lines_of(settings.data / "retrieval/scifact/queries.jsonl", count,
                    "How does effect {} of treatment {} change the outcome in group {}?")


def passages(settings, count):
    return lines_of(settings.data / "retrieval/scifact/corpus.jsonl", count,
                    " ".join(["Of patient {} and treatment {} in group {} it is known that both changed."] * 12))


def post(connection, path, body):
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise ChildError(f"{path} answered {answer.status}: {content[:200]!r}")


def ask(connection, text):
    """Milliseconds of one query."""
    start = time.perf_counter()
    post(connection, "/query", {"queries": [{"query": text, "top_k": 1}]})
    return (time.perf_counter() - start) * 1e3


class Burst:
    """Connections that each send one query at the same time. Raw sockets in one thread keep the client cheap."""

    def __init__(self, port, queries):
        self.sockets = [socket.create_connection(("127.0.0.1", port), timeout=120) for _ in queries]
        self.selector, self.requests = selectors.DefaultSelector(), []
        for index, one in enumerate(self.sockets):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(one, selectors.EVENT_READ, index)
            body = json.dumps({"queries": [{"query": queries[index], "top_k": 1}]}).encode()
            self.requests.append(b"POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                 b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def run(self):
        """Milliseconds from the first request to the last answer, and those of each query."""
        times, answers = [0.0] * len(self.sockets), [b""] * len(self.sockets)
        begin = time.perf_counter()
        for one, request in zip(self.sockets, self.requests):
            one.sendall(request)
        left = len(self.sockets)
        while left:
            for key, _ in self.selector.select(120) or self.late():
                part = key.fileobj.recv(1 << 16)
                if not part:
                    raise ChildError("rappel serve closed a connection")
                answers[key.data] += part
                if self.complete(answers[key.data]):
                    times[key.data] = (time.perf_counter() - begin) * 1e3
                    left -= 1
        return max(times), times

    @staticmethod
    def late():
        raise ChildError("rappel serve gave no answer within two minutes")

    @staticmethod
    def complete(answer):
        head, end, body = answer.partition(b"\r\n\r\n")
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise ChildError(f"/query answered {answer[:200]!r}")
        return len(body) >= int(re.search(rb"content-length: (\d+)", head)[1])


class Ingest:
    """A client that stores documents without a pause, from `with` to its end."""

    def __init__(self, connection, documents):
        self.connection, self.documents, self.stopping, self.error = connection, documents, False, None
        self.requests, self.thread = 0, threading.Thread(target=self.run)

    def run(self):
        try:
            while not self.stopping:
                batch = [{"id": f"ingest-{n}", "text": self.documents[(self.requests * 16 + n) % len(self.documents)]}
                         for n in range(16)]
                post(self.connection, "/upsert", {"documents": batch})
                self.requests += 1
        except (ChildError, OSError, http.client.HTTPException) as error:
            self.error = str(error)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join()
        if self.error:
            raise ChildError(f"the ingest job: {self.error}")


def metrics(connection):
    """{name with labels: value} of /metrics."""
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def batch_milliseconds(before, after):
    """Of a forward pass between two looks at the metrics."""
    def grown(suffix):
        family = "rappel_inference_duration_seconds" + suffix
        return sum(value - before.get(name, 0) for name, value in after.items()
                   if name.startswith(family) and 'stage="embed"' in name)

    busy, count = grown("_sum"), grown("_count")
    return busy / count * 1e3 if count else 0.0


def percentile(times, share):
    return round(sorted(times)[int(share * (len(times) - 1))], 3)


def precision_of(server):
    """What the server says that it loaded the model at."""
    found = re.search(r"loading .* \((\w+)\)", Path(server.log.name).read_text())
    if not found:
        raise ChildError("rappel serve did not say at which precision it loaded the model")
    return found[1]


def run(settings, server, child, batch_file, queries):
    connection, ingest_connection, burst = server.connect(), server.connect(), Burst(server.port, queries)
    post(connection, "/upsert", {"documents": [{"id": f"d{n}", "text": text}
                                               for n, text in enumerate(texts(settings, 40))]})
    documents = passages(settings, 400)
    alone = [ask(connection, text) for text in queries]
    child.run(batch_file, 1, settings.limit)
    burst.run()
    with Ingest(ingest_connection, documents):
        before = metrics(connection)
        time.sleep(2)
        ingest_batch = batch_milliseconds(before, metrics(connection))
    bursts, batches, singles, beside = [], [], [], []
    for _ in range(max(12, settings.rounds)):
        batches += [wall for wall, _ in child.run(batch_file, 1, settings.limit)]
        whole, each = burst.run()
        bursts.append(whole)
        singles += each
        with Ingest(ingest_connection, documents):
            time.sleep(0.3)  # it is under way
            beside += burst.run()[1]
    return {"queries": len(queries), "rounds": len(bursts),
            "batch_ms": round(statistics.median(batches), 3), "batch_min_ms": round(min(batches), 3),
            "burst_ms": round(statistics.median(bursts), 3), "burst_min_ms": round(min(bursts), 3),
            "throughput_ratio": round(statistics.median(batches) / statistics.median(bursts), 3),
            "throughput_ratio_of_minima": round(min(batches) / min(bursts), 3),
            "query_alone_ms": round(statistics.median(alone), 3),
            "unloaded_p50_ms": percentile(singles, 0.5), "unloaded_p99_ms": percentile(singles, 0.99),
            "ingest_p50_ms": percentile(beside, 0.5), "ingest_p99_ms": percentile(beside, 0.99),
            "ingest_batch_ms": round(ingest_batch, 3)}


def measure(settings):
    """What the report shows of it; ChildError says why it could not be measured."""
    from tokenizers import Tokenizer

    for needed in (settings.rappel, settings.encoder, settings.minilm / "tokenizer.json"):
        if not needed.exists():
            raise ChildError(f"{needed} is not there")
    queries = texts(settings, QUERIES)
    tokenizer = Tokenizer.from_file(str(settings.minilm / "tokenizer.json"))
    tokenizer.no_padding()
    ids = [encoding.ids for encoding in tokenizer.encode_batch(queries)]
    batch_file = workloads.write_texts(settings.output / "texts" / "burst32.txt", ids)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(settings, folder, settings.minilm, "--embedding-cache-size", "0", *getattr(settings, "serve", []))
        child = None
        try:
            precision = precision_of(server)
            engine = next(one for one in engines.ENGINES if one.rappel and one.precision == precision)
            line, environment = engines.command(engine, settings, settings.minilm)
            child = Child(line, environment, settings.output / "logs" / "burst-batch.log", 600)
            return {"precision": precision, "tokens": sum(map(len, ids)), **run(settings, server, child, batch_file, queries)}
        finally:
            server.stop()
            if child:
                child.stop()
