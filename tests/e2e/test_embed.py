"""rappel embed and rerank against what the reference implementations answer (shared/data/goldens-models), and their manners."""

import json
import math
import subprocess

import support
from support import SHARED, cpu_of, json_lines, linked_model, read_jsonl, run

support.need_shared()
GOLDENS = SHARED / "goldens-models"
EMBED_TOLERANCE = 1e-5
LOGIT_TOLERANCE = 5e-5


def read_npy(path):
    """float32, C order, as rows."""
    raw = path.read_bytes()
    header_size = int.from_bytes(raw[8:10], "little")
    header = eval(raw[10:10 + header_size].decode(), {"__builtins__": {}})
    assert header["descr"] == "<f4" and not header["fortran_order"], header
    import array
    values = array.array("f", raw[10 + header_size:])
    rows, width = header["shape"]
    return [values[i * width:(i + 1) * width] for i in range(rows)]


class Models(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.models = {name: linked_model(name, cls.folder) for name in
                      ("tiny-bge-m3", "tiny-bge-reranker-v2-m3", "tiny-bert-embedder", "tiny-bert-cross-encoder")}

    def answers(self, command, model, items, *arguments):
        process = run(command, "--model", self.models.get(model, model), *arguments, stdin=json_lines(items))
        self.assertEqual(process.returncode, 0, process.stderr[:2000])
        answers = [json.loads(line) for line in process.stdout.splitlines()]
        self.assertEqual([a["id"] for a in answers], [i["id"] for i in items])
        return answers


class Golden(Models):
    """Recorded answers are float32's."""

    def answers(self, command, model, items, *arguments):
        return super().answers(command, model, items, *arguments, "--precision", "float32")

    def test_bge_m3_all_outputs(self):
        texts = read_jsonl(GOLDENS / "tiny-bge-m3.texts.jsonl")
        rows = read_npy(GOLDENS / "tiny-bge-m3.colbert.npy")
        answers = self.answers("embed", "tiny-bge-m3", [{"id": t["id"], "text": t["text"]} for t in texts],
                               "--outputs", "dense,sparse,colbert", "--ids", "--max-length", "8192")
        for want, got in zip(texts, answers):
            name = want["id"]
            self.assertEqual(got["input_ids"], want["input_ids"], name)
            self.assertEqual(got["tokens"], len(want["input_ids"]), name)
            self.assert_close(got["dense"], want["dense"], EMBED_TOLERANCE, name)
            self.assertEqual(list(got["sparse"]), list(want["lexical"]), name)
            self.assert_close(list(got["sparse"].values()), list(want["lexical"].values()), EMBED_TOLERANCE, name)
            self.assertEqual(len(got["colbert"]), got["tokens"] - 1, name)
            if "colbert" in want:
                first = want["colbert"]["row"]
                for i, row in enumerate(rows[first:first + want["colbert"]["rows"]]):
                    self.assert_close(got["colbert"][i], row, EMBED_TOLERANCE, f"{name} row {i}")

    def test_bge_m3_max_length_and_dimensions(self):
        texts = {t["id"]: t["text"] for t in read_jsonl(GOLDENS / "tiny-bge-m3.texts.jsonl")}
        for file, key, flag in (("max_length", "max_length", "--max-length"), ("truncate_dim", "truncate_dim", "--dimensions")):
            wanted = read_jsonl(GOLDENS / f"tiny-bge-m3.{file}.jsonl")
            for value in sorted({w[key] for w in wanted}):
                chosen = [w for w in wanted if w[key] == value]
                items = [{"id": w["text_id"], "text": texts[w["text_id"]]} for w in chosen]
                for want, got in zip(chosen, self.answers("embed", "tiny-bge-m3", items, flag, value, "--ids")):
                    self.assert_close(got["dense"], want["dense"], EMBED_TOLERANCE, f"{want['text_id']} {flag} {value}")
                    if "input_ids" in want:
                        self.assertEqual(got["input_ids"], want["input_ids"])

    def test_bert_embedders(self):
        for model in ("tiny-bert-embedder", "all-MiniLM-L6-v2"):
            if model == "all-MiniLM-L6-v2" and not (support.MINILM / "config.json").is_file():
                continue
            texts = read_jsonl(GOLDENS / f"{model}.texts.jsonl")
            rows = read_npy(GOLDENS / f"{model}.dense.npy")
            folder = self.models.get(model, support.MINILM)
            answers = self.answers("embed", folder, [{"id": t["id"], "text": t["text"]} for t in texts], "--ids")
            for want, got in zip(texts, answers):
                self.assertEqual(got["input_ids"], want["input_ids"], want["id"])
                self.assert_close(got["dense"], rows[want["row"]], EMBED_TOLERANCE, f"{model} {want['id']}")

    def test_prompts_of_multilingual_e5_small(self):
        """A query and a passage have the model's own prompts in front of them, and match transformers."""
        goldens = SHARED / "models" / "multilingual-e5-small-q4"
        if not (support.E5 / "config.json").is_file():
            self.skipTest("multilingual-e5-small not found: run scripts/fetch-models")
        rows = read_npy(goldens / "goldens.npy")
        texts = read_jsonl(goldens / "goldens.jsonl")
        self.assertEqual({text["kind"] for text in texts}, {"query", "passage"})
        for kind, role in (("query", "query"), ("passage", "document")):
            chosen = [text for text in texts if text["kind"] == kind]
            items = [{"id": text["id"], "text": text["text"]} for text in chosen]
            for want, got in zip(chosen, self.answers("embed", support.E5, items, "--role", role, "--ids")):
                self.assertEqual(got["input_ids"], want["input_ids"], want["id"])
                self.assert_close(got["dense"], rows[want["row"]], EMBED_TOLERANCE, want["id"])

    def test_rerankers(self):
        for model in ("tiny-bge-reranker-v2-m3", "tiny-bert-cross-encoder"):
            rows = read_jsonl(GOLDENS / f"{model}.pairs.jsonl")
            pairs = {row["id"]: row for row in rows if "query" in row}
            settings = sorted({(row["max_length"], row["query_max_length"] or 0) for row in rows})
            for max_length, query_max_length in settings:
                chosen = [r for r in rows if (r["max_length"], r["query_max_length"] or 0) == (max_length, query_max_length)]
                items = [{"id": r["id"], "query": pairs[r["id"]]["query"], "passages": [pairs[r["id"]]["passage"]]} for r in chosen]
                flags = ("--max-length", max_length, "--query-max-length", query_max_length)
                raw = self.answers("rerank", model, items, "--raw", *flags)
                scores = self.answers("rerank", model, items, *flags)
                for want, logit, score in zip(chosen, raw, scores):
                    what = f"{model} {want['id']} at {max_length}/{query_max_length}"
                    self.assert_close(logit["scores"], [want["score"]], LOGIT_TOLERANCE, what)
                    self.assertAlmostEqual(score["scores"][0], 1 / (1 + math.exp(-logit["scores"][0])), delta=1e-7, msg=what)
                    if "score_normalized" in want:
                        self.assert_close(score["scores"], [want["score_normalized"]], LOGIT_TOLERANCE, what)

    def test_a_text_alone_and_in_a_batch_gives_the_same_bytes(self):
        texts = [t for t in read_jsonl(GOLDENS / "tiny-bge-m3.texts.jsonl") if len(t["text"]) < 2000][:24]
        items = [{"id": t["id"], "text": t["text"]} for t in texts]
        flags = ("embed", "--model", self.models["tiny-bge-m3"], "--outputs", "dense,sparse,colbert")
        together = run(*flags, "--batch", 24, stdin=json_lines(items)).stdout
        alone = run(*flags, "--batch", 1, stdin=json_lines(items)).stdout
        self.assertEqual(together, alone)
        self.assertEqual(len(together.splitlines()), len(items))


class Manners(Models):
    def embed(self, text, *arguments, **environment):
        return run("embed", "--model", self.models["tiny-bert-embedder"], *arguments, stdin=text, **environment)

    def test_bad_lines_are_named_and_the_rest_is_answered(self):
        process = self.embed('{"id":"a","text":"x"}\nnonsense\n\n{"id":2,"text":5}\n[1]\n{"text":"y"}\r\n{"id":null,"text":""}', "--ids")
        self.assertEqual(process.returncode, 1)
        self.assertEqual([json.loads(line)["id"] for line in process.stdout.splitlines()], ["a", 6, None])
        errors = process.stderr.splitlines()
        self.assertEqual(len(errors), 3, process.stderr)
        for line, number in zip(errors, (2, 4, 5)):
            self.assertIn(f"line {number}:", line)

    def test_ids_are_echoed_as_they_are(self):
        ids = ["x", 1, 2.5, None, True, {"a": [1, "é"]}, [], "\u0000"]
        process = self.embed(json_lines({"id": i, "text": "same"} for i in ids))
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual([json.loads(line)["id"] for line in process.stdout.splitlines()], ids)

    def test_only_what_was_asked_for(self):
        answer = json.loads(self.embed('{"id":1,"text":"x"}').stdout)
        self.assertEqual(list(answer), ["id", "tokens", "dense"])
        self.assertEqual(self.embed("").stdout, "")
        process = run("embed", "--model", self.models["tiny-bge-m3"], "--outputs", "sparse", stdin='{"id":1,"text":"x"}')
        self.assertEqual(list(json.loads(process.stdout)), ["id", "tokens", "sparse"])

    def test_what_cannot_start(self):
        for arguments, words in (
            (("--outputs", "sparse"), "has no sparse head"),
            (("--outputs", "words"), "dense, sparse, colbert"),
            (("--max-length", "1"), "special tokens"),
            (("--max-length", "many"), "expected a whole number"),
            (("--precision", "int4"), "float32, tf32, half, bfloat16, w8a16 or int8"),
            (("--device", "gpu"), "cpu and reference"),
            (("--models", "x"), "did you mean --model?"),
            (("--dimensions", "4096"), "has 48"),
            (("surplus",), "too much"),
        ):
            process = self.embed('{"id":1,"text":"x"}\n', *arguments)
            self.assertEqual((process.returncode, process.stdout), (2, ""), arguments)
            self.assertIn(words, process.stderr)
        process = run("embed", "--model", "some/model", stdin="")
        self.assertEqual(process.returncode, 2)
        self.assertIn("rappel model pull some/model", process.stderr)
        process = run("rerank", "--model", self.models["tiny-bert-embedder"], stdin="")
        self.assertEqual(process.returncode, 2, "an embedder is no reranker")

    def test_reduced_precisions_stay_near(self):
        line = '{"id":1,"text":"a rope that got wet is dried in the shade"}\n'

        def vector(precision):
            return json.loads(self.embed(line, "--precision", precision).stdout)["dense"]

        exact = vector("float32")
        best = cpu_of(run("devices", "--json"))["targets"]
        fast = next(target["name"] for target in best if target["runs_here"]) not in ("sse4", "portable")
        self.assertEqual(vector("auto"), vector("int8") if fast else exact)
        for precision, least in (("half", 0.999), ("int8", 0.98)):
            reduced = vector(precision)
            self.assertNotEqual(reduced, exact, precision)
            self.assertGreater(sum(a * b for a, b in zip(reduced, exact)), least, precision)

    def test_every_cpu_target_answers_when_it_is_forced(self):
        items = [{"id": i, "text": text} for i, text in enumerate(("one", "two words", "three more words"))]
        usual = self.answers("embed", "tiny-bge-m3", items, "--precision", "float32")
        for target in cpu_of(run("devices", "--json"))["targets"]:
            process = run("embed", "--model", self.models["tiny-bge-m3"], "--precision", "float32", "--log-level", "info",
                          "--cpu-target", target["name"], stdin=json_lines(items))
            if target["runs_here"]:
                self.assertRegex(process.stderr, f"device cpu: .*, {target['label']}, ")
                for line, want in zip(process.stdout.splitlines(), usual):
                    self.assert_close(json.loads(line)["dense"], want["dense"], EMBED_TOLERANCE, target["name"])
                self.assertEqual(len(process.stdout.splitlines()), len(items))
            else:
                self.assertEqual((process.returncode, process.stdout), (2, ""))
                self.assertIn(f"this machine lacks {target['missing']}", process.stderr)

    def test_fp16_is_half_unless_a_precision_is_named(self):
        line = '{"id":1,"text":"x"}'
        half, exact = (self.embed(line, "--precision", name).stdout for name in ("half", "float32"))
        self.assertNotEqual(half, exact)
        self.assertEqual(self.embed(line, EMBEDDING_FP16="true").stdout, half)
        self.assertEqual(self.embed(line, EMBEDDING_FP16="true", EMBEDDING_PRECISION="float32").stdout, exact)
        self.assertEqual(self.embed(line, EMBEDDING_FP16="false").stdout, self.embed(line).stdout)

    def test_auto_is_float32_where_the_kernels_have_nothing_for_int8(self):
        line = '{"id":1,"text":"x"}'
        plain = {"RAPPEL_CPU_TARGET": "portable"}
        self.assertEqual(self.embed(line, **plain).stdout, self.embed(line, "--precision", "float32", **plain).stdout)

    def test_a_caller_that_waits_for_each_answer_gets_it(self):
        process = subprocess.Popen([support.rappel, "embed", "--model", self.models["tiny-bert-embedder"]], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, env=support.clean_environment(), cwd=self.folder)
        with process:
            for number in range(5):
                process.stdin.write(json.dumps({"id": number, "text": "question"}) + "\n")
                process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline())["id"], number)
            process.stdin.close()
            self.assertEqual(process.wait(60), 0)

    def test_rerank_lines(self):
        good = {"id": "q", "query": "what", "passages": ["this", "that", ""]}
        lines = json_lines([good, {"id": 2, "query": "no passages"}, {"id": 3, "query": "x", "passages": ["a", 7]},
                            {"query": "none", "passages": []}])
        process = run("rerank", "--model", self.models["tiny-bert-cross-encoder"], stdin=lines)
        self.assertEqual(process.returncode, 1)
        first, last = [json.loads(line) for line in process.stdout.splitlines()]
        self.assertEqual((first["id"], len(first["scores"])), ("q", 3))
        self.assertTrue(all(0 <= score <= 1 for score in first["scores"]))
        self.assertEqual(last, {"id": 4, "scores": []})
        self.assertIn("line 2:", process.stderr)
        self.assertIn("line 3: passage 1 is not a string", process.stderr)


if __name__ == "__main__":
    support.main()
