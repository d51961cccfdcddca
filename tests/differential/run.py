#!/usr/bin/env python3
"""Compares rappel with the genuine FastAPI and pydantic: sends generated requests to both and compares the answers.

    run.py --rappel build/release/rappel [--scenarios 60] [--seed 1] [--once NUMBER]

differences.toml explains every difference that is meant. Any other one fails the run, and so does a rule that explains nothing,
if the run is long enough to meet all of them (--all-rules, the default from 2000 scenarios on). A failure names the scenario:
repeat it with --once NUMBER. FastAPI 0.92, starlette 0.26 and pydantic 1.10 are those of Debian 12 (packages.txt), and the
versions that the Python service pinned, except for python-multipart (0.0.6 there, 0.0.5 here). The run is skipped without them.
"""

import argparse
import http.client
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e"), str(HERE.parent / "http")]
from compare import Answer, differences, explain, read_rules, show  # noqa: E402
from facts import facts_of  # noqa: E402
from generate import Generator  # noqa: E402
from http_test import Served  # noqa: E402
from old_python import old_python  # noqa: E402
from support import linked_model  # noqa: E402

CHANGES = ("/upsert", "/upsert-file", "/delete")
# A removal with the same response takes other documents.
SELECT_OTHERS = {"unknown filter key", "condition in a filter", "empty filter", "date in lower case"}
# What was stored keeps these facts true for the later requests of its scenario.
STORED = {"metadata beside the text", "integer beyond 64 bits"}
MANY = 2000


class Peer:
    """One of the two services, over a connection that is opened again when it was closed."""

    def __init__(self, port):
        self.port, self.connection, self.wrong_tokens = port, None, 0

    def ask(self, request):
        for attempt in (1, 2):
            try:
                return self.exchange(request)
            except (http.client.HTTPException, ConnectionError):
                self.close()
                if attempt == 2:
                    raise

    def exchange(self, request):
        if self.connection is None:
            # Wrong tokens slow an address down: each connection has an address of its own.
            self.wrong_tokens = (self.wrong_tokens + 1) % 250
            self.connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=60, source_address=(f"127.0.1.{self.wrong_tokens + 1}", 0)
            )
        self.connection.putrequest(request.method, request.target, skip_accept_encoding=True)
        for name, value in request.headers:
            self.connection.putheader(name, value)
        if request.body is not None:
            self.connection.putheader("Content-Length", str(len(request.body)))
        self.connection.endheaders(request.body)
        answer = self.connection.getresponse()
        result = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        if result.status == 401 or answer.getheader("connection", "").lower() == "close":
            self.close()
        return result

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Comparison:
    def __init__(self, old, new, rules):
        self.old, self.new, self.rules = old, new, rules
        self.requests = self.differing = 0
        self.failures = []

    def scenario(self, number, requests):
        stored = set()
        for step, request in enumerate(requests):
            old, new = self.old.ask(request), self.new.ask(request)
            self.requests += 1
            facts = facts_of(request)
            stored |= facts & STORED
            atoms, facts = differences(request, old, new), facts | stored
            self.differing += bool(atoms)
            left = explain(atoms, request, facts, self.rules)
            if left:
                self.failures.append(describe(number, step, request, facts, left, old, new))
                return
            if request.target.split("?")[0] in CHANGES and (atoms or facts & SELECT_OTHERS):
                return  # the stores may differ from here on


def describe(number, step, request, facts, atoms, old, new):
    lines = [
        f"scenario {number}, request {step}: {request.method} {request.target}",
        f"  headers {request.headers}",
        f"  body {show((request.body or b'').decode('utf-8', 'backslashreplace'))}",
        f"  facts {sorted(facts)}",
    ]
    lines += [f"  {atom}" for atom in atoms[:8]]
    lines += [
        f"  old {old.status} {show(old.body.decode('utf-8', 'replace'))}",
        f"  new {new.status} {show(new.body.decode('utf-8', 'replace'))}",
    ]
    return "\n".join(lines)


def start_old(python):
    process = subprocess.Popen([python, str(HERE / "old_service.py"), "0"], stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line.strip().isdigit():
        process.kill()
        raise SystemExit("the FastAPI service did not start")
    return process, int(line)


def compare(arguments, python, model):
    rules = read_rules(HERE / "differences.toml")
    process, port = start_old(python)
    server = Served(arguments.rappel.resolve(), model, [])
    try:
        comparison = Comparison(Peer(port), Peer(server.port), rules)
        numbers = range(arguments.scenarios) if arguments.once is None else [arguments.once]
        for number in numbers:
            comparison.scenario(number, Generator(arguments.seed * 1_000_003 + number).scenario())
            if len(comparison.failures) >= arguments.failures:
                break
    finally:
        process.kill()
        process.wait()
        end = server.stop()
    return comparison, rules, end


def report(comparison, rules, all_rules, end):
    failures = list(comparison.failures) + ([end] if end else [])
    if all_rules:
        failures += [
            f"differences.toml: {rule.name} ({rule.kind}) never occurred: remove it, or generate a request that shows it"
            for rule in rules
            if not rule.uses
        ]
    for failure in failures:
        print("FAILED", failure)
    print(
        f"{comparison.requests} requests to both services: {comparison.differing} answers differ in explained ways, {len(failures)} failed"
    )
    return 1 if failures or not comparison.requests else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rappel", type=Path, required=True)
    parser.add_argument("--scenarios", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--once", type=int)
    parser.add_argument("--failures", type=int, default=10, help="stop after so many")
    parser.add_argument("--all-rules", action=argparse.BooleanOptionalAction)
    arguments = parser.parse_args()
    python = old_python()
    if python is None:
        print("skipped: FastAPI with pydantic 1 is not installed: scripts/install-packages test")
        return 77
    with tempfile.TemporaryDirectory(prefix="rappel-differential-") as folder:
        comparison, rules, end = compare(arguments, python, linked_model("mini-bert-embedder", folder))
    many = arguments.once is None and arguments.scenarios >= MANY
    return report(comparison, rules, many if arguments.all_rules is None else arguments.all_rules, end)


if __name__ == "__main__":
    sys.exit(main())
