"""rappel ingest with a chat model, played by a small HTTP server of this test: metadata, screening, and endpoints that fail."""

import http.server
import json
import threading

import support
from support import linked_model, run

KEY = "sk-the-key-that-nobody-reads"


class Endpoint(http.server.ThreadingHTTPServer):
    """Answers chat completions with what `said(instructions, text)` returns; (status, body) is taken as it is."""

    def __init__(self, said):
        super().__init__(("127.0.0.1", 0), Handler)
        self.said, self.requests = said, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, self.headers["Authorization"], body))
        said = self.server.said(*(message["content"] for message in body["messages"]))
        status, answer = said if isinstance(said, tuple) else (200, {"choices": [{"message": {"content": said}}]})
        answer = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


class ChatModel(support.TestCase):
    def setUp(self):
        self.work = self.folder / self.id().rsplit(".", 1)[-1]
        self.files = self.work / "files"
        self.files.mkdir(parents=True)
        (self.files / "letter.txt").write_text("Dear all, these are notes of 2024. Yours, Ada Lovelace\nAuthor: A. L.\n")
        (self.files / "note.txt").write_text("Badgers dig their setts in dry hills.\nAuthor: Ann\n")
        self.settings = {"EMBEDDING_MODEL": linked_model("mini-bert-embedder", self.work), "RAPPEL_DATA_DIR": self.work / "data"}

    def ingest(self, *arguments, said=None, status=0, **more):
        settings = {**self.settings, **more}
        endpoint = Endpoint(said) if said else None
        if endpoint:
            settings |= {"RAPPEL_CHAT_URL": endpoint.url, "RAPPEL_CHAT_MODEL": "m", "RAPPEL_CHAT_KEY": KEY}
        report = self.work / "report.json"
        done = run("ingest", self.files, "--report", report, "--log-level", "debug", *arguments, **settings)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.output = done.stdout + done.stderr
        self.report = report.read_text() if report.exists() else ""
        self.assertNotIn(KEY, self.output + self.report)
        if endpoint:
            endpoint.shutdown()
            endpoint.server_close()
            return endpoint.requests

    def documents(self):
        listed = json.loads(run("list", "--json", **self.settings).stdout)["documents"]
        return {document["metadata"]["source_id"]: document["metadata"] for document in listed}

    def test_metadata_come_from_the_model_and_the_rules(self):
        def said(instructions, text):
            return '{"author": "Ada Lovelace", "created_at": "2024-01-02"}' if "Ada" in text else "{}"

        requests = self.ingest("--extract-metadata", said=said)
        self.assertEqual({(path, key, body["model"]) for path, key, body in requests},
                         {("/v1/chat/completions", "Bearer " + KEY, "m")})
        found = self.documents()
        self.assertEqual((found["letter.txt"]["author"], found["note.txt"]["author"]), ("Ada Lovelace", "Ann"))
        self.assertEqual(found["letter.txt"]["created_at"], "2024-01-02")

    def test_screening_asks_the_model(self):
        def said(instructions, text):
            return json.dumps({"personal_data": "Ada" in text})

        self.ingest("--pii", "skip", said=said)
        self.assertEqual(list(self.documents()), ["note.txt"])
        self.assertIn("personal data", self.report)

    def test_an_endpoint_that_fails_costs_no_file(self):
        self.ingest("--extract-metadata", "--pii", "skip", said=lambda *_: (500, {"error": KEY}))
        self.assertEqual(self.documents()["letter.txt"]["author"], "A. L.")
        self.assertIn("rules alone were used", self.report)
        self.assertIn("cannot ask the chat model", self.output)

    def test_nothing_is_asked_unless_it_is_wanted(self):
        self.assertEqual(self.ingest(said=lambda *_: "{}"), [])

    def test_settings_that_do_not_fit_are_named(self):
        self.ingest("--extract-metadata", status=2, RAPPEL_CHAT_URL="http://127.0.0.1:1/v1")
        self.assertIn("RAPPEL_CHAT_MODEL", self.output)
        self.ingest("--extract-metadata", status=2, RAPPEL_CHAT_URL="127.0.0.1:1", RAPPEL_CHAT_MODEL="m")
        self.assertIn("expected an http or https address", self.output)


if __name__ == "__main__":
    support.main()
