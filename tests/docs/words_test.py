"""Checks the wording of everything that users read: README.md, docs/*.md and the other pages, the comments of
.env.example, and the help of every command. It rejects words that no technical text needs (WORDS) and sentences that
open with What, Who, Whoever or Of. In string literals of the sources, which hold the log lines and messages, it rejects
the words only, because some are questions; in their comments both.

    words_test.py build/release/rappel
    words_test.py --self-test
"""

import re
import subprocess
import sys

from pages import ROOT

# pattern -> the usual word
WORDS = {
    r"of late": "recent, recently",
    r"to be had": "available",
    r"anew": "again",
    r"whoever": "name the actor: the user, the caller",
    r"who comes": "name the actor: the user, the caller",
    r"is what": "is",
    r", for (?:it|they|he|that|there|no|nothing)\b": "because",
    r"nor when": "not even if",
    r"behind (?:the|it|them|that|which|an?)\b": "after",
    r"at work": "running, after startup",
    r"the like": "similar",
    r"besides,": "also",
    r"thither": "there",
    r"beside it": "with it",
    r"in words": "as a message",
}
WORD = re.compile("|".join(word if word.startswith(",") else r"\b" + word + r"(?!\w)" for word in WORDS), re.IGNORECASE)
OPENING = re.compile(r"(?:^|[.!?:;]\s+|\*\*)(What|Who|Whoever|Of)\b")
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/*.md", "bench/README.md",
         "examples/README.md", "models/*/README.md", "testdata/README.md")
SOURCES = ("src/**/*.h", "src/**/*.cc", "src/**/*.cu", "src/**/*.cuh", "src/**/*.in", "fuzz/*.h", "fuzz/*.cc", "bench/*.cc")
SCRIPTS = ("scripts/*", "bench/*.py", "bench/run", "src/**/*.py", "cmake/*.cmake", "src/**/CMakeLists.txt", "*/CMakeLists.txt", "CMakeLists.txt",
           "Makefile", "packages.txt")
# Comments and literals; a character is here so that the one in '"' opens no string.
CPP = re.compile(r'''(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<literal>R"(?P<end>\w*)\(.*?\)(?P=end)"|"(?:[^"\\\n]|\\.)*")'''
                 r"""|'(?:[^'\\\n]|\\.)'""", re.DOTALL)
SCRIPT = re.compile(r'''(?P<comment>(?:^|(?<=\s))#[^\n]*)|(?P<literal>""".*?"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')''',
                    re.DOTALL | re.MULTILINE)


def prose(page):
    """(line, text) of the paragraphs, list items and table cells of a Markdown page, without code, link targets and
    words in emphasis."""
    pieces, fence, front_matter = [], False, False
    for number, line in enumerate(page.splitlines(), 1):
        if number == 1 and line == "---":
            front_matter = True
            continue
        if front_matter:
            front_matter = line != "---"
            continue
        if line.lstrip().startswith("```"):
            fence = not fence
            pieces.append(None)
            continue
        text = re.sub(r"<!--.*?-->|!\[[^\]]*\]\([^)]*\)", "", line)
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"`[^`]*`", "`..`", text)).strip()
        text = re.sub(r"(?<![*\w])\*\w+\*(?![*\w])", "`..`", text)  # a word that is quoted by emphasis
        if fence or not text:
            pieces.append(None)
        elif text.startswith("|"):
            pieces += [(number, cell.strip()) for cell in text.strip("|").split("|")] + [None]
        elif text.startswith("#"):
            pieces += [None, (number, text.lstrip("# ")), None]
        elif match := re.match(r"(?:[-*]|\d+\.) (.*)", text):
            pieces += [None, (number, match[1])]
        elif pieces and pieces[-1]:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + " " + text)
        else:
            pieces.append((number, text))
    return [piece for piece in pieces if piece]


def comments(settings):
    """(line, text) of the comments of a settings file; lines that follow each other are one piece."""
    pieces, open_piece = [], False
    for number, line in enumerate(settings.splitlines(), 1):
        text = line.lstrip("# ") if line.startswith("#") else ""
        if text and open_piece:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + " " + text)
        elif text:
            pieces.append((number, text))
        open_piece = bool(text)
    return pieces


def help_text(output):
    """(line, text) of the paragraphs and option descriptions of a help page."""
    pieces, indent = [], None
    for number, line in enumerate(output.splitlines(), 1):
        if not line.strip():
            indent = None
            continue
        this = len(line) - len(line.lstrip())
        name, gap, description = re.match(r"(\s*\S.*?)(\s{2,}|$)(.*)", line).groups()
        if indent is not None and (this > 2 or this == indent == 0):
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + " " + line.strip())
        elif gap and description:
            pieces.append((number, description))
        else:
            pieces.append((number, line.strip()))
        indent = this
    return pieces


def source_text(source, tokens):
    """(line, text) of the comments of a program, and the same of its string literals. Comments on successive lines are one
    piece, and so are literals with only space between them."""
    found, kind, end = {"comment": [], "literal": []}, None, 0
    for match in tokens.finditer(source):
        this = "comment" if match["comment"] else "literal"
        pieces = found[this]
        if not match[this]:
            continue
        text = match[this].lstrip("/*# ") if this == "comment" else match[this].strip('"\'')
        space = source[end:match.start()]
        if this == kind and not space.strip() and space.count("\n") < 2:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + (" " if this == "comment" else "") + text)
        else:
            pieces.append((source.count("\n", 0, match.start()) + 1, text))
        kind, end = this, match.end()
    return found["comment"], found["literal"]


