"""Collections: documents that are kept apart, over the command line and over HTTP."""

import json
from concurrent.futures import ThreadPoolExecutor

import support
from support import Server

TOKEN = "0123456789abcdef0123456789abcdef"


class Collections(support.CommandCase):
    def serve(self):
        return Server(RERANK_ENABLE="false", BEARER_TOKEN=TOKEN, **self.settings)

    def ask(self, server, method, path, body=None, status=200):
        answer, parsed = server.request(method, path, body, TOKEN)
        self.assertEqual(answer, status, parsed)
        return parsed

    def ids(self, server, prefix=""):
        results = self.ask(server, "POST", prefix + "/query", {"queries": [{"query": "otters", "top_k": 10}]})["results"]
        return {result["metadata"]["document_id"] for result in results[0]["results"]}

    def upsert(self, server, prefix, name):
        self.ask(server, "POST", prefix + "/upsert", {"documents": [{"id": name, "text": f"Otters of {name} swim."}]})

    def test_documents_of_one_are_in_no_other(self):
        with self.serve() as server:
            self.ask(server, "POST", "/v1/collections", {"name": "notes", "chunk_tokens": 50}, 201)
            self.upsert(server, "", "plain")
            self.upsert(server, "/c/notes", "note")
            self.assertEqual(self.ids(server), {"plain"})
            self.assertEqual(self.ids(server, "/c/notes"), {"note"})
            self.ask(server, "POST", "/c/others/upsert", {"documents": [{"text": "lost"}]}, 404)
            # Removing everything of one leaves the other.
            self.ask(server, "DELETE", "/c/notes/delete", {"delete_all": True})
            self.assertEqual(self.ids(server, "/c/notes"), set())
            self.assertEqual(self.ids(server), {"plain"})

    def test_server_and_commands_see_the_same(self):
        self.call("collection", "create", "notes", "--description", "about otters")
        text = self.work / "note.txt"
        text.write_text("Otters sleep on their backs in the river.")
        self.call("ingest", text, "--collection", "notes")
        self.assertIn("1 document", self.call("list", "--collection", "notes"))
        with self.serve() as server:
            names = [one["name"] for one in self.ask(server, "GET", "/v1/collections")["collections"]]
            self.assertEqual(names, ["default", "notes"])
            self.assertEqual(len(self.ids(server, "/c/notes")), 1)
            self.assertEqual(self.ids(server), set())
            # It is open there, so that the command leaves it alone.
            self.call("collection", "drop", "notes", "--confirm", "notes", status=1)
            self.assertIn("open in another process", self.errors)
            self.ask(server, "DELETE", "/v1/collections/notes", status=422)
            self.ask(server, "DELETE", "/v1/collections/notes?confirm=notes")
            self.ask(server, "POST", "/c/notes/query", {"queries": [{"query": "otters"}]}, 404)
        self.assertEqual(self.call("collection", "list"), "default\n")
        self.call("list", "--collection", "notes", status=2)
        self.assertIn('there is no collection "notes"', self.errors)

    def test_state_and_size_are_told(self):
        with self.serve() as server:
            self.ask(server, "POST", "/v1/collections", {"name": "notes"}, 201)
            self.ask(server, "POST", "/v1/collections", {"name": "unused"}, 201)
            self.upsert(server, "/c/notes", "note")
            counted = {one["name"]: one for one in self.ask(server, "GET", "/v1/collections?counts=true")["collections"]}
            self.assertEqual((counted["notes"]["documents"], counted["notes"]["chunks"]), (1, 1))
            self.assertGreater(counted["notes"]["bytes"], 0)
            self.assertEqual((counted["unused"]["documents"], counted["unused"]["bytes"]), (0, 0))
            self.assertEqual(counted["default"]["documents"], 0)
            self.assertEqual(self.ask(server, "GET", "/health")["collections"], {"default": "ok", "notes": "ok", "unused": "idle"})
            self.assertNotIn("collections", server.request("GET", "/health")[1])
            # Counting does not keep it from being dropped.
            self.ask(server, "DELETE", "/v1/collections/notes?confirm=notes")
            self.assertEqual(self.ask(server, "GET", "/health")["collections"], {"default": "ok", "unused": "idle"})

    def test_requests_in_a_collection_that_is_dropped_end_well(self):
        with self.serve() as server:
            self.ask(server, "POST", "/v1/collections", {"name": "busy"}, 201)
            self.upsert(server, "/c/busy", "first")

            def work(number):
                if number == 20:
                    return server.request("DELETE", "/v1/collections/busy?confirm=busy", None, TOKEN)[0]
                if number % 2:
                    return server.request("POST", "/c/busy/query", {"queries": [{"query": "otters"}]}, TOKEN)[0]
                return server.request("POST", "/c/busy/upsert", {"documents": [{"id": str(number), "text": "Otters swim in rivers."}]}, TOKEN)[0]

            with ThreadPoolExecutor(8) as pool:
                statuses = list(pool.map(work, range(60)))
            self.assertEqual(statuses[20], 200)
            self.assertLessEqual(set(statuses), {200, 404, 429}, statuses)
            self.ask(server, "POST", "/c/busy/query", {"queries": [{"query": "otters"}]}, 404)
            # Another one of this name begins empty.
            self.ask(server, "POST", "/v1/collections", {"name": "busy"}, 201)
            self.assertEqual(self.ids(server, "/c/busy"), set())

    def test_drop_asks_for_the_name_again(self):
        self.call("collection", "create", "notes")
        self.call("collection", "drop", "notes", status=2)
        self.assertIn("--confirm notes", self.errors)
        self.call("collection", "drop", "notes", "--confirm", "notes")
        self.assertEqual(self.call("collection", "list"), "default\n")

    def test_chunks_are_as_the_collection_says(self):
        self.call("collection", "create", "small", "--chunk-tokens", "16")
        text = self.work / "long.txt"
        text.write_text("Badgers dig their setts in dry hills. " * 40)
        self.call("ingest", text, "--chunk-min-chars", "10", "--collection", "small")
        self.call("ingest", text, "--chunk-min-chars", "10")
        chunks = [json.loads(self.call("list", "--json", *more))["documents"][0]["chunk_count"]
                  for more in ((), ("--collection", "small"))]
        self.assertGreater(chunks[1], 3 * chunks[0])


if __name__ == "__main__":
    support.main()
