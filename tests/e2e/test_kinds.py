"""The judged set of question kinds in testdata/eval/kinds: its form, and the bars that hybrid retrieval meets on it."""

import collections
import shutil
import tempfile
import unittest
from pathlib import Path

import support
from support import json_lines, read_jsonl, run

KINDS = support.ROOT / "testdata" / "eval" / "kinds"
ANSWERABLE = {"code", "name", "number", "near-duplicate", "negation", "typo", "paraphrase", "french", "cross-lingual", "long"}
UNANSWERABLE = {"nonsense", "unknown-code", "off-topic", "near-topic"}
LEAST_OF_A_KIND = 6  # questions
ANSWERABLE_SCORE = 0.5  # kAnswerable of src/retrieve/relevance.h


def judgements():
    """The relevant documents of each query."""
    relevant = collections.defaultdict(set)
    lines = (KINDS / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        query, document, relevance = line.split("\t")
        if int(relevance) > 0:
            relevant[query].add(document)
    return relevant


class FormTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.corpus = read_jsonl(KINDS / "corpus.jsonl")
        cls.queries = read_jsonl(KINDS / "queries.jsonl")
        cls.unanswerable = read_jsonl(KINDS / "unanswerable.jsonl")
        cls.relevant = judgements()

    def test_ids_and_texts_are_unique(self):
        for objects in (self.corpus, self.queries + self.unanswerable):
            for key in ("_id", "text"):
                values = [one[key] for one in objects]
                self.assertEqual(len(values), len(set(values)), key)
                self.assertTrue(all(value.strip() == value and value for value in values), key)

    def test_every_query_has_a_judgement_of_a_text_that_exists(self):
        documents = {one["_id"] for one in self.corpus}
        self.assertEqual(set(self.relevant), {one["_id"] for one in self.queries})
        for query, relevant in self.relevant.items():
            self.assertTrue(relevant <= documents, query)

    def test_every_kind_is_there(self):
        for objects, kinds in (([one["metadata"] for one in self.queries], ANSWERABLE), (self.unanswerable, UNANSWERABLE)):
            counts = collections.Counter(one["kind"] for one in objects)
            self.assertEqual(set(counts), kinds)
            self.assertGreaterEqual(min(counts.values()), LEAST_OF_A_KIND, counts)

    def test_codes_are_in_their_texts_and_unknown_codes_in_none(self):
        texts = {one["_id"]: f"{one['title']} {one['text']}" for one in self.corpus}

        def code_of(text):
            return max(text.strip("?").split(), key=lambda word: sum(c.isdigit() for c in word)).strip("?")

        for one in self.queries:
            if one["metadata"]["kind"] == "code":
                code = code_of(one["text"])
                holders = {id_ for id_, text in texts.items() if code in text}
                self.assertEqual(holders, self.relevant[one["_id"]], code)
        for one in self.unanswerable:
            if one["kind"] == "unknown-code":
                code = code_of(one["text"])
                self.assertFalse([id_ for id_, text in texts.items() if code in text], code)

    def test_cross_lingual_questions_have_another_language_than_their_texts(self):
        language = {one["_id"]: one["metadata"]["language"] for one in self.corpus}
        expected = {"french": {"fr"}, "cross-lingual": {"en", "fr"}}
        for kind, languages in expected.items():
            found = {language[document] for one in self.queries if one["metadata"]["kind"] == kind
                     for document in self.relevant[one["_id"]]}
            self.assertEqual(found, languages, kind)


class BarsTest(unittest.TestCase):
    """With multilingual-e5-small in hybrid mode, without a reranker."""

    @classmethod
    def setUpClass(cls):
        if not (support.E5 / "config.json").is_file():
            raise unittest.SkipTest("multilingual-e5-small not found: run scripts/fetch-models")
        cls.home = tempfile.TemporaryDirectory()
        cls.kinds = {one["_id"]: one["metadata"]["kind"] for one in read_jsonl(KINDS / "queries.jsonl")}
        cls.relevant = judgements()
        cls.answers = cls.asked(KINDS)

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    @classmethod
    def asked(cls, folder):
        """The answers to each query, (document, score), best first."""
        file = Path(cls.home.name) / "out.run"
        process = run("eval", folder, "--modes", "hybrid", "--run", file, EMBEDDING_MODEL=support.E5, EMBEDDING_DEVICE="cpu",
                      RAPPEL_DATA_DIR=cls.home.name)
        assert process.returncode == 0, process.stderr
        answers = collections.defaultdict(list)
        for line in file.read_text(encoding="utf-8").splitlines():
            query, _, document, _, score, _ = line.split()
            answers[query].append((document, float(score)))
        return answers

    def wrong_at(self, depth, kinds):
        return [query for query, kind in self.kinds.items() if kind in kinds
                and not self.relevant[query] & {document for document, _ in self.answers[query][:depth]}]

    def test_right_at_three(self):
        self.assertLessEqual(len(self.wrong_at(3, ANSWERABLE)), 0.05 * len(self.kinds), self.wrong_at(3, ANSWERABLE))

    def test_exact_codes_are_first(self):
        self.assertEqual(self.wrong_at(1, {"code"}), [])

    def test_questions_without_an_answer_are_not_answerable(self):
        """Questions near a stored topic are left out: docs/retrieval.md says how many of them look answerable."""
        asked = [one for one in read_jsonl(KINDS / "unanswerable.jsonl") if one["kind"] != "near-topic"]
        folder = Path(self.home.name) / "kinds"  # the same name and corpus: the same store
        (folder / "qrels").mkdir(parents=True)
        shutil.copy(KINDS / "corpus.jsonl", folder)
        (folder / "queries.jsonl").write_text(json_lines({"_id": one["_id"], "text": one["text"]} for one in asked))
        # Queries without a judgement are not asked.
        (folder / "qrels" / "test.tsv").write_text("".join(f"{one['_id']}\tm01\t0\n" for one in asked))
        answers = self.asked(folder)
        self.assertEqual(len(asked), 23)
        best = {one["text"]: answers[one["_id"]][0][1] for one in asked if answers[one["_id"]]}
        self.assertEqual({text: score for text, score in best.items() if score >= ANSWERABLE_SCORE}, {})


if __name__ == "__main__":
    support.main()
