"""Drills: the real server while its device runs out of memory or is lost, under a burst of requests; then `rappel doctor`.

test_drill.py RAPPEL DRILL: the second is the same program with a device that fails as a file says (drill/drill_device.cc),
under the name mps. What it answers and stores is compared, bit for bit, with a server that nothing happens to.
"""

import http.client
import json
import os
import re
import resource
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import support
from support import Server, linked_model, run, stored_vectors

drill = os.path.abspath(sys.argv.pop(2))
CLIENTS = 8
ROUNDS = 6
WORDS = "bees keep warm in winter while the spare key lies under a blue pot near the mountain hut and its old stove".split()


def text_of(number, words=180):
    """Different texts, some with many chunks and some with one."""
    length = words * (1 + number % 3)
    return " ".join(f"{WORDS[(number * 7 + i * (1 + number % 5)) % len(WORDS)]}{'.' if i % 11 == 10 else ''}" for i in range(length))


def documents(kind, numbers):
    return {"documents": [{"id": f"{kind}-{n}", "text": f"{kind} {n}. {text_of(n)}", "metadata": {"author": kind}} for n in numbers]}


def client(server, number):
    """Sends the requests of one client and returns [(path, status, response)]. Queries match documents stored before the burst."""
    answers = []
    for i in range(ROUNDS):
        nth = number * ROUNDS + i
        query = {"query": text_of(nth, 5 + nth % 20), "top_k": 5, "filter": {"author": "before"}}
        for path, body in (("/upsert", documents("burst", [2 * nth, 2 * nth + 1])), ("/query", {"queries": [query]})):
            answers.append((path, *server.request("POST", path, body)))
    return answers


def burst(server):
    with ThreadPoolExecutor(CLIENTS) as pool:
        return [answer for answers in pool.map(lambda number: client(server, number), range(CLIENTS)) for answer in answers]


