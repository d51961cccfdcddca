"""Budgets of the real `rappel serve`: answers that amplify, bodies that are announced and not sent, a process short of memory."""

import json
import os
import re
import socket
import threading
import time
from pathlib import Path

import support
from support import Server, linked_model

if not Path("/proc/self/status").exists():
    support.skip_file("no /proc to read memory and descriptors from")
TOKEN = "0123456789abcdef0123456789abcdef"


def status_of(process, name):
    return int(re.search(rf"^{name}:\s*(\d+)", Path(f"/proc/{process.pid}/status").read_text(), re.M)[1]) * 1024


class Budgets(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = linked_model("mini-bert-embedder", cls.folder)

    def serving(self, name, **more):
        return Server(EMBEDDING_MODEL=self.model, RERANK_ENABLE="false", RAPPEL_DATA_DIR=self.folder / name, BEARER_TOKEN=TOKEN, **more)

    def test_answers_do_not_amplify(self):
        text = " ".join(f"otter{i % 97} river" for i in range(30_000))
        with self.serving("answers") as server:
            def upsert(metadata):
                return server.request("POST", "/upsert", {"documents": [{"id": "x", "text": text, "metadata": metadata}]}, TOKEN, 300)

            status, refusal = upsert({"author": "A" * 2_000_000})
            self.assertEqual(status, 422)
            self.assertIn('cannot store document "x": its metadata has 2000000 bytes', refusal["detail"])
            status, refusal = server.request("POST", "/upsert", {"documents": [{"id": "i" * 2000, "text": "a text"}]}, TOKEN)
            self.assertEqual(status, 422)
            self.assertIn("RAPPEL_MAX_ID_BYTES", refusal["detail"])

            self.assertEqual(upsert({"author": "A" * 65_000})[0], 200)
            before = status_of(server.process, "VmHWM")
            status, refusal = server.request("POST", "/query", {"queries": [{"query": "otter", "top_k": 1000}]}, TOKEN)
            self.assertEqual(status, 413)
            self.assertIn("ask for fewer queries at once or a lower top_k", refusal["detail"])
            many = {"queries": [{"query": f"otter {i}", "top_k": 100} for i in range(1000)]}
            self.assertEqual(server.request("POST", "/query", many, TOKEN)[0], 413)
            status, answer = server.request("POST", "/query", {"queries": [{"query": "otter", "top_k": 300}]}, TOKEN)
            self.assertEqual(status, 200)
            results = answer["results"][0]["results"]
            self.assertEqual(len(results), 300)
            self.assertEqual({result["metadata"]["author"] for result in results}, {"A" * 65_000})
            grown = status_of(server.process, "VmHWM") - before
            self.assertLess(grown, 64 << 20, "19 MB of answer are never in memory, metadata is there once")
            self.assertEqual(server.stop(), 0)

    def test_announced_bodies_shut_nobody_out(self):
        with self.serving("bodies") as server:
            head = f"POST /upsert HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
            silent = []
            for number in range(16):
                silent.append(socket.create_connection(("127.0.0.1", server.port)))
                length = "Transfer-Encoding: chunked" if number % 2 else "Content-Length: 60000000"
                silent[-1].sendall((head + length + "\r\n\r\n").encode())
            self.assertEqual(server.request("POST", "/query", {"queries": [{"query": "otter"}]}, TOKEN)[0], 200)
            large = {"documents": [{"id": "large", "text": "otter " * 200_000}]}
            self.assertEqual(server.request("POST", "/upsert", large, TOKEN, 300)[0], 200)
            for connection in silent:
                connection.close()
            self.assertEqual(server.stop(), 0)

    def test_short_of_memory_everybody_is_answered_or_disconnected(self):
        if re.search(b"__[at]san_init", Path(support.rappel).read_bytes()):
            self.skipTest("sanitizers need more address space than any limit")
        import resource
        if not hasattr(resource, "prlimit"):
            self.skipTest("the limit of a running process is Linux's")
        with self.serving("short") as server:
            def descriptors():
                return len(os.listdir(f"/proc/{server.process.pid}/fd"))

            self.assertEqual(server.request("GET", "/health")[0], 200)
            before = descriptors()
            body = json.dumps({"documents": [{"id": "a", "text": "漢" * 10_000_000}]}, ensure_ascii=False).encode()
            limit = status_of(server.process, "VmSize") + (40 << 20)
            resource.prlimit(server.process.pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
            outcomes = []

            def upload():
                with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
                    head = (f"POST /upsert HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n"
                            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
                    try:
                        connection.sendall(head.encode() + body)
                        outcomes.append(connection.recv(12).decode())
                    except ConnectionError:
                        outcomes.append("disconnected")

            threads = [threading.Thread(target=upload) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(outcomes), 4, "a client was neither answered nor disconnected: " + repr(outcomes))
            for outcome in outcomes:
                self.assertIn(outcome, ("HTTP/1.1 429", "HTTP/1.1 503", "HTTP/1.1 200", "disconnected", ""))
            deadline = time.monotonic() + 60
            while descriptors() > before and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertLessEqual(descriptors(), before, "descriptors of clients that have left")
            self.assertEqual(server.request("GET", "/health")[0], 200)
            self.assertEqual(server.stop(), 0, "".join(server.log))


if __name__ == "__main__":
    support.main()
