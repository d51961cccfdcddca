"""`rappel eval`: judged sets through the store, runs in and out, comparisons, and what it says about malformed sets."""

import json
import math
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree
from contextlib import closing
from pathlib import Path

import support
from support import json_lines, linked_model, run

METRICS = ["ndcg@10", "mrr@10", "recall@10", "recall@100", "map"]
ANIMALS = ["otter", "heron", "badger", "weasel", "falcon", "salmon", "beetle", "lizard"]


def write_set(folder, documents=24):
    """Each document names one animal and a number of its own; each query asks for an animal."""
    folder.mkdir()
    (folder / "qrels").mkdir()
    (folder / "corpus.jsonl").write_text(json_lines(
        {"_id": f"d{i}", "title": f"Note {i}", "text": f"The {ANIMALS[i % 8]} was seen at place {i}."} for i in range(documents)))
    (folder / "queries.jsonl").write_text(json_lines({"_id": name, "text": f"Where was the {name}?"} for name in ANIMALS + ["nobody"]))
    judged = "".join(f"{ANIMALS[i % 8]}\td{i}\t{1 + i % 2}\n" for i in range(documents))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)


def ndcg(folder, run_file, depth=10):
    """nDCG@10 by the definition of trec_eval, written apart from the program."""
    judged, answers = {}, {}
    for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        query, document, relevance = line.split("\t")
        judged.setdefault(query, {})[document] = int(relevance)
    for line in run_file.read_text().splitlines():
        query, _, document, _, score, _ = line.split()
        answers.setdefault(query, []).append((float(score), document))
    total = 0
    for query, relevances in judged.items():
        order = sorted(answers.get(query, []), reverse=True)[:depth]
        gain = sum(relevances.get(document, 0) / math.log2(rank + 2) for rank, (_, document) in enumerate(order))
        best = sorted((value for value in relevances.values() if value > 0), reverse=True)[:depth]
        total += gain / sum(value / math.log2(rank + 2) for rank, value in enumerate(best))
    return total / len(judged)


class EvalTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        root = Path(cls.home.name)
        cls.root, cls.set, cls.data = root, root / "animals", root / "data"
        write_set(cls.set)
        cls.models = {"EMBEDDING_MODEL": linked_model("mini-bert-embedder", root), "EMBEDDING_DEVICE": "cpu",
                      "RERANK_MODEL": linked_model("mini-bert-cross-encoder", root), "RERANK_DEVICE": "cpu",
                      "RAPPEL_DATA_DIR": cls.data}

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    def eval(self, *arguments, code=0, **environment):
        process = run("eval", *arguments, **{**self.models, **environment})
        self.assertEqual(process.returncode, code, process.stderr + process.stdout)
        return process

    def json(self, *arguments, **environment):
        return json.loads(self.eval(*arguments, "--json", **environment).stdout)

    def stores(self):
        return sorted(path.name for path in (self.data / "eval").iterdir())

    def test_every_mode_with_the_documented_members(self):
        answer = self.json(self.set, "--set", "RERANK_K=2,5")
        sets = answer["sets"]
        self.assertEqual([one["mode"] for one in sets], ["hybrid", "dense", "lexical", "hybrid+rerank", "hybrid+rerank"])
        self.assertEqual([one["settings"].get("RERANK_K") for one in sets], [None, None, None, "2", "5"])
        for one in sets:
            self.assertEqual(list(one), ["name", "mode", "settings", "metrics", "latency_ms"])
            self.assertEqual(one["name"], "animals")
            self.assertEqual(list(one["metrics"]), METRICS)
            self.assertEqual(list(one["latency_ms"]), ["p50", "p90", "p95", "p99"])
            self.assertLessEqual(one["latency_ms"]["p50"], one["latency_ms"]["p99"])
            self.assertEqual(one["metrics"]["recall@100"], 1 if one["mode"] != "lexical" else one["metrics"]["recall@100"])
        self.assertEqual(sets[2]["metrics"]["mrr@10"], 1, "only the documents that are judged have the word")
        self.assertTrue(any(note.startswith("reranking does not help") for note in answer.get("notes", []))
                        == any(one["metrics"]["ndcg@10"] <= sets[0]["metrics"]["ndcg@10"] for one in sets[2:]))

    def test_store_is_used_again_until_something_changes(self):
        first = self.eval(self.set, "--modes", "lexical").stdout
        again = self.eval(self.set, "--modes", "lexical").stdout
        self.assertIn("8 judged queries, 24 documents (0 stored by this run)", again)
        before = self.stores()
        self.assertIn("24 documents (24 stored by this run)", self.eval(self.set, "--modes", "lexical", "--chunk-size", "64").stdout)
        self.assertEqual(len(self.stores()), len(before) + 1)
        self.assertIn("judged queries", first)
        self.assertFalse((self.data / "rappel.db").exists(), "the store of the user is not touched")

    def test_run_that_was_written_scores_the_same_without_a_model(self):
        file, chart = self.root / "out.run", self.root / "out.svg"
        written = self.json(self.set, "--modes", "dense,lexical", "--run", file, "--chart", chart)["sets"]
        for one in written:
            path = self.root / f"out-{one['mode']}.run"
            read = self.json(self.set, "--score", path, EMBEDDING_MODEL="/nonexistent", RAPPEL_DATA_DIR="/nonexistent")["sets"]
            self.assertEqual(len(read), 1)
            self.assertEqual(read[0]["metrics"], one["metrics"])
            self.assertEqual(read[0]["latency_ms"], {})
            self.assertAlmostEqual(ndcg(self.set, path), one["metrics"]["ndcg@10"], delta=1e-6)
        bars = ElementTree.parse(chart).findall("{http://www.w3.org/2000/svg}rect")
        self.assertEqual(len(bars), 1 + 2 * len(METRICS))
        alone = self.root / "alone.run"
        self.eval(self.set, "--modes", "lexical", "--run", alone)
        self.assertEqual(alone.read_text(), (self.root / "out-lexical.run").read_text())

    def test_comparison_of_modes_and_files(self):
        answer = self.json(self.set, "--compare", "dense", "lexical")
        self.assertEqual([one["mode"] for one in answer["sets"]], ["dense", "lexical"])
        comparison = answer["comparisons"][0]["metrics"]["ndcg@10"]
        means = [one["metrics"]["ndcg@10"] for one in answer["sets"]]
        self.assertAlmostEqual(comparison["difference"], means[1] - means[0], delta=1e-9)
        self.assertEqual(comparison["won"] + comparison["tied"] + comparison["lost"], 8)
        self.assertTrue(comparison["exact"], "256 assignments of signs are counted")
        good, bad = self.root / "good.run", self.root / "bad.run"
        good.write_text("".join(f"{ANIMALS[i % 8]} Q0 d{i} 1 {2 + i % 2} x\n" for i in range(24)))
        bad.write_text("otter Q0 d1 1 1 x\n")
        found = self.json(self.set, "--compare", bad, good, EMBEDDING_MODEL="/nonexistent")["comparisons"][0]["metrics"]["ndcg@10"]
        self.assertEqual((found["a"], found["b"], found["won"], found["p"]), (0, 1, 8, 2 / 256))

    def test_several_sets_in_one_call(self):
        second, file, chart = self.root / "second", self.root / "several.run", self.root / "several.svg"
        write_set(second, documents=16)
        answer = self.json(self.set, second, "--compare", "dense", "lexical", "--run", file, "--chart", chart)
        self.assertEqual([(one["name"], one["mode"]) for one in answer["sets"]],
                         [("animals", "dense"), ("animals", "lexical"), ("second", "dense"), ("second", "lexical")])
        self.assertEqual([one["name"] for one in answer["comparisons"]], ["animals", "second"])
        alone = self.json(second, "--modes", "lexical")["sets"][0]
        self.assertEqual(alone["metrics"], answer["sets"][3]["metrics"])
        for one in answer["sets"]:
            path = self.root / f"several-{one['name']}-{one['mode']}.run"
            folder = second if one["name"] == "second" else self.set
            self.assertAlmostEqual(ndcg(folder, path), one["metrics"]["ndcg@10"], delta=1e-6)
        self.assertEqual(len(ElementTree.parse(chart).findall("{http://www.w3.org/2000/svg}rect")), 1 + 4 * len(METRICS))
        table = self.eval(self.set, second, "--modes", "lexical").stdout
        self.assertIn("animals: 8 judged queries, 24 documents", table)
        self.assertIn("second: 8 judged queries, 16 documents", table)
        self.assertIn("name one DIR", self.eval(self.set, second, "--score", file, code=2).stderr)
        self.assertIn("two sets are named 'animals'", self.eval(self.set, self.set, code=2).stderr)

    def test_set_is_made_from_a_log(self):
        data, log, folder = self.root / "stored", self.root / "log.jsonl", self.root / "logged"
        documents = [{"id": f"d{i}", "text": f"The {name} was seen at the river."} for i, name in enumerate(ANIMALS)]
        lines = self.root / "documents.jsonl"
        lines.write_text(json_lines(documents))
        ingested = run("ingest", lines, **{**self.models, "RAPPEL_DATA_DIR": data})
        self.assertEqual(ingested.returncode, 0, ingested.stderr)
        log.write_text(json_lines([{"question": "Where was the otter?", "answer_ids": ["d0", "gone"]},
                                   {"question": "Where was the heron?", "answer_ids": ["d1_0"]}]))
        answer = self.json(folder, "--from-log", log, "--modes", "lexical", RAPPEL_DATA_DIR=data)
        self.assertEqual(answer["sets"][0]["metrics"]["mrr@10"], 1)
        self.assertIn("the store does not have 1 answer of the log, for example 'gone'", answer["notes"][0])
        self.assertEqual((folder / "qrels" / "test.tsv").read_text().splitlines()[1:], ["q1\td0\t1", "q2\td1\t1"])
        self.assertEqual([one["text"] for one in support.read_jsonl(folder / "corpus.jsonl")], [one["text"] for one in documents])
        self.assertEqual(self.json(folder, "--modes", "lexical")["sets"][0]["metrics"], answer["sets"][0]["metrics"])

        def error(text, **environment):
            log.write_text(text)
            return self.eval(self.root / "new", "--from-log", log, code=2, **{"RAPPEL_DATA_DIR": data, **environment}).stderr

        self.assertIn('log.jsonl line 1: the member "answer_ids" is missing', error('{"question":"q","ids":["d0"]}\n'))
        self.assertIn("the store has none of the 1 answers of the log, for example 'x'", error("question,id\nwho?,x\n"))
        self.assertIn("there is no store in", error("who?,d0\n", RAPPEL_DATA_DIR=self.root / "none"))
        self.assertFalse((self.root / "new").exists())
        self.assertIn("it exists", self.eval(folder, "--from-log", log, code=2, RAPPEL_DATA_DIR=data).stderr)

    def test_mistakes_are_named(self):
        def error(*arguments, **environment):
            return self.eval(*arguments, code=2, **environment).stderr

        self.assertIn("there is no mode 'sparser'; the modes are hybrid, min-max", error(self.set, "--modes", "sparser"))
        self.assertIn("splits: test; choose one with --split", error(self.set, "--split", "dev"))
        self.assertIn("--compare needs more values: --compare A B", error(self.set, "--compare", "dense"))
        self.assertIn("cannot change 'CHUNK_SIZE'", error(self.set, "--set", "CHUNK_SIZE=20"))
        self.assertIn("name one of 'dense+rerank RERANK_K=2'",
                      self.eval(self.set, "--set", "RERANK_K=2,5", "--compare", "dense", "dense+rerank", code=1).stderr.replace("'dense', ", ""))
        broken = self.root / "broken"
        write_set(broken)
        with open(broken / "corpus.jsonl", "a", encoding="utf-8") as file:
            file.write('{"id":"x","text":"y"}\n')
        self.assertIn('corpus.jsonl line 25: the member "_id" is missing', error(broken))
        self.assertIn("name the folder of a judged set", error(self.root / "nowhere"))

    def test_killed_run_goes_on(self):
        large = self.root / "large"
        write_set(large, documents=3000)
        before = set(self.stores()) if (self.data / "eval").is_dir() else set()
        process = subprocess.Popen([support.rappel, "eval", large, "--modes", "lexical"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   cwd=self.root, env=support.clean_environment(**self.models))
        deadline = time.monotonic() + support.TIMEOUT
        while time.monotonic() < deadline and process.poll() is None and self.documents_stored(before) == 0:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        kept = self.documents_stored(before)
        self.assertGreater(kept, 0)
        self.assertIn(f"3000 documents ({3000 - kept} stored by this run)", self.eval(large, "--modes", "lexical").stdout)

    def test_answers_of_a_failed_run_are_not_asked_again(self):
        failing = self.root / "failing"
        write_set(failing)
        arguments = [failing, "--modes", "lexical,dense"]
        self.eval(*arguments, "--run", self.root / "no folder" / "out.run", code=1)
        answer = self.json(*arguments)
        self.assertEqual(answer["notes"], ["8 answers are those of an evaluation that was not completed"])
        self.assertEqual(list((self.data / "eval").glob("failing-*/unfinished")), [], "a complete evaluation is asked again")
        again = self.json(*arguments)
        self.assertNotIn("notes", again)
        self.assertEqual([one["metrics"] for one in again["sets"]], [one["metrics"] for one in answer["sets"]])

    def documents_stored(self, before):
        """Of the store that is not in `before`, as its state says."""
        for folder in (self.data / "eval").glob("large-*"):
            if folder.name in before:
                continue
            try:
                with closing(sqlite3.connect(f"file:{folder / 'rappel.db'}?mode=ro", uri=True)) as store:
                    return store.execute("SELECT documents FROM state").fetchone()[0]
            except sqlite3.OperationalError:  # not there yet, or not whole
                pass
        return 0

    def test_scifact_by_words(self):
        folder = support.SHARED / "retrieval" / "scifact"
        if not folder.is_dir():
            self.skipTest("reference data not found: set RAPPEL_SHARED or put shared/ next to the checkout")
        file = self.root / "scifact.run"
        # A chunk for each document, which takes a model that reads long texts.
        found = self.json(folder, "--modes", "lexical", "--chunk-size", "8192", "--run", file,
                          EMBEDDING_MODEL=linked_model("mini-bge-m3", self.root))["sets"][0]["metrics"]["ndcg@10"]
        self.assertGreaterEqual(found, 0.70)
        self.assertAlmostEqual(ndcg(folder, file), found, delta=1e-6)


if __name__ == "__main__":
    support.main()
