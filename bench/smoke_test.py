#!/usr/bin/env python3
"""Tests the benchmark's own logic with a tiny model and fake engines: no peers, no timing that could fail.

The model maker and the peers' side of the protocol need numpy; without it their tests are skipped.
"""

import json
import math
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path
from types import SimpleNamespace

try:
    import numpy
except ImportError:
    numpy = None

import agreement
import bars
import driver
import engines
import generated
import machine
import make_models
import report
import timing
import workloads
from child import Child, ChildError

# Speaks protocol.py's lines in little: rows are the ids' sum and count, scaled by the last argument.
FAKE = """
import array, sys
print('ready {"version": "fake 1", "load_s": 0}', flush=True)
for line in sys.stdin:
    words = line.split()
    texts = [list(map(int, row.split())) for row in open(words[2])]
    if len(texts) == 3: print('error no three texts', flush=True); continue
    rows = array.array('f', [v for ids in texts for v in (sum(ids) % 97, len(ids) * float(sys.argv[-1]))])
    if len(words) > 3: rows.tofile(open(words[3], 'wb'))
    print('ok 2' + ' 2.5/2.0' * int(words[1]), flush=True)
"""


needs_numpy = unittest.skipUnless(numpy, "numpy is not installed")


class Models(unittest.TestCase):
    @needs_numpy
    def test_same_seed_same_bytes_and_the_layout_of_safetensors(self):
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            a, b = make_models.make("tiny", first, 3), make_models.make("tiny", second, 3)
            other = make_models.make("tiny", first, 4)
            content = (a / "model.safetensors").read_bytes()
            self.assertEqual(content, (b / "model.safetensors").read_bytes())
            self.assertNotEqual(content, (other / "model.safetensors").read_bytes())
            size = int.from_bytes(content[:8], "little")
            header = json.loads(content[8:8 + size])
            entry = header["encoder.layer.1.output.dense.weight"]
            self.assertEqual(entry["shape"], [64, 128])
            self.assertEqual(max(e["data_offsets"][1] for k, e in header.items() if k != "__metadata__"),
                             len(content) - 8 - size)
            begin, end = entry["data_offsets"]
            values = numpy.frombuffer(content[8 + size:][begin:end], "<f4")
            self.assertAlmostEqual(float(values.std()), 128 ** -0.5, delta=0.005)

    def test_the_large_shape_is_that_of_bge_m3(self):
        total = sum(math.prod(dims) for _, dims, _, _ in make_models.tensors(make_models.SHAPES["large"]))
        self.assertEqual(total, 567754752)

    def test_every_shape_has_the_head_that_its_configuration_promises(self):
        for name, shape in make_models.SHAPES.items():
            names = {tensor for tensor, _, _, _ in make_models.tensors(shape)}
            wanted = set() if not shape.reranker else (
                {"classifier.weight", "bert.pooler.dense.weight"} if shape.family == "bert" else
                {"classifier.dense.weight", "classifier.out_proj.weight"})
            self.assertEqual({tensor for tensor in names if tensor.startswith("classifier.") and "weight" in tensor}
                             | (wanted & names), wanted, name)


@needs_numpy
class Protocol(unittest.TestCase):
    texts = "7 8 9\n5\n6 4\n"

    def answer(self, engine):
        import protocol

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "texts.txt"
            path.write_text(self.texts)
            reply = protocol.answer(engine, SimpleNamespace(batch=2), {}, ["run", "1", str(path), f"{folder}/rows"])
            return reply.split()[1], numpy.fromfile(f"{folder}/rows", "<f4").tolist()

    def test_rows_come_back_in_the_order_of_the_texts(self):
        batches = []

        def rows(batch):
            batches.append([len(text) for text in batch])
            return numpy.array([[text.sum()] for text in batch], dtype="f")

        self.assertEqual(self.answer(SimpleNamespace(rows=rows)), ("1", [24.0, 5.0, 10.0]))
        self.assertEqual(batches, [[3, 2], [1]])

    def test_a_library_that_batches_by_itself_gets_all_texts_as_it_prepared_them(self):
        whole = SimpleNamespace(prepare=lambda texts: [text.tolist() for text in texts],
                                encode=lambda texts: numpy.array([[text[0], len(text)] for text in texts], dtype="f"))
        self.assertEqual(self.answer(whole), ("2", [7.0, 3.0, 5.0, 1.0, 6.0, 2.0]))


