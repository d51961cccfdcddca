"""Uploads and jobs of the real `rappel serve`: memory beside a large file, kill -9, compressed bodies, clients that are slow or leave."""

import gzip
import http.client
import io
import json
import os
import re
import signal
import socket
import time
import zipfile
from pathlib import Path

import support
from support import Server, linked_model

if not Path("/proc/self/status").exists():
    support.skip_file("no /proc to read memory and descriptors from")
TOKEN = "0123456789abcdef0123456789abcdef"
BOUNDARY = b"xyzzy"
LARGE = 200 << 20


def memory_of(process, name):
    return int(re.search(rf"^{name}:\s*(\d+)", Path(f"/proc/{process.pid}/status").read_text(), re.M)[1]) * 1024


def part(name, data=b""):
    return (b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode()
            + b'"\r\n\r\n' + data)


def form(*files):
    return b"".join(part(name, data) + b"\r\n" for name, data in files) + b"--" + BOUNDARY + b"--\r\n"


def large_archive():
    """A ZIP file with a small text, and LARGE bytes after it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("small.txt", "a small text about otters")
        archive.writestr("padding.bin", b"\0" * LARGE)
    return out.getvalue()


class Uploads(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = linked_model("mini-bert-embedder", cls.folder)

    def serving(self, name, **more):
        return Server(EMBEDDING_MODEL=self.model, RERANK_ENABLE="false", RAPPEL_DATA_DIR=self.folder / name, BEARER_TOKEN=TOKEN,
                      **more)

    def post(self, server, path, body, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
        try:
            kind = "multipart/form-data; boundary=" + BOUNDARY.decode()
            headers = {key.replace("_", "-"): value for key, value in headers.items()}
            connection.request("POST", path, body, {"Authorization": "Bearer " + TOKEN, "Content-Type": kind, **headers})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith(b"{") else text
        finally:
            connection.close()

    def until_ended(self, server, job):
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            status, answer = server.request("GET", "/jobs/" + job, token=TOKEN)
            self.assertEqual(status, 200)
            if answer["finished_at"]:
                return answer
            time.sleep(0.05)
        self.fail("the job has not ended")

    def files_of(self, name):
        return sorted(str(path.relative_to(self.folder / name)) for path in (self.folder / name).rglob("*") if path.is_file())

    def test_memory_does_not_grow_with_a_file(self):
        body = form(("large.zip", large_archive()))
        with self.serving("memory") as server:
            self.assertEqual(self.post(server, "/upsert-file", form(("first.txt", b"a text that warms up")))[0], 200)
            before = memory_of(server.process, "VmHWM")
            status, answer = self.post(server, "/upsert-file", body)
            self.assertEqual(status, 200, answer)
            self.assertEqual(len(answer["ids"]), 1)
            status, answer = self.post(server, "/jobs/ingest", body)
            self.assertEqual(status, 202, answer)
            self.assertEqual(self.until_ended(server, answer["id"])["stored"], 1)
            grown = memory_of(server.process, "VmHWM") - before
            self.assertLess(grown, LARGE // 2, "neither the body nor the file is in memory")
            self.assertEqual(server.stop(), 0)
        self.assertFalse([name for name in self.files_of("memory") if "scratch" in name or name.endswith("/0")])

    def test_file_beyond_the_limit_is_413(self):
        with self.serving("limit", RAPPEL_MAX_UPLOAD_MB="3") as server:
            status, answer = self.post(server, "/upsert-file", form(("a.txt", b"x" * (4 << 20))))
            self.assertEqual(status, 413)
            self.assertEqual(self.post(server, "/upsert-file", form(("a.txt", b"a text of otters")))[0], 200)
            self.assertEqual(server.stop(), 0)

    def test_compressed_bodies(self):
        documents = json.dumps({"documents": [{"id": "z", "text": "a text that was compressed"}]}).encode()
        with self.serving("gzip") as server:
            kind = {"Content_Type": "application/json", "Content_Encoding": "gzip"}
            status, answer = self.post(server, "/upsert", gzip.compress(documents), **kind)
            self.assertEqual((status, answer), (200, {"ids": ["z"]}))
            status, answer = self.post(server, "/upsert-file", gzip.compress(form(("a.txt", b"otters " * 300_000))),
                                       Content_Encoding="gzip")
            self.assertEqual(status, 413, "a ratio of more than 200")
            status, answer = self.post(server, "/upsert-file", gzip.compress(form(("a.txt", os.urandom(20).hex().encode()))),
                                       Content_Encoding="gzip")
            self.assertEqual((status, len(answer["ids"])), (200, 1))
            before = memory_of(server.process, "VmHWM")
            bomb = gzip.compress(b" " * (300 << 20))
            for path in ("/upsert", "/query", "/upsert-file"):
                self.assertEqual(self.post(server, path, bomb, **kind)[0], 413)
            self.assertLess(memory_of(server.process, "VmHWM") - before, 200 << 20)
            status, answer = self.post(server, "/upsert", b"x", Content_Encoding="br")
            self.assertEqual(status, 415)
            self.assertIn("gzip, deflate", answer["detail"])
            self.assertEqual(server.stop(), 0)

    def test_killed_server_leaves_no_upload_and_goes_on_with_its_jobs(self):
        files = [(f"{number}.txt", f"text {number % 100} about otters in rivers".encode()) for number in range(200)]
        with self.serving("killed") as server:
            half = socket.create_connection(("127.0.0.1", server.port))
            half.sendall((f"POST /upsert-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 50000000\r\n"
                          f"Content-Type: multipart/form-data; boundary=xyzzy\r\n\r\n").encode() + b"x" * (20 << 20))
            status, answer = self.post(server, "/jobs/ingest", form(*files), Idempotency_Key="once")
            self.assertEqual(status, 202)
            job = answer["id"]
            while server.request("GET", "/jobs/" + job, token=TOKEN)[1]["stored"] < 20:
                time.sleep(0.01)
            server.stop(signal.SIGKILL)
            half.close()
        names = self.files_of("killed")
        self.assertLess(sum((self.folder / "killed" / name).stat().st_size for name in names), 60 << 20)
        self.assertFalse([name for name in names if name.startswith(".scratch")])
        for name in names:
            if name.startswith("jobs/"):
                self.assertEqual((self.folder / "killed" / name).stat().st_mode & 0o077, 0, name)
        with self.serving("killed") as server:
            ended = self.until_ended(server, job)
            self.assertEqual((ended["status"], ended["stored"], ended["total"]), ("completed", 200, 200))
            indexes = [result["index"] for result in ended["results"]]
            self.assertEqual(sorted(indexes), list(range(200)), "each file once")
            listed = server.request("POST", "/list", {"limit": 1000}, TOKEN)[1]
            self.assertEqual(listed["total"], 100, "the same content is stored once")
            names = [name for one in listed["documents"] for name in [one["metadata"]["filename"], *one["metadata"]["copies"]]]
            self.assertEqual(sorted(names), sorted(name for name, _ in files), "with both names")
            status, answer = self.post(server, "/jobs/ingest", form(*files), Idempotency_Key="once")
            self.assertEqual((status, answer["id"]), (200, job))
            self.assertEqual(server.stop(), 0)
        self.assertFalse([name for name in self.files_of("killed") if re.fullmatch(r"jobs/[^/]+/\d+", name)])

    def test_slow_and_cut_uploads_take_no_worker(self):
        with self.serving("slow", RAPPEL_WORKERS="2") as server:
            head = (f"POST /upsert-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 30000000\r\n"
                    "Content-Type: multipart/form-data; boundary=xyzzy\r\n\r\n").encode()
            slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
            for connection in slow:
                connection.sendall(head + b"x" * (2 << 20))
            self.assertEqual(self.post(server, "/upsert-file", form(("a.txt", b"a text of otters")))[0], 200)
            self.assertEqual(server.request("POST", "/query", {"queries": [{"query": "otter"}]}, TOKEN)[0], 200)
            for connection in slow:
                connection.close()
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    support.main()
