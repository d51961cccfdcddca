"""The text side: tokenization compared with Hugging Face tokenizers on one thread, JSON parsing, float formatting.

    bench/text.py [--passages 10000] [--data FOLDER] [--minilm FOLDER] [--text rappel_bench_text]

Passages are SciFact's (English) and XQuAD's (Chinese, English), in turn, until there are enough. Both sides tokenize all of
them, with special tokens and without truncation, and must agree on the number of tokens. rappel_bench_text and the peer take
turns; the minimum CPU time of each counts, all on one thread. It also times an /upsert body of 1 MB and 1000 x 1024 floats as
text. Prints JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from child import ChildError

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3


def passages(data, count):
    """In turn from each corpus, around again when they end."""
    corpora = []
    for name in ("scifact", "xquad-zh", "xquad-en"):
        path = data / "retrieval" / name / "corpus.jsonl"
        if not path.is_file():
            raise ChildError(f"{path} is not there")
        with open(path, encoding="utf-8") as lines:
            corpora.append([(entry.get("title", "") + " " + entry["text"]).strip() for entry in map(json.loads, lines)])
    return [corpora[i % len(corpora)][i // len(corpora) % len(corpora[i % len(corpora)])] for i in range(count)]


def ask(program, *words):
    done = subprocess.run([str(program), *map(str, words)], capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise ChildError(f"{Path(program).name} {words[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def peer_seconds(tokenizer, texts):
    """The faster of the peer's two ways on one thread, and its number of tokens."""
    best = None
    for encode in (tokenizer.encode_batch_fast, tokenizer.encode_batch):
        start = time.process_time()
        found = encode(texts)
        seconds = time.process_time() - start
        best = seconds if best is None else min(best, seconds)
    return best, sum(len(encoding.ids) for encoding in found)


def tokenise(program, path, texts, texts_file):
    from tokenizers import Tokenizer, __version__

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    ours, theirs = [], []
    for _ in range(ROUNDS):
        mine = ask(program, "tokenize", path, texts_file)
        ours.append(mine["min_ms"] / 1000)
        seconds, tokens = peer_seconds(tokenizer, texts)
        theirs.append(seconds)
        if tokens != mine["tokens"]:
            raise ChildError(f"{path}: {mine['tokens']} tokens, tokenizers {__version__} has {tokens}")
    return {"passages": len(texts), "tokens": mine["tokens"], "seconds": round(min(ours), 4),
            "peer": f"tokenizers {__version__}, one thread", "peer_seconds": round(min(theirs), 4),
            "ratio": round(min(theirs) / min(ours), 2), "tokens_per_second": round(mine["tokens"] / min(ours))}


def upsert_body(texts, size):
    documents, length = [], 0
    for number, text in enumerate(texts):
        documents.append({"id": f"doc-{number}", "text": text, "metadata": {"source": "file", "author": "bench"}})
        length += len(json.dumps(documents[-1])) + 1
        if length >= size:
            break
    return json.dumps({"documents": documents})


def measure(settings):
    """What the report shows; ChildError says why it could not be measured."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["RAYON_NUM_THREADS"] = "1"
    if not settings.text.exists():
        raise ChildError(f"{settings.text} is not built")
    texts = passages(settings.data, settings.passages)
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        texts_file = Path(folder) / "texts"
        texts_file.write_bytes("\0".join(texts).encode())
        for name, path in (("minilm", settings.minilm / "tokenizer.json"),
                           ("bge-m3", settings.data / "tokenizers" / "BAAI_bge-m3.tokenizer.json")):
            if path.is_file():
                out["tokenize_" + name] = tokenise(settings.text, path, texts, texts_file)
        body = Path(folder) / "body.json"
        body.write_text(upsert_body(texts, 1 << 20))
        out["upsert_body"] = ask(settings.text, "json", body)
        out["floats"] = ask(settings.text, "floats", 1000, 1024)
    return out


def main():
    parser = argparse.ArgumentParser(description="Times the work around the engine.")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--minilm", type=Path, default=ROOT / "models" / "all-MiniLM-L6-v2")
    parser.add_argument("--text", type=Path, default=ROOT / "build/release/bench/rappel_bench_text")
    try:
        print(json.dumps(measure(parser.parse_args()), indent=1))
    except (ChildError, ImportError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
