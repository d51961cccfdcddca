"""MCP over HTTP and over standard input, with the real binary: both eras, tools, long documents, the exchanges that published
clients had with a stand-in, and the writing tools behind their setting."""

import http.client
import json
import subprocess
import unittest

import support
from support import Server, clean_environment, linked_model, run

PREFIX = "io.modelcontextprotocol/"
META = {PREFIX + "protocolVersion": "2026-07-28", PREFIX + "clientCapabilities": {}, PREFIX + "clientInfo": {"name": "t", "version": "1"}}
EXCHANGES = support.SHARED.parent / "goldens" / "interfaces" / "exchanges.jsonl"
TOKEN = "token-of-the-test"
DOCUMENTS = [("doc-0", "Bread is baked from flour."), ("doc-1", "Paris is the capital of France."),
             ("doc-2", "Berlin is the capital of Germany.")]


def message(method, params=None, id=1):
    return {"jsonrpc": "2.0", "id": id, "method": method, **({"params": params} if params is not None else {})}


def post(port, body, token=TOKEN, **headers):
    """-> (status, the JSON of the body or None, headers)"""
    sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        sent["Authorization"] = "Bearer " + token
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/mcp", body if isinstance(body, (bytes, str)) else json.dumps(body), sent)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None, answer.headers
    finally:
        connection.close()


class McpCase(support.TestCase):
    """A data folder with three documents and a long one."""

    serve = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.long_text = " ".join(f"word{i}" for i in range(30_000))
        (cls.folder / "documents.jsonl").write_text("".join(
            json.dumps({"id": id, "text": text, "metadata": {"source": "file"}}) + "\n"
            for id, text in [*DOCUMENTS, ("long", cls.long_text)]))
        cls.settings = {"EMBEDDING_MODEL": linked_model("mini-bert-embedder", cls.folder), "RERANK_ENABLE": "false",
                        "RAPPEL_DATA_DIR": cls.folder / "data", "BEARER_TOKEN": TOKEN}
        done = run("ingest", cls.folder / "documents.jsonl", **cls.settings)
        assert done.returncode == 0, done.stderr


