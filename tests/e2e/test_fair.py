"""Several requests share the models: small queries are answered while a large request is still computed."""

import threading
import time

import support
from support import Server, linked_model

LONG = " ".join("abcdefghijklmnopqrstuvwxyz"[i % 26] for i in range(600))  # more tokens than a model reads, in few bytes
BATCH = 512  # tokens
LARGE = 3  # requests
ATTEMPTS = 5


class Fair(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Server("--no-auth", RAPPEL_DATA_DIR=cls.folder / "data", RAPPEL_REQUEST_TIMEOUT=600, EMBEDDING_BATCH_TOKENS=BATCH,
                            RERANK_BATCH_TOKENS=BATCH, EMBEDDING_MODEL=linked_model("mini-bert-embedder", cls.folder),
                            RERANK_MODEL=linked_model("mini-bert-cross-encoder", cls.folder))
        documents = [{"id": str(i), "text": f"document {i} about otters, rivers and the law of the sea. " * 12} for i in range(150)]
        assert cls.server.request("POST", "/upsert", {"documents": documents})[0] == 200

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        super().tearDownClass()

    def waiting_batches(self, engine):
        text = self.server.request("GET", "/metrics")[1].decode()
        start = f'rappel_queue_tokens{{engine="{engine}"}}'
        return float(next(line for line in text.splitlines() if line.startswith(start)).split()[-1]) / BATCH

    def small_queries_beside(self, engine, path, body, batches):
        """Sends large requests, and small queries while at least so many of their batches wait: some must wait afterwards."""
        for attempt in range(ATTEMPTS):
            statuses = []
            send = lambda number: statuses.append(self.server.request("POST", path, body(f"{attempt} {number}"), timeout=600)[0])
            large = [threading.Thread(target=send, args=(number,)) for number in range(LARGE)]
            for one in large:
                one.start()
            while (seen := any(one.is_alive() for one in large)) and self.waiting_batches(engine) < batches:
                time.sleep(0.01)
            if seen:
                for number in range(2):
                    query = {"queries": [{"query": f"otters {self.id()} {attempt} {number}"}]}
                    self.assertEqual(self.server.request("POST", "/query", query, timeout=600)[0], 200)
                self.assertGreater(self.waiting_batches(engine), 0, f"two small queries waited for {batches} batches of others")
            for one in large:
                one.join()
            self.assertEqual(statuses, [200] * LARGE)
            if seen:
                return
        self.fail(f"never saw {batches} batches wait")

    def test_small_queries_beside_many_long_ones(self):
        self.small_queries_beside("embedder", "/query", lambda name: {
            "queries": [{"query": f"{name} {i} {LONG}", "top_k": 1} for i in range(1000)]}, 1500)

    def test_small_queries_beside_one_that_reranks_much(self):
        self.small_queries_beside("reranker", "/query", lambda name: {
            "queries": [{"query": f"{name} {i} {LONG}", "top_k": 100} for i in range(10)]}, 1500)

    def test_small_queries_beside_an_upload(self):
        self.small_queries_beside("embedder", "/upsert", lambda name: {
            "documents": [{"id": f"{name} {i}", "text": f"{name} {i} {LONG} " * 4} for i in range(400)]}, 100)  # each embeds 512 chunks at once


if __name__ == "__main__":
    support.main()
