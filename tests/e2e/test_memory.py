"""The estimate of memory (`rappel optimize`) against the peak of the real `rappel serve` with the same models."""

import json
import os
import re
from pathlib import Path

import support
from support import ROOT, Server, run

support.need_minilm()
if not Path("/proc/self/status").exists():
    support.skip_file("no /proc to read a peak from")
if any(os.environ.get(f"{name}_OPTIONS") for name in ("ASAN", "TSAN")):
    support.skip_file("sanitizers need more memory than any estimate")
MODELS = {"EMBEDDING_MODEL": support.MINILM, "RERANK_MODEL": ROOT / "models" / "rappel-rerank-mini-en", "EMBEDDING_DEVICE": "cpu",
          "RERANK_DEVICE": "cpu"}
FACTOR = 2.5  # of the peak, that an estimate may be
WORDS = "bees keep warm in winter while the spare key lies under a blue pot near the mountain hut and its old stove".split()


def peak_of(process):
    return 1024 * int(re.search(r"^VmHWM:\s*(\d+)", Path(f"/proc/{process.pid}/status").read_text(), re.M)[1])


def documents(count, words):
    return {"documents": [{"id": str(n), "text": " ".join(WORDS[(n + i * 7) % len(WORDS)] for i in range(words))} for n in range(count)]}


class Memory(support.TestCase):
    def estimate(self, **settings):
        process = run("optimize", "--dry-run", "--json", cwd=self.folder, **MODELS, **settings)
        return json.loads(process.stdout)

    def test_estimates_hold_in_every_precision(self):
        for precision in ("int8", "half", "float32"):
            with self.subTest(precision):
                settings = {"EMBEDDING_PRECISION": precision, "RERANK_PRECISION": precision}
                memory = self.estimate(**settings)["memory"]
                data = self.folder / precision
                with Server("--no-auth", "--data-dir", data, **MODELS, **settings) as server:
                    self.assertEqual(server.request("POST", "/upsert", documents(40, 600))[0], 200)
                    query = {"queries": [{"query": "where is the spare key", "top_k": 10}]}
                    self.assertEqual(server.request("POST", "/query", query)[0], 200)
                    peak = peak_of(server.process)
                print(f"{precision}: estimate {memory['total'] / 1e6:.1f} MB, peak {peak / 1e6:.1f} MB")
                self.assertLessEqual(peak, memory["total"])
                self.assertLessEqual(memory["total"], FACTOR * peak)
                self.assertLess(memory["needed"], memory["total"], "the tables are mapped")

    def test_the_words_say_what_is_counted(self):
        found = next(need for need in self.estimate(EMBEDDING_PRECISION="int8", RERANK_PRECISION="half")["requirements"]
                     if need["name"] == "memory")
        self.assertTrue(found["known"])
        for words in (" as int8", " as half", "word tables", "workspace", "program and tokenizer"):
            self.assertIn(words, found["found"])

    def test_a_model_that_is_missing_is_not_ok(self):
        answer = json.loads(run("optimize", "--dry-run", "--json", cwd=self.folder, EMBEDDING_MODEL="nobody/nothing",
                                RERANK_ENABLE="false").stdout)
        found = next(need for need in answer["requirements"] if need["name"] == "memory")
        self.assertFalse(found["known"])
        self.assertEqual(found["found"], "not known: the model is not there yet (nobody/nothing)")
        text = run("optimize", "--dry-run", cwd=self.folder, EMBEDDING_MODEL="nobody/nothing", RERANK_ENABLE="false").stdout
        self.assertRegex(text, r"memory +unknown +not known")

    def test_a_default_model_has_its_size_before_it_is_there(self):
        answer = json.loads(run("optimize", "--dry-run", "--json", cwd=self.folder, EMBEDDING_MODEL="BAAI/bge-m3",
                                EMBEDDING_PRECISION="int8", EMBEDDING_DEVICE="cpu", RERANK_ENABLE="false").stdout)
        self.assertTrue(1.3e9 < answer["memory"]["total"] < 2e9, answer["memory"])


if __name__ == "__main__":
    support.main()
