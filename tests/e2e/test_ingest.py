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

    def call(self, *arguments, status=0, stdin=None):
        process = run(*arguments, stdin=stdin, EMBEDDING_MODEL=self.model, RERANK_MODEL=self.reranker, RAPPEL_DATA_DIR=self.work / "data")
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

    def test_vectors_of_tokens_need_a_model_that_has_them(self):
        self.write("bees.md", "Bees keep warm in winter by shivering in a ball.")
        self.call("ingest", self.work / "files", "--embedding-colbert", "store", "--data-dir", self.work / "other", status=2)
        self.assertIn("has no vectors of tokens; set it to off, or use BAAI/bge-m3 [setting]", self.errors)
        self.model = linked_model("mini-bge-m3", self.work)
        self.call("ingest", self.work / "files", "--embedding-colbert", "store")
        self.assertIn("2 further signals with their checksums", self.call("store", "verify"))

    def test_folders_and_files(self):
        self.write("bees.md", "Bees keep warm in winter by shivering in a ball.")
        self.write("deep/er/rope.txt", "\ufeffA rope is retired after a big fall.")
        self.write("deep/image.png", b"\x89PNG")
        self.write("latin.txt", b"caf\xe9 au lait")
        out = self.call("ingest", self.work / "files", self.work / "gone", status=1)
        self.assertIn("3 documents stored, 0 unchanged, 1 failed, 1 skipped (1 other type)", out)
        self.assertIn("gone: no such file", self.errors)
        self.assertIn("image.png: it is a PNG image", self.errors)

        documents = self.listed()["documents"]
        self.assertEqual([d["metadata"]["source_id"] for d in documents], ["bees.md", "latin.txt", "deep/er/rope.txt"])
        rope = documents[2]
        self.assertEqual((rope["metadata"]["source"], rope["metadata"]["filename"]), ("file", "rope.txt"))
        self.assertEqual(rope["metadata"]["filesize"], os.path.getsize(self.work / "files/deep/er/rope.txt"))
        self.assertEqual(rope["sample_text"], "A rope is retired after a big fall.")

        answer = self.query("A rope is retired after a big fall.", "--no-rerank", "--top-k", "1")
        self.assertEqual(len(answer["results"]), 1)
        self.assertEqual(answer["results"][0]["metadata"]["document_id"], rope["document_id"])
        self.assertGreater(answer["results"][0]["score"], 0.9)
        answer = self.query("anything")
        self.assertEqual((len(answer["results"]), answer["reranked"]), (3, True))
        self.assertEqual(set(answer["timings_ms"]), {"embed", "search", "rerank", "total"})

    def test_again(self):
        path = self.write("note.md", "The first version of the note.")
        self.call("ingest", path)
        self.assertIn("0 documents stored, 1 unchanged", self.call("ingest", self.work / "files"))
        self.assertIn("1 document stored, 0 unchanged", self.call("ingest", "--force", path))
        path.write_text("The second and somewhat longer version of the note.")
        self.assertIn("1 document stored, 0 unchanged", self.call("ingest", path))
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

    def test_counts_are_those_of_the_store(self):
        for name, text in (("empty.txt", ""), ("blank.txt", " \n\t\n"), ("tiny.txt", "abc"), ("real.txt", "A text that is long enough.")):
            self.write(name, text)
        out = self.call("ingest", self.work / "files")
        self.assertIn("1 document stored, 0 unchanged, 0 failed, 3 skipped (2 empty, 1 too short)", out)
        self.assertIn("the store now holds 1 document in 1 chunk\n", out)
        for name in ("empty.txt: its text is empty", "blank.txt: its text is empty", "tiny.txt: its text has no more than"):
            self.assertIn(name, self.errors)
        self.assertEqual(self.listed()["total"], 1)

    def test_exit_code_of_what_was_named(self):
        self.write("folder/real.txt", "A text that is long enough.")
        self.write("folder/image.png", b"\x89PNG")
        self.write("empty.txt", "")
        self.write("images/image.png", b"\x89PNG")
        self.call("ingest", self.work / "files/folder")
        self.call("ingest", self.work / "files/empty.txt", self.work / "files/folder", status=1)
        self.assertIn("empty.txt: its text is empty", self.errors)
        self.call("ingest", self.work / "files/folder/image.png", status=1)
        self.assertIn("image.png: it is a PNG image", self.errors)
        self.call("ingest", self.work / "files/images", status=1)

    def test_many_skipped_files_are_named_up_to_a_number(self):
        self.write("real.txt", "A text that is long enough.")
        for number in range(30):
            self.write(f"{number:02}.png", b"\x89PNG")
        self.assertIn("30 skipped (30 other type)", self.call("ingest", self.work / "files"))
        self.assertEqual(self.errors.count("it is a PNG image"), 20)
        self.assertIn("rappel: and 10 more skipped\n", self.errors)

    def test_equal_ids_of_a_manifest_are_one_document(self):
        lines = [{"id": "x", "text": "The first text of x."}, {"id": "x", "text": "The second text of x."}, {"id": "e", "text": ""}]
        out = self.call("ingest", self.write("m.jsonl", "".join(json.dumps(line) + "\n" for line in lines)))
        self.assertIn("1 document stored, 0 unchanged, 0 failed, 2 skipped (1 empty, 1 same id)", out)
        self.assertIn("m.jsonl line 2 replaces an earlier document of the id x", self.errors)
        self.assertEqual(self.listed()["documents"][0]["sample_text"], "The second text of x.")

    def test_links_lead_nowhere_outside_the_folder(self):
        self.write("../outside/secret.txt", "A secret that nobody named.")
        self.write("real.txt", "A text that is long enough.")
        self.write(".store/object", "Text of an object behind a link.")
        files = self.work / "files"
        for name, target in (("passwd.txt", "/etc/passwd"), ("environ.txt", "/proc/self/environ"), ("out", "../outside"),
                             ("secret.txt", "../outside/secret.txt"), ("up", "."), ("object.txt", ".store/object")):
            (files / name).symlink_to(target)
        out = self.call("ingest", files)
        self.assertIn("2 documents stored", out)
        self.assertIn("4 link out of the folder", out)
        self.assertIn("passwd.txt: it is a link to /etc/passwd, outside the folder", self.errors)
        self.assertEqual({d["metadata"]["filename"] for d in self.listed()["documents"]}, {"real.txt", "object.txt"})
        self.call("ingest", files / "secret.txt")  # named by the user

    def test_ignore_files_globs_and_exclude(self):
        for name in ("a.md", "b.md", "draft.md", "out/c.md", "deep/er/d.md"):
            self.write(name, f"A text that is long enough, of {name}.")
        self.write(".gitignore", "/out/\n")
        self.write("deep/.rappelignore", "*.md\n!d.md\n")
        out = self.call("ingest", self.work / "files", "--exclude", "draft*")
        self.assertIn("3 documents stored, 0 unchanged, 0 failed, 4 skipped (2 hidden, 2 ignored)", out)
        out = self.call("ingest", self.work / "files", "--no-ignore-files")
        self.assertIn("2 documents stored, 3 unchanged", out)
        self.assertIn("0 documents stored, 4 unchanged", self.call("ingest", str(self.work / "files/**/[a-d]*.md"), "--exclude", "draft.md", "--no-ignore-files"))
        self.call("ingest", str(self.work / "files/*.pdf"), status=1)
        self.assertIn("*.pdf: no file matches", self.errors)

    def test_standard_input(self):
        text = "A text that comes through a pipe."
        for _ in range(2):
            self.assertIn("1 document stored", self.call("ingest", "-", stdin=text))
        self.assertIn("1 document stored", self.call("ingest", "-", "--name", "page.html", stdin="<p>A paragraph of a page."))
        self.assertIn("2 documents stored", self.call("ingest", "-", "--name", "x.jsonl", stdin='{"id":"m1","text":"A text of a line."}\n{"id":"m2","text":"Another text."}\n'))
        self.call("ingest", "-", "--name", "x.jsonl", stdin="no json\n", status=1)
        self.assertIn("x.jsonl line 1", self.errors)
        documents = {d["document_id"]: d for d in self.listed()["documents"]}
        self.assertEqual(len(documents), 4)
        self.assertEqual({d["metadata"]["filename"] for d in documents.values()}, {None, "page.html"})
        self.assertEqual(self.call("extract", "-", stdin=text), text + "\n")

    def test_special_files_never_wait(self):
        self.write("real.txt", "A text that is long enough.")
        for name in ("pipe.txt", "pipe.jsonl"):
            os.mkfifo(self.work / "files" / name)
        self.assertIn("2 not a file", self.call("ingest", self.work / "files"))
        for path in (self.work / "files/pipe.txt", self.work / "files/pipe.jsonl", "/dev/zero"):
            self.call("ingest", path, status=1)
            self.assertRegex(self.errors, f"cannot read {path}: it is a (FIFO|device)")
        self.write("m.jsonl", json.dumps({"file": "pipe.txt"}) + "\n")
        self.call("ingest", self.work / "files/m.jsonl", status=1)
        self.assertIn("it is a FIFO", self.errors)
        self.call("list", "--env-file", self.work / "files/pipe.txt", status=2)
        self.assertIn("it is a FIFO", self.errors)
        pipe = self.work / "model" / "config.json"
        pipe.parent.mkdir()
        os.mkfifo(pipe)
        self.call("list", "--embedding-model", pipe.parent, status=2)
        self.assertIn("config.json", self.errors)

    def test_names_that_are_not_utf8_can_be_listed_and_deleted(self):
        folder = os.fsencode(self.work / "files")
        os.mkdir(folder)
        for name in (b"caf\xe9.txt", b"new\nline.md"):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(b"A text that is long enough.")
        self.assertIn("2 documents stored", self.call("ingest", self.work / "files"))
        ids = [document["document_id"] for document in self.listed()["documents"]]
        self.assertEqual([id[:-17] for id in ids], ["caf%E9.txt", "new%0Aline.md"])
        self.assertIn("2 unchanged", self.call("ingest", self.work / "files"))
        for id in ids:
            self.assertIn(id, self.call("list"))
            self.assertRegex(self.call("delete", id), "^1 document")
        self.assertEqual(self.listed()["total"], 0)

    def test_filters_and_removal(self):
        lines = [{"id": f"d{i}", "text": f"Message number {i}.", "source": "email" if i % 2 else "chat", "author": "Ann",
                  "created_at": f"2024-01-0{i + 1}"} for i in range(6)]
        self.call("ingest", self.write("m.jsonl", "".join(json.dumps(line) + "\n" for line in lines)))
        found = self.query("message", "--top-k", "10", "--filter", "source=email", "--filter", "start_date=2024-01-03")
        self.assertEqual(sorted(r["metadata"]["document_id"] for r in found["results"]), ["d3", "d5"])
        found = self.query("message", "--top-k", "10", "--filter", '{"source":"chat","end_date":"2024-01-03"}')
        self.assertEqual(sorted(r["metadata"]["document_id"] for r in found["results"]), ["d0", "d2"])
        self.assertEqual(self.listed("--filter", "source=email", "--limit", "2", "--offset", "1")["total"], 3)
        self.assertEqual(self.query("x", "--filter", "colour=red")["results"], [])
        self.call("query", "x", "--filter", '{"colour":{"above":1}}', status=2)
        self.assertIn('unknown operator "above"', self.errors)
        self.assertEqual(self.call("delete", "--filter", "colour=red"), "0 documents removed\n")
        self.assertIn("No stored document matches.", self.errors)
        self.call("delete", status=2)
        for wide in ('{"document_id":{"$exists":true}}', '{"source":{"$contains":""}}', '{"source":"chat","author":null}', "{}",
                     '{"author":"Ann","author":"Bob"}', '{"colour":{"$ne":"red"}}', "source = chat", "@none.json"):
            self.call("delete", "--filter", wide, status=2)
        self.call("delete", "--all", "--filter", "source=chat", status=2)
        self.assertIn("--all removes every document", self.errors)
        self.assertEqual(self.listed()["total"], 6)
        rule = self.write("rule.json", ' {"author":"Ann","source":"chat","created_at":{"$gte":"2024-01-05"}}\n')
        self.assertEqual(self.listed("--filter", f"@{rule}")["total"], 1)
        self.assertEqual(self.call("delete", "d0", "d1", "nobody"), "2 documents removed\n")
        self.assertEqual(self.call("delete", "--filter", "source=email"), "2 documents removed\n")
        self.assertEqual(self.call("delete", "--all"), "2 documents removed\n")
        self.assertEqual(self.listed()["total"], 0)
        self.assertIn("nothing is stored", (self.call("query", "x"), self.errors)[1])

    def test_custom_metadata(self):
        lines = [{"id": f"d{i}", "text": f"Message number {i}.", "department": "sales" if i % 2 else "hr",
                  "metadata": {"pages": i, "tags": ["all", f"t{i}"]}} for i in range(4)]
        self.call("ingest", self.write("m.jsonl", "".join(json.dumps(line) + "\n" for line in lines)))
        document = self.listed("--filter", "tags=t3")["documents"][0]
        self.assertEqual(list(document["metadata"])[-3:], ["department", "pages", "tags"])
        self.assertEqual((document["document_id"], document["metadata"]["pages"]), ("d3", 3))
        found = self.query("message", "--top-k", "10", "--filter", "department=sales", "--filter", '{"pages":{"lt":3}}')
        self.assertEqual([r["metadata"]["document_id"] for r in found["results"]], ["d1"])
        self.assertEqual(self.listed("--filter", "pages=2")["total"], 1)
        self.call("ingest", self.write("bad.jsonl", '{"id":"x","text":"some text here","box":{"a":1}}\n'), status=1)
        self.assertIn('"box"', self.errors)
        self.assertEqual(self.call("delete", "--filter", "department=hr"), "2 documents removed\n")

    def test_for_people(self):
        self.call("ingest", self.write("a.md", "Line one.\nLine two of this file."))
        out = self.call("query", "line")
        self.assertRegex(out, r"(?s)^1\. 0\.\d{4}  a\.md-\w{16}_0, file, a\.md.*\n   Line one\. Line two.*\n1 result in [\d.]+ ms \(embed [\d.]+, search [\d.]+, rerank [\d.]+\)\n$")
        self.assertIn("1 of 1 document", self.call("list"))


if __name__ == "__main__":
    support.main()
