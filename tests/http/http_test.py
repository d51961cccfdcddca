#!/usr/bin/env python3
"""Runs the *.case files of this folder against the real `rappel serve`.

    http_test.py --rappel build/release/rappel [--model DIR] [FILE.case ..]

Without --model the server uses testdata/models/mini-bert-embedder. The format, by example:

    @serve --no-auth              options of `rappel serve` for this file (default: tokens tok1 and tok2)
    @token NAME --scope read      a token of `rappel token add`, which is ${NAME} below

    ### name of the case
    # a comment; "# old:" tells what the replaced system answered where the answer differs on purpose
    POST /query
    @auth                         Authorization: Bearer tok1
    @json                         Content-Type: application/json
    Other-Header: value

    {"queries":[]}                the body, up to the line ---
    ---
    200
    content-type: application/json    exact value; `name: ~regex` searches; `!name` must not be there

    {"results":[]}                the expected body

Expected JSON is compared with order of keys; the answer must be compact. Strings in it may be "<any>", "<string>",
"<number>", "<score>" (0..1), "<uuid>", "<date>", "<save NAME>" (a string, used later as ${NAME}), "<~regex>", and a list
may end with "<more>". A body of lines that start with `~ ` is searched for each regex. "(empty)" means no bytes. No
expected body: anything. A request body made of `@part` lines is multipart/form-data:

    @part file filename="a.txt" type="text/plain" = text with \\n and \\xNN escapes
"""

import argparse
import datetime
import http.client
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from support import linked_model  # noqa: E402
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Case:
    def __init__(self, name, line):
        self.name, self.line = name, line
        self.method = self.target = None
        self.headers, self.body = [], []
        self.status, self.wanted_headers, self.wanted_body = None, [], []


def read_cases(path):
    """The file's cases, and the options and named tokens of its server."""
    cases, serve, tokens, part = [], None, [], None
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.startswith("@serve"):
            serve = shlex.split(line[len("@serve"):])
        elif line.startswith("@token"):
            tokens.append(shlex.split(line[len("@token"):]))
        elif line.startswith("### "):
            cases.append(Case(line[4:].strip(), number))
            part = "request"
        elif part is None:
            continue
        elif part in ("request", "request header", "answer", "answer header") and line.startswith("#"):
            continue
        else:
            part = read_line(cases[-1], part, line)
    for case in cases:
        if case.method is None or case.status is None:
            raise SystemExit(f"{path}:{case.line}: the case needs a request and a status")
        while case.wanted_body and not case.wanted_body[-1]:
            case.wanted_body.pop()
    return cases, serve or [], tokens


def read_line(case, part, line):
    if part == "request":
        if line.strip():
            case.method, case.target = line.split(" ", 1)
            return "request header"
    elif part == "request header":
        if line == "---":
            return "answer"
        if line == "@auth":
            case.headers.append(("Authorization", "Bearer tok1"))
        elif line == "@json":
            case.headers.append(("Content-Type", "application/json"))
        elif not line:
            return "request body"
        else:
            name, value = line.split(":", 1)
            case.headers.append((name, value[1:] if value.startswith(" ") else value))
    elif part == "request body":
        if line == "---":
            return "answer"
        case.body.append(line)
    elif part == "answer":
        case.status = int(line)
        return "answer header"
    elif part == "answer header":
        if not line:
            return "answer body"
        case.wanted_headers.append(line)
    else:
        case.wanted_body.append(line)
    return part


