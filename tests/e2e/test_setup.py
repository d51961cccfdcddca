"""`rappel optimize` and `rappel setup` with real models and an old settings file of the Python service."""

import http.server
import json
import os
import re
import signal
import stat
import subprocess
import threading

import support
from support import ROOT, run

support.need_minilm()
MODELS = {"EMBEDDING_MODEL": str(support.MINILM), "RERANK_MODEL": str(ROOT / "models" / "rappel-rerank-mini-en"), "RAG_PORT": "0"}
OLD = f"""# my server
DATASTORE=sqlite
export BEARER_TOKEN="secret-token-0123456789"   # keep
EMBEDDING_DEVICE=mps
EMBEDDING_FP16=false
EMBEDDING_BATCH=32 # as the old optimiser said
PYTORCH_MPS_HIGH_WATERMARK_RATIO=0.0
RERANK_ENABLE=true
RERANK_K=5

EMBEDDING_MODEL={MODELS['EMBEDDING_MODEL']}
RERANK_MODEL='{MODELS['RERANK_MODEL']}'
RAG_PORT=0
MY_OWN=thing
"""


class Setup(support.TestCase):
    def setUp(self):
        self.place = self.folder / self.id().rpartition(".")[2]
        self.place.mkdir()
        self.env = self.place / ".env"

    def assignments(self, text):
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))

    def test_optimize_reports_and_writes_its_file(self):
        process = run("optimize", "--json", cwd=self.place, RAPPEL_DATA_DIR=self.place, **MODELS)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        answer = json.loads(process.stdout)
        self.assertTrue(answer["measured"])
        self.assertTrue(all(need["ok"] for need in answer["requirements"]))
        settings = {setting["key"]: setting["value"] for setting in answer["settings"]}
        self.assertIn(settings["EMBEDDING_PRECISION"], ("int8", "half", "float32"))
        self.assertTrue(3 <= int(settings["RERANK_K"]) <= 50)
        self.assertTrue(all(setting["reason"] for setting in answer["settings"]))
        written = (self.place / ".env.optimized").read_text()
        self.assertEqual(self.assignments(written), settings)
        self.assertTrue(written.startswith("# Settings that suit this machine"))
        self.assertEqual(answer["machine"]["system"], f"{os.uname().sysname} {os.uname().release}, {os.uname().machine}")
        self.assertFalse(self.env.exists())

    def test_a_signal_ends_it_with_what_is_known(self):
        for command, words in (("optimize", "nothing was written"), ("setup", "nothing was changed")):
            with subprocess.Popen([support.rappel, command, "--log-level", "info"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  cwd=self.place, env=support.clean_environment(**MODELS)) as process:
                seen = ""
                while "loading" not in seen:  # it measures now
                    seen = process.stderr.readline()
                    self.assertNotEqual(seen, "", "it ended before it measured")
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 1, err)
            self.assertIn("stopped", err)
            self.assertIn(words, err)
            if command == "optimize":
                self.assertIn("EMBEDDING_CACHE_SIZE=2000", out)
            self.assertEqual(list(self.place.iterdir()), [])

    def test_a_larger_budget_reranks_more(self):
        found = []
        for budget in (1, 100_000):
            process = run("optimize", "--json", "--dry-run", "--latency-budget", str(budget), cwd=self.place, **MODELS)
            settings = {setting["key"]: setting["value"] for setting in json.loads(process.stdout)["settings"]}
            found.append(int(settings["RERANK_K"]))
        self.assertEqual(found, [3, 50])
        self.assertFalse((self.place / ".env.optimized").exists())

    def test_a_busy_machine_is_not_measured(self):
        process = run("optimize", "--json", "--dry-run", cwd=self.place, RAPPEL_TEST_LOAD="busy", RERANK_K=17, **MODELS)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        answer = json.loads(process.stdout)
        self.assertFalse(answer["measured"])
        self.assertRegex(answer["busy"], r"^other programs use [\d.]+ of \d+ CPUs?")
        settings = {setting["key"]: setting for setting in answer["settings"]}
        self.assertEqual((settings["RERANK_K"]["value"], settings["EMBEDDING_PRECISION"]["value"]), ("17", "auto"))
        self.assertEqual(settings["RERANK_K"]["reason"], f"not measured: the machine is busy ({answer['busy']}); your value stays")
        self.assertTrue(settings["EMBEDDING_PRECISION"]["reason"].endswith("; this is the default"))
        text = run("optimize", "--dry-run", cwd=self.place, RAPPEL_TEST_LOAD="busy", **MODELS).stdout
        self.assertIn("run it again when nothing else runs", text)

    def test_setup_on_a_busy_machine_keeps_the_values_of_the_user(self):
        self.env.write_text(OLD)
        process = run("setup", cwd=self.place, RAPPEL_TEST_LOAD="busy")
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        self.assertEqual(self.assignments(self.env.read_text())["RERANK_K"], "5")
        self.assertIn("note: not measured: the machine is busy (", process.stdout)

    def test_a_value_of_the_user_is_not_lowered_without_its_cost(self):
        process = run("optimize", "--json", "--dry-run", "--latency-budget", "1", cwd=self.place, RERANK_K=20, EMBEDDING_BATCH=32,
                      **MODELS)
        settings = {setting["key"]: setting for setting in json.loads(process.stdout)["settings"]}
        self.assertEqual(settings["RERANK_K"]["value"], "3")
        self.assertTrue(settings["RERANK_K"]["cost"].startswith("your RERANK_K=20 becomes 3: "), settings)
        self.assertTrue(settings["EMBEDDING_BATCH"]["cost"].startswith("your EMBEDDING_BATCH=32 becomes 16: "))
        self.assertEqual(settings["EMBEDDING_DEVICE"]["cost"], "")
        self.env.write_text(OLD)
        process = run("setup", "--dry-run", cwd=self.place)
        self.assertIn("note: your EMBEDDING_BATCH=32 becomes 16: ", process.stdout)

    def test_a_missing_model_is_a_requirement_not_met(self):
        process = run("optimize", cwd=self.place, EMBEDDING_MODEL="nobody/nothing", RERANK_ENABLE="false")
        self.assertEqual(process.returncode, 1)
        self.assertIn("MISSING", process.stdout)
        self.assertIn("nobody/nothing", process.stdout)
        self.assertIn("Nothing was measured", process.stdout)

    def test_setup_merges_backs_up_checks_and_restores(self):
        self.env.write_text(OLD)
        (self.place / ".env.backup").write_text("older\n")
        process = run("setup", cwd=self.place)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        new = self.env.read_text()
        self.assertEqual((self.place / ".env.backup").read_text(), "older\n", "never over a backup")
        self.assertEqual((self.place / ".env.backup.1").read_text(), OLD)
        self.assertEqual(stat.S_IMODE(os.stat(self.env).st_mode), 0o600)
        kept = [line for line in OLD.splitlines() if line and not line.startswith(("EMBEDDING_DEVICE", "EMBEDDING_BATCH", "RERANK_K"))]
        self.assertEqual([line for line in new.splitlines() if line in kept], kept, "every other line, in its order")
        settings = self.assignments(new)
        self.assertEqual(settings["EMBEDDING_DEVICE"], "auto")
        self.assertEqual(settings["EMBEDDING_BATCH"], "16 # as the old optimiser said")
        self.assertIn("- EMBEDDING_DEVICE=mps\n+ EMBEDDING_DEVICE=auto\n", process.stdout)
        self.assertRegex(process.stdout, r"pass: all \d+ checks")
        self.assertNotIn("secret-token", process.stdout + process.stderr)
        process = run("setup", "--restore", cwd=self.place)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(self.env.read_text(), OLD)
        self.assertFalse((self.place / ".env.backup.1").exists())
        self.assertEqual((self.place / ".env.backup").read_text(), "older\n")
        self.assertEqual((self.place / ".env.replaced").read_text(), new, "nothing is lost")

    # --- the proposal of `optimize`, edited by hand ---

    def propose(self):
        """`rappel optimize` for the settings of self.env; gives the file that it wrote."""
        process = run("optimize", "--latency-budget", "1", cwd=self.place)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        return self.place / ".env.optimized"

    def test_setup_applies_the_edited_proposal(self):
        self.env.write_text(OLD)
        proposal = self.propose()
        text = proposal.read_text()
        self.assertRegex(text, r"(?m)^RERANK_K=\d+$")
        proposal.write_text(re.sub(r"(?m)^RERANK_K=.*$", "RERANK_K=17", text) + "CHUNK_SIZE=300\n")
        process = run("setup", cwd=self.place)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        self.assertRegex(process.stdout, r"1/4 applying .env.optimized, written 20\d\d-\d\d-\d\dT[\d:]+Z, edited: RERANK_K \d+ -> 17, CHUNK_SIZE added;")
        self.assertNotIn("looking at the machine", process.stdout)
        settings = self.assignments(self.env.read_text())
        self.assertEqual((settings["RERANK_K"], settings["CHUNK_SIZE"]), ("17", "300"))
        for line in OLD.splitlines():
            if line.startswith(("MY_OWN", "DATASTORE", "export BEARER_TOKEN")):
                self.assertIn(line + "\n", self.env.read_text())

    def test_setup_measures_again_when_asked(self):
        self.env.write_text(OLD)
        self.propose()
        process = run("setup", "--dry-run", cwd=self.place)
        self.assertIn(", not edited; --remeasure measures again", process.stdout)
        process = run("setup", "--dry-run", "--remeasure", cwd=self.place)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("1/4 looking at the machine", process.stdout)

    def test_setup_says_what_a_lowered_value_costs(self):
        self.env.write_text(OLD.replace("RERANK_K=5", "RERANK_K=40"))
        proposal = self.propose()
        proposal.write_text(re.sub(r"(?m)^RERANK_K=.*$", "RERANK_K=7", proposal.read_text()))
        process = run("setup", "--dry-run", cwd=self.place)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("- RERANK_K=40\n+ RERANK_K=7\n", process.stdout)
        self.assertIn("note: your RERANK_K=40 becomes 7: fewer candidates are reranked", process.stdout)

    def test_a_proposal_that_cannot_be_applied_is_refused(self):
        self.env.write_text(OLD)
        for text, words in (("RERANK_K=9\n", "`rappel optimize` did not write it"), (None, "needs quotes")):
            proposal = self.place / ".env.optimized"
            if text is None:
                proposal = self.propose()
                text = proposal.read_text() + "RAG_HOST='a b'\n"
            proposal.write_text(text)
            process = run("setup", cwd=self.place)
            self.assertEqual(process.returncode, 1)
            self.assertIn(words, process.stderr)
            self.assertIn("--remeasure", process.stderr)
            proposal.unlink()
        self.assertEqual(self.env.read_text(), OLD)

    def test_a_proposal_that_serve_refuses_is_not_applied(self):
        self.env.write_text(OLD)
        proposal = self.propose()
        text = proposal.read_text()
        for line, words in (("RERANK_FINAL_N=many", "RERANK_FINAL_N=many in .env line "), ("CHUNK_OVERLAP=150", "CHUNK_OVERLAP=150: must be less")):
            proposal.write_text(text + line + "\n")
            process = run("setup", cwd=self.place)
            self.assertEqual(process.returncode, 1, process.stdout)
            self.assertIn("nothing was changed: `rappel serve` would refuse " + words, process.stderr)
            self.assertEqual(self.env.read_text(), OLD)
        self.env.write_text(OLD + "RERANK_FINAL_N=many\n")
        proposal.write_text(text)
        self.assertEqual(run("setup", "--dry-run", cwd=self.place).returncode, 0, "it was so before")

    def test_an_unknown_key_of_the_proposal_is_named(self):
        self.env.write_text(OLD)
        proposal = self.propose()
        proposal.write_text(proposal.read_text() + "RERANC_K=9\nMY_OWN=more\n")
        process = run("setup", "--dry-run", cwd=self.place)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("note: rappel has no setting RERANC_K; did you mean RERANK_K?\n", process.stdout)
        self.assertIn("note: rappel has no setting MY_OWN\n", process.stdout)

    def test_the_newest_backup_is_the_one_with_the_highest_number(self):
        self.env.write_text("now\n")
        (self.place / ".env.backup.2").write_text("newest\n")
        (self.place / ".env.backup").write_text("oldest\n")
        (self.place / ".env.backup.old").write_text("mine\n")
        for wanted in ("newest\n", "oldest\n"):
            self.assertEqual(run("setup", "--restore", cwd=self.place).returncode, 0)
            self.assertEqual(self.env.read_text(), wanted)
        self.assertEqual((self.place / ".env.backup.old").read_text(), "mine\n")
        self.assertEqual(run("setup", "--restore", cwd=self.place).returncode, 1)

    def test_a_dry_run_writes_nothing(self):
        self.env.write_text(OLD)
        process = run("setup", "--dry-run", cwd=self.place)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        self.assertIn("+ EMBEDDING_DEVICE=auto", process.stdout)
        self.assertEqual(os.listdir(self.place), [".env"])
        self.assertEqual(self.env.read_text(), OLD)

    def test_settings_that_do_not_work_are_taken_back(self):
        """The reranker's name is right, but the port belongs to a stranger: the check fails."""
        stranger = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        stranger.RequestHandlerClass.log_message = lambda *_: None
        thread = threading.Thread(target=stranger.serve_forever, daemon=True)
        thread.start()
        try:
            text = OLD.replace("RAG_PORT=0", f"RAG_PORT={stranger.server_port}")
            self.env.write_text(text)
            process = run("setup", cwd=self.place)
        finally:
            stranger.shutdown()
            stranger.server_close()
            thread.join()
        self.assertEqual(process.returncode, 1, process.stdout)
        self.assertIn("the old settings are back", process.stderr)
        self.assertEqual(os.listdir(self.place), [".env"])
        self.assertEqual(self.env.read_text(), text)

    def test_a_signal_during_the_check_brings_the_old_settings_back(self):
        with support.silent_port() as port:
            text = OLD.replace("RAG_PORT=0", f"RAG_PORT={port}")
            self.env.write_text(text)
            with subprocess.Popen([support.rappel, "setup"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  cwd=self.place, env=support.clean_environment()) as process:
                seen = ""
                while " build " not in seen:  # the last check will wait for the silent one
                    seen = process.stdout.readline()
                    self.assertNotEqual(seen, "", "it ended before it checked")
                self.assertNotEqual(self.env.read_text(), text)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, out + err)
        self.assertIn("stopped: ", out)
        self.assertIn("the old settings are back", err)
        self.assertEqual(os.listdir(self.place), [".env"])
        self.assertEqual(self.env.read_text(), text)

    def test_a_link_stays_a_link(self):
        real = self.place / "elsewhere"
        real.mkdir()
        (real / "server.env").write_text(OLD)
        self.env.symlink_to("elsewhere/server.env")
        process = run("setup", cwd=self.place)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        self.assertTrue(self.env.is_symlink())
        self.assertIn("EMBEDDING_DEVICE=auto", (real / "server.env").read_text())
        self.assertEqual((self.place / ".env.backup").read_text(), OLD)
        self.assertEqual(run("setup", "--restore", cwd=self.place).returncode, 0)
        self.assertTrue(self.env.is_symlink())
        self.assertEqual((real / "server.env").read_text(), OLD)

    def test_the_environment_that_goes_first_is_named(self):
        self.env.write_text(OLD)
        process = run("setup", "--dry-run", cwd=self.place, EMBEDDING_BATCH=24, RERANK_DEVICE="auto")
        self.assertIn("note: EMBEDDING_BATCH=24 in the environment goes before this file\n", process.stdout)
        self.assertNotIn("RERANK_DEVICE=auto in the environment", process.stdout)

    def test_nothing_to_restore_is_said(self):
        process = run("setup", "--restore", cwd=self.place)
        self.assertEqual(process.returncode, 1)
        self.assertIn("no backup", process.stderr)


if __name__ == "__main__":
    support.main()
