"""Measures the quality loss of a precision in retrieval, similarity and ranking of the heads, relative to float32.

    bench/quality.py build/release/rappel [--precisions half,int8] [--targets amx,avx2] [--sets stsb,scifact,heads]
                     [--model FOLDER] [--json FILE]

SciFact and STS-B with the real all-MiniLM-L6-v2 or another embedder: nDCG@10 by exact cosine search, Spearman's correlation
of cosine and judgement; both sentences of a pair are queries to a model with prompts. The set stsb-fr is French. Sparse and ColBERT heads with tiny-bge-m3: each golden text is a query over the others. The ranking of a precision
is compared with that of float32 by Kendall's tau-b and by the share of the first ten that it keeps. `cosine` is the mean
cosine of a vector with its float32 version.

A target is an instruction set (`rappel embed --cpu-target`); the default is the best of the machine. Needs numpy, the data
folder (RAPPEL_SHARED, ../shared) and models/all-MiniLM-L6-v2 (scripts/fetch-models all-MiniLM-L6-v2), and names those that are missing. The
exit status is 1 if a precision exceeds the limits of the project.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

try:
    import numpy as np
except ImportError:
    sys.exit("quality.py needs numpy (bench/requirements.txt pins one)")

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("RAPPEL_SHARED", ROOT.parent / "shared")).resolve() / "data"
MINILM = Path(os.environ.get("RAPPEL_MINILM", ROOT / "models" / "all-MiniLM-L6-v2")).resolve()
BARS = {"half": 0.001, "int8": 0.005}  # allowed loss of nDCG@10 and Spearman
FIRST = 10
JUDGED = ("scifact", "stsb", "stsb-fr")


class Engine:
    """rappel embed at one precision on one instruction set."""

    def __init__(self, binary, precision, target):
        self.binary, self.precision, self.target = binary, precision, target

    def embed(self, model, texts, outputs="dense", role="plain"):
        """A parsed answer per text, in order."""
        command = [self.binary, "embed", "--model", str(model), "--precision", self.precision, "--outputs", outputs,
                   "--role", role]
        environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
        if self.target:
            environment["RAPPEL_CPU_TARGET"] = self.target
        with tempfile.TemporaryDirectory() as empty:  # no .env is met by chance
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=empty, env=environment)
            writer = threading.Thread(target=send, args=(process.stdin, texts))
            writer.start()
            answers = [json.loads(line) for line in process.stdout]
            writer.join()
        if process.wait() != 0 or len(answers) != len(texts):
            sys.exit(f"rappel embed ended with status {process.returncode} after {len(answers)} of {len(texts)} texts")
        return answers

    def dense(self, model, texts, role):
        rows = np.array([answer["dense"] for answer in self.embed(model, texts, role=role)], dtype=np.float64)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def send(stream, texts):
    with stream:
        for text in texts:
            stream.write(json.dumps({"text": text}).encode() + b"\n")


def read_jsonl(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def ranks(values):
    """Equal values share the mean of their places."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[group]


def spearman(a, b):
    return float(np.corrcoef(ranks(np.asarray(a)), ranks(np.asarray(b)))[0, 1])


def kendall_tau(a, b):
    """tau-b; None where one side does not order anything."""
    i, j = np.triu_indices(len(a), 1)
    x, y = np.sign(a[i] - a[j]), np.sign(b[i] - b[j])
    spread = np.sqrt(float(np.sum(x * x)) * float(np.sum(y * y)))
    return float(np.sum(x * y)) / spread if spread > 0 else None


def first_of(scores, count=FIRST):
    """Positions of the best, ties in corpus order."""
    return np.argsort(-scores, kind="stable")[:count]


