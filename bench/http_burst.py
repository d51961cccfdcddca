"""A burst of concurrent single queries over HTTP against the same texts as one batch in process.

`rappel serve` runs the real all-MiniLM-L6-v2 without reranker and query cache over a handful of documents; the batch is
computed by encoder_bench.cc from the same token ids. Both take turns. The client's own work (32 Python threads on the
same cores) counts against the burst. Texts are SciFact claims where the data folder has them, else made-up ones.
"""

import http.client
import json
import statistics
import tempfile
import threading
import time

import engines
import workloads
from child import Child, ChildError
from server import Server

QUERIES = 32


def texts(settings, count):
    corpus = settings.data / "retrieval/scifact/queries.jsonl"
    if corpus.is_file():
        with open(corpus) as lines:
            found = [json.loads(line)["text"] for line in lines]
    else:
        found = [f"How does effect {n} of treatment {n * 7 % 13} change the outcome in group {n % 5}?" for n in range(300)]
    return [found[i % len(found)] for i in range(count)]


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


def burst(connections, queries):
    """Milliseconds from the first request to the last answer, and those of each query."""
    begin, times, errors = threading.Barrier(len(queries) + 1), [0.0] * len(queries), []

    def client(index):
        begin.wait()
        try:
            times[index] = ask(connections[index], queries[index])
        except (ChildError, OSError, http.client.HTTPException) as error:
            errors.append(str(error))

    threads = [threading.Thread(target=client, args=(index,)) for index in range(len(queries))]
    for thread in threads:
        thread.start()
    begin.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    if errors:
        raise ChildError(errors[0])
    return (time.perf_counter() - start) * 1e3, times


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
    line, environment = engines.command(engines.ENGINES[0], settings, settings.minilm)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(settings, folder, settings.minilm, "--embedding-cache-size", "0")
        child = None
        try:
            child = Child(line, environment, settings.output / "logs" / "burst-batch.log", 600)
            connections = [server.connect() for _ in queries]
            post(connections[0], "/upsert", {"documents": [{"id": f"d{n}", "text": text}
                                                           for n, text in enumerate(texts(settings, 40))]})
            alone = [ask(connections[0], text) for text in queries]
            child.run(batch_file, 1, settings.limit)
            burst(connections, queries)
            bursts, batches, singles = [], [], []
            for _ in range(max(5, settings.rounds)):
                batches += [wall for wall, _ in child.run(batch_file, 1, settings.limit)]
                whole, each = burst(connections, queries)
                bursts.append(whole)
                singles += each
        finally:
            server.stop()
            if child:
                child.stop()
    singles.sort()
    return {"queries": QUERIES, "tokens": sum(map(len, ids)), "rounds": len(bursts),
            "batch_ms": round(statistics.median(batches), 3), "batch_min_ms": round(min(batches), 3),
            "burst_ms": round(statistics.median(bursts), 3), "burst_min_ms": round(min(bursts), 3),
            "query_alone_ms": round(statistics.median(alone), 3), "query_p50_ms": round(statistics.median(singles), 3),
            "query_p99_ms": round(singles[int(0.99 * (len(singles) - 1))], 3),
            "throughput_ratio": round(statistics.median(batches) / statistics.median(bursts), 3)}
