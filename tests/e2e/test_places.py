"""Where chunks of files come from: pages, slides, sheets, rows, headings and files in files, in the answers of `rappel query`
and of /query."""

import http.client
import io
import json
import subprocess
import unittest
import zipfile

import support
from support import SHARED, Server, linked_model

TOKEN = "0123456789abcdef0123456789abcdef"
PLACE = ("inner_file", "page", "last_page", "slide", "sheet", "row", "last_row", "section", "last_section", "begin", "end")
GUIDE = "# Animals\n\n## Otters\n\nOtters sleep on their backs in the river.\n\n## Badgers\n\n{}\n"
LONG = "Badgers dig their setts in dry hills. " * 60


def archive(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, text in files.items():
            package.writestr(name, text)
    return out.getvalue()


class Places(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = linked_model("mini-bert-embedder", cls.folder)
        files = cls.folder / "files"
        files.mkdir()
        (files / "guide.md").write_text(GUIDE.format(LONG))
        (files / "table.csv").write_text("name;weight\n" + "".join(f"animal {i};{i}\n" for i in range(2, 200)))
        (files / "plain.txt").write_text("A plain text has no structure at all, and its chunks name no place.")
        (files / "box.zip").write_bytes(archive({"in/guide.md": GUIDE.format("Short.")}))
        cls.files, cls.data = files, cls.folder / "data"
        done = subprocess.run([support.rappel, "ingest", files / "table.csv", files / "plain.txt", files / "box.zip",
                               files / "guide.md", "--data-dir", cls.data, "--embedding-model", cls.model, "--chunk-structure"],
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    def query(self, filename, *arguments):
        done = subprocess.run([support.rappel, "query", "animals", "--filter", f"filename={filename}", "--no-rerank", "--top-k",
                               "100", "--data-dir", self.data, "--embedding-model", self.model, *arguments],
                              capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def chunks(self, filename):
        results = json.loads(self.query(filename, "--json"))["results"]
        return sorted(results, key=lambda chunk: chunk["begin"])

    def places(self, filename):
        return [{key: chunk["metadata"][key] for key in PLACE if key in chunk["metadata"]} for chunk in self.chunks(filename)]

    def test_markdown_has_sections_and_characters(self):
        text = (self.files / "guide.md").read_text()
        chunks = self.chunks("guide.md")
        sections = [chunk["metadata"]["section"] for chunk in chunks]
        self.assertEqual(sections[0].split(" > ")[0], "Animals")
        self.assertEqual(set(sections[1:]), {"Animals > Badgers"})
        for chunk in chunks:
            place = chunk["metadata"]
            self.assertEqual(text[place["begin"]:place["end"]], chunk["text"])
            self.assertNotIn("page", place)

    def test_tables_have_rows_without_gaps(self):
        row = 1
        for place in self.places("table.csv"):
            self.assertEqual(place["row"], row)
            row = place.get("last_row", row) + 1
        self.assertEqual(row, 200)

    def test_sections_are_returned_once_and_whole(self):
        text = (self.files / "guide.md").read_text()
        results = json.loads(self.query("guide.md", "--json", "--return", "section"))["results"]
        self.assertEqual(len({result["id"] for result in results}), len(results))
        seen = 0
        for result in sorted(results, key=lambda result: result["begin"]):
            self.assertGreaterEqual(result["begin"], seen)
            seen = result["end"]
            self.assertEqual(result["text"].split(), text[result["begin"]:result["end"]].split())
            self.assertEqual(len(result["text"]), result["end"] - result["begin"])
        self.assertLess(len(results), len(self.chunks("guide.md")))
        short = json.loads(self.query("guide.md", "--json", "--return", "section", "--section-chars", "1"))["results"]
        self.assertEqual(len(short), len(self.chunks("guide.md")))

    def test_files_in_archives_are_named(self):
        for place in self.places("box.zip"):
            self.assertEqual(place["inner_file"], "in/guide.md")
            self.assertTrue(place["section"].startswith("Animals"))

    def test_plain_text_has_no_place(self):
        self.assertEqual(self.places("plain.txt"), [{}])

    def test_people_read_the_place(self):
        self.assertIn("in/guide.md, section Animals", self.query("box.zip"))

    def test_http_answers_have_places_and_custom_keys_stand(self):
        with Server(EMBEDDING_MODEL=self.model, RERANK_ENABLE="false", RAPPEL_DATA_DIR=self.data, BEARER_TOKEN=TOKEN) as server:
            def ask(filename):
                body = {"queries": [{"query": "animals", "filter": {"filename": filename}}]}
                status, answer = server.request("POST", "/query", body, TOKEN)
                self.assertEqual(status, 200, answer)
                return answer["results"][0]["results"][0]["metadata"]

            place = ask("box.zip")
            members = list(place)[list(place).index("inner_file"):]
            self.assertEqual([name for name in members if name != "last_section"], ["inner_file", "section", "begin", "end"])
            self.assertEqual(list(ask("plain.txt"))[-1], "document_id")
            self.upload(server, "own.md", GUIDE.format("x"), {"section": "ours"})
            own = ask("own.md")
            self.assertEqual(own["section"], "ours")
            self.assertIn("begin", own)

    def upload(self, server, name, text, metadata):
        body = (f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/markdown\r\n\r\n'
                f'{text}\r\n--B\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{json.dumps(metadata)}\r\n--B--\r\n')
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        connection.request("POST", "/upsert-file", body.encode(),
                           {"Content-Type": "multipart/form-data; boundary=B", "Authorization": "Bearer " + TOKEN})
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()

    @unittest.skipUnless((SHARED / "files" / "files").is_dir(), "reference data not found: files with known text")
    def test_slides_and_sheets_of_the_shared_files(self):
        shared = SHARED / "files" / "files"
        done = subprocess.run([support.rappel, "ingest", shared / "pptx" / "deck_en.pptx", shared / "xlsx" / "book_en.xlsx",
                               "--data-dir", self.data, "--embedding-model", self.model, "--chunk-structure"],
                              capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        little_dot = [chunk["metadata"] for chunk in self.chunks("deck_en.pptx") if "Little Dot" in chunk["text"]]
        self.assertEqual({place["slide"] for place in little_dot}, {2})
        dutch = [chunk["metadata"] for chunk in self.chunks("book_en.xlsx") if "Amazoneregenwoud" in chunk["text"]]
        self.assertEqual([place["sheet"] for place in dutch], ["Text"])
        self.assertLessEqual(dutch[0]["row"], 4)
        self.assertGreaterEqual(dutch[0]["last_row"], 4)


if __name__ == "__main__":
    support.main()
