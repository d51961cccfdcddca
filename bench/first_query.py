"""Compares the first query after a start with the following ones: it shows the costs that the warm-up missed.

    bench/first_query.py [--starts 5] [--model FOLDER] [--reranker FOLDER | --no-rerank] [--rappel PROGRAM] [--json FILE]

One server stores some documents and ends. Then --starts further servers are started on that folder, one after the other. As
soon as a server is ready it gets 21 different questions of equal length in sequence, each over its own connection. The query
cache is on, but no question repeats. The ratio is the time of the first to the median of the next 20. The exit status is 1
if the median of the ratios is above 1.3. Default models: the real all-MiniLM-L6-v2 and the small reranker.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import http_burst
from child import ChildError
from server import Server

ROOT = Path(__file__).resolve().parent.parent
NEXT, BAR = 20, 1.3
DOCUMENTS = 200


def document(n):
    return " ".join([f"Of station {n} and path {n * 7 % 211} it is written that the gate opens at {n % 24} and closes late."] * 4)


def question(n):
    return f"When does the gate of station {100 + n} open on path {300 + n * 7}?"


def start(settings, folder):
    return Server(settings, folder, settings.model, reranker=settings.reranker)


def fill(settings, folder):
    server = start(settings, folder)
    try:
        connection = server.connect()
        http_burst.post(connection, "/upsert", {"documents": [{"id": str(n), "text": document(n)} for n in range(DOCUMENTS)]})
        connection.close()
    finally:
        server.stop()


def ask(server, text):
    """Milliseconds, connecting included."""
    begin = time.perf_counter()
    connection = server.connect()
    http_burst.post(connection, "/query", {"queries": [{"query": text}]})
    connection.close()
    return (time.perf_counter() - begin) * 1e3


def one_start(settings, folder):
    server = start(settings, folder)
    try:
        probe = server.connect()
        probe.request("GET", "/ready")
        if probe.getresponse().status != 200:
            raise ChildError("the server listens and is not ready")
        probe.close()
        return [ask(server, question(n)) for n in range(1 + NEXT)]
    finally:
        server.stop()


def measure(settings):
    with tempfile.TemporaryDirectory() as folder:
        fill(settings, folder)
        starts = [one_start(settings, folder) for _ in range(settings.starts)]
    rows = [{"first_ms": round(times[0], 2), "median_ms": round(statistics.median(times[1:]), 2),
             "most_ms": round(max(times[1:]), 2), "ratio": round(times[0] / statistics.median(times[1:]), 3)}
            for times in starts]
    ratios = [row["ratio"] for row in rows]
    return {"model": settings.model.name, "reranker": settings.reranker.name if settings.reranker else "no reranker", "threads": settings.threads,
            "starts": rows, "median_ratio": statistics.median(ratios), "most_ratio": max(ratios)}


def main():
    parser = argparse.ArgumentParser(description="Compares the first query after a start with the following ones.")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--isa", default="")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "all-MiniLM-L6-v2")
    parser.add_argument("--reranker", type=Path, default=ROOT / "models" / "rappel-rerank-mini-en")
    parser.add_argument("--no-rerank", dest="reranker", action="store_const", const=None)
    parser.add_argument("--rappel", type=Path, default=ROOT / "build/release/rappel")
    parser.add_argument("--json", type=Path)
    settings = parser.parse_args()
    try:
        result = measure(settings)
    except (ChildError, OSError) as error:
        sys.exit(f"first_query: {error}")
    for row in result["starts"]:
        print("first {first_ms:8.2f} ms   next {median_ms:8.2f} ms (at most {most_ms:.2f})   ratio {ratio:.2f}".format(**row))
    held = result["median_ratio"] <= BAR
    print(f"{result['model']} and {result['reranker']}: ratio {result['median_ratio']:.2f} in the median of "
          f"{settings.starts} starts, at most {result['most_ratio']:.2f}; the limit of {BAR} is {'met' if held else 'missed'}")
    if settings.json:
        settings.json.write_text(json.dumps(result, indent=2) + "\n")
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
