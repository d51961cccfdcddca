"""Model folders whose files are missing, contradict each other or are of older layouts, against the recorded answers of
sentence-transformers and transformers (shared/data/reported)."""

import json
import shutil
import subprocess
import sys

import support
from support import MINILM, SHARED, json_lines, run

REPORTED = SHARED / "reported"
if not REPORTED.is_dir():
    support.skip_file("reference data not found: set RAPPEL_SHARED or put shared/ beside the checkout")
EXPECTED = json.loads((REPORTED / "expected.json").read_text())
EMBED_TOLERANCE = 1e-5
LOGIT_TOLERANCE = 5e-5


class Reported(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cases = cls.folder / "cases"
        subprocess.run([sys.executable, REPORTED / "make.py", cls.cases], check=True, stdout=subprocess.DEVNULL)

    def embed(self, model, texts, *arguments, **environment):
        process = run("embed", "--model", model, "--precision", "float32", *arguments,
                      stdin=json_lines({"id": str(i), "text": text} for i, text in enumerate(texts)), **environment)
        self.assertEqual(process.returncode, 0, process.stderr[:2000])
        return [json.loads(line) for line in process.stdout.splitlines()], process.stderr

    def expect_dense(self, answers, rows):
        self.assertEqual(len(answers), len(rows))
        for answer, row in zip(answers, rows):
            self.assert_close(answer["dense"], row, EMBED_TOLERANCE, answer["id"])

    def test_missing_pooling_files_mean_mean_pooling_and_a_note(self):
        case = EXPECTED["pooling-unknown"]
        hub = {"HF_HUB_CACHE": self.cases / "pooling-unknown" / "hub"}
        answers, words = self.embed("example/mean-pooled", case["texts"], **hub)
        self.expect_dense(answers, case["dense_mean"])
        self.assertIn("pooling: mean, because modules.json and 1_Pooling/config.json are missing", words)
        for arguments in (("list",), ("info", "example/mean-pooled")):
            self.assertIn("pooling: mean, because", run("model", *arguments, **hub).stdout)

    def test_lower_case_of_tokenizer_config(self):
        for name in ("tokenizer-config-cased", "tokenizer-config-uncased"):
            with self.subTest(name):
                case = EXPECTED[name]
                answers, words = self.embed(self.cases / name, case["texts"], "--ids")
                self.assertEqual([answer["input_ids"] for answer in answers], case["input_ids"])
                self.expect_dense(answers, case["dense"])
                self.assertIn("lower case: o", words)
                self.assertIn("lower case: o", run("model", "info", self.cases / name).stdout)

    def test_token_types_that_the_model_lacks(self):
        case = EXPECTED["token-types"]
        process = run("rerank", "--model", self.cases / "token-types", "--precision", "float32", "--raw",
                      stdin=json_lines([{"id": "0", "query": case["query"], "passages": case["passages"]}]))
        self.assertEqual(process.returncode, 0, process.stderr[:2000])
        answer = json.loads(process.stdout)
        self.assert_close(answer["scores"], case["logits"], LOGIT_TOLERANCE, "logits")

    def test_strided_checkpoint(self):
        case = EXPECTED["strided-checkpoint"]
        answers, _ = self.embed(self.cases / "strided-checkpoint", case["texts"])
        self.expect_dense(answers, case["dense"])

    def test_encoder_in_a_folder_of_its_own(self):
        case = EXPECTED["encoder-folder"]
        answers, _ = self.embed(self.cases / "encoder-folder", case["texts"])
        self.expect_dense(answers, case["dense"])
        info = run("model", "info", self.cases / "encoder-folder")
        self.assertEqual(info.returncode, 0, info.stderr)
        self.assertRegex(info.stdout, r"(?m)^kind +embedding$")
        self.assertRegex(info.stdout, r"(?m)^pooling +cls$")

    def test_dot_similarity_is_noted(self):
        case = EXPECTED["dot-similarity"]
        model = self.cases / "dot-similarity"
        note = 'similarity: the model compares vectors by "dot" (similarity_fn_name in config_sentence_transformers.json)'
        _, words = self.embed(model, list(case["documents"].values())[:1])
        self.assertIn(note, words)
        self.assertIn(note, run("model", "info", model).stdout)
        check = run("check", EMBEDDING_MODEL=model, RERANK_ENABLE="false", RAG_PORT=0)
        self.assertIn(note, check.stdout)

    def test_unsupported_modules_are_named(self):
        model = self.folder / "dense"
        shutil.copytree(self.cases / "encoder-folder", model)
        modules = json.loads((model / "modules.json").read_text())
        modules.append({"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"})
        (model / "modules.json").write_text(json.dumps(modules))
        process = run("embed", "--model", model, stdin=json_lines([{"id": "0", "text": "x"}]))
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("module sentence_transformers.models.Dense is not supported", process.stderr)
        self.assertIn("cannot be used", run("model", "info", model).stdout)


class KnownWeights(support.TestCase):
    """The real model with files that decide about vectors missing or changed."""

    def copy(self, name, without=()):
        target = self.folder / name
        shutil.copytree(MINILM, target, ignore=lambda folder, names: [n for n in names if n in without],
                        copy_function=lambda source, place: support.os.symlink(source, place))
        return target

    def check(self, model):
        process = run("check", "--json", EMBEDDING_MODEL=model, RERANK_ENABLE="false", RAG_PORT=0)
        checks = {check["name"]: (check["ok"], check["found"]) for check in json.loads(process.stdout)["checks"]}
        return process.returncode, checks

    def setUp(self):
        if not (MINILM / "config.json").is_file():
            self.skipTest("all-MiniLM-L6-v2 not found: run scripts/fetch-models all-MiniLM-L6-v2 or set RAPPEL_MINILM")

    def test_check_without_pooling_files(self):
        status, checks = self.check(self.copy("plain", ("modules.json", "1_Pooling", "sentence_bert_config.json")))
        self.assertEqual(status, 0, checks)
        self.assertIn("note: pooling: mean, because", checks["model files"][1])
        self.assertIn("of the published ones", checks["embedding"][1])

    def test_check_fails_where_the_pooling_is_not_the_published_one(self):
        model = self.copy("cls", ("1_Pooling",))
        (model / "1_Pooling").mkdir()
        (model / "1_Pooling" / "config.json").write_text(
            '{"word_embedding_dimension":384,"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}')
        status, checks = self.check(model)
        self.assertEqual(status, 1)
        self.assertFalse(checks["embedding"][0])
        self.assertIn("the weights are those of sentence-transformers/all-MiniLM-L6-v2, which is published with mean pooling, "
                      "but the pooling here is cls", checks["embedding"][1])


if __name__ == "__main__":
    support.main()
