#!/usr/bin/env python3
"""Compares the word index with bm25s and tantivy: the same texts and queries, one after another, in one run.

    bench/words_compare.py [--texts 200000] [--words 120] [--queries 200] [--seed 7] [--sets ../shared/data/retrieval]
                           [--peers bm25s,tantivy]

Speed: generated texts whose words follow Zipf's law, the eight texts of a document share words; a query has words of a text and
three of the most frequent words, as questions have. One thread; a peer's time includes cutting the query. Quality: nDCG@10 on judged
sets in BEIR's layout, with linear gains as trec_eval. Peers are fetched from PyPI into bench/cache/words when they are first needed.
"""

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
import venv
from bisect import bisect
from itertools import accumulate
from pathlib import Path

from machine import describe

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {
    "bm25s": ["bm25s==0.3.16", "numba", "PyStemmer"],
    "tantivy": ["tantivy==0.27.0"],
}
VOCABULARY, FREQUENT = 200_000, 30


def fetch(cache, name):
    """The Python that has the peer."""
    python = cache / "bin" / "python"
    if not python.exists():
        venv.create(cache, with_pip=True)
    marker = cache / name
    if not marker.exists():
        subprocess.run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES[name]], check=True)
        marker.touch()
    return python


def spelling(number):
    """A word for each number: frequent ones are short. No two have a stem in common."""
    syllables = "ba co du fe gi ho ku la mi no pu ra so tu vo zi".split()
    word = ""
    while True:
        word += syllables[number % 16]
        number //= 16
        if number == 0:
            return word + "k"
        number -= 1


def generate(arguments):
    chance = random.Random(arguments.seed)
    words = [spelling(number) for number in range(VOCABULARY)]
    weights = list(accumulate(1 / (rank + 2.7) for rank in range(VOCABULARY)))

    def draw():
        return words[bisect(weights, chance.random() * weights[-1])]

    texts = []
    while len(texts) < arguments.texts:
        own = [draw() for _ in range(arguments.words // 2)]
        for _ in range(min(8, arguments.texts - len(texts))):
            text = [chance.choice(own) if chance.random() < 0.3 else draw() for _ in range(arguments.words)]
            texts.append(" ".join(text))
    queries = []
    for _ in range(arguments.queries):
        text = chance.choice(texts).split()
        asked = [chance.choice(text) for _ in range(5)] + [words[chance.randrange(FREQUENT)] for _ in range(3)]
        chance.shuffle(asked)
        queries.append(" ".join(asked))
    return texts, queries


def read_set(folder):
    """Texts and queries of a judged set, and for each query the relevance of texts by their number."""
    lines = [json.loads(line) for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    number = {line["_id"]: at for at, line in enumerate(lines)}
    texts = [f"{line.get('title', '')} {line['text']}" for line in lines]
    asked = {line["_id"]: line["text"] for line in map(json.loads, (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines())}
    judged = {}
    for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        query, text, relevance = line.split("\t")
        if text in number and query in asked:
            judged.setdefault(query, {})[number[text]] = int(relevance)
    return texts, [asked[query] for query in judged], list(judged.values())


def ndcg(found, judged):
    def gain(values):
        return sum(value / math.log2(at + 2) for at, value in enumerate(values[:10]))

    best = gain(sorted(judged.values(), reverse=True))
    return gain([judged.get(text, 0) for text in found]) / best if best else 0


def ask(arguments, name, folder):
    if name == "rappel":
        command = [str(arguments.build / "bench" / "rappel_bench_words"), "search", str(folder)]
    else:
        command = [str(fetch(arguments.cache, name)), str(ROOT / "bench" / "peers" / "words_peer.py"), name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError((done.stderr.strip().splitlines() or ["no answer"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def measure(arguments, names):
    """name -> {"speed": answer, set: nDCG@10}, and why a peer is missing."""
    results, missing = {name: {} for name in names}, {}
    cases = [("speed", *generate(arguments), None)]
    for folder in sorted(arguments.sets.iterdir()) if arguments.sets else []:
        if (folder / "corpus.jsonl").exists():
            cases.append((folder.name, *read_set(folder)))
    for case, texts, queries, judged in cases:
        with tempfile.TemporaryDirectory(prefix="words-") as folder:
            (Path(folder) / "texts.json").write_text(json.dumps(texts))
            (Path(folder) / "queries.json").write_text(json.dumps(queries))
            for name in [name for name in names if name not in missing]:
                print(f"  {case}: {name}", file=sys.stderr, flush=True)
                try:
                    answer = ask(arguments, name, folder)
                except (OSError, subprocess.CalledProcessError, ValueError) as error:
                    missing[name] = str(error)
                    continue
                if judged is None:
                    results[name][case] = answer
                else:
                    scores = [ndcg(found, wanted) for found, wanted in zip(answer["found"], judged)]
                    results[name][case] = sum(scores) / len(scores)
    return {name: result for name, result in results.items() if name not in missing}, missing


def table(results, missing, arguments):
    about = describe("", 1)
    yield (
        f"{arguments.texts:,} texts of {arguments.words} words, seed {arguments.seed}, {arguments.queries} queries of eight words, "
        f"100 results, one thread. {about['cpu']}, {about['system']}."
    )
    yield ""
    yield "| | " + " | ".join(results) + " |"
    yield "|---" * (len(results) + 1) + "|"
    speed = [result["speed"] for result in results.values()]
    yield "| query, ms p50 / p99 | " + " | ".join(f"{one['p50']:.2f} / {one['p99']:.2f}" for one in speed) + " |"
    yield "| building, us of CPU a text | " + " | ".join(f"{one['build_us_a_text']:.1f}" for one in speed) + " |"
    yield "| memory, bytes a text | " + " | ".join(f"{one['bytes_a_text']:,.0f}" for one in speed) + " |"
    for case in next(iter(results.values())):
        if case != "speed":
            yield f"| nDCG@10 {case} | " + " | ".join(f"{result[case]:.4f}" for result in results.values()) + " |"
    for name, reason in missing.items():
        yield f"\nMissing: {name}: {reason}"


def parser():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    parser.add_argument("--texts", type=int, default=200_000)
    parser.add_argument("--words", type=int, default=120)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--sets", type=Path, help="a folder of judged sets")
    parser.add_argument("--peers", default=",".join(PACKAGES))
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--cache", type=Path, default=ROOT / "bench" / "cache" / "words")
    return parser


def compare(arguments):
    return measure(arguments, ["rappel", *filter(None, arguments.peers.split(","))])


if __name__ == "__main__":
    given = parser().parse_args()
    print("\n".join(table(*compare(given), given)))
