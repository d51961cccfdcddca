"""Parses a page of the documentation into steps: the commands that a reader would type, and their documented output.

The language of a fence decides its use. The test runs `sh`, checks that rappel accepts `ini` as a settings file, and
ignores `text`, `json`, `yaml` and others. A comment before a fence, invisible to readers, changes this:

    <!-- test: skip: REASON -->            neither run nor compared; the test prints and counts the reason
    <!-- test: fails 2 -->                 the block must end with this exit status
    <!-- test: output -->                  output of the previous block; `..` matches any text, a line of it any lines
    <!-- test: output, numbers vary -->    the same, and a number matches any number
    <!-- test: stop the servers -->        the reader presses Ctrl-C (needs no fence)
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = ("sh",)
SETTINGS = ("ini",)
SHOWN = ("text", "json", "yaml", "python", "sql", "mermaid")
FENCE = re.compile(r"( {0,3}|\s+)(```+|~~~+)\s*(\S*)\s*$")
DIRECTIVE = re.compile(r"\s*<!-- test: (.*?) -->\s*$")


class PageError(Exception):
    """A page that cannot be parsed. The message begins with file and line."""


@dataclass
class Step:
    kind: str            # run, settings, output, stop, skipped, shown
    line: int            # of the fence in the page
    text: str = ""
    status: int = 0      # run: the expected exit status
    reason: str = ""     # skipped: the reason
    numbers_vary: bool = False


def all_pages():
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def without_fences(text):
    """Replaces the lines of fences by empty lines; line numbers stay the same."""
    lines, inside = [], False
    for line in text.splitlines():
        fence = line.lstrip().startswith("```")
        lines.append("" if fence or inside else line)
        inside ^= fence
    return "\n".join(lines)


def interpret(directive, language, where):
    """Returns the step of a fence, without its text."""
    if match := re.fullmatch(r"skip: (.+)", directive or ""):
        return Step("skipped", 0, reason=match[1])
    if match := re.fullmatch(r"fails (\d+)", directive or ""):
        if language not in RUN:
            raise PageError(f"{where}: `fails` needs a `sh` fence")
        return Step("run", 0, status=int(match[1]))
    if match := re.fullmatch(r"output(, numbers vary)?", directive or ""):
        if language in RUN + SETTINGS:
            raise PageError(f"{where}: `output` needs a `text` or `json` fence")
        return Step("output", 0, numbers_vary=match[1] is not None)
    if directive is not None:
        raise PageError(f"{where}: unknown directive: {directive}")
    if language in RUN:
        return Step("run", 0)
    if language in SETTINGS:
        return Step("settings", 0)
    if language in SHOWN:
        return Step("shown", 0)
    raise PageError(f"{where}: the fence needs a language: {', '.join(RUN + SETTINGS + SHOWN)}")


def parse(text, name):
    """Returns the steps of a page in order."""
    steps, directive, opened, indent = [], None, None, 0
    before = ""  # the last line that was not blank, outside of fences
    blank = True
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        fence = FENCE.match(line)
        if opened is not None:
            if fence and fence[2].startswith(opened) and not fence[3]:
                opened = None
            else:
                steps[-1].text += line[min(indent, len(line) - len(line.lstrip())):] + "\n"
            continue
        if match := DIRECTIVE.match(line):
            if directive is not None:
                raise PageError(f"{where}: only one directive per fence")
            if match[1] == "stop the servers":
                steps.append(Step("stop", number))
            else:
                directive = match[1]
        elif fence:
            step = interpret(directive, fence[3], where)
            step.line = number
            steps.append(step)
            directive, opened, indent = None, fence[2], len(fence[1])
        elif line.strip():
            if directive is not None:
                raise PageError(f"{where}: a directive must be followed by a fence")
            if line.startswith("    ") and blank and not re.match(r"\s*([-*]|\d+\.) |    ", before):
                raise PageError(f"{where}: write indented code as a fence, so that the test can run it")
            before = line
        blank = not line.strip()
    if opened is not None:
        raise PageError(f"{name}: the last fence is not closed")
    if directive is not None:
        raise PageError(f"{name}: no fence follows the last directive")
    last = None
    for step in steps:
        if step.kind == "output" and (last is None or last.kind != "run"):
            raise PageError(f"{name}:{step.line}: `output` must follow a block that is run")
        last = step
    return steps


# --- comparing ---

NUMBER = r"\d+(?:\.\d+)?"


def line_pattern(line, numbers_vary):
    """Returns the regular expression of a line of documented output. The number of spaces between words is ignored."""
    pattern = ""
    for part in re.split(r"(\.{2,3}|\s+|" + NUMBER + ")", line.strip()):
        if re.fullmatch(r"\.{2,3}", part):
            pattern += ".*?"
        elif part and part.isspace():
            pattern += r"\s+"
        elif numbers_vary and re.fullmatch(NUMBER, part):
            pattern += NUMBER
        else:
            pattern += re.escape(part)
    return re.compile(pattern + r"\s*$")


def difference(expected, got, numbers_vary=False):
    """Returns None if `got` matches the documented output, otherwise the first difference."""
    lines = [line.strip() for line in got.splitlines()]
    at, anywhere = 0, False
    for line in expected.splitlines():
        if re.fullmatch(r"\.{2,3}", line.strip()):
            anywhere = True
            continue
        pattern = line_pattern(line, numbers_vary)
        places = range(at, len(lines)) if anywhere else range(at, min(at + 1, len(lines)))
        found = next((place for place in places if pattern.match(lines[place])), None)
        if found is None:
            return f"documented: {line}\n       got: " + (lines[at] if at < len(lines) else "(end of output)")
        at, anywhere = found + 1, False
    if at < len(lines) and not anywhere:
        return f"documented: (end of output)\n       got: {lines[at]}"
    return None