class Pace(unittest.TestCase):
    def test_slow_passes_are_measured_twice_and_quick_ones_fill_their_time(self):
        settings = SimpleNamespace(seconds=4, rounds=5)
        self.assertEqual(timing.expected_seconds(60, settings), 120)
        self.assertEqual(timing.expected_seconds(6, settings), 24)     # four passes: five times the 4 seconds
        self.assertEqual(timing.expected_seconds(1, settings), 6)      # five, and one to warm up
        self.assertAlmostEqual(timing.expected_seconds(0.001, settings), 0.201)  # 200 at most

    def test_minutes_lower_what_is_measured_until_it_fits(self):
        run = driver.Run(driver.parse(["--models", "tiny", "--minutes", "0.5", "--engines", "rappel"]))
        run.results["machine"] = {"peak": {}}
        config = make_models.config(make_models.SHAPES["tiny"])
        run.plan("tiny", config, [(f"w{n}", "", [[1] * 100]) for n in range(20)], 1000)
        self.assertLess(run.pace.seconds, 0.5)
        self.assertEqual(run.settings.seconds, 4)


class Work(unittest.TestCase):
    def test_lengths_and_ids_follow_the_seed_and_the_model(self):
        config = make_models.config(make_models.SHAPES["small"])
        workload = next(w for w in workloads.WORKLOADS if w.name == "mixed32")
        lengths = workload.lengths(1, workloads.most_tokens(config))
        self.assertEqual(lengths, workload.lengths(1, 512))
        self.assertNotEqual(lengths, workload.lengths(2, 512))
        ids = workloads.token_ids(config, lengths, "mixed32", 1)
        self.assertEqual([len(text) for text in ids], lengths)
        self.assertTrue(all(text[0] == 101 and text[-1] == 102 and max(text) < 30522 for text in ids))
        self.assertFalse(workloads.fits(next(w for w in workloads.WORKLOADS if w.name == "long8192"), config))

    def test_useful_work_of_a_token(self):
        config = make_models.config(make_models.SHAPES["large"])
        self.assertEqual(workloads.useful_flop(config, [1]), 2 * 301989888 + 4 * 1024 * 24)


class Agreement(unittest.TestCase):
    rows = [[1.0, 2.0, 3.0], [1.1, 2.0, 2.9], [0.9, 2.2, 3.0]]

    def test_the_same_rows_agree_and_exchanged_rows_do_not(self):
        self.assertAlmostEqual(agreement.agreement(self.rows, self.rows), 1.0)
        exchanged = self.rows[1:] + self.rows[:1]
        self.assertGreater(agreement.least_cosine(exchanged, self.rows), 0.99)
        self.assertLess(agreement.agreement(exchanged, self.rows), min(agreement.LEAST.values()))
        self.assertEqual(agreement.agreement(self.rows[:2], self.rows), 0.0)
        self.assertEqual(agreement.agreement([[float("nan")] * 3] * 3, self.rows), 0.0)


class Groups(unittest.TestCase):
    def test_every_group_has_rappel_and_every_peer_is_in_one(self):
        for budget in (1e9, 16e9, 1e12):
            made = engines.groups(engines.ENGINES, 2.3e9, budget)
            own = {engine.name for engine in engines.ENGINES if engine.rappel}
            self.assertTrue(all(own <= {engine.name for engine in group} for group in made))
            peers = [engine.name for group in made for engine in group if not engine.rappel]
            self.assertEqual(sorted(peers), sorted(e.name for e in engines.ENGINES if not e.rappel))
        self.assertEqual(len(engines.groups(engines.ENGINES, 2.3e9, 1e12)), 1)