class OverHttp(McpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Server(*cls.serve, **cls.settings)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        super().tearDownClass()

    def call(self, tool, **arguments):
        """The object of a tool's result."""
        status, answer, _ = post(self.server.port, message("tools/call", {"name": tool, "arguments": arguments}))
        result = answer["result"]
        self.assertEqual((status, result["isError"]), (200, False), result)
        self.assertEqual(json.loads(result["content"][0]["text"]), result["structuredContent"])
        self.assertLess(len(json.dumps(answer, ensure_ascii=False)), 100_000)
        return result["structuredContent"]

    def test_search_leads_to_documents(self):
        results = self.call("search", query="capital of France")["results"]
        self.assertIn("doc-1", [result["id"] for result in results])
        for result in results:
            self.assertEqual(set(result), {"id", "title", "url"})
            self.assertEqual(result["url"], f"http://127.0.0.1:{self.server.port}/d/{result['id']}")
            self.assertEqual(self.call("fetch", id=result["id"])["title"], result["title"])

    def test_long_document_comes_in_parts(self):
        part = self.call("fetch", id="long")
        text = part["text"]
        while "next_cursor" in part:
            part = self.call("fetch", id="long", cursor=part["next_cursor"])
            text += part["text"]
        self.assertEqual(text, self.long_text)

    def test_modern_client_is_checked_by_headers(self):
        call = message("tools/call", {"name": "search", "arguments": {"query": "bread"}, "_meta": META})
        modern = {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": "search"}
        status, answer, _ = post(self.server.port, call, **modern)
        self.assertEqual((status, answer["result"]["resultType"]), (200, "complete"))
        status, answer, _ = post(self.server.port, call, **{**modern, "Mcp_Name": "fetch"})
        self.assertEqual((status, answer["error"]["code"]), (400, -32020))

    def test_token_and_origin_are_checked(self):
        status, _, headers = post(self.server.port, message("ping"), token=None)
        self.assertEqual((status, headers["WWW-Authenticate"]), (401, "Bearer"))
        self.assertEqual(post(self.server.port, message("ping"), Origin="http://evil.example")[0], 403)
        self.assertEqual(post(self.server.port, message("ping"), Host="evil.example")[0], 403)
        self.assertEqual(post(self.server.port, message("ping"), Origin="http://localhost:6274")[0], 200)

    def test_documents_are_not_changed(self):
        status, answer, _ = post(self.server.port, message("tools/call", {"name": "forget", "arguments": {"id": "doc-1"}}))
        self.assertEqual((status, answer["error"]["code"]), (200, -32602))
        self.assertEqual(self.call("fetch", id="doc-1")["text"], "Paris is the capital of France.")


class Writing(OverHttp):
    serve = ("--mcp-write",)

    def test_documents_are_not_changed(self):
        """With the setting they are."""
        added = self.call("add", text="Rome is the capital of Italy.", title="Rome")["id"]
        self.assertEqual(self.call("fetch", id=added)["title"], "Rome")
        self.assertTrue(self.call("forget", id=added)["removed"])
        status, answer, _ = post(self.server.port, message("tools/call", {"name": "fetch", "arguments": {"id": added}}))
        self.assertTrue(answer["result"]["isError"])


class OverPipes(McpCase):
    def talk(self, *lines, arguments=()):
        """The answers to lines of messages, or of text."""
        text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        done = run("mcp", "--log-level", "debug", *arguments, stdin=text, **self.settings)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stderr, "the log")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_legacy_client(self):
        answers = self.talk(message("initialize", {"protocolVersion": "2025-11-25"}),
                            {"jsonrpc": "2.0", "method": "notifications/initialized"}, message("tools/list", id=2), "not json",
                            message("tools/call", {"name": "fetch", "arguments": {"id": "doc-1"}}, id=3))
        self.assertEqual([answer["id"] for answer in answers], [1, 2, None, 3])
        self.assertEqual(answers[0]["result"]["protocolVersion"], "2025-11-25")
        self.assertEqual(answers[2]["error"]["code"], -32700)
        fetched = answers[3]["result"]["structuredContent"]
        self.assertEqual((fetched["text"], fetched["url"]), ("Paris is the capital of France.", "rappel://doc/doc-1"))

    def test_modern_client(self):
        discovered, found = self.talk(
            message("server/discover", {"_meta": META}),
            message("tools/call", {"name": "search", "arguments": {"query": "capital"}, "_meta": META}, id="two"),
            arguments=("--public-url", "https://docs.example.org"))
        self.assertEqual(discovered["result"]["supportedVersions"], ["2026-07-28"])
        self.assertEqual((found["id"], found["result"]["resultType"]), ("two", "complete"))
        for result in found["result"]["structuredContent"]["results"]:
            self.assertTrue(result["url"].startswith("https://docs.example.org/d/"))

    def test_answers_come_before_the_input_ends(self):
        process = subprocess.Popen([support.rappel, "mcp"], env=clean_environment(**self.settings), cwd=self.folder,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for id in range(3):
            process.stdin.write(json.dumps(message("ping", id=id)) + "\n")
            process.stdin.flush()
            self.assertEqual(json.loads(process.stdout.readline()), {"jsonrpc": "2.0", "id": id, "result": {}})
        process.stdin.close()
        self.assertEqual(process.wait(60), 0)
        process.stdout.close()

    def test_server_and_pipe_share_the_documents(self):
        with Server(**self.settings) as server:
            added, = self.talk(message("tools/call", {"name": "add", "arguments": {"text": "Oslo is in Norway.", "id": "oslo"}}),
                               arguments=("--mcp-write",))
            self.assertEqual(added["result"]["structuredContent"], {"id": "oslo"})
            _, answer, _ = post(server.port, message("tools/call", {"name": "fetch", "arguments": {"id": "oslo"}}))
            self.assertEqual(answer["result"]["structuredContent"]["text"], "Oslo is in Norway.")
            self.talk(message("tools/call", {"name": "forget", "arguments": {"id": "oslo"}}), arguments=("--mcp-write",))


def same_shape(wanted, got, path="body"):
    """The first difference of members and types, or None. Members that the recorded answer lacks are additions."""
    if isinstance(wanted, dict):
        if not isinstance(got, dict):
            return f"{path} is no object"
        for name in wanted:
            if name not in got:
                return f"{path}.{name} is missing"
            if difference := same_shape(wanted[name], got[name], f"{path}.{name}"):
                return difference
        return None
    if isinstance(wanted, list):
        if not isinstance(got, list) or (wanted and not got):
            return f"{path} is no list with items"
        return same_shape(wanted[0], got[0], path + "[0]") if wanted else None
    exact = isinstance(wanted, (bool, int)) and not path.endswith("ttlMs")
    if type(wanted) is not type(got) or (exact and wanted != got):
        return f"{path} is {got!r}, not like {wanted!r}"
    return None


class RecordedExchanges(McpCase):
    """What published clients sent, and the shape of the answers that they accepted."""

    def test_answers_have_the_shape_that_clients_accepted(self):
        if not EXCHANGES.is_file():
            self.skipTest("reference data not found: set RAPPEL_SHARED or put shared/ next to the checkout")
        exchanges = [one for one in support.read_jsonl(EXCHANGES) if one["request"]["path"] == "/mcp"]
        self.assertGreater(len(exchanges), 40)
        with Server(**self.settings) as server:
            for one in exchanges:
                with self.subTest(client=one["client"], case=one["case"], body=one["request"]["body"]):
                    self.replay(server.port, one["request"], one["response"])

    def replay(self, port, request, response):
        headers = {name: value.replace("<token>", TOKEN) for name, value in request["headers"].items()}
        if response["status"] == 403:
            headers["origin"] = "http://evil.example"  # the recording left it out
        body = request["body"]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(request["method"], "/mcp", body if body is None or isinstance(body, str) else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.assertEqual(answer.status, response["status"], text)
        wanted = response["body"]
        if answer.status in (401, 403, 405):
            return
        if wanted is None:
            self.assertEqual(text, "")
            return
        got = json.loads(text)
        self.assertIsNone(same_shape(wanted, got), text)
        result = wanted.get("result", {})
        for name in ("protocolVersion", "supportedVersions", "resultType", "capabilities"):
            if name in result:
                self.assertEqual(got["result"][name], result[name])


if __name__ == "__main__":
    support.main()
