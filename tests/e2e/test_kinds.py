"""The judged set of question kinds in testdata/eval/kinds: its form."""

import collections
import json
import tempfile
import unittest

import support
from support import read_jsonl, run

KINDS = support.ROOT / "testdata" / "eval" / "kinds"
ANSWERABLE = {"code", "name", "number", "near-duplicate", "negation", "typo", "paraphrase", "french", "cross-lingual", "long"}
UNANSWERABLE = {"nonsense", "unknown-code", "off-topic", "near-topic"}
LEAST_OF_A_KIND = 6  # questions


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


class ReadTest(unittest.TestCase):
    def test_eval_reads_the_set(self):
        with tempfile.TemporaryDirectory() as home:
            answer = run("eval", KINDS, "--modes", "lexical", "--json", EMBEDDING_MODEL=support.linked_model("mini-bge-m3", home),
                         EMBEDDING_DEVICE="cpu", RAPPEL_DATA_DIR=home)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertEqual(json.loads(answer.stdout)["sets"][0]["name"], "kinds")


if __name__ == "__main__":
    support.main()
