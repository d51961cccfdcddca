"""Shared code of the end-to-end tests: the binary, model folders, a running server. Standard library only.

Each test file is called with the path of the binary: test_x.py build/release/rappel [unittest arguments]. A file whose data is
not there exits with 77, which ctest counts as skipped.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("RAPPEL_SHARED", ROOT.parent / "shared")).resolve() / "data"
MINILM = Path(os.environ.get("RAPPEL_MINILM", ROOT / "models" / "all-MiniLM-L6-v2")).resolve()
E5 = ROOT / "models" / "multilingual-e5-small"
SKIPPED = 77
TIMEOUT = 600

rappel = None  # path of the binary, set by main()


def page_seal(number, page):
    """The checksum of a page of rappel.db, as src/store/sqlite/page_seal.h defines it."""
    mask = (1 << 64) - 1
    words = [int.from_bytes(page[i:i + 8], "little") for i in range(0, len(page) - 8, 8)]
    lanes = [0x9e3779b97f4a7c15 * (number + lane) & mask for lane in range(4)]

    def add(lane, word):
        rotated = (lanes[lane] << 23 | lanes[lane] >> 41) & mask
        lanes[lane] = (rotated ^ word) * 0xff51afd7ed558ccd & mask

    for i, word in enumerate(words):
        add(i % 4, word)
    for lane in range(1, 4):
        add(0, lanes[lane])
    return (lanes[0] ^ lanes[0] >> 32).to_bytes(8, "little")


def set_format_version(database, version):
    """Writes the version into the header of a rappel.db that nobody has open."""
    data = bytearray(database.read_bytes())
    data[60:64] = version.to_bytes(4, "big")
    data[4088:4096] = page_seal(1, data[:4096])
    database.write_bytes(data)


def skip_file(reason):
    print("skipped: " + reason)
    sys.exit(SKIPPED)


def need_shared():
    if not (SHARED / "models").is_dir():
        skip_file("reference data not found: set RAPPEL_SHARED or put shared/ next to the checkout")


def need_minilm():
    if not (MINILM / "config.json").is_file():
        skip_file("all-MiniLM-L6-v2 not found: run scripts/fetch-models all-MiniLM-L6-v2 or set RAPPEL_MINILM")


def need_e5():
    if not (E5 / "config.json").is_file():
        skip_file("multilingual-e5-small not found: run scripts/fetch-models")


def main():
    global rappel
    rappel = os.path.abspath(sys.argv.pop(1))
    run_cases()


def run_cases(argv=None):
    """unittest.main(), and the reason of each case that was skipped, for tests/skips.py."""
    result = unittest.main(module="__main__", exit=False, argv=argv).result
    for case, reason in result.skipped:
        print(f"skipped in part: {case.id().removeprefix('__main__.')}: {reason}")
    sys.exit(0 if result.wasSuccessful() else 1)


def clean_environment(**more):
    """An environment without the settings of the caller; a test sets HOME itself if needed."""
    kept = {key: os.environ[key] for key in ("PATH", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS") if key in os.environ}
    return {**kept, "HOME": "/nonexistent", "HF_HUB_OFFLINE": "1", **{k: str(v) for k, v in more.items()}}


def run(*arguments, stdin=None, cwd=None, **environment):
    """Runs rappel and returns the finished process. The default working directory is empty, so that no .env is read by accident."""
    with tempfile.TemporaryDirectory() as empty:
        return subprocess.run([rappel, *map(str, arguments)], input=stdin, capture_output=True, text=True, encoding="utf-8",
                              cwd=cwd or empty, env=clean_environment(**environment), timeout=TIMEOUT)


def json_lines(objects):
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in objects)


def read_jsonl(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def linked_model(name, into):
    """A complete folder of testdata/models/NAME (mini-*) or of the reference data (tiny-*), made of links. A file `X.path` becomes
    a link X to the path in it."""
    source, target = ROOT / "testdata" / "models" / name, Path(into) / name
    if not source.is_dir():
        source = SHARED / "models" / name
    target.mkdir()
    for entry in source.iterdir():
        if entry.suffix == ".path":
            (target / entry.stem).symlink_to((source / entry.read_text().strip()).resolve())
        else:
            (target / entry.name).symlink_to(entry)
    return target


def stored_vectors(data):
    """(document, chunk index) -> vector, from a data folder."""
    with closing(sqlite3.connect(Path(data) / "rappel.db")) as store:
        rows = store.execute("SELECT documents.id, idx, dense FROM chunks JOIN vectors USING(row) JOIN documents USING(doc)")
        return {(document, index): dense for document, index, dense in rows}


def cpu_of(process):
    """The CPU in the output of `devices --json`; other devices may precede it."""
    return next(device for device in json.loads(process.stdout)["devices"] if device["name"] == "cpu")


def wait_until_it_heeds_signals(process):
    """Waits until the process has a handler for SIGINT, which would end it at once before."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.parent.exists():
        time.sleep(2)
        return
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        caught = int(re.search(r"^SigCgt:\s*(\w+)", status.read_text(), re.M)[1], 16)
        if caught & 1 << signal.SIGINT - 1:
            return
        time.sleep(0.01)
    raise AssertionError("the process has no signal handler")


