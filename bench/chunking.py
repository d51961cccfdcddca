"""Compares ways to cut and embed documents, by the answers that they give.

    bench/chunking.py [--sets files,french,xquad,scifact] [--ways simple,context,..] [--rappel PROGRAM] [--model FOLDER]
                      [--data FOLDER] [--json FILE]

Each way stores each set in a folder of its own and asks its questions over HTTP, without reranking. Longer results hold more, so
`in 4000` is the share of questions whose answer is in the first 4000 characters of the results together.

files    the English files of data/files with the questions of bench/judged/file_questions.jsonl. A chunk answers a question
         if it is of a right file and contains the words of the answer. `places` is the share of questions whose first such
         chunk names the right page, slide, sheet, row or section; `cited` that of the questions whose first result does.
french   the same files, and French ones made from bench/judged/french.json, with the questions of
         bench/judged/french_questions.jsonl.
xquad    data/retrieval/xquad-en: an article is a Markdown file with its title as heading and a section for each paragraph.
         A chunk answers if it has most of its words from the right paragraph.
scifact  data/retrieval/scifact: an abstract is a Markdown file with its title as heading; files are judged, not chunks.

The other sets belong to the reference data and stay out of the repository; the questions about files are ours.
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
from plain_files import write_files
from server import Server

ROOT = Path(__file__).resolve().parent.parent
TOP = 10
BUDGET = 4000  # characters
WAYS = {
    "simple": {"CHUNK_STRUCTURE": "false", "CHUNK_CONTEXT": "false"},
    "context": {"CHUNK_STRUCTURE": "false", "CHUNK_CONTEXT": "true"},
    "structure": {"CHUNK_STRUCTURE": "true", "CHUNK_CONTEXT": "false"},
    "both": {"CHUNK_STRUCTURE": "true", "CHUNK_CONTEXT": "true"},
    "sentences": {"CHUNK_SENTENCES": "language"},
    "overlap": {"CHUNK_OVERLAP": "40"},
    "small": {"CHUNK_SIZE": "80", "MIN_CHUNK_SIZE_CHARS": "140"},
    "small-structure": {"CHUNK_SIZE": "80", "MIN_CHUNK_SIZE_CHARS": "140", "CHUNK_STRUCTURE": "true"},
}
# Ways of asking what another way has stored.
RETURNS = {
    "simple-section": ("simple", 4000),
    "structure-section": ("structure", 4000),
    "small-section": ("small", 2000),
    "small-structure-section": ("small-structure", 2000),
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
    has_sections = True
    questions_file = "file_questions.jsonl"

    def __init__(self, data):
        self.data = data / "files"
        self.questions = read_jsonl(ROOT / "bench/judged" / self.questions_file)

    def write(self, folder):
        for row in read_jsonl(self.data / "manifest.jsonl"):
            if row["lang"] in ("en", "", "en,de,zh") and not TWINS.match(row["id"]):
                shutil.copyfile(self.data / row["file"], folder / Path(row["file"]).name)

    @staticmethod
    def file_of(result):
        """Of an attachment: its mail."""
        return Path(result["metadata"].get("attached_to", result["metadata"]["filename"])).name

    def answers(self, question, result):
        return self.file_of(result) in question["right"] and words(question["answer"]) in words(result["text"])

    def is_placed(self, question, result):
        """None: there is no place to name."""
        place = result["metadata"]
        right = question["right"].get(self.file_of(result))
        if right is None:
            return False
        if not right:
            return None
        return all(self.holds(place, key, value) for key, value in right.items())

    @staticmethod
    def holds(place, key, value):
        if key == "inner_file":
            return "inner_file" in place or "attached_to" in place
        if isinstance(value, int):
            return key in place and place[key] <= value <= place.get("last_" + key, place[key])
        return value in place.get(key, "").split(" > ")


class French(Files):
    name = "french"
    questions_file = "french_questions.jsonl"

    def write(self, folder):
        super().write(folder)
        write_files(folder, json.loads((ROOT / "bench/judged/french.json").read_text(encoding="utf-8")))


class Articles:
    name = "xquad"
    has_sections = False  # paragraphs are judged, and a section has several

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
    has_sections = False

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


SETS = {kind.name: kind for kind in (Files, French, Articles, Abstracts)}


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


def ingest(settings, folder, data, way):
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **WAYS[way]}
    done = subprocess.run([settings.rappel, "ingest", folder / "source", "--data-dir", data, "--embedding-model", settings.model],
                          env=environment, cwd=folder, capture_output=True, text=True)
    chunks = re.search(r"(\d+) chunks", done.stdout + done.stderr)
    if not chunks:
        raise ChildError(f"rappel ingest stored nothing: {done.stderr[-500:]}")
    return int(chunks[1])


def measure(settings, judged, ways):
    """A row for each of the ways, which all ask the same store."""
    stored = RETURNS.get(ways[0], (ways[0],))[0]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "source").mkdir()
        judged.write(folder / "source")
        chunks = ingest(settings, folder, folder / "data", stored)
        for way in ways:
            options = ["--return", "section", "--section-chars", str(RETURNS[way][1])] if way in RETURNS else []
            server = Server(SimpleNamespace(rappel=settings.rappel, threads=2, isa=None), folder, settings.model, *options)
            try:
                results = ask(server, judged.questions)
            finally:
                server.stop()
            yield {"set": judged.name, "way": way, "chunks": chunks, **score(judged, results)}


def answers_within(judged, question, results):
    """Whether the first BUDGET characters of the results, one after another, answer."""
    left = BUDGET
    for result in results:
        if judged.answers(question, {**result, "text": result["text"][:left]}):
            return True
        left -= len(result["text"])
        if left <= 0:
            return False
    return False


def score(judged, answers):
    ranks, placed, cited, within = [], [], [], []
    for question, results in zip(judged.questions, answers):
        hits = [rank for rank, result in enumerate(results, 1) if judged.answers(question, result)]
        ranks.append(hits[0] if hits else None)
        within.append(bool(hits) and answers_within(judged, question, results))
        place = judged.is_placed(question, results[hits[0] - 1]) if hits else None
        if place is not None:
            placed.append(place)
        if results and (first := judged.is_placed(question, results[0])) is not None:
            cited.append(first)
    share = lambda values: round(sum(values) / len(values), 4) if values else None
    return {"questions": len(ranks), "recall@1": share([rank == 1 for rank in ranks]),
            "recall@5": share([rank is not None and rank <= 5 for rank in ranks]),
            "in 4000": share(within), "characters": round(sum(len(result["text"]) for results in answers for result in results) /
                                                          max(1, sum(map(len, answers)))),
            "mrr@10": share([1 / rank if rank else 0 for rank in ranks]), "places": share(placed), "cited": share(cited),
            "ranks": ranks}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--sets", default="files,french,xquad")
    parser.add_argument("--ways", default=",".join([*WAYS, *RETURNS]))
    parser.add_argument("--rappel", default=ROOT / "build/release/rappel", type=Path)
    parser.add_argument("--model", default=ROOT / "models/all-MiniLM-L6-v2", type=Path)
    parser.add_argument("--data", default=Path(os.environ.get("RAPPEL_SHARED", ROOT.parent / "shared")) / "data", type=Path)
    parser.add_argument("--json", type=Path, help="every rank, for a comparison question by question")
    settings = parser.parse_args()
    settings.rappel, settings.model = settings.rappel.resolve(), settings.model.resolve()
    columns = ["set", "way", "chunks", "questions", "recall@1", "recall@5", "mrr@10", "in 4000", "places", "cited", "characters"]
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    ways, rows = settings.ways.split(","), []
    groups = [[way for way in ways if RETURNS.get(way, (way,))[0] == stored] for stored in WAYS]
    for name in settings.sets.split(","):
        judged = SETS[name](settings.data)
        for group in filter(None, groups):
            asked = [way for way in group if way in WAYS or judged.has_sections]
            for row in measure(settings, judged, asked) if asked else []:
                rows.append(row)
                print("| " + " | ".join("" if row[key] is None else str(row[key]) for key in columns) + " |", flush=True)
    if settings.json:
        settings.json.write_text(json.dumps(rows))


if __name__ == "__main__":
    sys.exit(main())
