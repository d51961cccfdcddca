"""Settings through the real binary: precedence, .env, messages, secrets, commands. Needs no models."""

import json
import subprocess
import tempfile
from pathlib import Path

import support
from support import cpu_of, run


class Options(support.TestCase):
    def config(self, env_text=None, *flags, **environment):
        """name -> (value, where) of `rappel config`, run in a folder with this .env."""
        with tempfile.TemporaryDirectory() as folder:
            if env_text is not None:
                (Path(folder) / ".env").write_bytes(env_text.encode())
            process = run("config", *flags, cwd=folder, **environment)
        self.output = process.stdout + process.stderr
        self.status = process.returncode
        found = {}
        for line in process.stdout.splitlines():
            if line and not line.startswith("note:"):
                found[line[:28].strip()] = (line[28:68].strip(), line[70:].strip())
        return found

    def test_environment_beats_file_beats_default(self):
        self.assertEqual(self.config()["RERANK_K"], ("5", "default"))
        self.assertEqual(self.config("\n# x\nRERANK_K=6\n")["RERANK_K"], ("6", "RERANK_K in .env line 3"))
        self.assertEqual(self.config("RERANK_K=6\n", RERANK_K=7)["RERANK_K"], ("7", "RERANK_K in the environment"))
        self.assertEqual(self.config("RERANK_K=6\n", RERANK_K="")["RERANK_K"][0], "6")

    def test_a_flag_beats_all(self):
        process = run("serve", "--no-auth", "--host", "127.0.0.1", "--embedding-model", "flag/model", EMBEDDING_MODEL="other/model")
        self.assertEqual(process.returncode, 2)
        self.assertIn("model flag/model", process.stderr)

    def test_env_file_forms(self):
        found = self.config("export RAG_HOST='0.0.0.0' # all\r\nRERANK_MODEL=\"a b\"\r\nEMBEDDING_MODEL=${RERANK_MODEL}/${X:-y}\r\nodd line\r\n")
        self.assertEqual(found["RAG_HOST"][0], "0.0.0.0")
        self.assertEqual(found["RERANK_MODEL"][0], "a b")
        self.assertEqual(found["EMBEDDING_MODEL"][0], "a b/y")
        self.assertEqual(self.status, 0)
        self.assertIn(".env line 4", self.output)

    def test_another_env_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "mine.env"
            path.write_text("RERANK_K=9\n")
            self.assertEqual(self.config("RERANK_K=6\n", "--env-file", str(path))["RERANK_K"][0], "9")
            self.assertEqual(self.config("RERANK_K=6\n", RAPPEL_ENV_FILE=path)["RERANK_K"][0], "9")
        self.config(None, "--env-file", "/nowhere/x.env")
        self.assertEqual(self.status, 2)
        self.assertIn("/nowhere/x.env", self.output)

    def test_every_mistake_is_named_at_once(self):
        self.config("A=1\n\nEMBEDDING_BATCH=abc\n", RERANK_K=0, DATASTORE="qdrant", EMBEDDING_DEVICE="gpu")
        self.assertEqual(self.status, 2)
        for words in ("EMBEDDING_BATCH=abc in .env line 3: expected a whole number 1..1024",
                      "RERANK_K=0 in the environment: expected a whole number 1..1000",
                      "DATASTORE=qdrant in the environment: this build has the embedded store only",
                      "EMBEDDING_DEVICE=gpu in the environment: this build has the devices "):
            self.assertIn(words, self.output)

    def test_secrets_are_never_shown(self):
        found = self.config("BEARER_TOKEN=secretone,secrettwo\n", HF_TOKEN="hf_secret")
        self.assertEqual(found["BEARER_TOKEN"][0], "(2 set, hidden)")
        self.assertNotIn("secret", self.output)

    def test_variables_of_the_old_system(self):
        old = {"EMBEDDING_SERVICE": "bge", "EMBEDDING_FP16": "true", "EMBEDDING_BATCH": "64", "EMBEDDING_MAX_LEN": "8192",
               "RERANK_ENABLE": "false", "RERANK_FINAL_N": "4", "PORT": "9000", "CUDA_LAUNCH_BLOCKING": "0",
               "PYTORCH_MPS_HIGH_WATERMARK_RATIO": "0.0", "PYTORCH_ENABLE_MPS_FALLBACK": "1", "EMBEDDING_DEVICE": "mps",
               "WEAVIATE_URL": "x", "UNKNOWN_THING": "y"}
        found = self.config("".join(f"{k}={v}\n" for k, v in old.items()))
        self.assertEqual(self.status, 0, self.output)
        self.assertEqual(found["RAG_PORT"][0], "9000")
        self.assertEqual(found["RERANK_ENABLE"][0], "false")
        self.assertEqual(found["EMBEDDING_DEVICE"][0], "auto", "falls back where that is allowed")
        for name in ("CUDA_LAUNCH_BLOCKING", "PYTORCH_MPS_HIGH_WATERMARK_RATIO", "WEAVIATE_URL", "EMBEDDING_SERVICE"):
            self.assertIn(name, self.output)
        self.assertNotIn("UNKNOWN_THING", self.output)

    def test_commands(self):
        process = run("--version")
        self.assertEqual(process.returncode, 0)
        self.assertRegex(process.stdout, r"rappel \d+\.\d+\.\d+ \(commit \w+, .+\)\ndevices: (mps, )?(cuda, )?cpu")
        self.assertEqual(run("embedd").returncode, 2)
        self.assertIn("did you mean `rappel embed`?", run("embedd").stderr)
        self.assertEqual(run().returncode, 2)
        self.assertEqual(run("query").returncode, 2)
        helped = run("help")
        self.assertEqual(helped.returncode, 0)
        for name in ("embed", "rerank", "serve", "ingest", "query", "list", "delete", "model", "devices", "check", "optimize", "setup", "bench", "compare", "doctor", "config", "options"):
            self.assertIn(f"  {name} ", helped.stdout)
            process = run(name, "--help")
            self.assertEqual((process.returncode, process.stdout), (0, run("help", name).stdout))

    def test_cpu_targets_are_listed_asked_for_and_forced(self):
        cpu = cpu_of(run("devices", "--json"))
        runnable = [target["name"] for target in cpu["targets"] if target["runs_here"]]
        self.assertEqual(cpu["target"], runnable[0], "the fastest, unless told otherwise")
        for target in cpu["targets"]:
            self.assertEqual(target["runs_here"], target["missing"] == "")
            process = run("devices", "--json", RAPPEL_CPU_TARGET=target["name"])
            if target["runs_here"]:
                forced = cpu_of(process)
                self.assertEqual(forced["target"], target["name"])
                self.assertIn(f", {target['label']}, ", forced["description"])
                self.assertIn(f"* {target['name']} ", run("devices", "--cpu-target", target["name"]).stdout)
            else:
                self.assertEqual(process.returncode, 2)
                self.assertIn(f"this machine lacks {target['missing']}", process.stderr)

    def test_a_cpu_target_that_nobody_has(self):
        runnable = [target["name"] for target in cpu_of(run("devices", "--json"))["targets"]
                    if target["runs_here"]]
        process = run("devices", RAPPEL_CPU_TARGET="avx9")
        self.assertEqual(process.returncode, 2)
        self.assertIn("RAPPEL_CPU_TARGET=avx9: no such target in this build; it can run auto, " + ", ".join(runnable),
                      process.stderr)

    def test_a_full_disk_is_noticed(self):
        with open("/dev/full", "w") as full:
            process = subprocess.run([support.rappel, "options"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(process.returncode, 1)
        self.assertIn("could not be written", process.stderr)


if __name__ == "__main__":
    support.main()