class Drill(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.models = {"EMBEDDING_MODEL": linked_model("mini-bert-embedder", cls.folder),
                      "RERANK_MODEL": linked_model("mini-bert-cross-encoder", cls.folder)}

    @contextmanager
    def serving(self, name, program=None, **environment):
        """A server with a few documents. Stops it with SIGTERM, so that the log is complete."""
        self.data = self.folder / name
        self.faults = self.folder / f"{name}.faults"
        # BM25 depends on every chunk that is stored meanwhile.
        self.settings = {**self.models, "RAPPEL_DATA_DIR": self.data, "RETRIEVAL_MODE": "dense", **environment}
        with Server("--no-auth", program=program, RAPPEL_DRILL=self.faults, **self.settings) as server:
            self.assertEqual(server.request("POST", "/upsert", documents("before", range(8)))[0], 200)
            yield server
            self.assertEqual(server.stop(), 0)

    def well(self, name, **environment):
        """(responses, vectors, device memory) of a server on the CPU."""
        with self.serving(name, **environment) as server:
            answers = burst(server)
            return answers, stored_vectors(self.data), self.bytes_held(server)

    def drilled(self, name, **environment):
        return self.serving(name, drill, **{"EMBEDDING_DEVICE": "mps", "RERANK_DEVICE": "mps", **environment})

    def fault(self, words):
        """Sets the fault from now on."""
        new = self.faults.with_suffix(".new")
        new.write_text(words)
        new.replace(self.faults)

    def metric(self, server, name, engine="embedder"):
        text = server.request("GET", "/metrics")[1].decode()
        return float(re.search(rf'^{name}{{engine="{engine}"}} (\S+)$', text, re.MULTILINE)[1])

    def bytes_held(self, server):
        """After one more document, whose pass reallocates the workspace that was released for lack of memory."""
        self.assertEqual(server.request("POST", "/upsert", documents("after", [0]))[0], 200)
        self.assertEqual(server.request("POST", "/query", {"queries": [{"query": "after the burst"}]})[0], 200)
        return self.metric(server, "rappel_device_memory_bytes")

    def problems(self, server):
        """The findings of `rappel doctor` with the settings of the server: name -> text."""
        settings = {key: value for key, value in self.settings.items() if not key.endswith("_DEVICE")}
        process = run("doctor", "--json", "--no-measure", "--no-auth", "--log", "-", stdin="".join(server.log),
                      RAG_PORT=server.port, **settings)
        self.assertIn(process.returncode, (0, 1), process.stderr)
        return {finding["name"]: "\n".join([finding["symptom"], finding["cause"], *finding["evidence"], finding["remedy"]])
                for finding in json.loads(process.stdout)["findings"] if finding["level"] == "problem"}

    def assert_all_answered(self, got, want, scores=True):
        """`scores`: they are the reranker's. Others depend on a sample of the store."""
        for (path, status, answer), (_, _, wanted) in zip(got, want, strict=True):
            self.assertEqual(status, 200, answer)
            for result in [] if scores or path != "/query" else answer["results"][0]["results"] + wanted["results"][0]["results"]:
                self.assertTrue(0 <= result.pop("score", 0) <= 1)
            self.assertEqual(answer, wanted, path)

    def assert_same_vectors(self, stored):
        found = stored_vectors(self.data)
        self.assertEqual(found.keys(), stored.keys())
        self.assertEqual([key for key in stored if found[key] != stored[key]], [])

    # --- short of memory ---

    def test_device_memory_too_small_for_the_batches(self):
        budget = {"EMBEDDING_BATCH_TOKENS": 2048, "RERANK_BATCH_TOKENS": 2048}
        answers, stored, level = self.well("roomy", **budget)
        with self.drilled("small", **budget) as server:
            self.fault("room 500")
            retries = []
            for _ in range(4):  # each that meets the limit leaves half the budget behind it: 1024, 512, 256
                self.assert_all_answered(burst(server), answers)
                retries.append(self.metric(server, "rappel_device_memory_retries_total"))
            self.assertGreater(retries[0], 0)
            self.assertEqual(retries[2], retries[3], "the budget is remembered")
            tokens = self.metric(server, "rappel_batch_tokens_limit")
            self.assertLessEqual(tokens, 512)
            self.assert_same_vectors(stored)
            self.fault("")
            self.assertLessEqual(self.bytes_held(server), level)
            self.assertEqual(server.request("GET", "/health")[1]["status"], "ok")
            found = self.problems(server)
            self.assertEqual(list(found), ["device-memory"])
            self.assertIn(f"batches of {tokens:.0f} tokens now", found["device-memory"])
        budgets = re.findall(r"embedder: faulty has no memory for a batch of \d+ tokens; batches of (\d+) from now on", "".join(server.log))
        self.assertEqual(budgets[-1:], [f"{tokens:.0f}"], "".join(server.log))

    def test_every_nth_allocation_fails(self):
        # A workspace so small that nearly every text is given one of its own: six allocations before its pass, six behind
        # it. A text that failed is tried once more: behind a failure 13 times of asking must go well.
        budget = {"EMBEDDING_BATCH_TOKENS": 64, "RERANK_BATCH_TOKENS": 64}
        answers, stored, level = self.well("unhurt", **budget)
        for nth in (14, 17, 29):
            with self.subTest(nth), self.drilled(f"every-{nth}", **budget) as server:
                self.fault(f"memory {nth}")
                self.assert_all_answered(burst(server), answers)
                self.assertGreater(self.metric(server, "rappel_device_memory_retries_total"), 0)
                self.assertGreater(self.metric(server, "rappel_device_memory_retries_total", "reranker"), 0)
                self.assert_same_vectors(stored)
                self.fault("")
                self.assertLessEqual(self.bytes_held(server), level)

    # --- lost ---

    def test_device_lost_during_a_batch(self):
        answers, stored, _ = self.well("faithful")
        with self.drilled("lost") as server:
            self.assertEqual(server.request("GET", "/health")[1]["device"], "faulty: a device under test")
            self.fault("lost 5")
            self.assert_all_answered(burst(server), answers)
            health = server.request("GET", "/health")[1]
            self.assertEqual(health["status"], "degraded")
            self.assertTrue(health["device"].startswith("cpu: "), health)
            for engine in ("embedder", "reranker"):
                self.assertIn(f"{engine}: faulty: a device under test failed: the faulty device is lost", health["trouble"])
                self.assertEqual(self.metric(server, "rappel_device_fallbacks_total", engine), 1)
            self.assertEqual(server.request("GET", "/ready")[0], 200)
            found = self.problems(server)
            self.assertEqual(list(found), ["device-lost"])
            for words in ("degraded", "GET /health: embedder: faulty: a device under test failed", "log line ",
                          'rappel_device_fallbacks_total{engine="reranker"} 1', "restart the server"):
                self.assertIn(words, found["device-lost"])
            self.assert_same_vectors(stored)
        for engine in ("embedder", "reranker"):
            self.assertRegex("".join(server.log), f"{engine}: faulty: a device under test failed .*; loading the model on cpu: ")
            self.assertIn(f"{engine}: ready on cpu: ", "".join(server.log))

    def test_device_lost_without_cpu_fallback(self):
        with self.drilled("refused", DEVICE_FALLBACK="false", RERANK_ENABLE="false") as server:
            self.fault("lost 8")
            answers = burst(server)
            refused = [answer for _, status, answer in answers if status != 200]
            self.assertEqual({status for _, status, _ in answers}, {200, 503})
            for answer in refused:
                self.assertIn("The models cannot be used, the server's log says why", answer["detail"])
            self.assertEqual(server.request("GET", "/ready")[0], 503)
            health = server.request("GET", "/health")[1]
            self.assertEqual(health["status"], "failed")
            self.assertIn("the faulty device is lost", health["trouble"])
            self.assertEqual(self.metric(server, "rappel_device_fallbacks_total"), 0)
            found = self.problems(server)
            self.assertEqual(list(found), ["device-refused"])
            for words in ("503", "GET /health: embedder: faulty", "log line ", "DEVICE_FALLBACK=true"):
                self.assertIn(words, found["device-refused"])
            listed = server.request("POST", "/list", {"limit": 500})[1]
            kept = {document["document_id"] for document in listed["documents"]}
            for path, status, answer in answers:
                if path == "/upsert" and status == 200:
                    self.assertLessEqual(set(answer["ids"]), kept, "acknowledged")
        self.assertIn("and nothing else may compute: restart, or allow the CPU (DEVICE_FALLBACK=true)", "".join(server.log))

    def test_reranker_device_lost_without_cpu_fallback(self):
        answers, *_ = self.well("never-ranked", RERANK_ENABLE="false")
        with self.drilled("unranked", EMBEDDING_DEVICE="cpu", DEVICE_FALLBACK="false") as server:
            self.fault("lost 1")
            self.assert_all_answered(burst(server), answers, scores=False)
            self.assertEqual(server.request("GET", "/ready")[0], 200)
            health = server.request("GET", "/health")[1]
            self.assertEqual(health["status"], "degraded")
            self.assertIn("reranker: faulty: a device under test failed: the faulty device is lost", health["trouble"])
            found = self.problems(server)
            self.assertEqual(list(found), ["reranker-refused", "reranker-failing"])
            for words in ("GET /health: reranker: faulty", "log line ", "DEVICE_FALLBACK=true"):
                self.assertIn(words, found["reranker-refused"])
    # --- the process's own memory ---

    @unittest.skipUnless(hasattr(resource, "prlimit"), "the limit of a running process is Linux's")
    def test_process_memory_limit_under_load(self):
        if re.search(b"__[at]san_init", Path(support.rappel).read_bytes()):
            self.skipTest("sanitizers need more address space than any limit")
        with self.serving("limited") as server:
            status = Path(f"/proc/{server.process.pid}/status")
            acknowledged = set()

            def send(number):
                text = f"words of a long text number {number}. " * (60_000 if number % 2 else 20)
                try:
                    code, _ = server.request("POST", "/upsert", {"documents": [{"id": f"sent-{number}", "text": text}]}, timeout=10)
                except (OSError, http.client.HTTPException):  # not even memory for an answer
                    return
                self.assertIn(code, (200, 429, 503))
                if code == 200:
                    acknowledged.add(f"sent-{number}")

            for round_number, megabytes in enumerate((2, 4, 8, 3)):
                limit = (int(re.search(r"VmSize:\s+(\d+)", status.read_text())[1]) << 10) + (megabytes << 20)
                resource.prlimit(server.process.pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
                with ThreadPoolExecutor(CLIENTS) as pool:
                    list(pool.map(send, range(round_number * 16, round_number * 16 + 16)))
                self.assertIsNone(server.process.poll(), "".join(server.log))
                resource.prlimit(server.process.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                send(1000 + round_number)
                self.assertIn(f"sent-{1000 + round_number}", acknowledged)
            listed = server.request("POST", "/list", {"limit": 500})[1]
            self.assertLessEqual(acknowledged, {document["document_id"] for document in listed["documents"]})
            self.assertEqual(server.request("GET", "/health")[1]["status"], "ok")
            self.assertEqual(list(self.problems(server)), ["memory"])


if __name__ == "__main__":
    support.main()