def multipart(lines, boundary):
    out = b""
    for line in lines:
        match = re.fullmatch(r"@part (\S+)((?: \w+=\"(?:[^\"\\]|\\.)*\")*) = ?(.*)", line)
        if not match:
            raise SystemExit(f"not a part: {line}")
        options = dict(re.findall(r' (\w+)="((?:[^"\\]|\\.)*)"', match[2]))
        out += b"--" + boundary + b"\r\nContent-Disposition: form-data; name=\"" + match[1].encode() + b'"'
        if "filename" in options:
            out += b'; filename="' + options["filename"].encode() + b'"'
        if "type" in options:
            out += b"\r\nContent-Type: " + options["type"].encode()
        text = re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), match[3].encode())
        out += b"\r\n\r\n" + text.replace(rb"\n", b"\n") + b"\r\n"
    return out + b"--" + boundary + b"--\r\n"


def send(port, case, variables):
    body = None
    headers = [(name, substitute(value, variables)) for name, value in case.headers]
    if case.body and case.body[0].startswith("@part"):
        boundary = secrets.token_hex(8).encode()
        body = multipart([substitute(line, variables) for line in case.body if line], boundary)
        headers.append(("Content-Type", "multipart/form-data; boundary=" + boundary.decode()))
    elif case.body:
        body = substitute("\n".join(case.body).rstrip("\n"), variables).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(case.method, substitute(case.target, variables), skip_accept_encoding=True,
                              skip_host=any(name.lower() == "host" for name, _ in headers))
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def substitute(text, variables):
    return re.sub(r"\$\{(\w+)\}", lambda m: variables[m[1]], text)


def is_date(text):
    try:
        datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        return True
    except ValueError:
        return False


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def match_wildcard(wanted, got, variables):
    """None when `wanted` is no wildcard."""
    if not (isinstance(wanted, str) and wanted.startswith("<") and wanted.endswith(">")):
        return None
    kind, _, rest = wanted[1:-1].partition(" ")
    if kind == "save" and isinstance(got, str):
        variables[rest] = got
        return True
    if kind.startswith("~"):
        return isinstance(got, str) and re.search(wanted[2:-1], got) is not None
    return {"any": lambda: True, "string": lambda: isinstance(got, str), "number": lambda: number(got),
            "score": lambda: number(got) and 0 <= got <= 1 + 1e-6,
            "uuid": lambda: isinstance(got, str) and UUID.fullmatch(got) is not None,
            "date": lambda: isinstance(got, str) and is_date(got)}.get(kind, lambda: False)()


def difference(wanted, got, variables, where="$"):
    """What differs, or an empty string."""
    wild = match_wildcard(wanted, got, variables)
    if wild is not None:
        return "" if wild else f"{where}: {json.dumps(got)} is not {wanted}"
    if isinstance(wanted, str):
        wanted = substitute(wanted, variables)
    if type(wanted) is not type(got):
        return f"{where}: {json.dumps(got)}, wanted {json.dumps(wanted)}"
    if isinstance(wanted, dict):
        if list(wanted) != list(got):
            return f"{where}: keys {list(got)}, wanted {list(wanted)}"
        return next(filter(None, (difference(wanted[k], got[k], variables, f"{where}.{k}") for k in wanted)), "")
    if isinstance(wanted, list):
        if wanted and wanted[-1] == "<more>":
            wanted, got = wanted[:-1], got[:len(wanted) - 1]
        if len(wanted) != len(got):
            return f"{where}: {len(got)} items, wanted {len(wanted)}"
        return next(filter(None, (difference(w, g, variables, f"{where}[{i}]")
                                  for i, (w, g) in enumerate(zip(wanted, got)))), "")
    return "" if wanted == got else f"{where}: {json.dumps(got)}, wanted {json.dumps(wanted)}"


def check_body(wanted_lines, got, variables):
    if not wanted_lines:
        return ""
    text = got.decode("utf-8", errors="replace")
    if wanted_lines == ["(empty)"]:
        return "" if not got else f"body is not empty: {text[:200]!r}"
    if wanted_lines[0].startswith("~ "):
        return next((f"nothing in the body matches {line[2:]}" for line in wanted_lines
                     if not re.search(line[2:], text, re.MULTILINE)), "")
    wanted = "\n".join(wanted_lines)
    if wanted[0] not in "{[":
        return "" if wanted == text else f"body {text[:200]!r}, wanted {wanted!r}"
    try:
        parsed = json.loads(text)
    except ValueError:
        return f"body is not JSON: {text[:200]!r}"
    if text != json.dumps(parsed, separators=(",", ":"), ensure_ascii=False):
        return f"body is not compact JSON: {text[:200]!r}"
    return difference(json.loads(wanted), parsed, variables)


