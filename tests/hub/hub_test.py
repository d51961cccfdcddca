#!/usr/bin/env python3
"""Pulls models from a fake Hub (fake_hub.py) into empty caches and looks at what is there afterwards.

    hub_test.py --driver build/.../hub_driver [--rappel build/.../rappel] [unittest arguments]

The driver (pull_driver.cc) is the library with short delays; --rappel adds the real command.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from fake_hub import FakeHub, git_blob_id  # noqa: E402

DRIVER = None
RAPPEL = None
MODEL = "org/model"
FOLDER = "models--org--model"
WEIGHTS = random.Random(7).randbytes(1_000_000)
TOKENIZER = json.dumps({"model": {"vocab": {str(i): i for i in range(5000)}}}).encode()
FILES = {
    "config.json": json.dumps({"model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2,
                               "architectures": ["BertModel"]}).encode(),
    "tokenizer.json": TOKENIZER,
    "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}',
    "modules.json": b"[]",
    "model.safetensors": WEIGHTS,
}
UNNEEDED = {"README.md": b"# model\n", "pytorch_model.bin": WEIGHTS[::-1], "onnx/model.onnx": b"onnx",
            "openvino/openvino_model.bin": b"ov", "tf_model.h5": b"tf", "flax_model.msgpack": b"flax", "vocab.txt": b"a"}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class HubTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.cache = pathlib.Path(temporary.name) / "hub"
        self.hub = FakeHub()
        self.hub.__enter__()
        self.addCleanup(self.hub.__exit__)
        self.repository = self.hub.add(MODEL, {**FILES, **UNNEEDED})
        self.environment = {"HF_ENDPOINT": self.hub.endpoint, "HF_HUB_CACHE": str(self.cache),
                            "HOME": temporary.name, "PATH": os.environ["PATH"]}
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    # -- helpers

    def start(self, name=MODEL, *arguments, **environment):
        return subprocess.Popen([DRIVER, name, "--retry-delay-ms", "5", *arguments], text=True,
                                env={**self.environment, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, process):
        out, err = process.communicate(timeout=120)
        for secret in ("hf_secret", "do-not-print"):
            self.assertNotIn(secret, out + err)
        self.assertIn(process.returncode, (0, 1), err)
        result = json.loads(out)
        result["notes"] = [line["note"] for line in map(json.loads, err.splitlines()) if "note" in line]
        return result

    def pull(self, name=MODEL, *arguments, **environment):
        return self.finish(self.start(name, *arguments, **environment))

    def pull_ok(self, *arguments, **environment):
        result = self.pull(*arguments, **environment)
        self.assertNotIn("error", result)
        return result

    def assert_fails(self, result, code, *parts):
        self.assertEqual(result.get("code"), code, result)
        for part in parts:
            self.assertIn(part, result["error"])

    def blob(self, name, repository=None):
        return self.cache / FOLDER / "blobs" / (repository or self.repository).etag_of(name).strip('"')

    def assert_complete(self, files=None, commit=None, ref="main"):
        commit = commit or self.repository.commit
        files = files or FILES
        snapshot = self.cache / FOLDER / "snapshots" / commit
        found = sorted(p.relative_to(snapshot).as_posix() for p in snapshot.rglob("*") if not p.is_dir())
        self.assertEqual(found, sorted(files))
        for name, content in files.items():
            self.assertEqual((snapshot / name).read_bytes(), content, name)
            self.assertEqual(os.readlink(snapshot / name),
                             "../" * (2 + name.count("/")) + "blobs/" + self.blob(name).name)
        if ref:
            self.assertEqual((self.cache / FOLDER / "refs" / ref).read_text(), commit)
        self.assertEqual(list(self.cache.rglob("*.incomplete")), [])
        self.assertEqual(list(self.cache.rglob("*.tmp-*")), [])

    def assert_nothing_visible(self):
        self.assertFalse((self.cache / FOLDER / "refs" / "main").exists())
        self.assertFalse(self.blob("model.safetensors").exists())

    def ranges(self):
        return [r[3].get("Range") for r in self.hub.asked("storage", "GET", "model.safetensors")]

    # -- what is fetched, and where it lies

    def test_layout_and_only_the_files_needed(self):
        result = self.pull_ok()
        self.assert_complete()
        self.assertEqual(result["commit"], self.repository.commit)
        self.assertEqual(result["files"], sorted(FILES))
        self.assertEqual(result["bytes_received"], sum(map(len, FILES.values())))
        blobs = sorted(p.name for p in (self.cache / FOLDER / "blobs").iterdir())
        self.assertEqual(blobs, sorted([sha256(WEIGHTS), sha256(TOKENIZER)] +
                                       [git_blob_id(FILES[n]) for n in FILES if len(FILES[n]) < 10_000]))
        self.assertEqual([r for r in self.hub.requests if "onnx" in r[2] or "pytorch" in r[2]], [])

    def test_a_second_pull_fetches_nothing(self):
        self.pull_ok()
        before = len(self.hub.requests)
        self.assertEqual(self.pull_ok()["bytes_received"], 0)
        self.assertEqual([r for r in self.hub.requests[before:] if r[1] == "GET" and "/api/" not in r[2]], [])
        self.assert_complete()

    def test_by_commit_without_a_ref(self):
        self.pull_ok(f"{MODEL}@{self.repository.commit}")
        self.assert_complete(ref=None)
        self.assertFalse((self.cache / FOLDER / "refs").exists())

    def test_a_revision_with_slashes(self):
        self.repository.revisions["refs/pr/1"] = None
        self.pull_ok(f"{MODEL}@refs/pr/1")
        self.assert_complete(ref="refs/pr/1")

    def test_a_new_commit_shares_what_did_not_change(self):
        self.pull_ok()
        old = self.repository.commit
        new_files = {**FILES, "config.json": b'{"model_type": "bert", "hidden_size": 64}'}
        self.repository.change("config.json", new_files["config.json"])
        self.assertEqual(self.pull_ok()["bytes_received"], len(new_files["config.json"]))
        self.assert_complete(new_files)
        self.assertTrue((self.cache / FOLDER / "snapshots" / old / "config.json").exists())

    def test_a_missing_blob_is_fetched_again(self):
        self.pull_ok()
        self.blob("model.safetensors").unlink()
        self.assertEqual(self.pull_ok()["bytes_received"], len(WEIGHTS))
        self.assert_complete()

    def test_a_damaged_blob_is_fetched_again_when_its_advice_is_followed(self):
        def model_files():
            process = self.run_rappel("check", "--json", EMBEDDING_MODEL=MODEL, RERANK_ENABLE="false", RAG_PORT="0")
            return next(c["found"] for c in json.loads(process.stdout)["checks"] if c["name"] == "model files")

        self.pull_ok()
        self.assertIn("SHA-256 of 2 files as published", model_files())
        blob = self.blob("model.safetensors")
        blob.write_bytes(bytes([WEIGHTS[0] ^ 1]) + WEIGHTS[1:])
        advice = re.match(r"(\S+) is not what was published: remove it and run `rappel model pull` again", model_files())
        self.assertTrue(advice, model_files())
        pathlib.Path(advice[1]).unlink()
        self.pull_ok()
        self.assertIn("SHA-256 of 2 files as published", model_files())
        self.assert_complete()

    def test_shards_by_the_index(self):
        for stem, suffix in (("model", "safetensors"), ("pytorch_model", "bin")):
            with self.subTest(stem):
                names = [f"{stem}-0000{i}-of-00002.{suffix}" for i in (1, 2)]
                files = {k: v for k, v in FILES.items() if k != "model.safetensors"}
                files.update({names[0]: WEIGHTS[:50_000], names[1]: WEIGHTS[50_000:100_000]})
                files[f"{stem}.{suffix}.index.json"] = json.dumps({"weight_map": {"a": names[0], "b": names[1]}}).encode()
                stray = {f"{stem}-00003-of-00003.{suffix}": b"stray", "README.md": b"x"}
                self.repository = self.hub.add(MODEL, {**files, **stray})
                self.pull_ok()
                self.assert_complete(files)

    def test_encoder_in_its_own_folder(self):
        modules = [{"idx": 0, "path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
                   {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
        index = json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors"}}).encode()
        files = {"modules.json": json.dumps(modules).encode(), "1_Pooling/config.json": FILES["1_Pooling/config.json"],
                 "0_Transformer/config.json": FILES["config.json"], "0_Transformer/tokenizer.json": TOKENIZER,
                 "0_Transformer/model.safetensors.index.json": index,
                 "0_Transformer/model-00001-of-00001.safetensors": WEIGHTS}
        self.repository = self.hub.add(MODEL, {**files, "0_Transformer/vocab.txt": b"a"})
        self.pull_ok()
        self.assert_complete(files)

    def test_equal_files_share_a_blob(self):
        files = {**FILES, "special_tokens_map.json": FILES["modules.json"]}
        self.repository = self.hub.add(MODEL, files)
        self.assertEqual(self.pull_ok()["notes"], [])
        self.assert_complete(files)

    def test_an_empty_file(self):
        files = {**FILES, "special_tokens_map.json": b""}
        self.repository = self.hub.add(MODEL, files)
        self.pull_ok()
        self.assert_complete(files)

    def test_a_renamed_repository(self):
        self.hub.renamed["old/name"] = MODEL
        self.pull_ok("old/name")
        self.assertTrue((self.cache / "models--old--name" / "snapshots" / self.repository.commit / "config.json").exists())

    # -- who may

    def test_the_token_goes_to_the_hub_alone(self):
        self.repository.token = "hf_secret"
        self.assert_fails(self.pull(), "unauthenticated", "private or gated", "HF_TOKEN")
        self.pull_ok(HF_TOKEN="hf_secret")
        self.assert_complete()
        self.assertTrue(self.hub.asked("storage"))
        for _, _, _, headers in self.hub.asked("storage"):
            self.assertNotIn("Authorization", headers)

    def test_the_token_file(self):
        self.repository.token = "hf_secret"
        home = pathlib.Path(self.environment["HOME"]) / "hf"
        home.mkdir()
        (home / "token").write_text("hf_secret\n")
        self.pull_ok(HF_HOME=str(home))
        self.assert_complete()

    def test_a_wrong_token(self):
        self.repository.token = "hf_other"
        self.assert_fails(self.pull(HF_TOKEN="hf_secret"), "unauthenticated", "the account of HF_TOKEN")

    def test_gated(self):
        self.repository.gated = True
        self.assert_fails(self.pull(), "unauthenticated", "accept its licence on", f"{self.hub.endpoint}/{MODEL}", "HF_TOKEN")
        self.assert_nothing_visible()

    def test_wrong_names(self):
        self.assert_fails(self.pull("org/nothing"), "unauthenticated", "org/nothing", "check the name")
        self.assert_fails(self.pull("org/nothing", HF_TOKEN="hf_secret"), "not found", "org/nothing", "check the name")
        self.assert_fails(self.pull(f"{MODEL}@v9"), "not found", 'no revision "v9"')
        self.assert_fails(self.pull("../etc"), "invalid argument", "ORG/NAME")

    # -- a world that fails

    def test_cut_connections_go_on_where_they_stopped(self):
        self.repository.cut_after["model.safetensors"] = [300_000, 200_000]
        result = self.pull_ok()
        self.assert_complete()
        self.assertEqual(self.ranges(), [None, "bytes=300000-", "bytes=500000-"])
        self.assertEqual(result["bytes_received"], sum(map(len, FILES.values())))
        self.assertEqual(len(result["notes"]), 2)

    def test_attempts_without_a_byte_come_to_an_end(self):
        self.repository.cut_after["model.safetensors"] = [400_000] + [0] * 10
        self.assert_fails(self.pull(MODEL, "--retries", "3"), "unavailable", "the connection was cut")
        self.assert_nothing_visible()
        self.assertEqual(len(self.ranges()), 4)
        self.repository.cut_after.clear()
        self.pull_ok()
        self.assertEqual(self.ranges()[-1], "bytes=400000-")
        self.assert_complete()

    def test_a_server_that_ignores_ranges(self):
        self.hub.ignore_ranges = True
        self.repository.cut_after["model.safetensors"] = [300_000]
        result = self.pull_ok()
        self.assert_complete()
        self.assertEqual(result["bytes_received"], sum(map(len, FILES.values())) + 300_000)

    def test_starting_over_is_no_progress(self):
        self.hub.ignore_ranges = True
        self.repository.cut_after["model.safetensors"] = [300_000] * 99
        self.assert_fails(self.pull(MODEL, "--retries", "3"), "unavailable", "the connection was cut")
        shutil.rmtree(self.cache)
        self.repository.cut_after = {"config.json": [5] * 99}
        self.repository.unsized.add("config.json")
        self.assert_fails(self.pull(MODEL, "--retries", "3"), "unavailable", "config.json", "the connection was cut")
        self.assertFalse((self.cache / FOLDER / "refs").exists())

    def test_content_that_changed_on_the_way_is_fetched_again(self):
        for name in ("model.safetensors", "config.json"):
            self.repository.corrupt[name] = 1
        self.pull_ok()
        self.assert_complete()

    def test_content_that_is_always_wrong_is_refused(self):
        for name, kind in (("model.safetensors", "SHA-256"), ("config.json", "git blob id")):
            with self.subTest(name):
                self.repository.corrupt[name] = 99
                self.assert_fails(self.pull(), "corrupt", name, kind)
                self.assertFalse(self.blob(name).exists())
                self.assertFalse(self.blob(name).with_name(self.blob(name).name + ".incomplete").exists())
                self.assertFalse((self.cache / FOLDER / "refs").exists())
                self.repository.corrupt.clear()
                shutil.rmtree(self.cache)
        self.pull_ok()
        self.assert_complete()

    def test_what_an_earlier_pull_left(self):
        for left in (WEIGHTS[:400_000], b"\0" * 400_000, WEIGHTS, WEIGHTS + b"more", b"\0" * len(WEIGHTS), b""):
            with self.subTest(len(left)):
                blob = self.blob("model.safetensors")
                blob.parent.mkdir(parents=True, exist_ok=True)
                blob.unlink(missing_ok=True)
                blob.with_name(blob.name + ".incomplete").write_bytes(left)
                self.pull_ok()
                self.assert_complete()

    def test_too_many_requests(self):
        self.hub.too_many = 3
        self.hub.retry_after = "1"
        result = self.pull_ok()
        self.assert_complete()
        self.assertTrue(any("asks to wait 1 s" in note for note in result["notes"]), result["notes"])
        self.hub.too_many = 1
        self.hub.retry_after = "3600"
        self.assert_fails(self.pull(), "unavailable", "asks to wait 3600 s", "HF_TOKEN")

    def test_a_hub_that_stumbles(self):
        self.hub.failures = 3
        self.pull_ok()
        self.assert_complete()

    def test_a_storage_that_refuses(self):
        self.hub.storage_status = 403
        self.assert_fails(self.pull(), "unavailable", "the storage server", "403")
        self.hub.storage_status = 500
        self.assert_fails(self.pull(MODEL, "--retries", "2"), "unavailable", "the storage server", "500")

    def test_a_stalled_transfer_is_resumed(self):
        self.repository.hang_after["model.safetensors"] = [500_000]
        self.pull_ok(MODEL, "--stall-timeout-s", "1")
        self.assert_complete()
        self.assertEqual(self.ranges(), [None, "bytes=500000-"])

    def test_no_network(self):
        nowhere = FakeHub()
        endpoint = nowhere.endpoint
        for server in (nowhere.hub, nowhere.storage):
            server.server_close()
        self.assert_fails(self.pull(HF_ENDPOINT=endpoint), "unavailable", endpoint, "no connection", FOLDER, str(self.cache))
        self.pull_ok()
        self.assert_fails(self.pull(HF_ENDPOINT=endpoint), "unavailable", "from an earlier pull", "can be used")

    def test_offline(self):
        result = self.pull(HF_HUB_OFFLINE="1")
        self.assert_fails(result, "failed precondition", "HF_HUB_OFFLINE", MODEL, str(self.cache / FOLDER))
        self.assertEqual(self.hub.requests, [])
        self.pull_ok()
        before = len(self.hub.requests)
        self.assertEqual(self.pull_ok(HF_HUB_OFFLINE="1")["commit"], self.repository.commit)
        self.assertEqual(len(self.hub.requests), before)

    def test_no_room(self):
        self.repository.size["model.safetensors"] = 10 ** 16
        self.assert_fails(self.pull(), "resource exhausted", "MB more", "are free", "HF_HOME")
        self.assertEqual(self.hub.asked("storage"), [])

    def test_a_cache_that_cannot_be_written(self):
        self.cache.write_text("a file is in the way")
        self.assert_fails(self.pull(), "unavailable", str(self.cache), "HF_HOME")

    # -- interrupted and at the same time

    def test_cancel_keeps_what_was_received(self):
        self.hub.piece, self.hub.slow = 50_000, 0.05
        result = self.pull(MODEL, "--cancel-after", "300000")
        self.assertEqual(result["code"], "cancelled")
        self.assert_nothing_visible()
        kept = self.blob("model.safetensors").with_name(self.blob("model.safetensors").name + ".incomplete").stat().st_size
        self.assertGreater(kept, 0)
        self.hub.slow = 0
        self.pull_ok()
        self.assertEqual(self.ranges()[-1], f"bytes={kept}-")
        self.assert_complete()

    def test_kill_keeps_what_was_received(self):
        self.hub.piece, self.hub.slow = 50_000, 0.1
        process = self.start()
        incomplete = self.blob("model.safetensors").with_name(self.blob("model.safetensors").name + ".incomplete")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (incomplete.exists() and incomplete.stat().st_size >= 100_000):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kept = incomplete.stat().st_size
        self.assertGreaterEqual(kept, 100_000)
        self.assert_nothing_visible()
        self.hub.slow = 0
        self.pull_ok()
        self.assertEqual(self.ranges()[-1], f"bytes={kept}-")
        self.assert_complete()

    def test_two_pulls_share_the_work(self):
        self.hub.piece, self.hub.slow = 100_000, 0.1
        processes = [self.start(), self.start()]
        results = [self.finish(process) for process in processes]
        self.assertEqual([r.get("error") for r in results], [None, None])
        self.assert_complete()
        self.assertEqual(len(self.ranges()), 1)
        self.assertEqual(sum(r["bytes_received"] for r in results), sum(map(len, FILES.values())))
        self.assertTrue(any("waiting for another process" in note for r in results for note in r["notes"]))

    # -- a server that lies

    def test_hostile_file_names(self):
        self.repository.extra_siblings = ["../../evil", "/etc/passwd", "..", "a/../../config.json", "config.json\0"]
        self.pull_ok()
        self.assert_complete()

    def test_endless_listing(self):
        self.repository.extra_siblings = [f"data/part-{i:06}.parquet" for i in range(300_000)]
        self.assert_fails(self.pull(), "resource exhausted", "more than 100000 files")
        self.repository.extra_siblings = [f"data/part-{i:06}.parquet" for i in range(90_000)]
        self.pull_ok()

    def test_hostile_index(self):
        files = {k: v for k, v in FILES.items() if k != "model.safetensors"}
        for name in ("../../../evil.safetensors", "/tmp/evil.safetensors", "absent.safetensors"):
            with self.subTest(name):
                self.repository = self.hub.add(MODEL, {**files, "model.safetensors.index.json":
                                                       json.dumps({"weight_map": {"a": name}}).encode()})
                self.assert_fails(self.pull(), "corrupt", name)

    def test_etags_of_a_mirror_that_compresses(self):
        for name in ("config.json", "model.safetensors"):
            plain = self.repository.etag_of(name).strip('"')
            self.repository.etag[name] = f'W/"{plain}-gzip"'
        self.pull_ok()
        self.repository.etag.clear()
        self.assert_complete()

    def test_hostile_etags(self):
        for etag in ('"../../../../evil"', '""', '"' + "Z" * 64 + '"', "\x1b[31m"):
            with self.subTest(etag):
                self.repository.etag["config.json"] = etag
                result = self.pull()
                self.assert_fails(result, "corrupt", "config.json", "no checksum")
                self.assertNotIn("\x1b", result["error"])

    def test_hostile_commit(self):
        self.repository.commit = "../../evil"
        self.assert_fails(self.pull(), "corrupt", "HF_ENDPOINT")

    def test_sizes_that_are_not_true(self):
        self.repository.size["model.safetensors"] = len(WEIGHTS) - 1
        self.assert_fails(self.pull(), "corrupt", "model.safetensors", "announced")
        self.repository.size["model.safetensors"] = len(WEIGHTS) + 1
        self.assertIn(self.pull(MODEL, "--retries", "2").get("code"), ("corrupt", "unavailable"))
        self.assert_nothing_visible()

    def test_a_size_that_is_not_told(self):
        self.repository.unsized.add("config.json")
        self.repository.cut_after["config.json"] = [5]
        self.pull_ok()
        self.assert_complete()

    def test_redirects_to_other_schemes(self):
        self.hub.storage_url = "file:///etc/passwd"
        self.assert_fails(self.pull(), "failed precondition", "refused")

    def test_not_a_hub(self):
        self.assert_fails(self.pull(HF_ENDPOINT=self.hub.endpoint + "/nothing"), "not found", "check the name")
        self.assert_fails(self.pull(HF_ENDPOINT="ftp://x"), "invalid argument", "not an http")

    # -- the command

    def command(self, *arguments, **environment):
        return self.run_rappel("model", *arguments, **environment)

    def run_rappel(self, *arguments, **environment):
        if not RAPPEL:
            self.skipTest("no rappel command given")
        return subprocess.run([RAPPEL, *arguments], env={**self.environment, **environment}, cwd=self.environment["HOME"],
                              text=True, capture_output=True, timeout=120)

    def test_command_pull_list_info(self):
        process = self.command("pull", MODEL)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn(str(self.cache / FOLDER / "snapshots" / self.repository.commit), process.stdout)
        self.assert_complete()
        process = self.command("list")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn(MODEL, process.stdout)
        process = self.command("info", MODEL)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("model.safetensors", process.stdout)
        self.assertIn(self.repository.commit, process.stdout)

    def test_command_shows_what_is_assumed_about_a_model(self):
        """A cache that another program filled with config, tokenizer and weights only."""
        self.repository = self.hub.add(MODEL, {name: FILES[name] for name in ("tokenizer.json", "model.safetensors")} | {
            "config.json": json.dumps({"model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 99,
                                       "num_attention_heads": 4, "intermediate_size": 64, "max_position_embeddings": 128,
                                       "architectures": ["BertModel"]}).encode()})
        self.assertEqual(self.command("pull", MODEL).returncode, 0)
        for arguments in (("list",), ("info", MODEL)):
            out = self.command(*arguments).stdout
            self.assertRegex(out, r"note:? +pooling: mean, because modules.json and 1_Pooling/config.json are missing", arguments)
            self.assertIn("rappel model pull", out)
        self.repository.change("modules.json", json.dumps(
            [{"path": "", "type": "sentence_transformers.models.Transformer"},
             {"path": "2_Dense", "type": "sentence_transformers.models.Dense"}]).encode())
        self.assertEqual(self.command("pull", MODEL).returncode, 0)
        for arguments in (("list",), ("info", MODEL)):
            out = self.command(*arguments).stdout
            self.assertRegex(out, r"cannot be used:? .*module sentence_transformers.models.Dense is not supported", arguments)

    def test_command_says_what_to_do(self):
        process = self.command("info", "org/nothing")
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("rappel model pull org/nothing", process.stderr)
        self.repository.token = "hf_secret"
        process = self.command("pull", MODEL)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("HF_TOKEN", process.stderr)
        process = self.command("pull", MODEL, HF_TOKEN="hf_secret")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertNotIn("hf_secret", process.stdout + process.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--driver", required=True)
    parser.add_argument("--rappel", default="")
    known, rest = parser.parse_known_args()
    DRIVER = os.path.abspath(known.driver)
    RAPPEL = os.path.abspath(known.rappel) if known.rappel else None
    result = unittest.main(exit=False, argv=[sys.argv[0], *rest]).result
    for case, reason in result.skipped:  # for tests/skips.py
        print(f"skipped in part: {case.id().removeprefix('__main__.')}: {reason}")
    sys.exit(0 if result.wasSuccessful() else 1)
