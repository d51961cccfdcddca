"""`rappel check` with real models: what passes, and what each broken part is answered with."""

import hashlib
import http.server
import json
import os
import shutil
import signal
import subprocess
import threading

import support
from support import ROOT, Server, run

support.need_minilm()
MODELS = {"EMBEDDING_MODEL": support.MINILM, "RERANK_MODEL": ROOT / "models" / "rappel-rerank-mini-en", "RAG_PORT": 0}
NAMES = ["build", "device", "model files", "embedding", "reranking", "store", "server"]


class Stranger(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"status":"fine"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Check(support.TestCase):
    def checks(self, expected_status, **environment):
        process = run("check", "--json", **{**MODELS, **environment})
        self.assertEqual(process.returncode, expected_status, process.stdout + process.stderr)
        answer = json.loads(process.stdout)
        names = [check["name"] for check in answer["checks"]]
        self.assertEqual([name for name in names if name in NAMES], NAMES)
        self.ids = {check["name"]: check.get("id") for check in answer["checks"]}
        self.assertEqual(answer["ok"], expected_status == 0)
        return {check["name"]: (check["ok"], check["found"]) for check in answer["checks"]}

    def failures(self, found):
        return [name for name in NAMES if not found[name][0]]

    def test_everything_works_and_is_said_for_people(self):
        process = run("check", **MODELS)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        first, *steps, last = process.stdout.splitlines()
        self.assertTrue(first.startswith("settings file: none: there is no .env in /"), first)
        for number, line in enumerate(steps, 1):
            self.assertRegex(line, rf"^{number}/{len(steps)} \w[\w ]+ ok ")
        for name in NAMES:
            self.assertTrue(any(f" {name} " in line for line in steps), name)
        self.assertTrue(last.startswith(f"pass: all {len(steps)} checks"), last)

    def test_the_settings_file_is_named_and_its_paths_count_from_it(self):
        """The same file means the same from every folder."""
        place = self.folder / "installed"
        (place / "models").mkdir(parents=True)
        (place / "models" / "mini").symlink_to(support.MINILM)
        (place / ".env").write_text("EMBEDDING_MODEL=models/mini\nRERANK_ENABLE=false\nRAG_PORT=0\nRAPPEL_DATA_DIR=data\n")
        for options, cwd in ((("--env-file", place / ".env"), None), ((), place), (("--env-file", "installed/.env"), self.folder)):
            process = run("check", "--json", *options, cwd=cwd)
            self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
            self.assertEqual(json.loads(process.stdout)["settings_file"], str(place.resolve() / ".env"))
        self.assertFalse((place / "data").exists())
        (self.folder / "note.txt").write_text("The spare key is under the blue pot.")
        process = run("ingest", self.folder / "note.txt", "--env-file", place / ".env")
        self.assertEqual(process.returncode, 0, process.stderr)
        process = run("query", "Where is the key?", "--env-file", place / ".env")
        self.assertIn("blue pot", process.stdout)
        self.assertTrue((place / "data").is_dir())

    def test_what_serve_would_refuse_is_said_at_the_end(self):
        (self.folder / "refused.env").write_text("DATASTORE=pinecone\nBEARER_TOKEN=change-me-after-install\nCHUNK_OVERLAP=150\n")
        process = run("check", "--env-file", self.folder / "refused.env", **{**MODELS, "RERANK_ENABLE": "false"})
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        last = process.stdout.splitlines()[-1]
        self.assertRegex(last, r"^pass: .*before `rappel serve`: DATASTORE=pinecone in .*refused\.env line 1: this build has the embedded")
        self.assertIn("; and BEARER_TOKEN is the well-known", last)
        self.assertIn("; and CHUNK_OVERLAP=150: must be less than half of CHUNK_SIZE=200", last)

    def test_every_precision_agrees_with_the_known_answer(self):
        for precision in ("float32", "tf32", "half", "bf16", "w8a16", "int8"):
            with self.subTest(precision=precision):
                found = self.checks(0, EMBEDDING_PRECISION=precision, RERANK_PRECISION=precision)
                self.assertIn("of the published ones", found["embedding"][1])
                self.assertIn("dimension 384", found["embedding"][1])

    def test_a_missing_model_fails_what_needs_it(self):
        found = self.checks(1, EMBEDDING_MODEL="nobody/nothing")
        self.assertEqual(self.failures(found), ["model files", "embedding", "store"])
        self.assertIn("nobody/nothing", found["embedding"][1])
        self.assertEqual((self.ids["embedding"], self.ids["build"]), ("model-missing", None))

    def test_another_model_under_a_known_name_is_found_out(self):
        """The reranker is no embedder; and a model that is not the published one has no known answer."""
        found = self.checks(1, EMBEDDING_MODEL=MODELS["RERANK_MODEL"])
        self.assertEqual(self.failures(found), ["embedding", "store"])

    def test_damaged_weights_in_the_cache_are_named(self):
        weights = (support.MINILM / "model.safetensors").read_bytes()
        snapshot = self.folder / "hub" / "models--some--minilm" / "snapshots" / ("a" * 40)
        blobs = snapshot.parent.parent / "blobs"
        shutil.copytree(support.MINILM, snapshot, ignore=shutil.ignore_patterns("model.safetensors"))
        blobs.mkdir()
        (snapshot.parent.parent / "refs").mkdir()
        (snapshot.parent.parent / "refs" / "main").write_text("a" * 40)
        blob = blobs / hashlib.sha256(weights).hexdigest()
        blob.write_bytes(weights)
        os.symlink(f"../../blobs/{blob.name}", snapshot / "model.safetensors")
        found = self.checks(0, EMBEDDING_MODEL="some/minilm", HF_HUB_CACHE=self.folder / "hub")
        self.assertIn("SHA-256 of 1 file as published", found["model files"][1])
        blob.write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
        found = self.checks(1, EMBEDDING_MODEL="some/minilm", HF_HUB_CACHE=self.folder / "hub")
        self.assertIn("rappel model pull", found["model files"][1])
        self.assertFalse(found["model files"][0])

    def test_a_signal_ends_it_with_what_is_known(self):
        """Somebody silent at the port: the last check waits for seconds, so the signal always comes before the end."""
        with support.silent_port() as port:
            for flags in ((), ("--json",)):
                with subprocess.Popen([support.rappel, "check", *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                      cwd=self.folder, env=support.clean_environment(**{**MODELS, "RAG_PORT": port})) as process:
                    support.wait_until_it_heeds_signals(process)
                    process.send_signal(signal.SIGINT)
                    out, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 1, out + err)
                if flags:
                    answer = json.loads(out)
                    self.assertEqual((answer["ok"], answer["stopped"]), (False, True))
                    self.assertLess(len(answer["checks"]), len(NAMES))
                    self.assertTrue(all(check["ok"] for check in answer["checks"]), "what was cut short has not failed")
                else:
                    self.assertRegex(out.splitlines()[-1], r"^stopped: \d of \d+ checks were made, none of them failed$")

    def test_reranking_may_be_off(self):
        self.assertIn("RERANK_ENABLE=false", self.checks(0, RERANK_ENABLE="false", RERANK_MODEL="nobody/nothing")["reranking"][1])

    def test_a_server_that_runs_is_told_from_a_stranger(self):
        with Server("--no-auth", EMBEDDING_MODEL=support.MINILM, RERANK_ENABLE="false", RAPPEL_DATA_DIR=self.folder / "d") as server:
            self.assertRegex(self.checks(0, RAG_PORT=server.port)["server"][1], "^rappel .* answers at 127.0.0.1:")
            process = run("check", **{**MODELS, "RAG_PORT": server.port, "BEARER_TOKEN": "a-token-of-some-length"})
            self.assertRegex(process.stdout.splitlines()[-1], rf"^pass: .*; the server already runs at 127\.0\.0\.1:{server.port}$")
        stranger = http.server.HTTPServer(("127.0.0.1", 0), Stranger)
        thread = threading.Thread(target=stranger.serve_forever, daemon=True)
        thread.start()
        try:
            found = self.checks(1, RAG_PORT=stranger.server_port)
            self.assertEqual(self.failures(found), ["server"])
            self.assertIn("set RAG_PORT", found["server"][1])
            port = stranger.server_port
        finally:
            stranger.shutdown()
            stranger.server_close()
            thread.join()
        with support.silent_port() as silent:
            found = self.checks(1, RAG_PORT=silent, RERANK_ENABLE="false")
            self.assertEqual(self.failures(found), ["server"])
            self.assertIn("another program holds this port", found["server"][1])
            self.assertEqual(self.ids["server"], "port-taken")
        self.assertIn("none runs", self.checks(0, RAG_PORT=port)["server"][1])


if __name__ == "__main__":
    support.main()
