#!/usr/bin/env python3
"""A database of release 0.1.0 (testdata/stores/v1-program) is upgraded at opening and answers as that release did.

answers.json holds what `rappel list` and `rappel query` of 0.1.0 printed for it, with mini-bert-embedder in float32.
"""

import json
import re
import shutil
import sqlite3
import tempfile
import unittest
from contextlib import closing
from pathlib import Path

import support

STORE = support.ROOT / "testdata" / "stores" / "v1-program"
MODEL = support.ROOT / "testdata" / "models" / "mini-bert-embedder"
SCHEMA_VERSION = int(re.search(r"kSchemaVersion = (\d+);", (support.ROOT / "src/store/sqlite/migrations.h").read_text(encoding="utf-8"))[1])


def version_of(data):
    with closing(sqlite3.connect(data / "rappel.db")) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


class Upgrade(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.data = Path(self.folder.name) / "data"
        self.data.mkdir()
        shutil.copyfile(STORE / "rappel.db", self.data / "rappel.db")
        self.answers = json.loads((STORE / "answers.json").read_text(encoding="utf-8"))

    def rappel(self, *arguments):
        done = support.run(*arguments, "--data-dir", self.data, "--embedding-model", MODEL, EMBEDDING_PRECISION="float32")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def query(self, text, *arguments):
        return json.loads(self.rappel("query", text, "--no-rerank", "--json", *arguments))

    def test_the_documents_are_listed_as_before(self):
        self.assertEqual(version_of(self.data), 1)
        self.assertEqual(json.loads(self.rappel("list", "--json")), self.answers["list"])
        self.assertEqual(version_of(self.data), SCHEMA_VERSION)

    def test_queries_find_the_same_chunks(self):
        for before, arguments in zip(self.answers["queries"], (["--top-k", "4"], ["--filter", "source=email"])):
            now = self.query(before["query"], "--mode", "dense", *arguments)
            self.assertEqual(len(now["results"]), len(before["results"]))
            for new, old in zip(now["results"], before["results"]):
                del new["score"], old["score"]  # it was a cosine
                self.assertEqual(new, old)

    def test_the_same_manifest_replaces_its_documents(self):
        self.rappel("ingest", STORE / "documents.jsonl")
        self.assertEqual(json.loads(self.rappel("list", "--json")), self.answers["list"])

    def test_custom_metadata_can_be_added(self):
        lines = Path(self.folder.name) / "more.jsonl"
        lines.write_text('{"id": "new", "text": "A rope of sixty metres for the club.", "metadata": {"department": "gear"}}\n')
        self.rappel("ingest", lines)
        found = self.query("rope", "--filter", "department=gear")["results"]
        self.assertEqual([chunk["id"] for chunk in found], ["new_0"])
        self.assertEqual(found[0]["metadata"]["department"], "gear")


if __name__ == "__main__":
    support.main()
