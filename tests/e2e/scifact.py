"""SciFact through the command line: rappel embed with all-MiniLM-L6-v2 over the corpus and the queries, exact cosine search,
nDCG@10 against what sentence-transformers reaches with the same weights (goldens-models/all-MiniLM-L6-v2.quality.json).

    tests/e2e/scifact.py build/release/rappel

Takes minutes on two cores, so ctest does not run it. Exit status 1 when the figure is off by more than 0.005.
"""

import array
import heapq
import json
import math
import os
import subprocess
import sys
import time
from operator import mul

import support

support.need_shared()
support.need_minilm()
FOLDER = support.SHARED / "retrieval" / "scifact"
TOLERANCE = 0.005


def embed(binary, items, what):
    """id -> unit vector; texts go in and vectors come out as streams."""
    began = time.monotonic()
    process = subprocess.Popen([binary, "embed", "--model", support.MINILM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env=support.clean_environment(**{k: v for k, v in os.environ.items() if k.startswith("RAPPEL_")}))
    pid = os.fork()
    if pid == 0:  # the writer, so that neither pipe can fill up
        process.stdout.close()
        process.stdin.write(support.json_lines(items).encode())
        process.stdin.close()
        os._exit(0)
    process.stdin.close()
    vectors = {}
    for line in process.stdout:
        answer = json.loads(line)
        vectors[answer["id"]] = array.array("d", answer["dense"])
        if sys.stderr.isatty() and len(vectors) % 100 == 0:
            print(f"\r{what}: {len(vectors)} of {len(items)}", end="", file=sys.stderr, flush=True)
    os.waitpid(pid, 0)
    if process.wait() != 0 or len(vectors) != len(items):
        sys.exit(f"rappel embed ended with status {process.returncode} after {len(vectors)} of {len(items)} texts")
    seconds = time.monotonic() - began
    print(f"{what}: {len(items)} texts in {seconds:.1f} s, {len(items) / seconds:.0f} per second")
    return vectors


def ranked(vectors, query, k):
    """Ties in corpus order."""
    scores = ((sum(map(mul, query, vector)), -position, name) for position, (name, vector) in enumerate(vectors.items()))
    return [name for _, _, name in heapq.nlargest(k, scores)]


def ndcg(names, relevant, k=10):
    gain = sum(relevant.get(name, 0) / math.log2(rank + 2) for rank, name in enumerate(names[:k]))
    ideal = sum(value / math.log2(rank + 2) for rank, value in enumerate(sorted(relevant.values(), reverse=True)[:k]))
    return gain / ideal


def main():
    binary = os.path.abspath(sys.argv[1])
    relevant = {}
    with open(FOLDER / "qrels" / "test.tsv", encoding="utf-8") as file:
        next(file)
        for line in file:
            query, document, value = line.split("\t")
            if int(value) > 0:
                relevant.setdefault(query, {})[document] = int(value)
    corpus = [{"id": d["_id"], "text": d["title"] + " " + d["text"]} for d in support.read_jsonl(FOLDER / "corpus.jsonl")]
    queries = [{"id": q["_id"], "text": q["text"]} for q in support.read_jsonl(FOLDER / "queries.jsonl") if q["_id"] in relevant]
    documents = embed(binary, corpus, "corpus")
    answers = {name: ranked(documents, vector, 100) for name, vector in embed(binary, queries, "queries").items()}

    figure = sum(ndcg(answers[name], relevant[name]) for name in relevant) / len(relevant)
    recall = sum(len(set(answers[name]) & set(relevant[name])) / len(relevant[name]) for name in relevant) / len(relevant)
    with open(support.SHARED / "goldens-models" / "all-MiniLM-L6-v2.quality.json", encoding="utf-8") as file:
        want = json.load(file)["scifact"]
    print(f"SciFact, {len(relevant)} queries: nDCG@10 {figure:.4f} (sentence-transformers {want['ndcg@10']:.4f}), "
          f"recall@100 {recall:.4f} ({want['recall@100']:.4f})")
    sys.exit(0 if abs(figure - want["ndcg@10"]) <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
