"""Files in, answers out: rappel ingest, query, list and delete on one data folder."""

import json
import os

import support
from support import linked_model, run



class Ingest(support.TestCase):
    def setUp(self):
        self.work = self.folder / self.id().rsplit(".", 1)[-1]
        self.work.mkdir()
        self.model = linked_model("mini-bert-embedder", self.work)
        self.reranker = linked_model("mini-bert-cross-encoder", self.work)

    def call(self, *arguments, status=0):
        process = run(*arguments, EMBEDDING_MODEL=self.model, RERANK_MODEL=self.reranker, RAPPEL_DATA_DIR=self.work / "data")
        self.assertEqual(process.returncode, status, process.stdout + process.stderr)
        self.errors = process.stderr
        return process.stdout

    def write(self, name, text):
        path = self.work / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def listed(self, *arguments):
        return json.loads(self.call("list", "--json", *arguments))

    def query(self, text, *arguments):
        return json.loads(self.call("query", text, "--json", *arguments))

    def test_folders_and_files(self):
        self.write("bees.md", "Bees keep warm in winter by shivering in a ball.")
        self.write("deep/er/rope.txt", "\ufeffA rope is retired after a big fall.")
        self.write("deep/image.png", b"\x89PNG")
        self.write("bad.txt", b"caf\xe9 au lait")
        out = self.call("ingest", self.work / "files", self.work / "gone", status=1)
        self.assertIn("2 documents stored, 0 unchanged, 2 failed, 1 files skipped (1 of other types)", out)
        self.assertIn("bad.txt: is not UTF-8", self.errors)
        self.assertIn("gone: no such file", self.errors)

        documents = self.listed()["documents"]
        self.assertEqual([d["metadata"]["source_id"] for d in documents], ["bees.md", "deep/er/rope.txt"])
        rope = documents[1]
        self.assertEqual((rope["metadata"]["source"], rope["metadata"]["filename"]), ("file", "rope.txt"))
        self.assertEqual(rope["metadata"]["filesize"], os.path.getsize(self.work / "files/deep/er/rope.txt"))
        self.assertEqual(rope["sample_text"], "A rope is retired after a big fall.")

        answer = self.query("A rope is retired after a big fall.", "--no-rerank", "--top-k", "1")
        self.assertEqual(len(answer["results"]), 1)
        self.assertEqual(answer["results"][0]["metadata"]["document_id"], rope["document_id"])
        self.assertAlmostEqual(answer["results"][0]["score"], 1, places=4)
        answer = self.query("anything")
        self.assertEqual((len(answer["results"]), answer["reranked"]), (2, True))
        self.assertEqual(set(answer["timings_ms"]), {"embed", "search", "rerank", "total"})

    def test_again(self):
        path = self.write("note.md", "The first version of the note.")
        self.call("ingest", path)
        self.assertIn("0 documents stored, 1 unchanged", self.call("ingest", self.work / "files"))
        self.assertIn("1 documents stored, 0 unchanged", self.call("ingest", "--force", path))
        path.write_text("The second and somewhat longer version of the note.")
        self.assertIn("1 documents stored, 0 unchanged", self.call("ingest", path))
        found = self.listed()
        self.assertEqual(found["total"], 1)
        self.assertIn("second", found["documents"][0]["sample_text"])

    def test_json_lines(self):
        self.write("docs/a.md", "Text of the first file.")
        self.write("docs/b.md", "Text of the second file.")
        self.write("secret.md", "Not for this manifest.")
        lines = [
            {"id": "m1", "file": "a.md", "source": "email", "author": "Ann", "created_at": "2024-03-01", "url": "https://x/1"},
            {"id": "m2", "text": "Inline text of a chat message.", "source": "chat", "source_id": 7, "author": "Bob"},
            {"text": "Inline text without an id."},
            {"id": "bad-date", "text": "some text here", "created_at": "soon"},
            {"id": "bad-source", "text": "some text here", "source": "web"},
            {"id": "outside", "file": "../secret.md"},
            {"id": "missing", "file": "c.md"},
            {"id": "empty-handed"},
        ]
        self.write("docs/all.jsonl", "".join(json.dumps(line) + "\n" for line in lines) + "not json\n")
        self.call("ingest", self.work / "files" / "docs", status=1)
        for number, words in ((4, "created_at"), (5, "web"), (6, "outside the folder"), (7, "c.md"), (8, "text"), (9, "JSON")):
            self.assertRegex(self.errors, f"all.jsonl line {number}: .*{words}")
        documents = {d["document_id"]: d for d in self.listed()["documents"]}
        self.assertEqual(len(documents), 4, "a.md belongs to the manifest, b.md stands for itself")
        self.assertEqual(documents["m1"]["metadata"]["author"], "Ann")
        self.assertEqual(documents["m1"]["metadata"]["filename"], "a.md")
        self.assertEqual(documents["m2"]["metadata"]["source_id"], "7")
        self.call("ingest", self.work / "files" / "docs" / "all.jsonl", status=1)
        self.assertEqual(self.listed()["total"], 4, "the same lines again make no second documents")

    def test_filters_and_removal(self):
        lines = [{"id": f"d{i}", "text": f"Message number {i}.", "source": "email" if i % 2 else "chat", "author": "Ann",
                  "created_at": f"2024-01-0{i + 1}"} for i in range(6)]
        self.call("ingest", self.write("m.jsonl", "".join(json.dumps(line) + "\n" for line in lines)))
        found = self.query("message", "--top-k", "10", "--filter", "source=email", "--filter", "start_date=2024-01-03")
        self.assertEqual(sorted(r["metadata"]["document_id"] for r in found["results"]), ["d3", "d5"])
        found = self.query("message", "--top-k", "10", "--filter", '{"source":"chat","end_date":"2024-01-03"}')
        self.assertEqual(sorted(r["metadata"]["document_id"] for r in found["results"]), ["d0", "d2"])
        self.assertEqual(self.listed("--filter", "source=email", "--limit", "2", "--offset", "1")["total"], 3)
        self.call("query", "x", "--filter", "colour=red", status=2)
        self.call("delete", status=2)
        self.assertEqual(self.call("delete", "d0", "d1", "nobody"), "2 documents removed\n")
        self.assertEqual(self.call("delete", "--filter", "source=email"), "2 documents removed\n")
        self.assertEqual(self.call("delete", "--all"), "2 documents removed\n")
        self.assertEqual(self.listed()["total"], 0)
        self.assertIn("nothing is stored", (self.call("query", "x"), self.errors)[1])

    def test_for_people(self):
        self.call("ingest", self.write("a.md", "Line one.\nLine two of this file."))
        out = self.call("query", "line")
        self.assertRegex(out, r"(?s)^1\. 0\.\d{4}  a\.md-\w{16}_0, file, a\.md.*\n   Line one\. Line two.*\n1 results in [\d.]+ ms \(embed [\d.]+, search [\d.]+, rerank [\d.]+\)\n$")
        self.assertIn("1 of 1 documents", self.call("list"))


if __name__ == "__main__":
    support.main()