def start(folder, code=FAKE, scale="1"):
    return Child([sys.executable, "-c", code, scale], None, Path(folder) / "log", load_limit=60)


class Children(unittest.TestCase):
    def test_rows_times_errors_and_death(self):
        with tempfile.TemporaryDirectory() as folder:
            texts = workloads.write_texts(Path(folder) / "two.txt", [[5, 6], [7, 8, 9]])
            child = start(folder)
            self.assertEqual(child.rows(texts, 60), [[11.0, 2.0], [24.0, 3.0]])
            self.assertEqual(child.run(texts, 2, 60), [(2.5, 2.0), (2.5, 2.0)])
            three = workloads.write_texts(Path(folder) / "three.txt", [[5], [6], [7]])
            with self.assertRaisesRegex(ChildError, "no three texts"):
                child.run(three, 1, 60)
            child.stop()
            with self.assertRaises(ChildError):
                child.run(texts, 1, 60)
            with self.assertRaisesRegex(ChildError, "No module named 'no_such_peer'"):
                start(folder, "import no_such_peer")
            with self.assertRaisesRegex(ChildError, "does not build"):
                start(folder, "print('unavailable does not build')")

    @unittest.skipUnless(Path("/proc/self/task").is_dir(), "no /proc")
    def test_a_child_that_still_computes_is_waited_for(self):
        spinning = ("import sys, threading, time\n"
                    "print('ready {}', flush=True)\n"
                    "for line in sys.stdin:\n"
                    "    print('ok 1 1/1', flush=True)\n"
                    "    end = time.monotonic() + float(line.split()[2])\n"
                    "    while time.monotonic() < end: pass\n")
        with tempfile.TemporaryDirectory() as folder:
            child = start(folder, spinning)
            child.run("0", 1, 60)
            child.settle(60)
            self.assertEqual(child.thread_states(), ["S"])
            child.run("600", 1, 60)
            child.settle(0.05)  # not longer than it is allowed to
            self.assertIn("R", child.thread_states())
            child.stop()

    def test_interleaving_gives_every_engine_its_visits_and_drops_the_failing(self):
        with tempfile.TemporaryDirectory() as folder:
            children = {"a": start(folder), "b": start(folder)}
            texts = workloads.write_texts(Path(folder) / "two.txt", [[5, 6], [7, 8, 9]])
            settings = SimpleNamespace(seed=1, seconds=0.05, rounds=30, limit=60)
            times, failures = timing.time_workload(children, texts, settings, lambda _: None)
            self.assertEqual(failures, {})
            self.assertTrue(all(len(got) >= 30 for got in times.values()))
            three = workloads.write_texts(Path(folder) / "three.txt", [[5], [6], [7]])
            times, failures = timing.time_workload(children, three, settings, lambda _: None)
            self.assertEqual((times, sorted(failures)), ({}, ["a", "b"]))
            for child in children.values():
                child.stop()


def entry(engine, family, workload, group, median, tokens=8, gflop=1.0):
    return {"model": "tiny", "workload": workload, "what": workload, "group": group, "engine": engine, "family": family,
            "texts": 1, "tokens": tokens, "gflop": gflop, "median_ms": median, "min_ms": median * 0.9, "spread": 0.1,
            "repetitions": 1, "load": 0.1, "wall_cpu_ms": [[median, median / 2]]}


