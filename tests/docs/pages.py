"""The pages of the documentation as steps: what a reader would type, and what the page says would come of it.

A fence says in its first line what it holds. `sh` is run, `ini` is a settings file that rappel must accept; `text`, `json`,
`yaml`, .. are shown. A comment on the line before a fence, invisible to readers, says more about it:

    <!-- test: skip: REASON -->            not run or compared here; the reason is printed and counted
    <!-- test: fails 2 -->                 the block is wrong on purpose and ends with this status
    <!-- test: output -->                  what the block before it prints: `..` stands for anything, a line of it for any lines
    <!-- test: output, numbers vary -->    the same, where any number may stand for another
    <!-- test: stop the servers -->        the reader pressed Ctrl-C (belongs to no fence)
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = ("sh",)
SETTINGS = ("ini",)
SHOWN = ("text", "json", "yaml", "python", "sql")
FENCE = re.compile(r"( {0,3}|\s+)(```+|~~~+)\s*(\S*)\s*$")
DIRECTIVE = re.compile(r"\s*<!-- test: (.*?) -->\s*$")


class PageError(Exception):
    """A page that says something nobody can run; the message begins with its place."""


@dataclass
class Step:
    kind: str            # run, settings, output, stop, skipped, shown
    line: int            # of the fence in the page
    text: str = ""
    status: int = 0      # run: how it must end
    reason: str = ""     # skipped: why
    numbers_vary: bool = False


def all_pages():
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def without_fences(text):
    """Lines of fences become empty, so that line numbers stay."""
    lines, inside = [], False
    for line in text.splitlines():
        fence = line.lstrip().startswith("```")
        lines.append("" if fence or inside else line)
        inside ^= fence
    return "\n".join(lines)


def interpret(directive, language, where):
    """The step of a fence, without its text."""
    if match := re.fullmatch(r"skip: (.+)", directive or ""):
        return Step("skipped", 0, reason=match[1])
    if match := re.fullmatch(r"fails (\d+)", directive or ""):
        if language not in RUN:
            raise PageError(f"{where}: only `sh` can fail")
        return Step("run", 0, status=int(match[1]))
    if match := re.fullmatch(r"output(, numbers vary)?", directive or ""):
        if language in RUN + SETTINGS:
            raise PageError(f"{where}: output is shown, as `text` or `json`")
        return Step("output", 0, numbers_vary=match[1] is not None)
    if directive is not None:
        raise PageError(f"{where}: no such directive: {directive}")
    if language in RUN:
        return Step("run", 0)
    if language in SETTINGS:
        return Step("settings", 0)
    if language in SHOWN:
        return Step("shown", 0)
    raise PageError(f"{where}: name what the fence holds: {', '.join(RUN + SETTINGS + SHOWN)}")


def parse(text, name):
    """The steps of a page in their order."""
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
                raise PageError(f"{where}: two directives for one fence")
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
                raise PageError(f"{where}: a fence has to follow the directive")
            if line.startswith("    ") and blank and not re.match(r"\s*([-*]|\d+\.) |    ", before):
                raise PageError(f"{where}: write indented commands and code as a fence, so that they are run")
            before = line
        blank = not line.strip()
    if opened is not None:
        raise PageError(f"{name}: the last fence is not closed")
    if directive is not None:
        raise PageError(f"{name}: the last directive belongs to no fence")
    last = None
    for step in steps:
        if step.kind == "output" and (last is None or last.kind != "run"):
            raise PageError(f"{name}:{step.line}: there is no block before it whose output it could be")
        last = step
    return steps


# --- comparing ---

NUMBER = r"\d+(?:\.\d+)?"


def line_pattern(line, numbers_vary):
    """The regular expression of a line of shown output; how many spaces stand between words does not matter."""
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
    """None when `got` is what was shown, otherwise the first line that is not."""
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
            return f"shown: {line}\n  got: " + (lines[at] if at < len(lines) else "(nothing more)")
        at, anywhere = found + 1, False
    if at < len(lines) and not anywhere:
        return f"shown: (nothing more)\n  got: {lines[at]}"
    return None
