"""Compares ways to cut and embed documents, by the answers that they give.

    bench/chunking.py [--sets files,xquad,scifact] [--ways simple,context,structure,both] [--rappel PROGRAM]
                      [--model FOLDER] [--data FOLDER] [--json FILE]

Each way stores each set in a folder of its own and asks its questions over HTTP, without reranking.

files    the English files of data/files with the questions of bench/judged/file_questions.jsonl. A chunk answers a question
         if it is of a right file and contains the words of the answer. `places` is the share of questions whose first such
         chunk names the right page, slide, sheet, row or section; `cited` that of the questions whose first result does.
xquad    data/retrieval/xquad-en: an article is a Markdown file with its title as heading and a section for each paragraph.
         A chunk answers if it has most of its words from the right paragraph.
scifact  data/retrieval/scifact: an abstract is a Markdown file with its title as heading; files are judged, not chunks.

The sets belong to the reference data and stay out of the repository; the questions about files are ours.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from child import ChildError
from server import Server

ROOT = Path(__file__).resolve().parent.parent
TOP = 10
WAYS = {
    "simple": {"CHUNK_STRUCTURE": "false", "CHUNK_CONTEXT": "false"},
    "context": {"CHUNK_STRUCTURE": "false", "CHUNK_CONTEXT": "true"},
    "structure": {"CHUNK_STRUCTURE": "true", "CHUNK_CONTEXT": "false"},
    "both": {"CHUNK_STRUCTURE": "true", "CHUNK_CONTEXT": "true"},
}
# Files with the text of others.
TWINS = re.compile(r"^(plain_en|brokenxref|qpdf_|rl_2col|rl_running|rl_traps|article_en|review_en|tables_en|utf|pdf_named|"
                   r"html_named|docx_named|long_en\.ods|needs_password|scan_only|bundle|devref_en_)")


def words(text):
    return " ".join(text.replace("\u00ad", "").split()).lower()


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


class Files:
    name = "files"

    def __init__(self, data):
        self.folder = data / "files"
        manifest = read_jsonl(self.folder / "manifest.jsonl")
        self.files = [self.folder / row["file"] for row in manifest
                      if row["lang"] in ("en", "", "en,de,zh") and not TWINS.match(row["id"])]
        self.questions = read_jsonl(ROOT / "bench/judged/file_questions.jsonl")

    def write(self, folder):
        for file in self.files:
            shutil.copyfile(file, folder / file.name)

    def answers(self, question, result):
        file = result["metadata"]["filename"]
        return file in question["right"] and words(question["answer"]) in words(result["text"])

    def is_placed(self, question, result):
        """None: there is no place to name."""
        place = result["metadata"]
        right = question["right"].get(place["filename"])
        if right is None:
            return False
        if not right:
            return None
        return all(self.holds(place, key, value) for key, value in right.items())

    @staticmethod
    def holds(place, key, value):
        if key == "inner_file":
            return "inner_file" in place
        if isinstance(value, int):
            return key in place and place[key] <= value <= place.get("last_" + key, place[key])
        return value in place.get(key, "").split(" > ")


class Articles:
    name = "xquad"

    def __init__(self, data):
        folder = data / "retrieval/xquad-en"
        self.articles, self.paragraphs = {}, {}
        for row in read_jsonl(folder / "corpus.jsonl"):
            self.articles.setdefault(row["title"], []).append(row["text"])
            self.paragraphs[row["_id"]] = set(words(row["text"]).split())
        right = dict(line.split("\t")[:2] for line in (folder / "qrels/test.tsv").read_text().splitlines()[1:])
        self.questions = [{"question": row["text"], "right": right[row["_id"]]}
                          for row in read_jsonl(folder / "queries.jsonl") if row["_id"] in right]

    def write(self, folder):
        for title, paragraphs in self.articles.items():
            text = f"# {title.replace('_', ' ')}\n\n" + "\n\n".join(paragraphs) + "\n"
            (folder / (re.sub(r"\W", "_", title) + ".md")).write_text(text, encoding="utf-8")

    def answers(self, question, result):
        found = words(result["text"]).split()
        return sum(word in self.paragraphs[question["right"]] for word in found) > 0.75 * len(found)

    def is_placed(self, question, result):
        return None


class Abstracts:
    name = "scifact"

    def __init__(self, data):
        folder = data / "retrieval/scifact"
        self.abstracts = read_jsonl(folder / "corpus.jsonl")
        right = {}
        for line in (folder / "qrels/test.tsv").read_text().splitlines()[1:]:
            query, document, *score = line.split("\t")
            if not score or int(score[0]) > 0:
                right.setdefault(query, set()).add(document)
        self.questions = [{"question": row["text"], "right": right[row["_id"]]}
                          for row in read_jsonl(folder / "queries.jsonl") if row["_id"] in right]

    def write(self, folder):
        for row in self.abstracts:
            (folder / f"{row['_id']}.md").write_text(f"# {row['title']}\n\n{row['text']}\n", encoding="utf-8")

    def answers(self, question, result):
        return result["metadata"]["filename"].removesuffix(".md") in question["right"]

    def is_placed(self, question, result):
        return None


SETS = {kind.name: kind for kind in (Files, Articles, Abstracts)}


def post(connection, body):
    connection.request("POST", "/query", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise ChildError(f"/query answered {answer.status}: {content[:200]!r}")
    return json.loads(content)


def ask(server, questions):
    connection = server.connect()
    results = []
    for begin in range(0, len(questions), 32):
        part = questions[begin:begin + 32]
        body = {"queries": [{"query": one["question"], "top_k": TOP} for one in part]}
        results += [one["results"] for one in post(connection, body)["results"]]
    connection.close()
    return results


def measure(settings, judged, way):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.mkdir()
        judged.write(source)
        environment = {"PATH": os.environ["PATH"], "HOME": folder, **WAYS[way]}
        done = subprocess.run([settings.rappel, "ingest", source, "--data-dir", Path(folder) / "data", "--embedding-model",
                               settings.model], env=environment, cwd=folder, capture_output=True, text=True)
        chunks = re.search(r"(\d+) chunks", done.stdout + done.stderr)
        server = Server(SimpleNamespace(rappel=settings.rappel, threads=2, isa=None), folder, settings.model)
        try:
            results = ask(server, judged.questions)
        finally:
            server.stop()
    return {"set": judged.name, "way": way, "chunks": int(chunks[1]) if chunks else None, **score(judged, results)}


def score(judged, answers):
    ranks, placed, cited = [], [], []
    for question, results in zip(judged.questions, answers):
        hits = [rank for rank, result in enumerate(results, 1) if judged.answers(question, result)]
        ranks.append(hits[0] if hits else None)
        place = judged.is_placed(question, results[hits[0] - 1]) if hits else None
        if place is not None:
            placed.append(place)
        if results and (first := judged.is_placed(question, results[0])) is not None:
            cited.append(first)
    share = lambda values: round(sum(values) / len(values), 4) if values else None
    return {"questions": len(ranks), "recall@1": share([rank == 1 for rank in ranks]),
            "recall@5": share([rank is not None and rank <= 5 for rank in ranks]),
            "mrr@10": share([1 / rank if rank else 0 for rank in ranks]), "places": share(placed), "cited": share(cited),
            "ranks": ranks}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--sets", default="files,xquad")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--rappel", default=ROOT / "build/release/rappel", type=Path)
    parser.add_argument("--model", default=ROOT / "models/all-MiniLM-L6-v2", type=Path)
    parser.add_argument("--data", default=Path(os.environ.get("RAPPEL_SHARED", ROOT.parent / "shared")) / "data", type=Path)
    parser.add_argument("--json", type=Path, help="every rank, for a comparison question by question")
    settings = parser.parse_args()
    settings.rappel, settings.model = settings.rappel.resolve(), settings.model.resolve()
    rows = []
    print("| set | way | chunks | questions | recall@1 | recall@5 | MRR@10 | places | cited |\n|---|---|---|---|---|---|---|---|---|")
    for name in settings.sets.split(","):
        judged = SETS[name](settings.data)
        for way in settings.ways.split(","):
            rows.append(measure(settings, judged, way))
            shown = [rows[-1][key] for key in ("set", "way", "chunks", "questions", "recall@1", "recall@5", "mrr@10", "places",
                                               "cited")]
            print("| " + " | ".join("" if value is None else str(value) for value in shown) + " |", flush=True)
    if settings.json:
        settings.json.write_text(json.dumps(rows))


if __name__ == "__main__":
    sys.exit(main())
