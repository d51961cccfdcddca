#!/usr/bin/env python3
"""Runs published clients of the plugin and of the model routes against the real `rappel serve`.

    run.py --rappel build/release/rappel [--clients build/clients]

scripts/install-clients fetches the clients. Without them the test is skipped; clients.case and model_clients.case of tests/http
send what they send.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "http")]
from http_test import Served  # noqa: E402
from support import linked_model  # noqa: E402

TEXTS = ["the heron stands in the reeds", "bees", "a ledger that nobody reads to its end " * 200]
QUERY, DOCUMENTS = "heron", ["bees shiver to keep warm", "the heron stands in the reeds", "a ledger without a source"]
# Each program with the folder of its language and a package that it needs. The later ones ask for what the others have stored.
PROGRAMS = [
    ("python_clients.py", "python", "llama_index"),
    ("javascript_client.mjs", "javascript", "langchain"),
    ("model_clients.py", "python", "xinference_client"),
    ("model_clients.mjs", "javascript", "cohere-ai"),
]


def lines_of(rappel, command, model, lines):
    done = subprocess.run([rappel, command, "--model", model], input="\n".join(map(json.dumps, lines)) + "\n",
                          capture_output=True, text=True, check=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_reference(path, rappel, embedder, reranker):
    """The vectors and scores that every client is to read."""
    vectors = [line["dense"] for line in lines_of(rappel, "embed", embedder, [{"text": text} for text in TEXTS])]
    scores = lines_of(rappel, "rerank", reranker, [{"query": QUERY, "passages": DOCUMENTS}])[0]["scores"]
    path.write_text(json.dumps({"texts": TEXTS, "query": QUERY, "documents": DOCUMENTS, "vectors": vectors, "scores": scores}))


def commands(clients, url, reference):
    """The command of each program whose packages are there, and the folder it runs in."""
    for program, language, package in PROGRAMS:
        folder = clients / language
        start = str(folder / "bin" / "python") if language == "python" else "node"
        if any(folder.glob(f"lib/python*/site-packages/{package}")) or (folder / "node_modules" / package).is_dir():
            yield [start, str(HERE / program), url, "tok1", str(reference)], clients if language == "python" else folder


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rappel", type=Path, required=True)
    parser.add_argument("--clients", type=Path, default=ROOT / "build" / "clients")
    arguments = parser.parse_args()
    rappel, clients = arguments.rappel.resolve(), arguments.clients.resolve()
    if not list(commands(clients, "", "")):
        print("skipped: the clients are not installed: run scripts/install-clients")
        return 77
    failed = ran = 0
    with tempfile.TemporaryDirectory(prefix="rappel-clients-") as folder:
        embedder, reranker = linked_model("mini-bert-embedder", folder), linked_model("mini-bert-cross-encoder", folder)
        reference = Path(folder) / "reference.json"
        write_reference(reference, rappel, embedder, reranker)
        server = Served(rappel, embedder, ["--result-source-id", "--rerank", "--rerank-model", str(reranker)])
        try:
            for command, where in commands(clients, f"http://127.0.0.1:{server.port}", reference):
                done = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=300)
                print(done.stdout, end="")
                ran += 1
                if done.returncode != 0:
                    failed += 1
                    print("FAILED", Path(command[1]).name, done.stderr[-2000:])
        finally:
            end = server.stop()
    if end:
        print("FAILED", end)
    print(f"{ran - failed} passed, {failed} failed")
    return 1 if failed or end else 0


if __name__ == "__main__":
    sys.exit(main())
