#!/usr/bin/env python3
"""Compares the fault ids that src/ produces with the ids that the doctor knows.

    error_ids_test.py SOURCE_DIR    prints each difference and exits 1 when there is one
    error_ids_test.py --self-test   makes small trees with one mistake each and fails unless each is found

An id is produced by Status::with_id("id"), by fault_mark("id"), and by a string literal that ends with " [id]\\n", for
the few places that write to standard error without a Status. Several literals within the parentheses count (a choice
between two ids). The doctor's ids are the `.name` of the entries in src/doctor/troubles.cc; an entry with `.own = false`
is known by other programs' words only, so src/ must not produce its id. Tests and src/doctor/ itself do not count.
"""

import re
import sys
import tempfile
from pathlib import Path

TABLE = "src/doctor/troubles.cc"
SOURCES = {".cc", ".h", ".cu", ".mm", ".in"}
ID = re.compile(r"[a-z]+(-[a-z]+)*")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
CALL = re.compile(r"\b(?:with_id|fault_mark)\(")
MARK = re.compile(r" \[([a-z]+(?:-[a-z]+)*)\]\\n$")
ENTRY = re.compile(r'\{\.name = "([^"]*)"(.*?)\},\n', re.S)


def without_comments(text):
    """The comments become blank; line numbers stay."""
    def blank(match):
        return match[0] if match[0].startswith('"') else "\n" * match[0].count("\n")
    return re.sub(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.S)


def argument(text, start):
    """What stands between the parenthesis before `start` and its partner."""
    depth, at = 1, start
    while at < len(text) and depth:
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return text[start:at - 1]


def produced_ids(root):
    """id -> "file:line" of its places."""
    places = {}
    for path in sorted((root / "src").rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix not in SOURCES or name.startswith("src/doctor/") or re.search(r"(_test|/test_\w+)\.\w+$", name):
            continue
        text = without_comments(path.read_text(encoding="utf-8"))
        found = [(call.start(), literal[1]) for call in CALL.finditer(text) for literal in LITERAL.finditer(argument(text, call.end()))]
        found += [(literal.start(), mark[1]) for literal in LITERAL.finditer(text) if (mark := MARK.search(literal[1]))]
        for at, fault in found:
            places.setdefault(fault, []).append(f"{name}:{text.count(chr(10), 0, at) + 1}")
    return places


def known_ids(root):
    """id -> whether rappel itself reports it."""
    entries = ENTRY.findall(without_comments((root / TABLE).read_text(encoding="utf-8")))
    return {name: ".own = false" not in rest for name, rest in entries}


def differences(root):
    produced, known = produced_ids(root), known_ids(root)
    problems = [] if known else [f"{TABLE}: no entry was found"]
    for fault, places in produced.items():
        if not ID.fullmatch(fault):
            problems.append(f"{places[0]}: \"{fault}\" is not an id: lower-case words joined by hyphens")
        elif fault not in known:
            problems.append(f"{places[0]}: the doctor does not know [{fault}]: add it to {TABLE}")
        elif not known[fault]:
            problems.append(f"{places[0]}: [{fault}] is produced here, but {TABLE} says .own = false")
    problems += [f"{TABLE}: no source file produces [{fault}]" for fault, own in known.items() if own and fault not in produced]
    return problems


GOOD = {
    TABLE: 'constexpr Trouble kTroubles[] = {\n    {.name = "port-taken",\n     .cause = "x"},\n'
           '    {.name = "killed",\n     .signs = "KILL",\n     .own = false},\n    {.name = "crash",\n     .cause = "x"},\n};\n',
    "src/server/a.cc": 'return Status(Code::kUnavailable, f("x")).with_id("port-taken");\n',
    "src/base/b.cc": 'std::fputs("rappel: internal error [crash]\\n", stderr);  // with_id("in-a-comment")\n',
    "src/base/b_test.cc": 'Status().with_id("of-a-test");\n',
    "src/base/test_b.cc": 'Status().with_id("of-a-test");\n',
}

# What one file becomes, and a word of the complaint.
MISTAKES = [
    ("src/server/a.cc", "", "no source file produces [port-taken]"),
    ("src/server/a.cc", 'x.with_id("port-taken").with_id("unheard-of");\n', "src/server/a.cc:1: the doctor does not know [unheard-of]"),
    ("src/server/a.cc", '\nwarn("{}", fault_mark(\n  lost ? "port-taken" : "other"));\n', "src/server/a.cc:2: the doctor does not know [other]"),
    ("src/server/a.cc", 'x.with_id("port-taken"); y.with_id("killed");\n', "says .own = false"),
    ("src/server/a.cc", 'x.with_id("port-taken"); y.with_id("Port taken");\n', "is not an id"),
    ("src/base/b.cc", "// with_id(\"crash\")\n", "no source file produces [crash]"),
    ("src/base/b.cc", 'log("nothing [crash] here");\n', "no source file produces [crash]"),
    (TABLE, "constexpr Trouble kTroubles[] = {};\n", "no entry was found"),
]


def self_test():
    for path, content, complaint in [(None, None, None), *MISTAKES]:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, text in {**GOOD, **({path: content} if path else {})}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            found = differences(root)
        if path is None and found:
            sys.exit("self-test: a good tree was refused: " + "; ".join(found))
        if path is not None and not any(complaint in problem for problem in found):
            sys.exit(f"self-test: {complaint!r} was not said of {path}: {found}")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    problems = differences(Path(sys.argv[1]))
    print("\n".join(problems) or f"{len(produced_ids(Path(sys.argv[1])))} ids agree")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
