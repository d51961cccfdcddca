"""rappel ingest on a folder that changes: renamed, copied, edited and deleted files, runs that are killed, --watch.

RAPPEL_KILL_POINTS sets the number of kills (default 5); RAPPEL_KILL_SEED repeats a run.
"""

import json
import os
import random
import signal
import time
import zipfile

import support
from support import stored_vectors, wait_until_it_heeds_signals

PATIENCE = 120


class IngestAgain(support.IngestCase):
    def test_renamed_and_touched_files_are_not_embedded_again(self):
        self.write("a.txt", "The text of the first file.")
        self.write("b.txt", "The text of the second file.")
        self.ingest()
        before, vectors = self.documents(), stored_vectors(self.work / "data")
        (self.files / "deep").mkdir()
        (self.files / "a.txt").rename(self.files / "deep/renamed.txt")
        os.utime(self.files / "b.txt", (1, 1))
        self.assertIn("0 documents stored, 1 unchanged, 1 moved, 0 failed", self.ingest())
        after = self.documents()
        self.assertEqual(set(after), {"deep/renamed.txt", "b.txt"})
        self.assertEqual(after["deep/renamed.txt"]["document_id"], before["a.txt"]["document_id"])
        self.assertEqual(after["deep/renamed.txt"]["metadata"]["filename"], "renamed.txt")
        self.assertEqual(stored_vectors(self.work / "data"), vectors)
        self.call("store", "verify")
        self.assertIn("2 unchanged", self.ingest())

    def test_a_size_and_time_that_stay_hide_no_change(self):
        path = self.write("a.txt", "The first text.")
        os.utime(path, (1000, 1000))
        self.ingest()
        path.write_text("Another text 1.")
        os.utime(path, (1000, 1000))
        self.assertIn("1 document stored", self.ingest())
        self.assertEqual(self.documents()["a.txt"]["sample_text"], "Another text 1.")

    def test_equal_files_are_one_document_with_both_sources(self):
        self.write("a.txt", "The text that both files have.")
        self.write("deep/b.txt", "The text that both files have.")
        self.assertIn("1 document stored, 0 unchanged, 1 copy, 0 failed", self.ingest())
        (document,) = self.documents().values()
        self.assertEqual((document["metadata"]["source_id"], document["metadata"]["copies"]), ("a.txt", ["deep/b.txt"]))
        found = json.loads(self.call("list", "--json", "--filter", "copies=deep/b.txt"))
        self.assertEqual(found["total"], 1)
        self.assertIn("0 documents stored, 2 unchanged, 0 failed", self.ingest())
        self.write("deep/b.txt", "A text that this file alone has.")
        self.assertIn("1 document stored, 1 unchanged", self.ingest())
        documents = self.documents()
        self.assertEqual(set(documents), {"a.txt", "deep/b.txt"})
        self.assertNotIn("copies", documents["a.txt"]["metadata"])
        self.call("store", "verify")

    def test_nearly_equal_texts_are_reported(self):
        text = " ".join(f"word{i}" for i in range(300))
        self.write("a.txt", text)
        self.write("b.txt", text + " and the end")
        report = self.work / "report.json"
        self.assertIn("1 nearly the same as another", self.ingest("--report", report))
        told = json.loads(report.read_text())
        self.assertEqual(told["similar"], 1)
        (item,) = told["items"]
        self.assertEqual((item["outcome"], item["similar_to"]), ("stored", [self.documents()["a.txt"]["document_id"]]))

    def test_prune(self):
        for name in ("a.txt", "b.txt", "deep/c.txt"):
            self.write(name, f"The text of {name}.")
        self.ingest()
        (self.files / "a.txt").unlink()
        self.assertIn("2 unchanged, 0 failed", self.ingest())
        self.assertIn("2 unchanged, 1 removed", self.ingest("--prune", "--dry-run"))
        self.assertEqual(len(self.documents()), 3)
        self.assertIn("2 unchanged, 1 removed", self.ingest("--prune"))
        self.assertEqual(set(self.documents()), {"b.txt", "deep/c.txt"})
        self.ingest(self.work / "none", "--prune", status=1)
        self.assertIn("a named path or a folder cannot be read", self.errors)
        for name in ("b.txt", "deep/c.txt"):
            (self.files / name).unlink()
        self.ingest("--prune", status=1)
        self.assertIn("as if its disk were not mounted", self.errors)
        self.assertEqual(len(self.documents()), 2)
        self.assertIn("2 removed", self.ingest("--prune-all"))
        self.assertEqual(self.documents(), {})

    def write_archive(self, files):
        path = self.files / "files.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return path

    def test_files_that_are_gone_from_an_archive(self):
        files = {name: f"The text of {name} in the archive." for name in ("a.txt", "b.txt", "deep/c.txt")}
        path = self.write_archive(files)
        self.assertIn("3 documents stored", self.ingest("--split-archives"))
        before = self.documents()
        del files["b.txt"]
        files["renamed.txt"] = files.pop("deep/c.txt")
        self.write_archive(files)
        self.assertIn("1 unchanged, 1 copy, 2 removed", self.ingest("--split-archives", "--dry-run"))
        self.assertEqual(self.documents(), before)
        self.assertIn("1 unchanged, 1 copy, 2 removed", self.ingest("--split-archives"))
        after = self.documents()
        self.assertEqual(set(after), {"a.txt", "renamed.txt"})
        self.assertEqual(after["renamed.txt"]["document_id"], before["deep/c.txt"]["document_id"])
        whole = path.read_bytes()
        path.write_bytes(whole[:whole.index(b"PK\x01\x02") - 20])
        self.ingest("--split-archives")
        self.assertIn("the archive is damaged", self.errors)
        self.assertEqual(set(self.documents()), {"a.txt", "renamed.txt"}, "nobody knows what is missing")
        path.write_bytes(whole)
        self.assertIn("2 unchanged, 0 failed", self.ingest("--split-archives"))
        self.assertIn("1 document stored, 0 unchanged, 2 removed", self.ingest())
        self.assertEqual(set(self.documents()), {"files.zip"}, "the files in it are no documents any more")
        self.assertIn("2 documents stored, 0 unchanged, 1 removed", self.ingest("--split-archives"))
        path.unlink()
        self.write("other.txt", "The text of another file.")
        self.ingest("--prune")
        self.assertEqual(set(self.documents()), {"other.txt"})
        self.call("store", "verify")

    def test_renamed_manifest_keeps_its_documents(self):
        path = self.write("all.jsonl", '{"id":"x","text":"The text of x."}\n{"text":"A text without an id."}\n')
        self.assertIn("2 documents stored", self.ingest())
        path.rename(self.files / "renamed.jsonl")
        self.assertIn("0 documents stored, 2 unchanged, 2 removed", self.ingest("--prune"))
        self.assertEqual(len(self.listed()), 2)
        self.assertIn("0 documents stored, 2 unchanged, 0 failed", self.ingest("--prune"))

    def test_watch_follows_changes_until_sigterm(self):
        self.write("a.txt", "The text of the first file.")
        process = self.start("--watch")
        try:
            self.wait_for({"a.txt": "The text of the first file."})
            self.write("new.txt", "The text of a new file.")
            self.write("deep/er/c.txt", "The text in a new folder.")
            self.write(".hidden/d.txt", "The text in a hidden folder.")
            self.wait_for({"a.txt": "The text of the first file.", "new.txt": "The text of a new file.", "deep/er/c.txt": "The text in a new folder."})
            ids = {name: document["document_id"] for name, document in self.documents().items()}
            (self.files / "a.txt").write_text("The second text of the first file.")
            (self.files / "new.txt").rename(self.files / "deep/renamed.txt")
            (self.files / "deep/er/c.txt").unlink()
            self.wait_for({"a.txt": "The second text of the first file.", "deep/renamed.txt": "The text of a new file."})
            self.assertEqual(self.documents()["deep/renamed.txt"]["document_id"], ids["new.txt"])
            self.write("deep/.gitignore", "renamed.txt\n")
            self.write("b.txt", "The text of another file.")
            self.wait_for({"a.txt": "The second text of the first file.", "deep/renamed.txt": "The text of a new file.", "b.txt": "The text of another file."})
            process.send_signal(signal.SIGTERM)
            out, errors = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 0, out + errors)
            self.assertIn("watching 1 folder", errors)
        finally:
            process.kill()
            process.communicate()

    def test_watch_leaves_the_files_of_a_manifest_to_it(self):
        self.write("a.md", "The first text of the file.")
        self.write("all.jsonl", '{"id":"m","file":"a.md","source_id":"m"}\n')
        process = self.start("--watch")
        try:
            self.wait_for({"m": "The first text of the file."})
            self.write("a.md", "The second text of the file.")
            self.wait_for({"m": "The second text of the file."})
        finally:
            process.kill()
            process.communicate()

    def wait_for(self, texts):
        """Until these source ids have these texts, and no others are stored."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = {name: document["sample_text"] for name, document in self.documents().items()} if (self.work / "data/rappel.db").exists() else {}
            if found == texts:
                return
            self.assertLess(time.monotonic(), deadline, f"expected {texts}, found {found}")
            time.sleep(0.3)

    def test_watch_takes_folders_only(self):
        self.call("ingest", self.write("a.txt", "A text."), "--watch", status=2)
        self.assertIn("name the folder that holds it", self.errors)

    def test_every_file_once_after_kills_at_random_points(self):
        seed = int(os.environ.get("RAPPEL_KILL_SEED", random.randrange(1 << 30)))
        kills = int(os.environ.get("RAPPEL_KILL_POINTS", 5))
        chance = random.Random(seed)
        number = 40 * (kills + 2)
        for i in range(number):
            self.write(f"{i % 7}/{i}.txt", f"File number {i}. " + "Words of the file that follow one another. " * 40)
        self.write("lines.jsonl", "".join(json.dumps({"id": f"line-{i}", "text": f"Line number {i}."}) + "\n" for i in range(number)))
        killed, stored = 0, 0
        while killed < kills:
            process = self.start("--batch", "4")
            wait_until_it_heeds_signals(process)
            time.sleep(chance.uniform(0, 0.4))
            process.kill()
            process.communicate()
            killed += 1
        process = self.start("--batch", "4")
        out, errors = process.communicate(timeout=support.TIMEOUT)
        self.assertEqual(process.returncode, 0, f"seed {seed}: {errors}")
        documents = self.listed()
        ids = [document["document_id"] for document in documents]
        self.assertEqual(len(ids), 2 * number, f"seed {seed}")
        self.assertEqual({document["metadata"]["source_id"] for document in documents if document["metadata"]["source_id"]},
                         {f"{i % 7}/{i}.txt" for i in range(number)})
        self.assertIn(f"0 documents stored, {2 * number} unchanged, 0 failed", self.ingest())
        self.call("store", "verify")

    def test_a_killed_run_does_nothing_twice(self):
        for i in range(200):
            self.write(f"{i}.txt", f"File number {i}. " + "Words of the file that follow one another. " * 40)
        process = self.start("--batch", "4")
        data = self.work / "data"
        deadline = time.monotonic() + PATIENCE
        while not (before := stored_rows(data)) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        before = stored_rows(data)
        self.assertTrue(before)
        out = self.ingest()
        self.assertIn(f"{200 - len(before)} document", out)
        self.assertIn(f"{len(before)} unchanged", out)
        after = stored_rows(data)
        self.assertEqual({id: row for id, row in after.items() if id in before}, before, "what was stored was not written again")


def stored_rows(data):
    """Document id -> its first row: rows are never given twice, so they tell what was written again."""
    import sqlite3
    from contextlib import closing
    try:
        with closing(sqlite3.connect(f"file:{data / 'rappel.db'}?mode=ro", uri=True)) as store:
            return dict(store.execute("SELECT id, first_row FROM documents"))
    except sqlite3.OperationalError:
        return {}


if __name__ == "__main__":
    support.main()
