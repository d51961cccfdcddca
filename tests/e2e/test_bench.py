"""`rappel bench` and `rappel compare` with real models: that they measure what they say, never how fast it is."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import support
from support import ROOT, run

support.need_minilm()
MODELS = {"EMBEDDING_MODEL": support.MINILM, "RERANK_MODEL": ROOT / "models" / "rappel-rerank-mini-en",
          "EMBEDDING_DEVICE": "cpu", "RERANK_DEVICE": "cpu"}
QUERIES = ["query_short", "query_long", "queries_10"]
KEYS = [f"{name}.cache_{how}" for name in QUERIES for how in ("off", "on")] + ["documents_3", "documents_20", "documents_50",
                                                                             "rerank_5", "rerank_20"]
UNTIMED = ["documents_3", "documents_20", "documents_50"]

FAKE_TORCH = "__version__ = '0.fake'\ndef get_num_threads(): return 7\n"


def fake_python(folder, flag_embedding):
    """A Python whose FlagEmbedding and torch are such texts."""
    packages = folder / "packages"
    packages.mkdir()
    (packages / "FlagEmbedding.py").write_text(flag_embedding)
    (packages / "torch.py").write_text(FAKE_TORCH)
    info = packages / "flagembedding-9.8.7.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: FlagEmbedding\nVersion: 9.8.7\n")
    program = folder / "python"
    program.write_text(f"#!/bin/sh\nPYTHONPATH='{packages}' exec '{sys.executable}' \"$@\"\n")
    program.chmod(0o755)
    return program


# What the script uses of FlagEmbedding, answering with fixed numbers.
STAND_IN = """
class Vector(list):
    def tolist(self):
        return list(self)

class FlagModel:
    def __init__(self, folder, use_fp16, devices, pooling_method):
        assert (use_fp16, devices, pooling_method) == (False, "cpu", "mean"), (use_fp16, devices, pooling_method)
        print("libraries may print")
    def encode(self, texts, batch_size):
        return [Vector([1.0] + [0.0] * 383) for _ in texts]

class FlagReranker:
    def __init__(self, folder, use_fp16, devices):
        pass
    def compute_score(self, pairs, batch_size, normalize):
        assert normalize and len({passage for _, passage in pairs}) == 5
        return [0.5] * len(pairs)
