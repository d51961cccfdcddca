"""Files of all types through the real binary: `rappel extract`, ingestion and uploads, hostile files, a program that is missing."""

import http.client
import io
import json
import os
import subprocess
import sys
import unittest
import zipfile
from pathlib import Path

import support
from support import SHARED, Server, linked_model

TOKEN = "0123456789abcdef0123456789abcdef"
BODY = "The otter sleeps on its back in the river, because the current would carry it away otherwise."
LEAST = 0.99  # word recall, precision and order of the files with known text


def docx(text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("[Content_Types].xml", (
            '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'wordprocessingml.document.main+xml"/></Types>'))
        package.writestr("_rels/.rels", (
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>'))
        package.writestr("word/document.xml", (
            '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
            f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"))
    return out.getvalue()


def hostile_files():
    return sorted(path for path in (SHARED / "hostile").rglob("*") if path.is_file())


class Extract(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = linked_model("mini-bert-embedder", cls.folder)

    def extract(self, *arguments, **environment):
        return subprocess.run([support.rappel, "extract", *map(str, arguments)], capture_output=True, text=True, timeout=600,
                              env={**os.environ, **environment})

    def upload(self, server, name, content):
        body = (f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n").encode() + content + b"\r\n--B--\r\n"
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        connection.request("POST", "/upsert-file", body,
                           {"Content-Type": "multipart/form-data; boundary=B", "Authorization": "Bearer " + TOKEN})
        answer = connection.getresponse()
        text = json.loads(answer.read())
        connection.close()
        return answer.status, text

    def test_files_of_several_types_are_shown_ingested_and_uploaded(self):
        folder = self.folder / "files"
        folder.mkdir()
        page = f"<html><head><title>Otters</title></head><body><nav>Home</nav><p>{BODY}</p><script>x()</script></body></html>"
        files = {"a.docx": docx(BODY), "b.html": page.encode(), "c.csv": b"name;weight\notter;12\nbadger;14\n",
                 "d.txt": "Loutre d'\u00c9t\u00e9, \u00e0 la rivi\u00e8re".encode("latin-1"), "e.png": b"\x89PNG\r\n\x1a\n0000"}
        for name, content in files.items():
            (folder / name).write_bytes(content)
        shown = self.extract(folder / "a.docx")
        self.assertEqual((shown.returncode, shown.stdout.strip()), (0, BODY), shown.stderr)
        out = self.folder / "out"
        self.assertEqual(self.extract(folder, "--out", out).returncode, 0)
        self.assertEqual((out / "c.csv.txt").read_text(), "name\tweight\notter\t12\nbadger\t14")
        self.assertEqual((out / "b.html.txt").read_text(), BODY)
        self.assertEqual(json.loads((out / "b.html.json").read_text())["metadata"]["title"], "Otters")
        self.assertEqual((out / "d.txt.txt").read_text(), "Loutre d'\u00c9t\u00e9, \u00e0 la rivi\u00e8re")

        data = self.folder / "data"
        stored = subprocess.run([support.rappel, "ingest", folder, "--data-dir", data, "--embedding-model", self.model],
                                capture_output=True, text=True, timeout=300)
        self.assertEqual(stored.returncode, 0, stored.stderr)
        self.assertIn("4 documents stored, 0 unchanged, 0 failed, 1 skipped (1 other type)", stored.stdout)

        with Server(EMBEDDING_MODEL=self.model, RERANK_ENABLE="false", RAPPEL_DATA_DIR=data, BEARER_TOKEN=TOKEN) as server:
            status, answer = self.upload(server, "again.docx", docx(BODY + " Again."))
            self.assertEqual((status, len(answer["ids"])), (200, 1), answer)
            status, answer = self.upload(server, "broken.docx", files["a.docx"][:60])
            self.assertIn(status, (415, 422), answer)
            status, answer = self.upload(server, "scan.png", files["e.png"])
            self.assertEqual((status, answer["detail"].split(";")[0]),
                             (415, "cannot read scan.png: it is a PNG image (image/png), which is not read"))
            query = {"queries": [{"query": "otter", "filter": {"title": "Otters"}}]}
            status, answer = server.request("POST", "/query", query, TOKEN)
            self.assertEqual(answer["results"][0]["results"][0]["text"], BODY)

    def test_missing_program_is_named(self):
        page = self.folder / "page.html"
        page.write_text("<p>text</p>")
        shown = self.extract(page, RAPPEL_EXTRACT="/nowhere/rappel-extract")
        self.assertEqual(shown.returncode, 1)
        self.assertIn("install it beside rappel", shown.stderr)

    @unittest.skipUnless(sys.platform == "linux", "the sandbox is Linux's")
    def test_sandbox_has_its_layers(self):
        program = Path(support.rappel).parent / "rappel-extract"
        protection = json.loads(subprocess.run([program, "--protection"], capture_output=True, timeout=60, check=True).stdout)
        self.assertIn("resource limits", protection["layers"])
        missing = [reason.split(":")[0] for reason in protection["missing"]]
        self.assertEqual(sorted(protection["layers"] + missing), ["Landlock", "resource limits", "seccomp"], protection)

    @unittest.skipUnless((SHARED / "files" / "score.py").exists(), "reference data not found: files with known text")
    def test_text_of_the_shared_files(self):
        out, flat = self.folder / "scored", self.folder / "flat"
        self.extract(SHARED / "files" / "files", "--out", out)
        flat.mkdir()
        for path in out.rglob("*"):
            if path.is_file():
                path.rename(flat / path.name)
        report = self.folder / "score.json"
        subprocess.run([sys.executable, SHARED / "files" / "score.py", flat, "--json", report],
                       capture_output=True, check=False, timeout=600)
        has_pdf = (flat / "lo_en.pdf.txt").exists()  # PDFium is optional
        by_format = {}
        for item in json.loads(report.read_text()):
            if "ocr" not in item["tags"] and (item["format"] != "pdf" or has_pdf):
                by_format.setdefault(item["format"], []).append(item)
        self.assertGreater(len(by_format), 15)
        for name, items in by_format.items():
            for figure in ("recall", "precision", "order"):
                mean = sum(item[figure] for item in items) / len(items)
                self.assertGreaterEqual(mean, LEAST, f"{figure} of {name}")
            for item in items:
                self.assertIn(item["must"], (None, 1.0), item["id"])
                self.assertEqual(item["never"], [], item["id"])

    @unittest.skipUnless((SHARED / "hostile").is_dir(), "reference data not found: hostile files")
    def test_hostile_files_end(self):
        hostile = hostile_files()
        for at in range(0, len(hostile), 200):
            shown = self.extract(*hostile[at:at + 200])
            self.assertIn(shown.returncode, (0, 1), shown.stderr[-500:])
            self.assertNotIn("answered nonsense", shown.stderr)


if __name__ == "__main__":
    support.main()