def word_faults(pieces, place):
    found = []
    for line, text in pieces:
        for match in WORD.finditer(text):
            usual = next(value for word, value in WORDS.items() if re.fullmatch(word, match[0], re.IGNORECASE))
            found.append(f"{place}:{line}: \"{match[0]}\" (write: {usual}) in: {around(text, match)}")
    return found


def faults(pieces, place):
    found = word_faults(pieces, place)
    for line, text in pieces:
        for match in OPENING.finditer(text):
            found.append(f"{place}:{line}: a sentence opens with \"{match[1]}\": {around(text, match)}")
    return found


def source_faults(source, tokens, place):
    remarks, literals = source_text(source, tokens)
    return faults(remarks, place) + word_faults(literals, place)


def around(text, match):
    return ".." + text[max(0, match.start() - 30):match.end() + 40] + ".."


def output_of(rappel, *arguments):
    return subprocess.run([rappel, *arguments], capture_output=True, text=True, check=True).stdout


def check(rappel):
    found, places = [], 0
    for pattern in PAGES:
        for path in sorted(ROOT.glob(pattern)):
            if not path.name.endswith(".fr.md"):
                found += faults(prose(path.read_text(encoding="utf-8")), path.relative_to(ROOT))
                places += 1
    found += faults(comments((ROOT / ".env.example").read_text(encoding="utf-8")), ".env.example")
    sources = 0
    for patterns, tokens in ((SOURCES, CPP), (SCRIPTS, SCRIPT)):
        for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern)}):
            name = path.relative_to(ROOT)
            if path.is_file() and name.parts[0] != "build":
                found += source_faults(path.read_text(encoding="utf-8"), tokens, name)
                sources += 1
    overview = output_of(rappel, "help")
    found += faults(help_text(overview), "rappel help")
    commands = [name for name in re.findall(r"^  (\w+) ", overview, re.MULTILINE) if name not in ("help", "version")]
    assert "serve" in commands and places > 15 and sources > 400, (commands, places, sources)
    for command in commands:
        found += faults(help_text(output_of(rappel, "help", command)), f"rappel help {command}")
    print("\n".join(sorted(set(found))))
    print(f"{places} pages, {sources} sources, .env.example and the help of {len(commands)} commands: {len(found)} faults")
    return found


# --- the self-test: texts that are right, and texts in which each fault must be found ---

GOOD = """---
title: of late
---
# Settings that matter

Run `of late` again. The server listens, and the likely cause is whatever fails. Offline mode is on; for its effect see
[a page](whoever.md).

```text
Who comes of late?
```

| name | whose |
|---|---|
| forthwith | what follows is the value |

Do not write *whoever*.
"""
BAD = ["The speed of late is low.", "It is not to\nbe had.", "It starts anew.", "Tell whoever asks.", "For who comes later.",
       "This is what counts.", "It fails, for it is full.", "It fails, for there is none.", "Nor when it ends.", "It runs behind the pass.",
       "It is lost at work.", "Caches and the like.", "Besides, it works.", "Go thither.", "A file beside it.", "Said in words.",
       "What is missing is named.", "One. Who has none waits.", "- Whoever has it", "| a | Of two |\n| - | - |", "# What is new",
       "**What it is.** A server.", "A list:\n- none of\n  late"]
HELP = """usage: rappel x

Does it. Then it ends
the usual way.

General:
  --name NAME                 Of these, the
                              first. [default 1]
  --other                     The speed of
                              late.
"""
SOURCE = """// A line
// of late.
auto of = late;  // fine
log("It is not to " "be had",
    'x', '"');  /* at work */
say(R"x(for ")x" + anew + R"(anew)");
int a;  // one of

// late
ask("What is it?");  // What it is.
"""
SHELL = """# One of
# late.
for line in words; do fail "It starts anew." "$of" late; done  # of
"""


def self_test():
    wrong = [f"good text: {fault}" for fault in faults(prose(GOOD), "good")]
    wrong += [f"not found: {text!r}" for text in BAD if not faults(prose(text), "bad")]
    wrong += [f"no text has the word {word}" for word in WORDS
              if not any(re.search(word, re.sub(r"\s+", " ", text), re.IGNORECASE) for text in BAD)]
    in_help = sorted(faults(help_text(HELP), "help"))
    if len(in_help) != 2 or not in_help[0].startswith("help:7") or not in_help[1].startswith("help:9"):
        wrong.append(f"help: {in_help}")
    in_comments = faults(comments("A=what is what\n# one of\n# late\nB=1\n\n# Of two.\n"), "env")
    if len(in_comments) != 2:
        wrong.append(f"comments: {in_comments}")
    in_source = [fault.split(" ")[0] for fault in source_faults(SOURCE, CPP, "cc")]
    in_script = [fault.split(" ")[0] for fault in source_faults(SHELL, SCRIPT, "sh")]
    if (in_source, in_script) != (["cc:1:", "cc:5:", "cc:10:", "cc:4:", "cc:6:"], ["sh:1:", "sh:3:"]):
        wrong.append(f"sources: {in_source} {in_script}")
    print("\n".join(wrong))
    print(f"{len(BAD) + 5} texts of the self-test, {len(wrong)} problems")
    return wrong


if __name__ == "__main__":
    sys.exit(1 if (self_test() if sys.argv[1] == "--self-test" else check(sys.argv[1])) else 0)