"""


class Bench(support.TestCase):
    def setUp(self):
        self.place = self.folder / self.id().rpartition(".")[2]
        self.place.mkdir()
        self.history = self.place / "bench" / "history.jsonl"

    def bench(self, *flags, status=0, **environment):
        process = run("bench", "--quick", "--json", *flags, **{**MODELS, "RAPPEL_DATA_DIR": self.place, **environment})
        self.assertEqual(process.returncode, status, process.stdout + process.stderr)
        self.errors = process.stderr
        return json.loads(process.stdout)

    def test_every_test_measures_what_it_says(self):
        ballast = b"x" * 1_000_000_000
        answer = self.bench("--latency-budget", 100_000)
        del ballast
        self.assertEqual([test["key"] for test in answer["tests"]], KEYS)
        self.assertEqual([test["test"] for test in answer["tests"]], [1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8])
        self.assertTrue(answer["complete"])
        self.assertTrue(10e6 < answer["peak_memory_bytes"] < 1e9, "its own, not this process's")
        tokens = {}
        for test in answer["tests"]:
            ms = test["ms"]
            self.assertEqual(test["runs"], test["planned"])
            self.assertTrue(0 < ms["min"] <= ms["median"] <= ms["p95"] <= ms["max"], test)
            self.assertTrue(ms["min"] <= ms["mean"] <= ms["max"])
            self.assertAlmostEqual(test["items_per_second"], 1e3 * test["items"] / ms["median"], delta=1e-6 * test["items_per_second"])
            self.assertEqual(test["cache"], test["key"].rpartition("_")[2] if "cache" in test["key"] else None)
            tokens[test["key"]] = test["tokens"]
        self.assertEqual([test["items"] for test in answer["tests"]], [1, 1, 1, 1, 10, 10, 3, 20, 50, 5, 20])
        for name in QUERIES:
            self.assertEqual(tokens[name + ".cache_on"], 0, "a query that is in the cache computes nothing")
        self.assertEqual(tokens["query_short.cache_off"], self.count_tokens("how do bees keep warm"), "every run computes its query")
        self.assertGreater(tokens["queries_10.cache_off"], 5 * tokens["query_short.cache_off"])
        self.assertGreater(tokens["documents_50"], tokens["documents_20"])
        self.assertAlmostEqual(tokens["rerank_20"] / tokens["rerank_5"], 4, delta=0.4)
        found = self.recommended(answer)
        self.assertEqual(list(found)[:3], ["EMBEDDING_CACHE_SIZE", "RERANK_K", "EMBEDDING_PRECISION"])
        self.assertRegex(found["EMBEDDING_PRECISION"]["reason"], r"^auto \((float32|half|int8)\) \d+ tokens/s(, (float32|half|int8) \d+){2}$")
        self.assertEqual((found["RERANK_K"]["value"], found["RERANK_K"]["change"]), ("5", False))

    def recommended(self, answer):
        return {one["setting"]: one for one in answer["recommendations"]}

    def count_tokens(self, text):
        process = run("embed", "--model", support.MINILM, stdin=support.json_lines([{"text": text}]))
        return json.loads(process.stdout)["tokens"]

    def test_without_cache_and_reranker(self):
        answer = self.bench(EMBEDDING_CACHE_SIZE=0, RERANK_ENABLE="false", RERANK_MODEL="nobody/nothing")
        self.assertEqual([test["key"] for test in answer["tests"]], [f"{name}.cache_off" for name in QUERIES] + UNTIMED)
        self.assertEqual(len(answer["notes"]), 2)
        cache = answer["recommendations"][0]
        self.assertEqual((cache["setting"], cache["change"]), ("EMBEDDING_CACHE_SIZE", True))

    def test_history_against_and_chart(self):
        first = self.bench()
        self.assertNotIn("against", first)
        second = self.bench("--latency-budget", 1)
        candidates = self.recommended(second)["RERANK_K"]
        self.assertEqual((candidates["value"], candidates["change"]), ("3", True), "the fewest, since one millisecond is too little")
        self.assertEqual(second["against"], {"time": first["time"], "differences": []})
        for before, now in zip(first["tests"], second["tests"]):
            change = now["change"]
            self.assertEqual(change["before_ms"], before["ms"]["median"])
            self.assertAlmostEqual(change["percent"], 100 * (now["ms"]["median"] / before["ms"]["median"] - 1), places=6)
        self.assertEqual([json.loads(line)["time"] for line in self.history.read_text().splitlines()], [first["time"], second["time"]])
        saved = self.place / "first.json"
        saved.write_text(json.dumps(first))
        other = self.bench("--against", saved, "--no-history", "--chart", self.place / "c.svg", EMBEDDING_PRECISION="float32")
        self.assertEqual(other["against"]["differences"], ["EMBEDDING_PRECISION auto -> float32"])
        self.assertEqual(len(self.history.read_text().splitlines()), 2)
        for chart in (self.place / "c.svg", self.place / "bench" / "latest.svg"):
            texts = [text.text for text in ElementTree.parse(chart).iter("{http://www.w3.org/2000/svg}text")]
            self.assertIn("10 queries in turn, cache off", texts)

    def test_for_people(self):
        process = run("bench", "--quick", RAPPEL_DATA_DIR=self.place, **MODELS)
        self.assertEqual(process.returncode, 0, process.stderr)
        lines = [line for line in process.stdout.splitlines() if re.match(r"\d ", line)]
        self.assertEqual(len(lines), len(KEYS))
        self.assertRegex(lines[0], r"^1 single query, short +off +3 ")
        self.assertIn("Recommendations", process.stdout)
        self.assertEqual(process.stderr, "", "no progress line where there is no terminal")

    def test_a_busy_machine_is_said_and_nothing_is_recommended_from_it(self):
        answer = self.bench(RAPPEL_TEST_LOAD="busy", RERANK_K=17)
        self.assertRegex(answer["busy"], r"^other programs use [\d.]+ of \d+ CPUs?")
        self.assertEqual([test["key"] for test in answer["tests"]], KEYS, "the figures are there all the same")
        found = self.recommended(answer)
        for key, value in (("RERANK_K", "17"), ("EMBEDDING_PRECISION", "auto"), ("RAPPEL_THREADS", "0")):
            self.assertEqual((found[key]["value"], found[key]["change"]), (value, False))
            self.assertTrue(found[key]["reason"].startswith("not measured: the machine is busy ("), found[key])
        self.assertEqual(self.bench()["busy"], "")
        process = run("bench", "--quick", RAPPEL_DATA_DIR=self.place, RAPPEL_TEST_LOAD="busy", **MODELS)
        self.assertIn("the machine is busy (other programs use ", process.stdout)

    def test_the_table_is_within_100_columns(self):
        for _ in range(2):  # the second one has the column of changes
            process = run("bench", "--quick", RAPPEL_DATA_DIR=self.place, **MODELS)
            table = [line for line in process.stdout.splitlines() if re.match(r"\d |test ", line)]
            self.assertEqual(len(table), len(KEYS) + 1)
            self.assertLessEqual(max(map(len, table)), 100)
        self.assertTrue(table[0].endswith(" change"), table[0])

    def test_what_cannot_be_compared_with_is_refused_at_once(self):
        for content, words in ((None, "cannot open"), ("hello\n", "rappel bench --json > FILE")):
            file = self.place / "against"
            if content is not None:
                file.write_text(content)
            process = run("bench", "--against", file, **MODELS)
            self.assertEqual(process.returncode, 2)
            self.assertIn(words, process.stderr)

    def test_a_history_that_cannot_be_written(self):
        (self.place / "bench").write_text("in the way")
        chart = self.place / "c.svg"
        self.bench("--chart", chart, status=1)
        self.assertIn("--no-history", self.errors)
        self.assertTrue(chart.exists(), "the chart went elsewhere")

    def test_stopping_ends_with_what_is_known(self):
        environment = support.clean_environment(RAPPEL_DATA_DIR=self.place, **MODELS)
        with subprocess.Popen([support.rappel, "bench"], cwd=self.place, env=environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            seen = ""
            while not seen.startswith("1 "):
                seen = process.stdout.readline()
                self.assertNotEqual(seen, "", "it ended before its first line")
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=support.TIMEOUT)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(errors, r"^rappel: stopped; \d+ of 11 lines are known")
        self.assertIn("peak memory", rest)
        self.assertFalse(self.history.exists(), "a part of a run is not kept")


class Compare(support.TestCase):
    def compare(self, *flags, status=0, **environment):
        process = run("compare", "--quick", "--json", *flags, **{**MODELS, **environment})
        self.assertEqual(process.returncode, status, process.stdout + process.stderr)
        self.errors = process.stderr
        return json.loads(process.stdout)

    def rival(self, answer, kind, name):
        return next(rival for rival in answer["rivals"] if (rival["kind"], rival["name"]) == (kind, name))

    def place(self, name):
        made = self.folder / name
        made.mkdir()
        return made

    def test_precisions_and_threads_beside_the_settings_in_force(self):
        usable = support.cpu_of(run("devices", "--json"))["threads"]
        answer = self.compare(RAPPEL_THREADS=1, EMBEDDING_PRECISION="auto", RERANK_PRECISION="auto")
        rivals = [rival for rival in answer["rivals"] if rival["kind"] != "device"]  # a build may have other devices
        names = [(rival["kind"], rival["name"]) for rival in rivals]
        in_force = rivals[0]["details"]
        others = [("precision", name) for name in ("float32", "half", "int8") if name != in_force]
        self.assertEqual(len(others), 2, "auto is one of the three, and that one is not timed beside itself")
        self.assertEqual(names[:3], [("in_force", "settings in force"), *others])
        self.assertEqual([name for kind, name in names[3:]], [f"{n} threads" for n in [usable] if n > 1])
        for rival in rivals:
            self.assertEqual((list(rival["ms"]), rival["trouble"]), (["query_short", "documents_20", "rerank_5"], ""))
        first, exact = rivals[0], self.rival(answer, *others[0])
        ratio = exact["ms"]["rerank_5"]["median"] / first["ms"]["rerank_5"]["median"]
        self.assertAlmostEqual(exact["in_force_is_faster"]["rerank_5"], ratio, places=6)
        verdict = answer["verdict"]
        if in_force == "float32" or any(rival["kind"] == "device" and rival["ms"] for rival in answer["rivals"]):
            return  # the verdict is about something else
        self.assertEqual((verdict["slower"], verdict["faster"]), ("float32", "settings in force"))
        saved = exact["ms"]["query_short"]["median"] - first["ms"]["query_short"]["median"]
        self.assertAlmostEqual(verdict["saved_s_per_100_queries"], saved / 10, places=9)

    def test_another_device_is_timed_as_it_is_recommended(self):
        answer = self.compare(RERANK_ENABLE="false", EMBEDDING_DEVICE="reference", EMBEDDING_PRECISION="float32", EMBEDDING_FP16="true",
                              EMBEDDING_MAX_LEN=4)  # the reference device takes its time
        other = self.rival(answer, "device", "cpu")
        self.assertEqual(other["trouble"], "")
        self.assertEqual(other["settings"], "EMBEDDING_DEVICE=cpu EMBEDDING_PRECISION=auto EMBEDDING_FP16=false")

    def test_a_busy_machine_is_said_and_nothing_is_recommended_from_it(self):
        answer = self.compare(RERANK_ENABLE="false", RAPPEL_TEST_LOAD="busy")
        self.assertRegex(answer["busy"], r"^other programs use [\d.]+ of \d+ CPUs?")
        self.assertEqual(len(answer["recommendations"]), 1)
        self.assertIn("not measured: the machine is busy (", answer["recommendations"][0])

    def test_for_people_and_without_reranker(self):
        process = run("compare", "--quick", **{**MODELS, "RERANK_ENABLE": "false"})
        self.assertEqual(process.returncode, 0, process.stderr)
        for words in ("nothing is reranked", "settings in force", "Verdict: ", "Time saved, ", "Recommendations", "--python"):
            self.assertIn(words, process.stdout)
        self.assertNotIn("rerank 5 passages", process.stdout)

    def test_flag_embedding_is_timed_as_it_is_used(self):
        python = fake_python(self.place("stand-in"), STAND_IN)
        answer = self.compare("--python", python)
        flag = self.rival(answer, "flag_embedding", "FlagEmbedding")
        self.assertEqual(flag["details"], "FlagEmbedding 9.8.7, torch 0.fake, 7 threads")
        self.assertEqual(list(flag["ms"]), ["query_short", "documents_20", "rerank_5"])
        self.assertEqual([entry["runs"] for entry in flag["ms"].values()], [3, 2, 3])
        self.assertEqual(answer["verdict"]["slower"], flag["name"])
        self.assertIn("this is other work", answer["agreement"], "the stand-in's vector is not the model's")

    def test_flag_embedding_that_is_missing_or_fails_is_said(self):
        folder = self.place("fails")
        broken = fake_python(folder, STAND_IN.replace("return [Vector", "raise ValueError('no such\\nlayer')  # "))
        cases = {folder / "nothing": "as .venv/bin/python", broken: "FlagEmbedding failed: ValueError: no such layer",
                 fake_python(self.place("absent"), "raise ImportError('no module')"): "cannot be imported (no module)",
                 fake_python(self.place("dies"), "import os; os._exit(9)"): "ended with code 9"}
        for python, words in cases.items():
            with self.subTest(words):
                answer = self.compare("--python", python, status=1, RERANK_ENABLE="false")
                self.assertIn(words, self.rival(answer, "flag_embedding", "FlagEmbedding")["trouble"])
                self.assertEqual(self.rival(answer, "precision", "float32")["trouble"], "", "the rest is compared all the same")
                self.assertIn("see above", self.errors)

    def test_progress_on_a_terminal_and_a_stop(self):
        ours, theirs = pty.openpty()
        python = fake_python(self.place("slow"), STAND_IN.replace("print(\"libraries may print\")", "import time; time.sleep(600)"))
        with subprocess.Popen([support.rappel, "compare", "--quick", "--python", python], env=support.clean_environment(**MODELS),
                              cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=theirs) as process:
            os.close(theirs)
            seen = b""
            try:
                while b"FlagEmbedding" not in seen:
                    seen += os.read(ours, 4096)
                process.send_signal(signal.SIGINT)
                output, _ = process.communicate(timeout=60)
            finally:
                os.close(ours)
        self.assertEqual(process.returncode, 1)
        self.assertIn("stopped", output)


if __name__ == "__main__":
    support.main()