def made_up_results():
    names = {"rappel float32": True, "FlagEmbedding float32": False, "ONNX Runtime float32": False}
    return {
        "machine": {"cpu": "Z80", "flags": [], "peak": {"fp32_avx2": 100.0, "memory_read_gb_s": 9.0}},
        "settings": {"threads": 2, "clock": "wall", "isa": "", "seed": 1, "batch": 16, "batch_tokens": 2048},
        "engines": {name: {"version": "1", "family": "float32", "rappel": own} for name, own in names.items()},
        "missing": [{"model": "tiny", "engine": "llama.cpp float32", "workload": None, "why": "a | b"}],
        "agreement": [], "notes": ["a note"],
        "serving": {"throughput_ratio": 0.8, "unloaded_p99_ms": 5.0, "ingest_p99_ms": 17.0, "ingest_batch_ms": 7.5,
                    "cache_hit_us": 12.0, "idle_core_share": 0.004},
        "footprint": {"memory": {"peak_bytes": 1.5e9, "weight_bytes": 0.3e9, "mapped_bytes": 1.1e9}, "ready_s": [2, 4, 2.5]},
        "quality": [{"target": "best", "precision": "float32", "scifact": 0.64, "scifact_lost": 0.0},
                    {"target": "best", "precision": "int8", "scifact": 0.633, "scifact_lost": 0.007, "stsb": 0.82,
                     "stsb_lost": -0.001, "heads": {"sparse": {"tau": 0.99, "kept": 0.97, "queries": 9}}}],
        "times": [entry("rappel float32", "float32", "query8", 0, 10.0),
                  entry("FlagEmbedding float32", "float32", "query8", 0, 30.0),
                  entry("rappel float32", "float32", "query8", 1, 20.0),
                  entry("ONNX Runtime float32", "float32", "query8", 1, 18.0),
                  entry("rappel float32", "float32", "mixed32", 0, 1000.0, 5000, 80.0),
                  entry("FlagEmbedding float32", "float32", "mixed32", 0, 1500.0, 5000, 80.0)]}


class Report(unittest.TestCase):
    def test_ratios_stay_inside_a_group_and_the_best_peer_counts(self):
        results = made_up_results()
        found = bars.ratios(results, "rappel float32", "float32")
        self.assertAlmostEqual(found["tiny", "query8"][0], 0.9)
        self.assertEqual(found["tiny", "query8"][1], "ONNX Runtime float32")

    def test_every_row_of_the_project_s_table_has_a_verdict(self):
        verdicts = {row.what: row.verdict for row in bars.evaluate(made_up_results())}
        self.assertEqual(verdicts, {
            "float32 vs the best fp32 peer": "missed",
            "float32 vs the best fp32 peer, mixed lengths": "met",
            "half vs the best fp32 peer": "not measured",
            "int8 vs the best int8 peer": "not measured",
            "int8 vs the best fp32 peer": "not measured",
            "int8 vs FlagEmbedding, one query": "not measured",
            "int8 vs FlagEmbedding, 20 documents": "not measured",
            "int8 vs FlagEmbedding, rerank of 5": "not measured",
            "float32, share of the measured peak from 150 tokens on": "met",  # 80 of 100
            "burst of 32 queries over HTTP, throughput against one batch in process": "missed",
            "queries during an ingest job, 99th percentile": "met",  # 17 <= 2 x 5 + 7.5
            "query-cache hit, engine side": "met",
            "idle server": "met",
            "1 x 8192 tokens, XLM-R-large int8, peak resident memory": "missed",  # 1.2 GB over the weights
            "rappel serve ready with XLM-R-large int8": "met",
            "half: nDCG@10 loss on SciFact, real MiniLM": "not measured",
            "half: Spearman loss on STS-B, real MiniLM": "not measured",
            "int8: nDCG@10 loss on SciFact, real MiniLM": "missed",
            "int8: Spearman loss on STS-B, real MiniLM": "met"})

    def test_a_run_without_figures_holds_nothing(self):
        empty = {**made_up_results(), "times": [], "serving": None, "footprint": None, "quality": None}
        self.assertEqual({row.verdict for row in bars.evaluate(empty)}, {"not measured"})

    def test_the_peak_is_that_of_the_kernels_that_ran(self):
        peak = {"fp32_avx2": 100, "fp32_avx512": 190, "int8_avx2": 200, "int8_amx": 9000}
        self.assertEqual(machine.peak_for(peak, "float32", ""), ("fp32_avx512", 190))
        self.assertEqual(machine.peak_for(peak, "float32", "avx2"), ("fp32_avx2", 100))
        self.assertEqual(machine.peak_for(peak, "int8", "avx2"), ("int8_avx2", 200))
        self.assertEqual(machine.peak_for(peak, "int8", "avxvnni"), (None, 0))

    def test_combined_runs_keep_their_groups_and_must_be_alike(self):
        both = report.combine([made_up_results(), made_up_results()])
        self.assertEqual(len(both["times"]), 12)
        self.assertEqual(len(both["missing"]), 1)
        self.assertEqual({entry["group"] for entry in both["times"]}, {0, 1, 1000, 1001})
        other = made_up_results()
        other["settings"]["threads"] = 1
        with self.assertRaisesRegex(SystemExit, "threads"):
            report.combine([made_up_results(), other])

    def test_markdown_plot_and_the_page_of_the_docs(self):
        results = made_up_results()
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "out").mkdir()
            text = report.write(results, folder / "out")
            self.assertIn("| ONNX Runtime float32 / rappel float32 | 0.90 | - |", text)
            self.assertIn("| rappel float32 vs the best float32 peer | **0.90 ONNX Runtime float32** "
                          "| 1.50 FlagEmbedding float32 |", text)
            self.assertIn("| tiny | llama.cpp float32 | all | a / b |", text)
            self.assertEqual(xml.parse(folder / "out" / "tiny.svg").getroot().tag, "{http://www.w3.org/2000/svg}svg")
            page = folder / "page.md"
            begin, end = generated.marks("bench")
            page.write_text(f"before\n{begin}\nstale words\n{end}\nafter\n")
            for _ in range(2):
                report.replace_generated(page, text, folder / "out")
            content = page.read_text()
            self.assertTrue(content.startswith("before\n") and content.endswith("\nafter\n") and "stale words" not in content)
            self.assertEqual(content.count("### Bars"), 1)
            self.assertTrue((folder / "benchmarks-tiny.svg").is_file())