def check_headers(wanted, got, variables):
    values = {}
    for name, value in got:
        values.setdefault(name.lower(), value)
    for line in wanted:
        if line.startswith("!"):
            if line[1:].lower() in values:
                return f"header {line[1:]} is there: {values[line[1:].lower()]!r}"
            continue
        name, value = line.split(":", 1)
        value, found = substitute(value.strip(), variables), values.get(name.lower())
        if found is None:
            return f"header {name} is missing"
        if not (re.search(value[1:], found) if value.startswith("~") else value == found):
            return f"header {name} is {found!r}, wanted {value!r}"
        if value.startswith("~") and name.lower() in ("etag",):
            variables["etag"] = found
    return ""


class Served:
    """A running `rappel serve` with an empty store of its own."""

    def __init__(self, rappel, model, options, tokens=()):
        self.folder = Path(tempfile.mkdtemp(prefix="rappel-http-"))
        environment = {key: value for key, value in os.environ.items()
                       if key in ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")}
        environment.update(HOME=str(self.folder), EMBEDDING_MODEL=str(model), RERANK_ENABLE="false")
        if "--no-auth" not in options:
            environment["BEARER_TOKEN"] = "tok1, tok2"
        data = self.folder / "data"
        self.tokens = {name: subprocess.run([rappel, "token", "add", name, *more, "--data-dir", data], env=environment,
                                            cwd=self.folder, capture_output=True, text=True, check=True).stdout.strip()
                       for name, *more in tokens}
        self.log = open(self.folder / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [str(rappel), "serve", "--port", "0", "--data-dir", str(data), *options], env=environment,
            cwd=self.folder, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        match = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if not match:
            self.process.kill()
            self.process.wait()
            raise SystemExit(f"rappel serve did not start: {line!r}\n{self.text_of_log()}")
        self.port = int(match[1])

    def text_of_log(self):
        self.log.flush()
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=60)
        log = self.text_of_log()
        self.log.close()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return "" if code == 0 else f"rappel serve ended with {code}:\n{log}"


def run_file(path, rappel, model):
    """Messages of the cases that failed, and how many there were."""
    cases, options, tokens = read_cases(path)
    server = Served(rappel, model, options, tokens)
    variables, failures = {"port": str(server.port), **server.tokens}, []
    try:
        for case in cases:
            status, headers, body = send(server.port, case, variables)
            problem = "" if status == case.status else f"status {status}, wanted {case.status}: {body[:300]!r}"
            problem = problem or check_headers(case.wanted_headers, headers, variables)
            problem = problem or check_body(case.wanted_body, body, variables)
            if problem:
                failures.append(f"{path.name}:{case.line}: {case.name}: {problem}")
    finally:
        end = server.stop()
    return failures + ([f"{path.name}: {end}"] if end else []), len(cases)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rappel", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()
    total, failures = 0, []
    with tempfile.TemporaryDirectory(prefix="rappel-http-model-") as folder:
        model = arguments.model or linked_model("mini-bert-embedder", folder)
        for path in arguments.files or sorted(HERE.glob("*.case")):
            failed, count = run_file(path, arguments.rappel.resolve(), model)
            print(f"{path.name}: {count} cases, {len(failed)} failed", flush=True)
            failures += failed
            total += count
    for failure in failures:
        print("FAILED", failure)
    print(f"{total} cases, {len(failures)} failed")
    return 1 if failures or not total else 0


if __name__ == "__main__":
    sys.exit(main())
