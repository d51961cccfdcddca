"""The examples as `make quickstart` serves them: every document of examples/corpus goes in over HTTP, every question of
examples/questions.json is asked, and the document that answers it must come first."""

import json

import support
from support import ROOT, Server

support.need_e5()
EXAMPLES = ROOT / "examples"
METADATA = ("source", "source_id", "url", "created_at", "author")
BATCH = 8


def documents():
    for entry in support.read_jsonl(EXAMPLES / "corpus" / "documents.jsonl"):
        yield {"id": entry["id"], "text": (EXAMPLES / "corpus" / entry["file"]).read_text(encoding="utf-8"),
               "metadata": {key: entry[key] for key in METADATA if entry[key] is not None}}


class Examples(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Server("--no-auth", EMBEDDING_MODEL=support.E5, RERANK_MODEL=ROOT / "models" / "rappel-rerank-mini-en",
                            RERANK_MODE="blend", RERANK_K=20, RAPPEL_DATA_DIR=cls.folder / "data")
        cls.addClassCleanup(cls.server.stop)
        cls.documents = list(documents())
        for first in range(0, len(cls.documents), BATCH):
            batch = cls.documents[first:first + BATCH]
            status, answer = cls.server.request("POST", "/upsert", {"documents": batch}, timeout=support.TIMEOUT)
            if (status, answer) != (200, {"ids": [document["id"] for document in batch]}):
                raise AssertionError(f"upsert: {status} {answer}")

    def test_every_document_is_listed_with_its_metadata(self):
        status, answer = self.server.request("POST", "/list", {"limit": 100})
        self.assertEqual((status, answer["total"]), (200, len(self.documents)))
        listed = {entry["document_id"]: entry["metadata"] for entry in answer["documents"]}
        for document in self.documents:
            for key, value in document["metadata"].items():
                if key != "created_at":  # the answer may write the same moment in another way
                    self.assertEqual(listed[document["id"]][key], value, (document["id"], key))

    def test_the_expected_document_is_first(self):
        questions = json.loads((EXAMPLES / "questions.json").read_text(encoding="utf-8"))["questions"]
        self.assertEqual(len([entry for entry in questions if entry.get("tour")]), 4)
        french = [entry for entry in questions if entry["language"] == "fr"]
        self.assertGreaterEqual(len(french), len(questions) // 2 - 1)  # one is German, one Italian
        for entry in questions:
            with self.subTest(question=entry["question"]):
                body = {"queries": [{"query": entry["question"], "top_k": 3}]}
                status, answer = self.server.request("POST", "/query", body, timeout=support.TIMEOUT)
                self.assertEqual(status, 200, answer)
                results = answer["results"][0]["results"]
                self.assertEqual(len(results), 3)
                self.assertIn(results[0]["metadata"]["document_id"], entry["expect"], [result["id"] for result in results])


if __name__ == "__main__":
    support.main()
