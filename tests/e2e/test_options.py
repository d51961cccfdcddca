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

    def test_config_names_every_mistake_at_once_and_does_not_fail(self):
        self.config("A=1\n\nEMBEDDING_BATCH=abc\n", RERANK_K=0, DATASTORE="pinecone", EMBEDDING_DEVICE="gpu")
        self.assertEqual(self.status, 0)
        serve = run("serve", RERANK_K=0, DATASTORE="pinecone")
        self.assertEqual(serve.returncode, 2)
        self.assertIn("RERANK_K=0 in the environment: expected a whole number 1..1000 [setting]\n", serve.stderr)
        self.assertIn("DATASTORE=pinecone in the environment: this build has the embedded store only", serve.stderr)
        for words in ("EMBEDDING_BATCH=abc in .env line 3: expected a whole number 1..1024",
                      "RERANK_K=0 in the environment: expected a whole number 1..1000",
                      "DATASTORE=pinecone in the environment: this build has the embedded store only",
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
        self.assertRegex(self.output, "UNKNOWN_THING +unknown: rappel has no such setting")

    def test_config_explains_an_old_env_file(self):
        """What somebody runs first who comes from the Python service."""
        old = ["DATASTORE=pinecone", "PINECONE_URL=http://localhost", "RAG_BEARER_TOKEN=change-me-after-install", "EMBEDDING_MODEL=BAAI/bge-m3",
               "EMBEDDING_BATCH=64", "PYTORCH_MPS_LOG_LEVEL=1", "PYTORCH_ENABLE_MPS_FALLBACK=1", "MY_SECRET=hunter2", "LOG_LEVEL=INFO"]
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / ".env").write_text("\n".join(old) + "\n")
            process = run("config", cwd=folder)
            path = (Path(folder) / ".env").resolve()
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertEqual(process.stdout.splitlines()[0], f"settings file: {path}")
        for number, words in enumerate([r"DATASTORE +stops serve: DATASTORE=pinecone in \.env line 1: this build has the embedded store only",
                                        "PINECONE_URL +ignored: ", "RAG_BEARER_TOKEN +stops serve: BEARER_TOKEN is the well-known",
                                        "EMBEDDING_MODEL +in force", "EMBEDDING_BATCH +in force", "PYTORCH_MPS_LOG_LEVEL +ignored: ",
                                        "PYTORCH_ENABLE_MPS_FALLBACK +in force as DEVICE_FALLBACK", "MY_SECRET +unknown: ",
                                        "LOG_LEVEL +in force"], 1):
            self.assertRegex(process.stdout, f"(?m)^  line {number} +{words}")
        self.assertNotIn("hunter2", process.stdout)
        self.assertEqual(len([line for line in process.stdout.splitlines() if line.startswith("stops serve: ")]), 2)
        self.assertIn("[token]", process.stdout)

    def test_config_says_that_serve_accepts_good_settings(self):
        process = run("config", BEARER_TOKEN="a-token-of-some-length")
        self.assertTrue(process.stdout.endswith("\n`rappel serve` accepts these settings\n"), process.stdout)
        self.assertRegex(process.stdout, r"^settings file: none: there is no \.env in /")

    # --- where paths count from ---

    def test_paths_of_a_settings_file_count_from_its_folder(self):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as elsewhere:
            home = Path(folder).resolve() / "home"
            (home / "models" / "mini").mkdir(parents=True)
            (home / ".env").write_text("RAPPEL_DATA_DIR=data\nEMBEDDING_MODEL=models/mini\nRERANK_MODEL=BAAI/bge-reranker-v2-m3\nHF_HOME=hf\n")
            found = run("config", "--env-file", home / ".env", cwd=elsewhere).stdout
            for words in (f"RAPPEL_DATA_DIR +{home}/data ", f"EMBEDDING_MODEL +{home}/models/mini ", "RERANK_MODEL +BAAI/bge-reranker-v2-m3 ",
                          f"HF_HOME +{home}/hf "):
                self.assertRegex(found, words)
            self.assertRegex(run("config", cwd=home).stdout, "RAPPEL_DATA_DIR +data ")
            found = run("config", RAPPEL_ENV_FILE=home / ".env", RAPPEL_DATA_DIR="mine", cwd=elsewhere).stdout
            self.assertRegex(found, "RAPPEL_DATA_DIR +mine ", "a path of the environment counts from the working directory")
            self.assertEqual(list(Path(elsewhere).iterdir()), [])

    def test_a_wrong_model_path_names_what_is_near(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("mini", "other"):
                (Path(folder) / "models" / name).mkdir(parents=True)
                (Path(folder) / "models" / name / "config.json").write_text("{}")
            (Path(folder) / "models" / "notes").mkdir()
            where = Path(folder).resolve() / "models"
            for given in ("./models/mimi/", "models/mimi"):
                process = run("query", "x", EMBEDDING_MODEL=given, RAPPEL_DATA_DIR=self.store_like(folder), cwd=folder)
                self.assertEqual(process.returncode, 2)
                self.assertIn(f"{where}/mimi", process.stderr)
                self.assertIn(f"{where} is there and holds the model folders mini, other", process.stderr)

    def store_like(self, folder):
        """A data folder with the name of a store in it, so that the model is looked for first."""
        data = Path(folder) / "data"
        data.mkdir(exist_ok=True)
        (data / "rappel.db").touch()
        return data

    def test_reading_commands_do_not_make_a_store(self):
        for command in (("query", "x"), ("list",), ("delete", "--all")):
            with tempfile.TemporaryDirectory() as folder:
                process = run(*command, cwd=folder, RAPPEL_DATA_DIR="nothing-here")
                self.assertEqual((process.returncode, process.stdout), (2, ""))
                self.assertIn(f"there is no store in {Path(folder).resolve()}/nothing-here, which does not exist", process.stderr)
                self.assertIn("rappel ingest", process.stderr)
                self.assertEqual(list(Path(folder).iterdir()), [])

    def test_info_of_a_service_does_not_flood_the_tools(self):
        for more in ({"LOG_LEVEL": "INFO"}, {"LOG_LEVEL": "debug"}):
            self.assertEqual(run("devices", OPENAI_API_KEY="x", **more).stderr, "")
        process = run("devices", "--log-level", "info", OPENAI_API_KEY="x")
        self.assertIn("info    settings file: none: ", process.stderr)
        self.assertIn("OPENAI_API_KEY is set and ignored", process.stderr)
        self.assertEqual(run("config", "--env-file", "/nowhere", LOG_LEVEL="off").returncode, 2)

    def test_commands(self):
        process = run("--version")
        self.assertEqual(process.returncode, 0)
        self.assertRegex(process.stdout, r"rappel \d+\.\d+\.\d+ \(commit \w+, .+\)\ndevices: (mps, )?(cuda, )?cpu")
        self.assertEqual(run("embedd").returncode, 2)
        self.assertIn("did you mean `rappel embed`?", run("embedd").stderr)
        self.assertEqual(run().returncode, 2)
        for arguments, words in ((["query"], "rappel: query: TEXT is missing; usage: rappel query TEXT [OPTIONS]"),
                                 (["query", "red", "apples"], "rappel: query: 'apples' is too much: it takes TEXT, and text with spaces needs quotes; usage: "
                                                              "rappel query TEXT [OPTIONS]"),
                                 (["config", "x"], "rappel: config: 'x' is too much: it takes options only; usage: rappel config [OPTIONS]"),
                                 (["--env-file", "x", "list"], "rappel: --env-file stands before the command: write rappel COMMAND --env-file ..; "
                                                               "`rappel help` lists the commands")):
            process = run(*arguments)
            self.assertEqual((process.returncode, process.stdout, process.stderr), (2, "", words + "\n"))
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
