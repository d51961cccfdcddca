"""rappel serve as an operator meets it: tokens, start-up lines, ports, stopping. The HTTP interface has its own tests."""

import signal
import socket

import support
from support import Server, linked_model, run

support.need_shared()
TOKEN = "a-token-that-is-long-enough"


class Serve(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = linked_model("tiny-bert-embedder", cls.folder)
        cls.reranker = linked_model("tiny-bert-cross-encoder", cls.folder)

    def settings(self, **more):
        return {"EMBEDDING_MODEL": self.model, "RERANK_MODEL": self.reranker, "RAPPEL_DATA_DIR": self.folder / "data", **more}

    def refused(self, *arguments, **environment):
        process = run("serve", "--port", "0", *arguments, **self.settings(**environment))
        self.assertEqual((process.returncode, process.stdout), (2, ""), process.stderr)
        return process.stderr

    def test_does_not_start_without_a_token(self):
        self.assertIn("BEARER_TOKEN is not set", self.refused())
        self.assertIn("BEARER_TOKEN is not set", self.refused(BEARER_TOKEN=" , "))
        self.assertIn("well-known", self.refused(BEARER_TOKEN="good-token-1234567,change-me-after-install"))
        self.assertIn("loopback", self.refused("--no-auth", "--host", "0.0.0.0"))
        self.assertIn("rappel model pull no/model", self.refused("--no-auth", EMBEDDING_MODEL="no/model"))

    def test_tokens_and_the_tale_of_the_start(self):
        with Server(**self.settings(BEARER_TOKEN=f"tok1, {TOKEN}")) as server:
            query = {"queries": [{"query": "x"}]}
            self.assertEqual(server.request("GET", "/health")[0], 200)
            self.assertEqual(server.request("GET", "/ready")[0], 200)
            self.assertEqual(server.request("POST", "/query", query)[0], 403)
            self.assertEqual(server.request("POST", "/query", query, "wrong")[0], 401)
            for token in ("tok1", TOKEN):
                self.assertEqual(server.request("POST", "/query", query, token)[0], 200)
            self.assertEqual(server.stop(), 0)
        log = "".join(server.log)
        for part in ("embedder", "reranker"):
            for fact in ("device", "loading", "warm-up", "ready"):
                self.assertRegex(log, f"{part}: .*{fact}")
        self.assertIn("only 4 characters", log)
        self.assertNotIn(TOKEN, log)

    def test_token_from_the_env_file(self):
        folder = self.folder / "with-env"
        folder.mkdir()
        (folder / ".env").write_text(f"export BEARER_TOKEN='{TOKEN}' # kept\nCUDA_LAUNCH_BLOCKING=0\n")
        with Server(cwd=folder, **self.settings()) as server:
            self.assertEqual(server.request("POST", "/list", {}, TOKEN)[0], 200)
            self.assertEqual(server.stop(), 0)
        self.assertEqual("".join(server.log).count("CUDA_LAUNCH_BLOCKING"), 1)

    def test_no_auth_and_no_reranker(self):
        with Server("--no-auth", "--no-rerank", **self.settings(RERANK_MODEL="no/model")) as server:
            self.assertEqual(server.request("POST", "/list", {})[0], 200)
            self.assertEqual(server.stop(signal.SIGINT), 0)

    def test_a_taken_port_is_named(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            process = run("serve", "--no-auth", "--port", port, **self.settings())
        self.assertEqual((process.returncode, process.stdout), (2, ""))
        self.assertIn(str(port), process.stderr)

    def test_another_models_data_is_refused(self):
        data = self.folder / "of-the-first"
        with Server("--no-auth", "--no-rerank", **self.settings(RAPPEL_DATA_DIR=data)) as server:
            server.request("POST", "/upsert", {"documents": [{"id": "a", "text": "kept for later"}]})
            server.stop()
        other = linked_model("tiny-bge-m3", self.folder)
        message = self.refused("--no-auth", "--no-rerank", RAPPEL_DATA_DIR=data, EMBEDDING_MODEL=other)
        self.assertIn("tiny-bert-embedder", message)
        self.assertIn("tiny-bge-m3", message)


if __name__ == "__main__":
    support.main()