def made_up_folder(folder, name):
    """Enough of a model folder for engines that read none of it."""
    made = folder / name
    made.mkdir(exist_ok=True)
    (made / "config.json").write_text(json.dumps(make_models.config(make_models.SHAPES[name])))
    (made / "model.safetensors").write_bytes(bytes(1000))
    return made


class Driver(unittest.TestCase):
    def test_a_run_of_made_up_engines_times_who_agrees_and_says_who_is_missing(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            settings = driver.parse(["--models", "tiny", "--workloads", "query8,docs20x20", "--seconds", "0.001",
                                     "--cache", str(folder / "cache"), "--output", str(folder / "out"),
                                     "--peak", str(folder / "no-peak"), "--data", str(folder)])
            scales = {"rappel float32": "1", "FlagEmbedding float32": "1", "OpenVINO int8": "-40"}
            run = driver.Run(settings)

            def fake_start(model, engine, _):
                if engine.name not in scales:
                    raise ChildError("not made up")
                return start(folder, scale=scales[engine.name])

            run.start = fake_start
            run.model_folder = lambda name: made_up_folder(folder, name)
            run.all()
            results = json.loads((folder / "out" / "results.json").read_text())
            self.assertEqual({(e["engine"], e["workload"]) for e in results["times"]},
                             {(name, workload) for name in list(scales)[:2] for workload in ("query8", "docs20x20")})
            why = {m["engine"]: m["why"] for m in results["missing"]}
            self.assertIn("answers differ", why["OpenVINO int8"])
            self.assertEqual(why["ONNX Runtime float32"], "not made up")


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    for case, reason in result.skipped:  # for tests/skips.py
        print(f"skipped in part: {case.id().removeprefix('__main__.')}: {reason}")
    sys.exit(0 if result.wasSuccessful() else 1)
