"""`rappel tune`: what it finds, when it keeps the settings, and how it changes the settings file."""

import json
import tempfile
import unittest
from pathlib import Path

import support
from support import json_lines, linked_model, run

QUESTIONS = 24


def write_set(folder, questions=QUESTIONS):
    """Each question has a word that one document alone has."""
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(json_lines(
        {"_id": f"d{i}", "title": f"Note {i}", "text": f"The key of locker{i} hangs at the door."} for i in range(questions)))
    (folder / "queries.jsonl").write_text(json_lines({"_id": f"q{i}", "text": f"Where is the key of locker{i}?"} for i in range(questions)))
    (folder / "qrels" / "test.tsv").write_text("".join(f"q{i}\td{i}\t1\n" for i in range(questions)))


class TuneTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.root = Path(cls.home.name)
        cls.set = cls.root / "lockers"
        write_set(cls.set)
        cls.models = {"EMBEDDING_MODEL": linked_model("mini-bert-embedder", cls.root), "EMBEDDING_DEVICE": "cpu",
                      "RERANK_MODEL": linked_model("mini-bert-cross-encoder", cls.root), "RERANK_DEVICE": "cpu",
                      "RAPPEL_DATA_DIR": cls.root / "data"}

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    def tune(self, *arguments, code=0, cwd=None, **environment):
        process = run("tune", *arguments, cwd=cwd, **{**self.models, **environment})
        self.assertEqual(process.returncode, code, process.stderr + process.stdout)
        return process

    def step(self, answer, name):
        return next(step for step in answer["steps"] if step["name"] == name)

    def test_values_are_those_of_eval(self):
        answer = json.loads(self.tune(self.set, "--json", RERANK_K="5").stdout)
        process = run("eval", self.set, "--modes", "hybrid,hybrid+rerank", "--json", RERANK_K="5", **self.models)
        self.assertEqual(process.returncode, 0, process.stderr)
        measured = {one["mode"]: one["metrics"]["ndcg@10"] for one in json.loads(process.stdout)["sets"]}
        self.assertAlmostEqual(self.step(answer, "weights")["in_force"]["value"], measured["hybrid"], delta=1e-9)
        self.assertAlmostEqual(self.step(answer, "reranking")["in_force"]["value"], measured["hybrid+rerank"], delta=1e-9)
        self.assertEqual((answer["name"], answer["queries"], answer["metric"], answer["folds"]), ("lockers", QUESTIONS, "ndcg@10", 5))

    def test_reranker_with_random_weights_is_turned_off(self):
        folder = self.root / "settings"
        folder.mkdir()
        env = folder / ".env"
        env.write_text("# mine\nRERANK_K=5\n")
        shown = self.tune(self.set, cwd=folder)
        self.assertIn("RERANK_ENABLE=false", shown.stdout)
        self.assertIn("nothing was written", shown.stdout)
        self.assertEqual(env.read_text(), "# mine\nRERANK_K=5\n")
        written = self.tune(self.set, "--write", cwd=folder)
        self.assertIn("+ RERANK_ENABLE=false", written.stdout)
        self.assertTrue(env.read_text().startswith("# mine\nRERANK_K=5\n"))
        self.assertIn("RERANK_ENABLE=false", env.read_text())
        self.assertEqual((folder / ".env.backup").read_text(), "# mine\nRERANK_K=5\n")
        again = self.tune(self.set, "--write", cwd=folder)
        self.assertIn("Keep the settings in force", again.stdout)
        self.assertFalse((folder / ".env.backup.1").exists(), "nothing was changed")

    def test_defaults_are_kept_without_a_gain(self):
        folder = self.root / "empty"
        folder.mkdir()
        kept = self.tune(self.set, "--write", cwd=folder, RERANK_ENABLE="false")
        self.assertIn("Keep the defaults", kept.stdout)
        self.assertEqual(list(folder.iterdir()), [])
        lexical = json.loads(self.tune(self.set, "--json", RERANK_ENABLE="false", RETRIEVAL_MODE="lexical").stdout)
        self.assertEqual((lexical["steps"], lexical["settings"]), ([], {}))
        self.assertEqual(lexical["notes"], ["RETRIEVAL_MODE=lexical has no weights; they stay as they are"])

    def test_mistakes_are_named(self):
        few = self.root / "few"
        write_set(few, questions=19)
        self.assertIn("cannot tune by 19 judged questions", self.tune(few, code=2).stderr)
        self.assertIn("name the folder of a judged set", self.tune(self.root / "nowhere", code=2).stderr)


if __name__ == "__main__":
    support.main()
