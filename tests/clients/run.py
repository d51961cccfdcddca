#!/usr/bin/env python3
"""Runs the published clients of the plugin against the real `rappel serve`.

    run.py --rappel build/release/rappel [--clients build/clients]

scripts/install-clients fetches the clients. Without them the test is skipped; tests/http/clients.case sends what they send.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "http")]
from http_test import Served  # noqa: E402
from support import linked_model  # noqa: E402


def commands(clients, url):
    """The command of each language whose packages are there, and the folder it runs in."""
    python, modules = clients / "python" / "bin" / "python", clients / "javascript" / "node_modules" / "langchain"
    if python.exists():
        yield [str(python), str(HERE / "python_clients.py"), url, "tok1"], clients
        if modules.is_dir():  # it asks for what the others have stored
            yield ["node", str(HERE / "javascript_client.mjs"), url, "tok1"], clients / "javascript"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rappel", type=Path, required=True)
    parser.add_argument("--clients", type=Path, default=ROOT / "build" / "clients")
    arguments = parser.parse_args()
    if not list(commands(arguments.clients.resolve(), "")):
        print("skipped: the clients are not installed: run scripts/install-clients")
        return 77
    failed = ran = 0
    with tempfile.TemporaryDirectory(prefix="rappel-clients-") as folder:
        server = Served(arguments.rappel.resolve(), linked_model("mini-bert-embedder", folder), ["--result-source-id"])
        try:
            for command, where in commands(arguments.clients.resolve(), f"http://127.0.0.1:{server.port}"):
                done = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=300)
                print(done.stdout, end="")
                ran += 1
                if done.returncode != 0:
                    failed += 1
                    print("FAILED", Path(command[1]).name, done.stderr[-2000:])
        finally:
            end = server.stop()
    if end:
        print("FAILED", end)
    print(f"{ran - failed} passed, {failed} failed")
    return 1 if failed or end else 0


if __name__ == "__main__":
    sys.exit(main())
