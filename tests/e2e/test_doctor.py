"""`rappel doctor` beside real troubles: what it finds, says and returns, with servers that run, crashed or never started."""

import http.server
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import unittest
from contextlib import closing, contextmanager
from pathlib import Path

import support
from support import ROOT, run

support.need_minilm()
NOBODY = 65534
TOKEN = "a-token-that-is-long-enough"
RERANKER = ROOT / "models" / "rappel-rerank-mini-en"


@contextmanager
def answering(pages):
    """A program that is not rappel's own listens and answers (path -> text). Gives its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Doctor(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = free_port()

    def settings(self, **more):
        return {"EMBEDDING_MODEL": support.MINILM, "RERANK_MODEL": RERANKER, "BEARER_TOKEN": TOKEN, "RAG_PORT": self.port,
                "RAPPEL_DATA_DIR": self.folder / "none-yet", **more}

    def findings(self, *arguments, measure=False, stdin=None, cwd=None, **environment):
        """name -> finding. Exit code, `ok` and the levels must agree, and each finding must be complete."""
        flags = () if measure else ("--no-measure",)
        process = run("doctor", "--json", *flags, *arguments, stdin=stdin, cwd=cwd, **self.settings(**environment))
        self.assertIn(process.returncode, (0, 1), process.stdout + process.stderr)
        report = json.loads(process.stdout)
        problems = [finding for finding in report["findings"] if finding["level"] == "problem"]
        self.assertEqual((report["ok"], process.returncode), (not problems, 1 if problems else 0), process.stdout)
        self.looked_at = {look["what"]: look["found"] for look in report["looked_at"]}
        for finding in report["findings"]:
            for part in ("name", "level", "symptom", "cause", "evidence", "remedy"):
                self.assertTrue(finding[part], finding)
        return {finding["name"]: finding for finding in report["findings"]}

    def problems(self, *arguments, **more):
        return {name: "\n".join([f["cause"], *f["evidence"], f["remedy"]])
                for name, f in self.findings(*arguments, **more).items() if f["level"] == "problem"}

    @contextmanager
    def serving(self, log, *arguments, **environment):
        """A real server, whose standard error goes to the file; gives (process, port)."""
        with open(log, "a") as stderr:
            process = subprocess.Popen([support.rappel, "serve", "--port", "0", *map(str, arguments)], cwd=self.folder,
                                       env=support.clean_environment(**{**self.settings(), **environment}), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=stderr, text=True)
        try:
            line = process.stdout.readline()
            self.assertIn("listening on", line, Path(log).read_text())
            yield process, int(line.rsplit(":", 1)[1])
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def model_with(self, name, file, content):
        """MiniLM with one file of other content."""
        folder = self.folder / name
        folder.mkdir()
        for entry in support.MINILM.iterdir():
            (folder / entry.name).symlink_to(entry)
        (folder / file).unlink()
        (folder / file).write_bytes(content)
        return folder

    # --- nothing is wrong ---

    def test_nothing_found_says_what_was_looked_at(self):
        process = run("doctor", "--no-measure", **self.settings())
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        lines = process.stdout.splitlines()
        self.assertEqual(lines[0], "Looked at")
        for what in ("settings", "server", "log", "machine", "limits", "model", "store", "speed"):
            self.assertTrue(any(line.startswith(f"  {what} ") for line in lines), what)
        self.assertTrue(lines[-1].startswith("nothing is wrong with what was looked at"), lines[-1])
        self.assertFalse((self.folder / "none-yet").exists(), "it looks and makes nothing")

    def test_the_speed_is_measured(self):
        self.findings(measure=True)
        self.assertRegex(self.looked_at["speed"], r"^\d+ tokens/s with \d+ threads, .* of what a plain product allows")

    def test_a_server_that_runs_well_and_its_log_are_found(self):
        log = self.folder / "well.log"
        with self.serving(log, RAPPEL_DATA_DIR=self.folder / "well") as (process, port):
            self.assertEqual(self.problems(RAG_PORT=port, RAPPEL_DATA_DIR=self.folder / "well"), {})
            self.assertIn(f"rappel answers at 127.0.0.1:{port}", self.looked_at["server"])
            self.assertIn("its metrics were read", self.looked_at["server"])
            if sys.platform == "linux":
                self.assertIn(f"process {process.pid}", self.looked_at["server"])
                self.assertTrue(self.looked_at["log"].startswith(str(log.resolve())), self.looked_at["log"])
            self.assertIn("0 documents", self.looked_at["store"])
            self.assertEqual(self.problems(RAG_PORT=port, BEARER_TOKEN="another-token-of-length", RAPPEL_DATA_DIR=self.folder / "well"), {})
            self.assertIn("metrics were not given", self.looked_at["server"])

    # --- settings and device ---

    def test_a_token_that_the_server_does_not_know(self):
        log = self.folder / "token.log"
        with self.serving(log, "--no-rerank", RAPPEL_DATA_DIR=self.folder / "token") as (_, port):
            more = {"RAG_PORT": port, "RAPPEL_DATA_DIR": self.folder / "token", "RERANK_ENABLE": "false"}
            self.assertEqual(self.findings(**more), {})
            found = self.findings(BEARER_TOKEN="another-token-that-is-long", **more)
            self.assertEqual(list(found), ["token-refused"])
            self.assertIn("status 401", found["token-refused"]["evidence"][0])
            self.assertNotIn("another-token", str(found))
            self.assertNotIn("token-refused", self.findings(BEARER_TOKEN="", **more), "then nobody is refused")

    def test_a_device_that_this_build_does_not_have(self):
        with self.subTest("the environment"):
            found = self.problems(EMBEDDING_DEVICE="cuda:0")
            self.assertEqual(list(found), ["device-missing"])
            self.assertIn("EMBEDDING_DEVICE=cuda:0 in the environment", found["device-missing"])
            self.assertIn("rappel devices", found["device-missing"])
        with self.subTest("the flag"):
            self.assertIn("--rerank-device mps", self.problems("--rerank-device", "mps")["device-missing"])
        self.assertEqual(self.problems(EMBEDDING_DEVICE="mps", DEVICE_FALLBACK="true"), {}, "as serve takes it")

    def test_broken_settings_are_all_named(self):
        folder = self.folder / "broken"
        folder.mkdir()
        (folder / ".env").write_text("RERANK_K=many\nodd line\nCHUNK_OVERLAP=150\nLOG_LEVEL=loud\n")
        found = self.problems(cwd=folder)
        self.assertEqual(list(found), ["setting"])
        for words in ("RERANK_K=many in .env line 1: expected a whole number", ".env line 2: expected KEY=value",
                      "CHUNK_OVERLAP=150: must be less than half", "LOG_LEVEL=loud in .env line 4"):
            self.assertIn(words, found["setting"])
        self.assertIn("no-such.env", self.problems("--env-file", "no-such.env")["setting"])

    def test_tokens(self):
        self.assertIn("BEARER_TOKEN is not set", self.problems(BEARER_TOKEN="")["token"])
        self.assertEqual(self.problems("--no-auth", BEARER_TOKEN=""), {}, "as serve takes it")
        folder = self.folder / "open-env"
        folder.mkdir()
        (folder / ".env").write_text("HF_TOKEN=secret-of-the-hub\n")
        (folder / ".env").chmod(0o644)
        finding = self.findings(cwd=folder)["readable-secrets"]
        self.assertEqual(finding["level"], "advice")
        self.assertIn("0644", finding["evidence"][0])
        self.assertNotIn("secret-of-the-hub", json.dumps(finding))
        (folder / ".env").chmod(0o600)
        self.assertNotIn("readable-secrets", self.findings(cwd=folder))

    def test_a_cpu_target_that_nobody_has(self):
        self.assertIn("RAPPEL_CPU_TARGET=avx9", self.problems(RAPPEL_CPU_TARGET="avx9")["cpu-target"])

    # --- the port ---

    def test_a_port_that_a_stranger_has(self):
        with answering({"/health": '{"status":"fine"}'}) as port:
            found = self.problems(RAG_PORT=port)
        self.assertEqual(list(found), ["port-taken"])
        self.assertIn("status 200, and not rappel's answer", found["port-taken"])
        self.assertIn("RAG_PORT", found["port-taken"])
        if sys.platform == "linux":
            self.assertIn(f"(process {os.getpid()})", found["port-taken"])

    def test_a_port_where_nobody_speaks_http(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            found = self.problems(RAG_PORT=other.getsockname()[1])
        self.assertEqual(list(found), ["port-taken"])

    def test_a_busy_machine_is_noticed(self):
        found = self.findings(RAPPEL_TEST_LOAD="busy")
        self.assertEqual(found["busy-machine"]["level"], "advice")
        self.assertRegex(found["busy-machine"]["evidence"][0], r"^other programs use [\d.]+ of \d+ CPUs?")
        self.assertNotIn("busy-machine", self.findings())

    @unittest.skipUnless(sys.platform == "linux", "who listens is read from /proc")
    def test_the_port_of_another_address_is_free(self):
        with socket.socket() as other:
            other.bind(("127.0.0.2", 0))
            other.listen()
            self.assertEqual(self.problems(RAG_PORT=other.getsockname()[1]), {})
        self.assertIn("is free", self.looked_at["server"])

    @unittest.skipUnless(sys.platform == "linux", "who listens is read from /proc")
    def test_a_server_that_hangs(self):
        data = self.folder / "hangs"
        with self.serving(self.folder / "hangs.log", RAPPEL_DATA_DIR=data) as (process, port):
            process.send_signal(signal.SIGSTOP)
            found = self.problems(RAG_PORT=port)
        self.assertEqual(list(found), ["not-answering"])
        self.assertIn(f"(process {process.pid})", found["not-answering"])

    def test_a_server_without_a_free_connection(self):
        data = self.folder / "full"
        with self.serving(self.folder / "full.log", "--max-connections", "1", RAPPEL_DATA_DIR=data) as (_, port):
            with socket.create_connection(("127.0.0.1", port)) as held:
                held.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertIn(b"200", held.recv(1000))
                self.assertEqual(list(self.problems(RAG_PORT=port)), ["too-many-connections"])

    def test_an_address_of_another_machine(self):
        self.assertIn("192.0.2.1", self.problems("--host", "192.0.2.1")["address"])

    # --- models ---

    def test_a_missing_model(self):
        found = self.problems(EMBEDDING_MODEL="nobody/nothing", RERANK_MODEL=self.folder / "no-folder")
        self.assertEqual(list(found), ["model-missing"])
        for words in ("EMBEDDING_MODEL=nobody/nothing", f"RERANK_MODEL={self.folder}", "rappel model pull"):
            self.assertIn(words, found["model-missing"])
        self.assertEqual(self.problems(RERANK_MODEL="nobody/nothing", RERANK_ENABLE="false"), {})

    def test_a_damaged_model(self):
        with open(support.MINILM / "model.safetensors", "rb") as weights:
            damaged = self.model_with("damaged", "model.safetensors", weights.read(100_000))
        found = self.problems(EMBEDDING_MODEL=damaged)
        self.assertEqual(list(found), ["model-damaged"])
        self.assertIn("model.safetensors", found["model-damaged"])

    # --- the store ---

    def filled(self, name):
        data = self.folder / name
        (self.folder / "note.txt").write_text("The spare key is under the blue pot.")
        process = run("ingest", self.folder / "note.txt", **self.settings(RAPPEL_DATA_DIR=data))
        self.assertEqual(process.returncode, 0, process.stderr)
        return data

    def test_another_models_data(self):
        data = self.filled("of-minilm")
        self.assertEqual(self.problems(RAPPEL_DATA_DIR=data), {})
        self.assertIn("1 document", self.looked_at["store"])
        other = self.model_with("shorter", "sentence_bert_config.json", b'{"max_seq_length": 128, "do_lower_case": false}')
        found = self.problems(RAPPEL_DATA_DIR=data, EMBEDDING_MODEL=other)
        self.assertEqual(list(found), ["model-mismatch"])
        self.assertIn(str(support.MINILM), found["model-mismatch"])
        self.assertIn(str(other), found["model-mismatch"])
        self.assertEqual(self.problems(RAPPEL_DATA_DIR=data), {}, "nothing was changed")

    def test_a_store_that_another_process_keeps_locked(self):
        data = self.filled("locked")
        with closing(sqlite3.connect(data / "rappel.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            found = self.problems(RAPPEL_DATA_DIR=data)
        self.assertEqual(list(found), ["store-locked"])
        if sys.platform == "linux":
            self.assertIn(f"(process {os.getpid()}) has it open", found["store-locked"])

    def test_a_damaged_store(self):
        data = self.folder / "no-database"
        data.mkdir()
        (data / "rappel.db").write_text("x" * 10_000)
        self.assertIn("is not a database", self.problems(RAPPEL_DATA_DIR=data)["store-damaged"])

    def test_a_data_folder_below_a_file(self):
        (self.folder / "a-file").write_text("x")
        found = self.problems(RAPPEL_DATA_DIR=self.folder / "a-file" / "data")
        self.assertEqual(list(found), ["data-folder"])
        self.assertIn("is not a folder", found["data-folder"])

    def test_a_data_folder_that_may_not_be_written(self):
        folder = self.folder / "closed"
        folder.mkdir()
        folder.chmod(0o555)
        environment = support.clean_environment(**self.settings(RAPPEL_DATA_DIR=folder))
        command = [support.rappel, "doctor", "--json", "--no-measure"]
        who = {}
        if os.getuid() == 0:  # root may write everywhere
            self.folder.chmod(0o755)
            who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        try:
            process = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, env=environment, timeout=support.TIMEOUT, **who)
        except PermissionError:
            self.skipTest("nobody may not run the binary where it is")
        self.assertEqual(process.returncode, 1, process.stdout + process.stderr)
        finding = next(f for f in json.loads(process.stdout)["findings"] if f["name"] == "data-folder")
        self.assertIn("may not be written: Permission denied", finding["evidence"][0])
        self.assertIn("mode 0555", finding["evidence"][0])

    # --- servers that crashed or did not start (test_drill.py has those that lost their device) ---

    def test_a_server_that_was_killed(self):
        data = self.folder / "killed"
        data.mkdir()
        log = data / "server.log"
        with self.serving(log, RAPPEL_DATA_DIR=data) as (process, _):
            process.kill()
            process.wait()
        found = self.problems(RAPPEL_DATA_DIR=data)
        self.assertEqual(list(found), ["ended-abruptly"], "found in the data folder")
        self.assertIn("server.log line ", found["ended-abruptly"])
        with open(log, "a") as more:
            more.write("Nov 23 10:00:00 host kernel: Memory cgroup out of memory: Killed process 812 (rappel) total-vm:5123456kB\n")
        self.assertEqual(list(self.problems("--log", log, RAPPEL_DATA_DIR=data)), ["killed-out-of-memory"])
        with self.serving(log, RAPPEL_DATA_DIR=data) as (_, port):
            finding = self.findings("--log", log, RAPPEL_DATA_DIR=data, RAG_PORT=port)["killed-out-of-memory"]
            self.assertEqual(finding["level"], "advice", "it was before the last start")

    def test_what_serve_says_when_it_does_not_start_is_understood(self):
        """The messages themselves, not copies of them: each is written by the real command and read back."""
        (self.folder / "plain-file").write_text("x")
        other = self.model_with("of-another-length", "sentence_bert_config.json", b'{"max_seq_length": 64, "do_lower_case": false}')
        data = self.filled("for-serve")
        newer = self.filled("of-a-newer-version")
        support.set_format_version(newer / "rappel.db", 99)
        cases = {"token": {"BEARER_TOKEN": ""}, "device-missing": {"EMBEDDING_DEVICE": "cuda"}, "setting": {"RERANK_K": "many"},
                 "model-missing": {"EMBEDDING_MODEL": "nobody/nothing"}, "cpu-target": {"RAPPEL_CPU_TARGET": "avx9"},
                 "model-mismatch": {"RAPPEL_DATA_DIR": data, "EMBEDDING_MODEL": other}, "address": {"RAG_HOST": "192.0.2.1"},
                 "store-newer": {"RAPPEL_DATA_DIR": newer}}
        with answering({}) as port:
            cases["port-taken"] = {"RAG_PORT": port}
            for name, environment in cases.items():
                with self.subTest(name):
                    serve = run("serve", **self.settings(**environment))
                    self.assertEqual(serve.returncode, 2, serve.stderr)
                    # With good settings, and all the same: the server is down, and the log says for what.
                    found = self.problems("--log", "-", stdin=serve.stderr)
                    self.assertEqual(list(found), [name], serve.stderr)
                    self.assertIn("log line ", found[name])

    def test_the_log_of_journald(self):
        log = ("Nov 23 10:00:00 host rappel[812]: 2026-11-23T10:00:00.123Z info    embedder: device cpu\n"
               "Nov 23 10:00:01 host systemd[1]: rappel.service: Main process exited, code=killed, status=9/KILL\n")
        self.assertEqual(list(self.problems("--log", "-", stdin=log)), ["killed"])

    def test_of_a_long_log_the_end_counts(self):
        lines = "2026-11-23T10:00:00.123Z info    a line of seventy-two characters with its newline......\n" * 60_000
        self.assertGreater(len(lines), 5 << 20)
        self.problems("--log", "-", stdin=lines)
        self.assertIn("lines from line ", self.looked_at["log"])

    def test_a_log_is_a_regular_file(self):
        os.mkfifo(self.folder / "pipe")
        for path, kind in ((self.folder / "pipe", "FIFO"), ("/dev/zero", "device")):
            process = run("doctor", "--no-measure", "--log", path, **self.settings())
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(f"cannot read {path}: it is a {kind}", process.stderr)

    def test_a_signal_ends_it_with_what_is_known(self):
        """A log from a pipe that stays open keeps it waiting."""
        for flags in ((), ("--json",)):
            with subprocess.Popen([support.rappel, "doctor", "--log", "-", *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, cwd=self.folder,
                                  env=support.clean_environment(**self.settings(RERANK_K=0))) as process:
                support.wait_until_it_heeds_signals(process)
                process.send_signal(signal.SIGINT)
                process.wait(timeout=60)  # with its standard input open
                out, err = process.communicate()
            self.assertEqual(process.returncode, 1, out + err)
            self.assertIn("stopped before all was looked at", err)
            self.assertIn("settings", out)
            if flags:
                report = json.loads(out)
                self.assertEqual((report["ok"], report["stopped"]), (False, True))
                self.assertNotIn("speed", {look["what"] for look in report["looked_at"]})

    def test_a_log_that_is_not_there(self):
        process = run("doctor", "--log", self.folder / "no.log", **self.settings())
        self.assertEqual((process.returncode, process.stdout), (2, ""))
        self.assertIn("no.log", process.stderr)


if __name__ == "__main__":
    support.main()
