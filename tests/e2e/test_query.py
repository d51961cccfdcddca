"""Questions on the command line: syntax, guesses, the shape of the answer, pages, and why."""

import json

import support
from support import linked_model, run

NOTES = [
    {"id": "pump", "text": "The cold pump stops at night. A valve is stuck.", "metadata": {"author": "Al", "year": 2020}},
    {"id": "pumps", "text": "Cold pumps need ventilation.", "metadata": {"author": "Bo", "team": "red"}},
    {"id": "motor", "text": "A warm motor runs all day.", "metadata": {"author": "Al"}},
]


class Query(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.variables = {
            "EMBEDDING_MODEL": linked_model("mini-bert-embedder", cls.folder),
            "RERANK_MODEL": linked_model("mini-bert-cross-encoder", cls.folder),
            "RAPPEL_DATA_DIR": cls.folder / "data",
        }
        notes = cls.folder / "notes.jsonl"
        notes.write_text("".join(json.dumps(note) + "\n" for note in NOTES))
        process = run("ingest", notes, **cls.variables)
        assert process.returncode == 0, process.stderr

    def call(self, *arguments, status=0):
        process = run(*arguments, **self.variables)
        self.assertEqual(process.returncode, status, process.stdout + process.stderr)
        self.errors = process.stderr
        return process.stdout

    def answer(self, text, *arguments):
        return json.loads(self.call("query", text, "--json", *arguments))

    def found(self, text, *arguments):
        return sorted(result["metadata"]["document_id"] for result in self.answer(text, *arguments)["results"])

    def test_syntax(self):
        self.assertEqual(self.found('"cold pump"', "--syntax"), ["pump"])
        self.assertEqual(self.found('"cold pump"'), ["motor", "pump", "pumps"], "only on request")
        self.assertEqual(self.found("cold -ventilation", "--syntax"), ["motor", "pump"], "vectors obey, too")
        self.assertEqual(self.found("cold author:Al", "--syntax", "--mode", "lexical"), ["pump"])
        self.assertEqual(self.found('team:"red"', "--syntax"), ["pumps"])
        self.assertEqual(self.found('year:"2020"', "--syntax"), ["pump"])
        self.assertEqual(self.found("author:Al -valve", "--syntax", "--mode", "dense"), ["motor"])
        answer = self.answer('cold "pump" -motor author:Al', "--syntax", "--explain")
        self.assertEqual(answer["query"], 'cold "pump" -motor author:Al')
        self.assertEqual(answer["explain"]["reading"], {
            "phrases": ["pump"], "without_phrases": [], "without_words": ["motor"],
            "fields": [{"key": "author", "value": "Al", "excluded": False}]})
        people = self.call("query", 'cold "pump" -motor author:Al', "--syntax", "--explain")
        self.assertRegex(people, r'read as  words: cold +pump; phrases: "pump"; without: motor; field: author:Al')
        self.call("query", "source:paper", "--syntax", status=1)
        self.assertIn("put all of it in quotes to search for the text", self.errors)

    def test_guesses(self):
        flags = ("--mode", "lexical", "--no-rerank")
        self.assertEqual(self.found("moter", *flags), [])
        self.assertEqual(self.found("moter", "--typos", *flags), ["motor"])
        self.assertEqual(self.found("venti", "--prefix", *flags), ["pumps"])
        self.assertEqual(self.found("venti ", "--prefix", *flags), [], "the word is finished")
        people = self.call("query", "moter venti", "--typos", "--prefix", "--explain", "--highlights", *flags)
        self.assertIn("moter also stands for motor", people)
        self.assertIn("A warm *motor* runs all day.", people)
        self.assertIn("need *ventilation*.", people)

    def test_shape(self):
        result = self.answer("stuck valve", "--highlights", "--top-k", "1")["results"][0]
        self.assertEqual([result["text"][begin:end] for begin, end in result["highlights"]], ["valve", "stuck"])
        begin, end = result["best_sentence"]
        self.assertEqual(result["text"][begin:end], "A valve is stuck.")
        self.assertNotIn("highlights", self.answer("stuck valve")["results"][0])
        answer = self.answer("stuck valve", "--max-chars", "30")
        self.assertTrue(answer["results"][0]["shortened"])
        self.assertLessEqual(sum(len(result["text"]) for result in answer["results"]), 30)
        self.assertGreater(answer["cut"], 0)
        self.call("query", "valve", "--neighbors", "1", "--return", "section", status=1)
        self.call("query", "valve", "--neighbors", "21", status=2)
        self.assertEqual(len(self.found("valve", "--neighbors", "2", "--collapse", "--fold-duplicates", "--diversity", "0.5")), 3)

    def test_pages(self):
        pages = [self.answer("valve motor", "--top-k", "2", "--page", number) for number in ("1", "2", "3")]
        self.assertEqual([len(page["results"]) for page in pages], [2, 1, 0])
        self.assertEqual([page.get("next_page") for page in pages], [2, None, None])
        ids = [result["id"] for page in pages for result in page["results"]]
        self.assertEqual(ids, [result["id"] for result in self.answer("valve motor", "--top-k", "3")["results"]])
        people = self.call("query", "valve motor", "--top-k", "2", "--page", "2")
        self.assertRegex(people, r"(?m)^3\. 0\.")
        self.assertIn("--page 2 shows more", self.call("query", "valve motor", "--top-k", "2", "--page", "1"))
        self.assertIn("page 3 is empty: the pages before it have all 3 results",
                      self.call("query", "valve motor", "--top-k", "2", "--page", "3"))

    def test_why(self):
        why = json.loads(self.call("why", '"cold pump"', "pumps", "--syntax", "--json"))
        self.assertEqual((why["reason"], why["condition"]), ("text-condition", '"cold pump"'))
        self.assertIn('excluded by the text condition: none of its chunks has "cold pump"',
                      self.call("why", '"cold pump"', "pumps", "--syntax"))
        why = json.loads(self.call("why", "author:Bo", "pump", "--syntax", "--json"))
        self.assertEqual((why["reason"], why["condition"]), ("filtered", 'author eq "Bo"'))
        self.call("why", "valve", "pump", "--page", "2", status=2)

    def test_why_names_the_stage(self):
        first, second, third = self.found_in_order("valve motor")
        why = json.loads(self.call("why", "valve motor", third, "--max-chars", "20", "--json"))
        self.assertEqual((why["reason"], why["place"]), ("answer-budget", 3))
        why = json.loads(self.call("why", "valve motor", first + "_0", "--json"))
        self.assertEqual((why["reason"], why["place"], why["chunk_id"]), ("in-answer", 1, first + "_0"))
        why = json.loads(self.call("why", "valve motor", second, "--top-k", "1", "--json"))
        self.assertEqual(why["reason"], "behind-top-k", "the reranker reads more than one")
        self.assertIsNotNone(why["explain"]["rerank_rank"])

    def found_in_order(self, text):
        return [result["metadata"]["document_id"] for result in self.answer(text)["results"]]

    def test_explain_has_the_stages(self):
        answer = self.answer("valve motor", "--top-k", "1", "--explain")
        explain = answer["explain"]
        self.assertEqual(set(explain["stages_ms"]), {"embed", "search", "fusion", "load", "colbert", "rerank", "presentation"})
        self.assertGreater(explain["stages_ms"]["search"], 0)
        self.assertAlmostEqual(sum(explain["stages_ms"].values()), answer["timings_ms"]["total"], places=6)
        self.assertEqual(explain["dropped"], [{"stage": "presentation", "reason": "behind-top-k", "count": 2}])
        people = self.call("query", "valve motor", "--top-k", "1", "--explain")
        self.assertIn("presentation dropped 2: behind-top-k", people)
        self.assertRegex(people, r"milliseconds: embed [0-9.]+, search [0-9.]+, fusion [0-9.]+, load")
        people = self.call("query", "valve motor", "--mode", "bge-m3", "--explain")
        self.assertIn("colbert  not used: the model has no ColBERT head", people)


if __name__ == "__main__":
    support.main()
