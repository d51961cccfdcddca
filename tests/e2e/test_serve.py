"""rappel serve as an operator meets it: tokens, start-up lines, ports, stopping. The HTTP interface has its own tests."""

import re
import resource
import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import support
from support import Server, linked_model, run, wait_for

TOKEN = "a-token-that-is-long-enough"


def in_parallel(count, ask):
    with ThreadPoolExecutor(count) as pool:
        return [one.result() for one in [pool.submit(ask) for _ in range(count)]]


class Serve(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = linked_model("mini-bert-embedder", cls.folder)
        cls.reranker = linked_model("mini-bert-cross-encoder", cls.folder)

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

    def test_too_little_memory_for_its_threads_ends_in_words(self):
        if re.search(b"__[at]san_init", Path(support.rappel).read_bytes()):
            self.skipTest("sanitizers need more address space than any limit")
        for megabytes in range(120, 400, 20):
            limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
            with subprocess.Popen([support.rappel, "serve", "--no-auth", "--port", "0"], stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.PIPE, preexec_fn=limit, cwd=self.folder,
                                  env=support.clean_environment(**self.settings())) as process:
                if process.stdout.readline():  # it listens: enough
                    process.terminate()
                _, words = process.communicate(timeout=60)
            self.assertIn(process.returncode, (0, 1, 2), f"{megabytes} MB: {words}")
            if process.returncode:
                self.assertRegex(words.splitlines()[-1], r"rappel: (out of memory|no more threads|cannot map|.*memory)", words)

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
            self.assertRegex(log, f"{part}: device cpu: .+ threads?, [0-9.]+ GB of memory\n")
            self.assertRegex(log, f"{part}: loading .+ \\((int8|float32)\\)")
        self.assertRegex(log, r"machine: .+ \(\w+\), \d+ of \d+ CPUs? allowed.*, [0-9.]+ GB of memory; instructions .+; "
                              r"\d+ compute threads, precision (int8|float32)")
        self.assertIn("only 4 characters", log)
        self.assertNotIn(TOKEN, log)

    def test_the_cpu_for_a_device_that_is_not_there_is_no_secret(self):
        """Who asked for a GPU and gets the CPU is to see it: in the log, in /health, in a metric and from the doctor."""
        settings = self.settings(EMBEDDING_DEVICE="gpu", DEVICE_FALLBACK="true")
        with Server("--no-auth", **settings) as server:
            health = server.request("GET", "/health")[1]
            self.assertEqual(health["status"], "degraded")
            self.assertRegex(health["trouble"], r"^embedder: EMBEDDING_DEVICE=gpu: this build has the devices .*cpu and reference \[device-missing\]$")
            metrics = server.request("GET", "/metrics")[1].decode()
            self.assertIn('rappel_device_fallbacks_total{engine="embedder"} 1', metrics)
            self.assertIn('rappel_device_fallbacks_total{engine="reranker"} 0', metrics)
            self.assertEqual(server.request("POST", "/query", {"queries": [{"query": "x"}]})[0], 200)
            doctor = support.run("doctor", "--no-measure", "--no-auth", "--port", server.port, **settings)
            self.assertEqual(doctor.returncode, 1, doctor.stdout)
            self.assertIn("[device-missing]", doctor.stdout)
            self.assertEqual(server.stop(), 0)
        self.assertRegex("".join(server.log), r"warning embedder: EMBEDDING_DEVICE=gpu: this build has the devices .*; using ")

    def test_lazy_loads_with_the_first_request_that_needs_it(self):
        with Server("--lazy", **self.settings(BEARER_TOKEN=TOKEN)) as server:
            self.assertEqual(server.request("GET", "/ready")[0], 503)
            self.assertEqual(server.request("GET", "/health")[1]["status"], "idle")
            self.assertEqual(server.request("POST", "/query", {"queries": [{"query": "x"}]}, "wrong-token")[0], 401)
            self.assertIn("rappel_http_requests_in_flight", server.request("GET", "/metrics", token=TOKEN)[1].decode())
            self.assertEqual(server.request("GET", "/health")[1]["status"], "idle")
            self.assertNotIn("loading", "".join(server.log))
            answers = in_parallel(6, lambda: server.request("POST", "/query", {"queries": [{"query": "x"}]}, TOKEN)[0])
            self.assertEqual(answers, [200] * 6)
            self.assertEqual(server.request("GET", "/ready")[0], 200)
            self.assertEqual(server.request("GET", "/health")[1]["status"], "ok")
            self.assertEqual(server.stop(), 0)
        for part in ("embedder", "reranker"):
            self.assertEqual("".join(server.log).count(f"{part}: ready"), 1)

    def test_lazy_outlives_models_that_are_missing(self):
        late = self.folder / "comes-later"
        with Server("--lazy", "--no-auth", "--no-rerank", **self.settings(EMBEDDING_MODEL=late)) as server:
            for _ in range(3):
                status, body = server.request("POST", "/list", {})
                self.assertEqual(status, 503)
                self.assertIn("log", body["detail"])
                self.assertNotIn("comes-later", body["detail"])
            self.assertEqual(server.request("GET", "/ready")[0], 503)
            self.assertEqual(server.request("GET", "/health")[1]["status"], "failed")
            late.symlink_to(self.model)
            self.assertEqual(wait_for(lambda: server.request("POST", "/list", {})[0] == 200), True)
            self.assertEqual(server.request("GET", "/ready")[0], 200)
            self.assertEqual(server.stop(), 0)
        self.assertEqual("".join(server.log).count("failed to load models: "), 1)
        self.assertIn("comes-later", "".join(server.log))

    def test_a_limit_of_the_devices_memory(self):
        with Server("--no-auth", "--device-memory", "64M", **self.settings()) as server:
            self.assertEqual(server.request("POST", "/query", {"queries": [{"query": "x"}]})[0], 200)
            metrics = server.request("GET", "/metrics")[1].decode()
            self.assertIn('rappel_device_memory_limit_bytes{engine="embedder"} 67108864', metrics)
            used = float(re.search(r'rappel_device_memory_bytes\{engine="embedder"\} (\S+)', metrics)[1])
            self.assertGreater(used, 0)
            self.assertLessEqual(used, 64 << 20)
            server.stop()
        self.assertIn("at most 67.1 MB for models and batches", "".join(server.log))
        self.assertIn("expected bytes with a unit", self.refused("--no-auth", RAPPEL_DEVICE_MEMORY="plenty"))

    def test_token_from_the_env_file(self):
        folder = self.folder / "with-env"
        folder.mkdir()
        (folder / ".env").write_text(f"export BEARER_TOKEN='{TOKEN}' # kept\nCUDA_LAUNCH_BLOCKING=0\n")
        with Server(cwd=folder, **self.settings()) as server:
            self.assertEqual(server.request("POST", "/list", {}, TOKEN)[0], 200)
            self.assertEqual(server.stop(), 0)
        self.assertEqual("".join(server.log).count("CUDA_LAUNCH_BLOCKING"), 1)

    def test_sighup_reads_the_tokens_again(self):
        folder = self.folder / "sighup"
        folder.mkdir()
        env = folder / ".env"
        env.write_text(f"BEARER_TOKEN={TOKEN}-1,{TOKEN}-2\n")
        with Server(cwd=folder, **self.settings()) as server:
            def status(number):
                return server.request("POST", "/list", {}, f"{TOKEN}-{number}")[0]

            def hang_up(words):
                before = "".join(server.log).count(words)
                server.process.send_signal(signal.SIGHUP)
                self.assertTrue(wait_for(lambda: "".join(server.log).count(words) > before), "".join(server.log))

            env.write_text(f"BEARER_TOKEN={TOKEN}-2,{TOKEN}-3\n")
            self.assertEqual([status(n) for n in (1, 2, 3)], [200, 200, 401])
            hang_up("1 added, 1 removed")
            self.assertEqual([status(n) for n in (1, 2, 3)], [401, 200, 200])
            hang_up("are unchanged")
            env.write_text("BEARER_TOKEN=\n")
            hang_up("the tokens stay as they are")
            env.unlink()
            hang_up("the tokens stay as they are")
            self.assertEqual([status(n) for n in (1, 2, 3)], [401, 200, 200])
            self.assertEqual(server.stop(), 0)
        self.assertNotIn(TOKEN, "".join(server.log))

    def test_sighup_does_not_end_a_server_whose_tokens_cannot_change(self):
        for words, more in (("with --no-auth", ["--no-auth"]), ("in the environment of the process", [])):
            with Server(*more, **self.settings(BEARER_TOKEN=TOKEN)) as server:
                server.process.send_signal(signal.SIGHUP)
                self.assertTrue(wait_for(lambda: words in "".join(server.log)), "".join(server.log))
                self.assertEqual(server.request("POST", "/list", {}, TOKEN)[0], 200)
                self.assertEqual(server.stop(), 0)

    def test_requests_that_do_not_finish_are_cut_and_counted(self):
        with Server("--no-auth", "--stop-timeout", "1", **self.settings()) as server:
            with socket.create_connection(("127.0.0.1", server.port)) as slow:
                slow.sendall(b"POST /list HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n")
                self.assertIn(b"100 Continue", slow.recv(100))  # so the request is in flight
                self.assertEqual(server.stop(), 0)
                self.assertEqual(slow.recv(100), b"")
        log = "".join(server.log)
        self.assertIn("requests in flight have 1 s to finish", log)
        self.assertIn("stopped: 1 request was cut after 1 s", log)

    def test_a_truncated_model_file_is_an_error_and_not_the_end(self):
        model = self.folder / "truncated"
        shutil.copytree(self.model, model)
        with Server("--no-auth", "--no-rerank", **self.settings(EMBEDDING_MODEL=model)) as server:
            ask = lambda text: server.request("POST", "/query", {"queries": [{"query": text}]})
            self.assertEqual(ask("before")[0], 200)
            with open(model / "model.safetensors", "r+b") as file:
                file.truncate(1000)
            for text in ("after it", "and once more"):
                status, body = ask(text)
                self.assertEqual(status, 503, body)
                self.assertIn("model.safetensors: the file was changed in place", str(body))
                self.assertNotIn(str(self.folder), str(body))
            status, body = server.request("GET", "/health")
            self.assertIn("model.safetensors", str(body))
            self.assertEqual(server.stop(), 0)

    def test_the_query_cache_stays_within_its_memory(self):
        with Server("--no-auth", "--no-rerank", "--embedding-cache-mb", "1", **self.settings()) as server:
            def cache(*queries):
                status, body = server.request("POST", "/query", {"queries": [{"query": query} for query in queries]})
                self.assertEqual(status, 200, body)
                text = server.request("GET", "/metrics")[1].decode()
                return [int(re.search(rf"^rappel_query_cache_{name} (\d+)$", text, re.M)[1]) for name in ("entries", "bytes")]
            self.assertEqual(cache("rope " * 1_000_000, "cord " * 1000), [0, 0])  # too long to be kept
            entries, used = cache(*(f"{n} " + "rope " * 700 for n in range(400)))
            self.assertTrue(200 < entries < 400, entries)
            self.assertTrue(900_000 < used <= 1 << 20, used)

    def test_a_long_text_in_chunking_does_not_hold_up_the_stop(self):
        with Server("--no-auth", "--no-rerank", "--stop-timeout", "1", **self.settings()) as server:
            stat = Path(f"/proc/{server.process.pid}/stat")
            if not stat.exists():
                self.skipTest("no /proc")
            ticks = lambda: sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13]))
            before, flags = ticks(), {"documents": [{"id": "flags", "text": "\U0001F1EB\U0001F1F7" * 1_000_000}]}
            with ThreadPoolExecutor(1) as pool:
                upsert = pool.submit(lambda: server.request("POST", "/upsert", flags))
                wait_for(lambda: upsert.done() or ticks() > before + 100)  # it has read the body
                self.assertEqual(server.stop(timeout=60), 0)
                self.assertIsNotNone(upsert.exception() or upsert.result())

    def test_a_server_without_requests_stops_at_once(self):
        with Server("--no-auth", "--stop-timeout", "3600", **self.settings()) as server:
            self.assertEqual(server.stop(), 0)
        self.assertIn("stopped: no request was cut", "".join(server.log))

    def test_a_second_signal_ends_the_server_at_once(self):
        with Server("--no-auth", "--stop-timeout", "3600", **self.settings()) as server:
            with socket.create_connection(("127.0.0.1", server.port)) as slow:
                slow.sendall(b"POST /list HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n")
                self.assertIn(b"100 Continue", slow.recv(100))
                server.process.terminate()
                self.assertTrue(wait_for(lambda: "in flight have 3600 s" in "".join(server.log)))
                server.process.terminate()
                self.assertEqual(server.process.wait(timeout=60), -signal.SIGTERM)

    def test_a_port_that_a_rappel_has_is_named_with_its_data_folder(self):
        data = self.folder / "of-the-running"
        with Server(**self.settings(BEARER_TOKEN=TOKEN, RAPPEL_DATA_DIR=data)) as server:
            def second(**more):
                process = run("serve", "--port", server.port, **self.settings(**{"BEARER_TOKEN": TOKEN, **more}))
                self.assertEqual((process.returncode, process.stdout), (2, ""), process.stderr)
                self.assertRegex(process.stderr, rf"cannot listen at 127\.0\.0\.1:{server.port}: rappel \d[^ ]* .*already serves "
                                                 r"there; .*RAG_PORT .*\[port-taken\]")
                return process.stderr

            self.assertIn(f"with the data folder {data} already", second(RAPPEL_DATA_DIR=self.folder / "another"))
            self.assertIn(f"with the data folder {data} (the one of these settings)", second(RAPPEL_DATA_DIR=data))
            stranger = second(BEARER_TOKEN="a-token-of-somebody-else")
            self.assertNotIn(str(data), stranger)
            self.assertIn("BEARER_TOKEN is none of its tokens", stranger)
            check = run("check", "--port", server.port, "--no-rerank", **self.settings(BEARER_TOKEN=TOKEN))
            self.assertRegex(check.stdout, rf"rappel \S+ with the data folder {data} answers at 127\.0\.0\.1:{server.port}")
            self.assertEqual(server.stop(), 0)

    def test_a_full_disk_stops_uploads_only(self):
        """A limit of the file size stands in for a full disk: the write fails with another errno, and the rest is the same."""
        if not hasattr(resource, "prlimit"):
            self.skipTest("no prlimit")
        data = self.folder / "full"
        with Server("--no-auth", "--no-rerank", **self.settings(RAPPEL_DATA_DIR=data)) as server:
            small = [{"id": f"d{i}", "text": f"rope number {i}"} for i in range(20)]
            self.assertEqual(server.request("POST", "/upsert", {"documents": small})[0], 200)
            limit = (data / "rappel.db-wal").stat().st_size + 65536
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
            large = {"id": "large", "text": "".join(f"knot {i} of the long rope. " for i in range(20000))}
            status, body = server.request("POST", "/upsert", {"documents": [large]})
            self.assertEqual((status, body["detail"].split(":")[0]),
                             (507, "No space is left on the server's disk, nothing was changed"), "".join(server.log))
            self.assertEqual(server.request("GET", "/ready")[1]["writes"], False)
            self.assertEqual(server.request("GET", "/ready?for=writes")[0], 507)
            found = server.request("POST", "/query", {"queries": [{"query": "rope number 3", "top_k": 30}]})
            self.assertEqual(len(found[1]["results"][0]["results"]), 20)
            self.assertEqual(server.request("DELETE", "/delete", {"ids": ["d3", "d4"]})[0], 200)
            self.assertEqual(server.request("POST", "/list", {})[1]["total"], 18)
            self.assertEqual(server.stop(), 0)
        self.assertIn("[disk-full]", "".join(server.log))

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
        self.assertNotIn("loading", process.stderr, "the port comes first")

    def test_another_models_data_is_refused(self):
        data = self.folder / "of-the-first"
        with Server("--no-auth", "--no-rerank", **self.settings(RAPPEL_DATA_DIR=data)) as server:
            server.request("POST", "/upsert", {"documents": [{"id": "a", "text": "kept for later"}]})
            server.stop()
        other = linked_model("mini-bge-m3", self.folder)
        message = self.refused("--no-auth", "--no-rerank", RAPPEL_DATA_DIR=data, EMBEDDING_MODEL=other)
        self.assertIn("mini-bert-embedder", message)
        self.assertIn("mini-bge-m3", message)


if __name__ == "__main__":
    support.main()
