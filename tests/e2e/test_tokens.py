"""rappel token: names, digests on disk, expiry, and a running server that reads the tokens again."""

import hashlib
import json
import signal
import stat
from concurrent.futures import ThreadPoolExecutor

import support
from support import Server, linked_model, run, wait_for

ADMIN = "a-token-that-is-long-enough"


class Tokens(support.TestCase):
    def setUp(self):
        self.work = self.folder / self.id().rsplit(".", 1)[-1]
        self.work.mkdir()
        self.data = self.work / "data"
        self.tokens = self.data / "tokens.json"

    def token(self, *arguments, code=0):
        process = run("token", *arguments, RAPPEL_DATA_DIR=self.data)
        self.assertEqual(process.returncode, code, process.stderr)
        return process.stdout.strip() if code == 0 else process.stderr

    def listed(self):
        return json.loads(self.token("list", "--json"))["tokens"]

    def test_a_token_is_shown_once_and_kept_as_a_digest(self):
        token = self.token("add", "team-x", "--scope", "read,write", "--filter", "team=x", "--rate", "30/m",
                           "--max-body", "1000", "--expires", "2099-01-01")
        self.assertRegex(token, r"^rappel_[0-9a-f]{64}$")
        text = self.tokens.read_text()
        self.assertNotIn(token, text)
        self.assertIn(hashlib.sha256(token.encode()).hexdigest(), text)
        self.assertEqual(stat.S_IMODE(self.tokens.stat().st_mode), 0o600)
        (one,) = self.listed()
        self.assertEqual((one["name"], one["scopes"], one["filter"]), ("team-x", "read,write", {"team": "x"}))
        self.assertEqual((one["rate"], one["max_body"], one["expires_at"][:10]), ("30/m", 1000, "2099-01-01"))
        self.assertNotIn("sha256", one)
        self.assertNotIn("collections", one)
        self.assertIn("team-x", self.token("list"))

    def test_what_cannot_be_a_token_is_refused(self):
        self.token("add", "a")
        for words, arguments in (("revoke it first", ["a"]), ("64 letters", ["a/b"]), ("BEARER_TOKEN", ["admin"]),
                                 ("unknown scope", ["b", "--scope", "all"]), ("has passed", ["b", "--expires", "2001-01-01"]),
                                 ("such as 12h", ["b", "--expires", "soon"]), ("such as 5/s", ["b", "--rate", "much"]),
                                 ("key=value", ["b", "--filter", "team"]), ("restricts nothing", ["b", "--filter", "{}"]),
                                 ("equalities", ["b", "--scope", "write", "--filter", '{"team":{"$ne":"x"}}'])):
            self.assertIn(words, self.token("add", *arguments, code=2))
        self.assertIn("rappel token list", self.token("revoke", "b", code=1))
        self.assertEqual([one["name"] for one in self.listed()], ["a"])

    def test_a_token_limited_to_collections_is_read_again(self):
        model = linked_model("mini-bert-embedder", self.work)
        with Server("--no-rerank", BEARER_TOKEN=ADMIN, EMBEDDING_MODEL=model, RAPPEL_DATA_DIR=self.data) as server:
            def query(token, path):
                return server.request("POST", path, {"queries": [{"query": "otters"}]}, token)[0]

            for name in ("notes", "code"):
                self.assertEqual(server.request("POST", "/v1/collections", {"name": name}, ADMIN)[0], 201)
            token = self.token("add", "team", "--collection", "notes", "--collection", "later")
            self.assertEqual(self.listed()[0]["collections"], ["notes", "later"])
            self.assertIn("collections notes later", self.token("list"))
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_for(lambda: query(token, "/c/notes/query") == 200), "".join(server.log))
            self.assertEqual([query(token, path) for path in ("/query", "/c/code/query", "/c/later/query")], [404] * 3)
            self.assertEqual(server.request("POST", "/v1/collections", {"name": "later"}, ADMIN)[0], 201)
            self.assertEqual(query(token, "/c/later/query"), 200)
            self.token("revoke", "team")
            wider = self.token("add", "team", "--collection", "code")
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_for(lambda: query(wider, "/c/code/query") == 200), "".join(server.log))
            self.assertEqual((query(token, "/c/notes/query"), query(wider, "/c/notes/query")), (401, 404))
        for wrong in ("a/b", "", "Notes"):
            self.assertIn("name of a collection", self.token("add", "wrong", "--collection", wrong, code=2))

    def test_a_running_server_reads_its_tokens_again(self):
        model = linked_model("mini-bert-embedder", self.work)
        first = self.token("add", "first")
        with Server("--no-rerank", BEARER_TOKEN=ADMIN, EMBEDDING_MODEL=model, RAPPEL_DATA_DIR=self.data) as server:
            def status(token):
                return server.request("POST", "/list", {}, token)[0]

            def hang_up(words):
                server.process.send_signal(signal.SIGHUP)
                self.assertTrue(wait_for(lambda: words in "".join(server.log)), "".join(server.log))

            second = self.token("add", "second")
            self.token("revoke", "first")
            self.assertEqual([status(token) for token in (first, second, ADMIN)], [200, 401, 200])
            hang_up("read 1 named token: 1 added, 1 revoked")
            self.assertEqual([status(token) for token in (first, second, ADMIN)], [401, 200, 200])
            good = self.tokens.read_text()
            self.tokens.write_text(good.replace('"read"', '"all"'))
            hang_up("the tokens stay as they are")
            self.assertEqual([status(token) for token in (first, second, ADMIN)], [401, 200, 200])
            self.tokens.write_text(good.replace('"scopes"', '"expires_at": "2001-01-01", "scopes"').replace(
                '"second"', '"third"'))
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_for(lambda: status(second) == 401), "".join(server.log))
            self.assertEqual(server.stop(), 0)
        for token in (first, second):
            self.assertNotIn(token, "".join(server.log))

    def test_command_and_server_change_the_tokens_at_once(self):
        model = linked_model("mini-bert-embedder", self.work)
        with Server("--no-rerank", BEARER_TOKEN=ADMIN, EMBEDDING_MODEL=model, RAPPEL_DATA_DIR=self.data) as server:
            made = {}

            def ask(number):
                status, answer = server.request("POST", "/v1/tokens", {"name": f"http-{number}"}, ADMIN)
                self.assertEqual(status, 201, answer)
                made[f"http-{number}"] = answer["token"]

            def command(number):
                made[f"command-{number}"] = self.token("add", f"command-{number}")

            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda one: one[0](one[1]), [(do, number) for number in range(6) for do in (ask, command)]))
            self.assertEqual({one["name"] for one in self.listed()}, set(made))
            _, answer = server.request("GET", "/v1/tokens", None, ADMIN)
            self.assertEqual({one["name"] for one in answer["tokens"]}, set(made))
            for token in made.values():
                self.assertNotIn(token, self.tokens.read_text())
            self.assertEqual([server.request("POST", "/list", {}, token)[0] for name, token in made.items() if name.startswith("http")],
                             [200] * 6)
            # A revocation is in force at once, and takes in what the command has changed meanwhile.
            self.assertEqual(server.request("DELETE", "/v1/tokens/http-0", None, ADMIN)[0], 200)
            self.assertEqual(server.request("POST", "/list", {}, made["http-0"])[0], 401)
            self.assertEqual(server.request("POST", "/list", {}, made["command-0"])[0], 200)
            self.assertNotIn("http-0", [one["name"] for one in self.listed()])
            self.assertEqual(stat.S_IMODE(self.tokens.stat().st_mode), 0o600)
            # A file that is damaged meanwhile is not written over.
            self.tokens.write_text(self.tokens.read_text()[:-20])
            damaged = self.tokens.read_text()
            self.assertEqual(server.request("POST", "/v1/tokens", {"name": "late"}, ADMIN)[0], 500)
            self.assertEqual(self.tokens.read_text(), damaged)
            self.assertEqual(server.request("POST", "/list", {}, made["http-1"])[0], 200)

    def test_the_audit_log_says_who_did_what_and_no_text(self):
        model = linked_model("mini-bert-embedder", self.work)
        reader = self.token("add", "reader")
        log, moved = self.work / "audit.log", self.work / "audit.log.1"
        lines = lambda file: [json.loads(line) for line in file.read_text().splitlines()]
        with Server("--no-rerank", BEARER_TOKEN=ADMIN, EMBEDDING_MODEL=model, RAPPEL_DATA_DIR=self.data, AUDIT_LOG=log) as server:
            secret = "a secret about otters"
            server.request("POST", "/upsert", {"documents": [{"id": "secret-id", "text": secret}]}, ADMIN)
            server.request("POST", "/query", {"queries": [{"query": secret}]}, reader)
            server.request("POST", "/upsert", {"documents": [{"text": secret}]}, reader)
            server.request("POST", "/list", {}, "secret-wrong-token")
            server.request("GET", "/health")
            self.assertTrue(wait_for(lambda: len(lines(log)) == 4))
            log.rename(moved)
            server.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_for(log.exists))
            server.request("POST", "/delete", {"ids": ["secret-id"]}, ADMIN)
            self.assertTrue(wait_for(lambda: len(lines(log)) == 1))
            self.assertEqual(server.stop(), 0)
        brief = [(one["token"], one["route"], one["status"]) for one in lines(moved)]
        self.assertEqual(brief, [("admin", "/upsert", 200), ("reader", "/query", 200), ("reader", "/upsert", 403),
                                 (None, "/list", 401)])
        self.assertEqual([one.get("collection") for one in lines(moved)], ["default", "default", None, None])
        first, second = lines(moved)[:2]
        self.assertEqual((first["stored"], second["queries"], second["results"]), (1, 1, 1))
        self.assertEqual(lines(log)[0]["removed"], 1)
        self.assertNotIn("secret", moved.read_text() + log.read_text())
        self.assertNotIn(reader, moved.read_text())

    def test_a_damaged_file_stops_the_start(self):
        self.token("add", "a")
        self.tokens.write_text(self.tokens.read_text()[:-20])
        process = run("serve", "--port", "0", BEARER_TOKEN=ADMIN, RAPPEL_DATA_DIR=self.data)
        self.assertEqual(process.returncode, 2)
        self.assertIn("cannot use the tokens in", process.stderr)


if __name__ == "__main__":
    support.main()
