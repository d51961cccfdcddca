"""rappel ingest with given metadata, dry runs, reports and screening."""

import json
import os

import support


class IngestOptions(support.IngestCase):
    def test_given_metadata(self):
        self.write("a.md", "---\nauthor: Ann\ntags: [x, y]\nurl: https://front\n---\nText of the file.")
        self.write("a.md.meta.json", '{"url":"https://sidecar","pages":3}')
        self.write("b.txt", "Text of the other file.")
        self.ingest("--meta", "team=blue", "--meta", '{"pages":4}', "--meta", "created_at=2024-05-06")
        a, b = (self.documents()[name]["metadata"] for name in ("a.md", "b.txt"))
        self.assertEqual((a["author"], a["tags"], a["url"], a["pages"], a["team"]), ("Ann", ["x", "y"], "https://sidecar", 4, "blue"))
        self.assertEqual((b["team"], b["created_at"]), ("blue", "2024-05-06"))
        self.assertIn("0 documents stored, 0 unchanged, 2 moved", self.ingest("--meta", "team=red"))
        self.assertEqual(self.documents()["b.txt"]["metadata"]["team"], "red")
        self.ingest("--meta", "nonsense", status=2)
        self.assertIn("--meta nonsense: expected key=value", self.errors)
        self.ingest("--meta", "source=web", status=2)

    def test_report(self):
        self.write("good.txt", "A text that is long enough.")
        self.write("empty.txt", "")
        self.write("image.png", "\x89PNG")
        self.write("all.jsonl", '{"id":"x","text":"The text of a line."}\nno json\n')
        report = self.work / "report.json"
        self.ingest("--report", report, status=1)
        told = json.loads(report.read_text())
        self.assertEqual([told[key] for key in ("stored", "unchanged", "failed", "skipped", "stopped")], [2, 0, 1, 2, False])
        items = {os.path.basename(item["path"]): item for item in told["items"]}
        self.assertEqual(set(items), {"empty.txt", "image.png", "all.jsonl line 2"})
        self.assertEqual((items["empty.txt"]["outcome"], items["empty.txt"]["kind"]), ("skipped", "empty"))
        self.assertIn("PNG image", items["image.png"]["reason"])
        self.assertEqual(items["all.jsonl line 2"]["outcome"], "failed")

    def test_dry_run_changes_nothing(self):
        self.write("a.txt", "A text that is long enough.")
        self.assertIn("1 document would be stored", self.ingest("--dry-run"))
        self.assertEqual(self.documents(), {})

    def screened(self, how, status=0):
        return self.call("ingest", self.write("note.txt", "Write to ann@example.org, please."), "--pii", how, status=status)

    def test_personal_data_is_reported(self):
        self.assertIn("1 warning", self.screened("report"))
        self.assertIn("it contains personal data: 1 e-mail address", self.errors)

    def test_personal_data_is_redacted_after_it_was_stored(self):
        self.screened("off")
        self.assertIn("1 document stored", self.screened("redact"))
        self.assertEqual(self.documents()["note.txt"]["sample_text"], "Write to ***************, please.")

    def test_personal_data_is_skipped_after_it_was_stored(self):
        self.screened("off")
        self.assertIn("1 skipped (1 personal data)", self.screened("skip", status=1))
        self.assertEqual(self.documents(), {})



if __name__ == "__main__":
    support.main()
