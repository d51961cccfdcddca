"""FlagEmbedding, timed as a program uses it: what `rappel compare --python` runs, over this file's text.

One JSON object on standard input: embedder, reranker (folders; the second may be null), device, and work, a list of
{"key", "kind": "queries" | "documents" | "rerank", "query", "texts", "warm_ups", "runs"}. JSON lines on standard output:
{"versions", "threads"}; {"ran": key} after every run; for each of the work {"key", "ms": [..], "answer"}; or {"error"} and the
end. The answer is the first vector, or the scores between 0 and 1.
"""

import json
import os
import sys
import time
from pathlib import Path

# As the system before rappel had it.
BATCH = {"cpu": 16, "mps": 32}
CUDA_BATCH = 64

# Libraries print; what is said to rappel must stay apart.
say_to = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def say(**words):
    print(json.dumps(words), file=say_to)


def load_embedder(flag, folder, device):
    settings = dict(use_fp16=device.startswith("cuda"), devices=device)
    if (folder / "sparse_linear.pt").exists():
        return flag.BGEM3FlagModel(str(folder), **settings)
    pooling = folder / "1_Pooling" / "config.json"
    mean = pooling.exists() and json.loads(pooling.read_text()).get("pooling_mode_mean_tokens", False)
    return flag.FlagModel(str(folder), pooling_method="mean" if mean else "cls", **settings)


class Engine:
    def __init__(self, flag, request):
        device = request["device"]
        self.batch = BATCH.get(device, CUDA_BATCH)
        self.embedder = load_embedder(flag, Path(request["embedder"]), device)
        if request["reranker"]:
            self.reranker = flag.FlagReranker(request["reranker"], use_fp16=device.startswith("cuda"), devices=device)

    def vectors(self, texts):
        found = self.embedder.encode(texts, batch_size=self.batch)
        return found["dense_vecs"] if isinstance(found, dict) else found

    def run(self, work):
        if work["kind"] == "rerank":
            pairs = [(work["query"], text) for text in work["texts"]]
            return self.reranker.compute_score(pairs, batch_size=self.batch, normalize=True)
        if work["kind"] == "documents":
            return self.vectors(work["texts"])[0].tolist()
        return [self.vectors([query])[0].tolist() for query in work["texts"]][0]


def timed(engine, work):
    for _ in range(work["warm_ups"]):
        engine.run(work)
        say(ran=work["key"])
    times = []
    for _ in range(work["runs"]):
        start = time.perf_counter()
        answer = engine.run(work)
        times.append(1e3 * (time.perf_counter() - start))
        say(ran=work["key"])
    return times, [float(value) for value in answer]


def main():
    request = json.load(sys.stdin)
    try:
        import FlagEmbedding
        import torch
    except ImportError as error:
        say(error=f"FlagEmbedding cannot be imported ({error}); `{sys.executable} -m pip install FlagEmbedding` installs it")
        return 1
    try:
        from importlib.metadata import version

        engine = Engine(FlagEmbedding, request)
        say(versions=f"FlagEmbedding {version('FlagEmbedding')}, torch {torch.__version__}", threads=torch.get_num_threads())
        for work in request["work"]:
            times, answer = timed(engine, work)
            say(key=work["key"], ms=times, answer=answer)
    except Exception as error:
        say(error=f"FlagEmbedding failed: {type(error).__name__}: {' '.join(str(error).split())[:300]}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