def wait_for(found, seconds=60):
    """What `found` returns, once that is true."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, f"it does not happen within {seconds} s"
        time.sleep(0.02)
    return result


def is_gone(pid):
    """It has ended; whether somebody has waited for it does not matter."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextlib.contextmanager
def silent_port():
    """A port with a listener that never responds."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


class TestCase(unittest.TestCase):
    """A test case with a temporary folder per class (self.folder)."""

    @classmethod
    def setUpClass(cls):
        cls._temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls._temporary.name)

    @classmethod
    def tearDownClass(cls):
        cls._temporary.cleanup()

    def need_pdf(self):
        program = Path(rappel).parent / "rappel-extract"
        told = subprocess.run([program, "--protection"], capture_output=True, timeout=60, check=True).stdout
        if not json.loads(told)["pdf"]:
            self.skipTest("PDFium is not installed: run scripts/install-pdfium")

    def assert_close(self, got, want, tolerance, what):
        self.assertEqual(len(got), len(want), what)
        worst = max((abs(g - w) for g, w in zip(got, want)), default=0.0)
        self.assertLessEqual(worst, tolerance, what)


class CommandCase(TestCase):
    """Commands over a data folder and a small model of each test's own (self.work)."""

    def setUp(self):
        self.work = self.folder / self.id().rsplit(".", 1)[-1]
        self.work.mkdir()
        self.settings = {"EMBEDDING_MODEL": linked_model("mini-bert-embedder", self.work), "RAPPEL_DATA_DIR": self.work / "data"}

    def call(self, *arguments, status=0):
        """Standard output; self.errors is standard error."""
        process = run(*arguments, **self.settings)
        self.assertEqual(process.returncode, status, process.stdout + process.stderr)
        self.errors = process.stderr
        return process.stdout

    def listed(self):
        return json.loads(self.call("list", "--json", "--limit", "100000"))["documents"]


class IngestCase(CommandCase):
    """`rappel ingest` of the folder self.files."""

    def setUp(self):
        super().setUp()
        self.files = self.work / "files"
        self.files.mkdir()

    def ingest(self, *arguments, status=0):
        return self.call("ingest", self.files, *arguments, status=status)

    def start(self, *arguments):
        """The command on its way."""
        return subprocess.Popen([rappel, "ingest", self.files, *arguments], env=clean_environment(**self.settings), cwd=self.work,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def write(self, name, text):
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def documents(self):
        """source_id -> document."""
        return {document["metadata"]["source_id"]: document for document in self.listed()}


class Server:
    """`rappel serve` on a free port. The constructor returns when the server listens, or raises with its log. `program`: another
    program with the same interface."""

    def __init__(self, *arguments, cwd=None, program=None, **environment):
        self._home = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen([program or rappel, "serve", "--port", "0", *map(str, arguments)], cwd=cwd or self._home.name,
                                        env=clean_environment(**environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.log = []
        self._drain = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self._drain.start()
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on (https?)://(?:127\.0\.0\.1|0\.0\.0\.0):(\d+)\n", line)
        if not match:
            self.process.kill()
            self.process.wait()
            self._drain.join()
            raise AssertionError(f"expected the start-up line, got {line!r}; the log: " + "".join(self.log))
        self.port = int(match[2])
        self.tls = None  # an ssl.SSLContext for request(), if the server speaks TLS
        if match[1] == "https":
            self.tls = ssl.create_default_context(cafile=environment["TLS_CERT"])

    def connect(self, timeout=60):
        if self.tls is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        return http.client.HTTPSConnection("localhost", self.port, timeout=timeout, context=self.tls)

    def request(self, method, path, body=None, token=None, timeout=60):
        connection = self.connect(timeout)
        try:
            headers = {"Content-Type": "application/json"}
            if token is not None:
                headers["Authorization"] = "Bearer " + token
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith((b"{", b"[")) else text
        finally:
            connection.close()

    def stop(self, how=signal.SIGTERM, timeout=30):
        """Stops the server and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._drain.join()
            self.process.stdout.close()
            self.process.stderr.close()
            self._home.cleanup()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)