class StsB:
    """Test set of a language, 1379 pairs."""

    def __init__(self, name, language, model):
        self.name, self.model = name, model
        with open(SHARED / "sts" / f"stsb-{language}-test.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        self.texts = [row[0] for row in rows] + [row[1] for row in rows]
        self.judged = [float(row[2]) for row in rows]

    def measure(self, engine):
        vectors = engine.dense(self.model, self.texts, "query")
        half = len(self.judged)
        return {self.name: spearman(np.sum(vectors[:half] * vectors[half:], axis=1), self.judged)}, {"sentences": vectors}


class SciFact:
    """5183 abstracts, 300 claims; a document is its title, a space and its text."""

    name = "scifact"

    def __init__(self, model):
        self.model = model
        folder = SHARED / "retrieval" / "scifact"
        corpus = read_jsonl(folder / "corpus.jsonl")
        self.documents = [d["title"] + " " + d["text"] for d in corpus]
        place = {d["_id"]: i for i, d in enumerate(corpus)}
        self.relevant = {}
        with open(folder / "qrels" / "test.tsv", encoding="utf-8") as file:
            next(file)
            for line in file:
                query, document, value = line.split("\t")
                if int(value) > 0:
                    self.relevant.setdefault(query, {})[place[document]] = int(value)
        texts = {q["_id"]: q["text"] for q in read_jsonl(folder / "queries.jsonl")}
        self.queries = [texts[query] for query in self.relevant]

    def measure(self, engine):
        documents = engine.dense(self.model, self.documents, "document")
        queries = engine.dense(self.model, self.queries, "query")
        gains = [self.ndcg(first_of(documents @ query), wanted)
                 for query, wanted in zip(queries, self.relevant.values())]
        return {"scifact": sum(gains) / len(gains)}, {"documents": documents, "queries": queries}

    @staticmethod
    def ndcg(found, relevant):
        gain = sum(relevant.get(int(place), 0) / np.log2(rank + 2) for rank, place in enumerate(found))
        best = sorted(relevant.values(), reverse=True)[:FIRST]
        return gain / sum(value / np.log2(rank + 2) for rank, value in enumerate(best))


class Heads:
    """The lexical and ColBERT scores of tiny-bge-m3's golden texts with each other."""

    name = "heads"

    def __init__(self, folder):
        self.model = linked_model("tiny-bge-m3", folder)
        rows = read_jsonl(SHARED / "goldens-models" / "tiny-bge-m3.texts.jsonl")
        self.texts = [row["text"] for row in rows if 8 <= len(row["input_ids"]) <= 512]

    def measure(self, engine):
        answers = engine.embed(self.model, self.texts, "dense,sparse,colbert")
        rows = [np.array(answer["colbert"]) for answer in answers]
        count = len(answers)
        orders = {"sparse": np.zeros((count, count)), "colbert": np.zeros((count, count))}
        for i, query in enumerate(answers):
            for j, passage in enumerate(answers):
                orders["sparse"][i, j] = sum(weight * passage["sparse"].get(token, 0.0)
                                             for token, weight in query["sparse"].items())
                orders["colbert"][i, j] = (rows[i] @ rows[j].T).max(axis=1).mean()
        return {}, {"orders": orders}

    @staticmethod
    def compare(ours, exact):
        found = {}
        for head, scores in ours["orders"].items():
            taus, kept = [], []
            for i, row in enumerate(scores):
                others = np.arange(len(row)) != i
                mine, wanted = row[others], exact["orders"][head][i][others]
                tau = kendall_tau(mine, wanted)
                # A query whose words nobody shares orders nothing.
                if tau is None or np.count_nonzero(wanted) < FIRST:
                    continue
                taus.append(tau)
                kept.append(len(set(first_of(mine)) & set(first_of(wanted))) / FIRST)
            found[head] = {"tau": float(np.mean(taus)), "kept": float(np.mean(kept)), "queries": len(taus)}
        return found


def linked_model(name, into):
    """A complete model folder: `x.path` names where x lies."""
    source, target = SHARED / "models" / name, Path(into) / name
    target.mkdir()
    for entry in source.iterdir():
        if entry.suffix == ".path":
            (target / entry.stem).symlink_to((source / entry.read_text().strip()).resolve())
        else:
            (target / entry.name).symlink_to(entry)
    return target


def likeness(ours, exact):
    """Mean cosine of every vector with its float32 self."""
    pairs = [np.sum(ours[part] * exact[part], axis=1) for part in ours]
    return float(np.mean(np.concatenate(pairs)))


def measure(sets, binary, target, precisions):
    """One row per precision; the first is float32."""
    rows, exact = [], {}
    for precision in ["float32", *precisions]:
        row = {"target": target or "best", "precision": precision}
        for each in sets:
            began = time.monotonic()
            figures, details = each.measure(Engine(binary, precision, target))
            row.update(figures)
            if precision == "float32":
                exact[each.name] = details
            elif each.name == "heads":
                row["heads"] = each.compare(details, exact["heads"])
            else:
                row[each.name + "_cosine"] = likeness(details, exact[each.name])
            print(f"{row['target']} {precision} {each.name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        rows.append(row)
    for row in rows:
        for name in JUDGED:
            if name in row:
                row[name + "_lost"] = rows[0][name] - row[name]
    return rows


def over_the_bars(rows):
    return [f"{row['target']} {row['precision']} loses {row[name + '_lost']:.4f} on {name}"
            for row in rows for name in JUDGED
            if row.get(name + "_lost", 0) > BARS.get(row["precision"], 0)]


def markdown(rows):
    lines = ["| CPU target | precision | SciFact nDCG@10 | lost | STS-B Spearman | lost | STS-B French | lost | cosine "
             "| sparse tau, top 10 | ColBERT tau, top 10 |", "|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        cells = [row["target"], row["precision"]]
        for name in JUDGED:
            cells += [f"{row[name]:.4f}", f"{row[name + '_lost']:+.4f}"] if name in row else ["", ""]
        cosines = [row[key] for key in (name + "_cosine" for name in JUDGED) if key in row]
        cells.append(f"{min(cosines):.5f}" if cosines else "")
        for head in ("sparse", "colbert"):
            found = row.get("heads", {}).get(head)
            cells.append(f"{found['tau']:.4f}, {100 * found['kept']:.1f} %" if found else "")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--precisions", default="half,int8")
    parser.add_argument("--targets", default="")
    parser.add_argument("--sets", default="stsb,scifact,heads")
    parser.add_argument("--model", type=Path, default=MINILM, help="embedder of all sets but heads")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not SHARED.is_dir():
        sys.exit("data folder not found: set RAPPEL_SHARED, or put shared/ next to the checkout")
    model = options.model.resolve()
    if not (model / "config.json").is_file():
        sys.exit(f"{model} has no config.json: run scripts/fetch-models {model.name}, or name a model folder with --model")
    binary, precisions = os.path.abspath(options.binary), [p for p in options.precisions.split(",") if p]

    with tempfile.TemporaryDirectory() as folder:
        makers = {"stsb": lambda: StsB("stsb", "en", model), "stsb-fr": lambda: StsB("stsb-fr", "fr", model),
                  "scifact": lambda: SciFact(model), "heads": lambda: Heads(folder)}
        sets = [makers[name]() for name in options.sets.split(",")]
        rows = []
        for target in options.targets.split(","):
            rows += measure(sets, binary, target, precisions)
    print(markdown(rows), end="")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    failed = over_the_bars(rows)
    for line in failed:
        print(line, file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
