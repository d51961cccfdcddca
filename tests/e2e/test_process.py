"""process_json, process_jsonl and process_zip: the scripts of the Python service by their names and flags."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import support
from support import json_lines

ITEMS = [
    {"id": "a", "text": "The text of the first item.", "source": "email", "source_id": "1", "url": "https://x/1", "created_at": "2024-05-06", "author": "Ann"},
    {"text": "The text of an item without an id.", "author": "Bo"},
    {"id": "private", "text": "Write to ann@example.org or pay to DE89370400440532013000."},
    {"id": "c", "text": "# A title\nAuthor: Cy\nThe text of the third item."},
    {"id": "empty"},
    {"id": "bad", "text": "The date of this item cannot be read.", "created_at": "soon"},
]


class Case(support.CommandCase):
    def documents(self):
        return {document["document_id"]: document for document in self.listed()}


class Process(Case):
    def check_items(self, command, path, place):
        metadata = '{"author":"Custom","team":"blue"}'
        out = self.call(command, "--filepath", path, "--custom_metadata", metadata, "--screen_for_pii", "True", "--extract_metadata", "True", status=1)
        self.assertIn("3 documents stored", out)
        self.assertIn("1 skipped (1 personal data)", out)
        self.assertIn(f"{place} 5: member \"text\"", self.errors)
        self.assertRegex(self.errors, f"{place} 6: .*created_at")
        documents = self.documents()
        self.assertEqual(len(documents), 3)
        a = documents["a"]["metadata"]
        self.assertEqual((a["source"], a["source_id"], a["url"], a["created_at"], a["author"], a["team"]),
                         ("email", "1", "https://x/1", "2024-05-06", "Custom", "blue"))
        self.assertEqual(documents["c"]["metadata"]["title"], "A title")
        self.assertIn("0 documents stored, 3 unchanged", self.call(command, "--filepath", path, "--custom_metadata", metadata,
                                                                   "--screen_for_pii", "True", "--extract_metadata", "True", status=1))
        self.call(command, "--filepath", path, "--screen_for_pii", "False", status=1)
        self.assertIn("private", self.documents(), "False is not true")

    def test_json(self):
        path = self.work / "items.json"
        path.write_text(json.dumps(ITEMS, indent=1))
        self.check_items("process_json", path, "items.json item")
        path.write_text('{"id":"a"}')
        self.call("process_json", "--filepath", path, status=1)
        self.assertIn("no JSON list", self.errors)

    def test_jsonl(self):
        path = self.work / "items.txt"
        path.write_text(json_lines(ITEMS))
        self.check_items("process_jsonl", path, "items.txt line")

    def test_zip(self):
        path = self.work / "files.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("one.txt", "The text of the first file.")
            archive.writestr("deep/two.md", "---\nauthor: Ann\n---\nThe text of the second file.")
            archive.writestr("__MACOSX/deep/._two.md", "junk")
            archive.writestr("image.png", b"\x89PNG\r\n\x1a\n")
        out = self.call("process_zip", "--filepath", path, "--custom_metadata", '{"team":"blue"}')
        self.assertIn("2 documents stored", out)
        documents = {d["metadata"]["source_id"]: d for d in self.documents().values()}
        self.assertEqual(set(documents), {"one.txt", "deep/two.md"})
        two = documents["deep/two.md"]["metadata"]
        self.assertEqual((two["source"], two["filename"], two["author"], two["team"]), ("file", "two.md", "Ann", "blue"))
        self.assertEqual(documents["one.txt"]["sample_text"], "The text of the first file.")
        self.assertFalse((self.work / "dump").exists())
        self.assertIn("0 documents stored, 2 unchanged", self.call("process_zip", "--filepath", path, "--custom_metadata", '{"team":"blue"}'))
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("one.txt", "Another text of the first file.")
        self.assertIn("1 document stored, 0 unchanged, 1 removed", self.call("process_zip", "--filepath", path, "--custom_metadata", '{"team":"blue"}'))
        self.assertEqual([d["sample_text"] for d in self.documents().values()], ["Another text of the first file."])

    def test_old_script(self):
        """A copy, which finds the program in PATH."""
        scripts = self.work / "scripts"
        scripts.mkdir()
        for name in ("process_json.py", "old_name.py"):
            shutil.copy(Path(__file__).resolve().parents[2] / "scripts" / name, scripts)
        environment = support.clean_environment(**self.settings)
        environment["PATH"] = f"{Path(support.rappel).resolve().parent}:{os.environ['PATH']}"
        path = self.work / "items.json"
        path.write_text('[{"id":"a","text":"The text of the first item."}]')
        process = subprocess.run([scripts / "process_json.py", "--filepath", path], env=environment, capture_output=True, text=True)
        self.assertIn("1 document stored", process.stdout, process.stderr)

    def test_wrong_usage(self):
        self.call("process_json", status=2)
        self.assertIn("--filepath FILE is missing", self.errors)
        self.call("process_json", "--filepath", self.work / "none.json", status=2)
        path = self.work / "items.json"
        path.write_text("[]")
        self.call("process_json", "--filepath", path, "--custom_metadata", "[1]", status=2)
        self.call("process_json", "--filepath", path, "--screen_for_pii", "maybe", status=2)
        self.call("process_json", "--filepath", path)


class Screening(Case):
    def check(self, how, status=0):
        path = self.work / "note.txt"
        path.write_text("Write to ann@example.org, please.")
        return self.call("ingest", path, "--pii", how, status=status)

    def test_report(self):
        self.assertIn("1 warning", self.check("report"))
        self.assertIn("it contains personal data: 1 e-mail address", self.errors)

    def test_redact_after_it_was_stored(self):
        self.check("off")
        self.assertIn("1 document stored", self.check("redact"))
        (document,) = self.documents().values()
        self.assertEqual(document["sample_text"], "Write to ***************, please.")

    def test_skip_after_it_was_stored(self):
        self.check("off")
        self.check("skip", status=1)
        self.assertEqual(self.documents(), {})


if __name__ == "__main__":
    support.main()
