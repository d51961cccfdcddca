"""Runs the steps of a page in one shell, from the first block to the last, in a folder like a checkout after
`make quickstart`.

Replacements: the Hub is a fake on this machine, in which the two BGE models are small models. `rappel serve` returns
when the server listens, as if the reader had started it in another terminal. The ports of the pages become free ports.
curl fails if the response is an error.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

from pages import ROOT, difference

PORTS = ("3333", "8000")
PORT = re.compile(r"(?<=[:= ])(" + "|".join(PORTS) + r")(?![\d.])")
SECONDS = 600  # for a page
TOKEN = "0123456789abcdef" * 4
SETTINGS = {"BEARER_TOKEN": TOKEN, "EMBEDDING_MODEL": "models/multilingual-e5-small", "RERANK_MODEL": "models/rappel-rerank-mini-en",
            "RERANK_MODE": "blend", "RERANK_K": "20"}  # as scripts/tour writes them; the port is added below
NOTES = {"bees.md": "# Bees in winter\n\nBees form a cluster around the queen and shiver to keep warm.\n",
         "keys.txt": "The spare key is under the blue pot beside the door.\n"}
# If a server ends before it listens, the wrapper waits for it and returns its exit status.
WRAPPER = """#!/bin/sh
case " $* " in *" --help "*) exec "{rappel}" "$@" ;; esac
[ "${{1:-}}" = serve ] || exec "{rappel}" "$@"
pipe=$(mktemp -u "{state}/pipe.XXXXXX")
mkfifo "$pipe"
"{rappel}" "$@" >"$pipe" &
read -r line <"$pipe" || {{ wait $!; exit $?; }}
echo $! >>"{state}/servers"
echo "$line"
"""
PROLOGUE = """stop_servers() {
  for server in $(cat "$STATE/servers" 2>/dev/null); do
    kill "$server" 2>/dev/null || true
    while kill -0 "$server" 2>/dev/null; do sleep 0.05; done
  done
  rm -f "$STATE/servers"
}
set -eo pipefail
"""


@dataclass
class Outcome:
    run: int = 0
    compared: int = 0
    problems: list = None


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Place:
    """The reader's home folder and checkout below `folder`."""

    def __init__(self, folder, rappel, hub):
        self.folder, self.rappel, self.hub = folder, rappel, hub
        self.home = folder / "home" / "you"
        self.checkout = self.home / "rappel"
        self.state = folder / "state"
        self.ports = dict(zip(PORTS, free_ports(len(PORTS))))
        self.state.mkdir(parents=True)
        self._make_home()
        self._make_checkout()

    def with_ports(self, text):
        return PORT.sub(lambda match: self.ports[match[1]], text)

    def _make_home(self):
        (self.home / "notes").mkdir(parents=True)
        for name, text in NOTES.items():
            (self.home / "notes" / name).write_text(text)
        (self.home / ".curlrc").write_text("fail-with-body\n")

    def _make_checkout(self):
        binary = self.checkout / "build" / "release" / "rappel"
        binary.parent.mkdir(parents=True)
        binary.write_text(WRAPPER.format(rappel=self.rappel, state=self.state))
        binary.chmod(0o755)
        for name in ("examples", "models", "docs", "README.md"):
            (self.checkout / name).symlink_to(ROOT / name)
        shutil.copytree(ROOT / "scripts", self.checkout / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        example = (ROOT / ".env.example").read_text()
        (self.checkout / ".env.example").write_text(self.with_ports(example))
        settings = {**SETTINGS, "RAG_PORT": self.ports["8000"]}
        (self.checkout / ".env").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))

    def environment(self):
        kept = {key: os.environ[key] for key in ("TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS") if key in os.environ}
        path = f"{self.checkout / 'build' / 'release'}:{os.environ['PATH']}"
        return {**kept, "PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8", "HF_ENDPOINT": self.hub, "STATE": str(self.state),
                "EMBEDDING_DEVICE": "cpu", "RERANK_DEVICE": "cpu",  # the pages show the output of a CPU
                "no_proxy": "127.0.0.1,localhost", "PYTHONDONTWRITEBYTECODE": "1"}

    def script(self, steps):
        """Sources each block, so that the next one has its variables and its working directory."""
        lines = [PROLOGUE]
        for number, step in enumerate(steps):
            block, out = f'"$STATE/{number}.sh"', f'"$STATE/{number}.out"'
            if step.kind == "stop":
                lines.append("stop_servers")
                continue
            if step.kind not in ("run", "settings"):
                continue
            (self.state / f"{number}.sh").write_text(self.with_ports(step.text))
            lines.append(f'echo {number} >"$STATE/at"')
            if step.kind == "settings":
                lines += [f"rappel config --env-file {block} >{out} 2>&1",
                          f"if grep -qE '\\[(setting|device-missing)\\]' {out}; then exit 1; fi"]
            elif step.status == 0:
                lines.append(f". {block} >{out} 2>&1")
            else:
                lines += ["set +e", f"(set -e; . {block}) >{out} 2>&1", "status=$?", "set -e",
                          f'[ $status -eq {step.status} ] || {{ echo "(exit status $status)" >>{out}; exit 1; }}']
        return "\n".join([*lines, "stop_servers", 'echo all >"$STATE/at"']) + "\n"

    def run(self, steps):
        (self.state / "page.sh").write_text(self.script(steps))
        shell = subprocess.Popen(["bash", "--norc", str(self.state / "page.sh")], cwd=self.checkout, env=self.environment(),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                 start_new_session=True)
        try:
            words = shell.communicate(timeout=SECONDS)[1]
        except subprocess.TimeoutExpired:
            words = f"(stopped after {SECONDS} s)"
        finally:
            self._end(shell.pid)
        return self._judge(steps, words)

    def _end(self, group):
        """Ends the servers that a failed page left running, and everything else that it started."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(group, how)
                time.sleep(0.5)
            except ProcessLookupError:
                return

    def output(self, number):
        path = self.state / f"{number}.out"
        text = path.read_text(errors="replace") if path.exists() else ""
        text = text.replace(str(self.folder), "")
        for name, port in self.ports.items():
            text = text.replace(port, name)
        return text.replace(self.hub, "https://huggingface.co")

    def _judge(self, steps, words):
        outcome = Outcome(problems=[])
        at = (self.state / "at").read_text().strip() if (self.state / "at").exists() else "0"
        for number, step in enumerate(steps):
            if at != "all" and number == int(at):
                outcome.problems.append(f"line {step.line}: this block failed:\n{step.text}"
                                        f"--- it printed\n{self.output(number)}{words}")
                outcome.problems.append("the later blocks were not run")
                break
            if step.kind in ("run", "settings"):
                outcome.run += 1
            elif step.kind == "output":
                outcome.compared += 1
                if wrong := difference(step.text, self.output(number - 1), step.numbers_vary):
                    outcome.problems.append(f"line {step.line}: the output differs:\n{wrong}\n"
                                            f"--- all of it\n{self.output(number - 1)}")
        return outcome
