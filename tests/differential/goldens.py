#!/usr/bin/env python3
"""Checks that the FastAPI service of this folder is the service it stands for: its OpenAPI documents are those that the Python
service gave, byte for byte, and so are its answers to the recorded requests.

    goldens.py       reads shared/goldens (RAPPEL_SHARED); skipped without it or without FastAPI
"""

import json
import re
import shlex
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
from compare import UUID  # noqa: E402
from forms import encode_form  # noqa: E402
from request import Request  # noqa: E402
from old_python import old_python  # noqa: E402
from run import Peer, start_old  # noqa: E402
from support import SHARED  # noqa: E402

GOLDENS = SHARED.parent / "goldens"
FILES = {"/tmp/r/t.txt": b"hello text file\n", "/tmp/r/l.txt": b"caf\xe9 hello\n"}
# The recording made its store fail on this word, and gave the first result the score 1; the rest is the same.
SKIPPED = ("boom",)
HEADERS = ("content-type", "www-authenticate", "allow", "access-control-allow-origin")


def recorded_cases(text):
    """name -> (status, headers, beginning of the body), of the recorded answers."""
    cases = {}
    for block in text.split("### ")[1:]:
        name, status, headers, *body = block.split("\n")
        fields = dict(part.split(": ", 1) for part in re.split(r";(?! )", headers) if ": " in part)
        cases[name] = (int(status.split()[1]), fields, "\n".join(body))
    return cases


def requests_of(script):
    """name -> Request, of the lines `q NAME CURL-OPTIONS` of the recording's script."""
    for line in script.splitlines():
        if not line.startswith("q "):
            continue
        words = shlex.split(
            line.replace("$H", "http://host")
            .replace("$A", "Authorization: Bearer tok1")
            .replace("$J", "Content-Type: application/json")
        )
        name, method, target, headers, parts, body = words[1], "GET", "/", [], [], None
        rest = iter(words[2:])
        for word in rest:
            if word == "-X":
                method = next(rest)
            elif word == "-H":
                headers.append(tuple(next(rest).split(": ", 1)))
            elif word == "-d":
                body = next(rest).encode()
            elif word == "-F":
                parts.append(form_part(next(rest)))
            elif word.startswith("http://host"):
                target = word.removeprefix("http://host")
        if parts:
            method, body = "POST", encode_form(parts, "recorded")
            headers.append(("Content-Type", "multipart/form-data; boundary=recorded"))
        elif body is not None and not any(name == "Content-Type" for name, _ in headers):
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        yield name, Request(method, target, headers, body)


def form_part(option):
    field, value = option.split("=", 1)
    if not value.startswith("@"):
        return f'form-data; name="{field}"', None, value.encode()
    path, kind = value[1:].split(";type=")
    return f'form-data; name="{field}"; filename="{Path(path).name}"', kind, FILES[path]


def comparable(text):
    """Without ids and scores, which the recording's store made; up to the 600 bytes that were recorded."""
    return re.sub(r'"score":[\d.]+', '"score":0', UUID.sub("<uuid>", text))


def check(peer):
    failures = []
    for path, name in (("/openapi.json", "openapi.fork.json"), ("/sub/openapi.json", "sub-openapi.fork.json")):
        wanted = json.loads((GOLDENS / name).read_text(encoding="utf-8"))
        if json.dumps(json.loads(peer.ask(Request("GET", path)).body)) != json.dumps(wanted):
            failures.append(f"{path} is not the recorded document")
    answers = recorded_cases((GOLDENS / "http_answers.fork.txt").read_text(encoding="utf-8"))
    checked = 0
    for name, request in requests_of((GOLDENS / "http_cases.sh").read_text(encoding="utf-8")):
        if name not in answers or name in SKIPPED:
            continue
        status, headers, body = answers[name]
        answer = peer.ask(request)
        got = {key: answer.headers[key] for key in HEADERS if key in answer.headers}
        checked += 1
        if answer.status != status or got != {key: headers[key] for key in HEADERS if key in headers}:
            failures.append(f"{name}: {answer.status} {got}, recorded {status} {headers}")
        elif body.startswith('{"') and len(body) < 500 and comparable(answer.body.decode()) != comparable(body.rstrip("\n")):
            failures.append(f"{name}: {answer.body!r}, recorded {body!r}")
    return failures, checked


def main():
    python = old_python()
    if python is None:
        print("skipped: FastAPI with pydantic 1 is not installed: scripts/install-packages test")
        return 77
    if not (GOLDENS / "http_answers.fork.txt").is_file():
        print("skipped: reference data not found: set RAPPEL_SHARED or put shared/ next to the checkout")
        return 77
    process, port = start_old(python)
    try:
        failures, checked = check(Peer(port))
    finally:
        process.kill()
        process.wait()
    for failure in failures:
        print("FAILED", failure)
    print(f"2 documents and {checked} recorded answers, {len(failures)} failed")
    return 1 if failures or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
