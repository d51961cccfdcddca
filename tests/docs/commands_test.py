"""Runs every command of README.md and docs/*.md with the real binary. pages.py describes the markers of blocks, and
page_shell.py the environment in which they run.

    commands_test.py build/release/rappel [PAGE..]
    commands_test.py --self-test build/release/rappel
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pages
from page_shell import Place
from pages import ROOT, PageError, parse

sys.path.append(str(ROOT / "tests" / "hub"))
from fake_hub import FakeHub  # noqa: E402

SKIPPED = 77
MINILM = ROOT / "models" / "all-MiniLM-L6-v2"
E5 = ROOT / "models" / "multilingual-e5-small"
HUB_MODELS = {"BAAI/bge-m3": MINILM, "BAAI/bge-reranker-v2-m3": ROOT / "models" / "rappel-rerank-mini-en"}


def run_page(text, name, rappel, hub):
    """Runs one page and returns (steps, outcome)."""
    steps = parse(text, name)
    with tempfile.TemporaryDirectory(prefix="docs-") as folder:
        return steps, Place(Path(folder).resolve(), rappel, hub).run(steps)


def report(name, steps, outcome):
    skipped = [step for step in steps if step.kind == "skipped"]
    print(f"{name}: {outcome.run} blocks run, {outcome.compared} outputs compared, {len(skipped)} not run")
    for step in skipped:
        print(f"  line {step.line} not run: {step.reason}")
    for problem in outcome.problems:
        print(f"FAILED {name}, " + problem.rstrip().replace("\n", "\n    "))
    sys.stdout.flush()
    return len(outcome.problems)


def test_pages(rappel, wanted, hub):
    run = compared = skipped = failures = 0
    for page in wanted:
        name = str(page.relative_to(ROOT))
        try:
            steps, outcome = run_page(page.read_text(encoding="utf-8"), name, rappel, hub)
        except PageError as error:
            print(f"FAILED {error}")
            failures += 1
            continue
        failures += report(name, steps, outcome)
        run, compared = run + outcome.run, compared + outcome.compared
        skipped += sum(step.kind == "skipped" for step in steps)
    print(f"{len(wanted)} pages: {run} blocks run, {compared} outputs compared, {skipped} not run, {failures} problems")
    return failures


# --- the self-test: a page that must pass, and pages that must fail ---

FENCE = "```"
GOOD = f"""
{FENCE}sh
word=hello
cd examples
{FENCE}

{FENCE}sh
echo $word 12 && ls questions.json
{FENCE}

<!-- test: output, numbers vary -->
{FENCE}text
hello 7
..
{FENCE}

<!-- test: fails 2 -->
{FENCE}sh
rappel serve --topk 3
{FENCE}

<!-- test: output -->
{FENCE}text
rappel: serve: unknown option --topk; did you mean ..?
{FENCE}

{FENCE}sh
cd ..
rappel serve --no-rerank
curl -s http://127.0.0.1:8000/ready
{FENCE}

<!-- test: stop the servers -->

{FENCE}ini
RERANK_K=4
{FENCE}

<!-- test: skip: never ends -->
{FENCE}sh
sleep infinity
{FENCE}
"""
BAD = {
    "a command fails": (f"{FENCE}sh\nfalse\n{FENCE}\n", "this block failed"),
    "a command in the middle fails": (f"{FENCE}sh\nfalse\necho after\n{FENCE}\n", "this block failed"),
    "a pipe's first command fails": (f"{FENCE}sh\nfalse | cat\n{FENCE}\n", "this block failed"),
    "an unknown option": (f"{FENCE}sh\nrappel query x --nonsense\n{FENCE}\n", "unknown option --nonsense"),
    "a failure that does not happen": (f"<!-- test: fails 1 -->\n{FENCE}sh\ntrue\n{FENCE}\n", "exit status 0"),
    "another failure": (f"<!-- test: fails 1 -->\n{FENCE}sh\n(exit 3)\n{FENCE}\n", "exit status 3"),
    "an HTTP error": (f"{FENCE}sh\nrappel serve --port 8000\ncurl -s http://127.0.0.1:8000/list -d {{}}\n{FENCE}\n",
                      "Not authenticated"),
    "a server that does not start": (f"{FENCE}sh\nrappel serve --data-dir /dev/null/x\n{FENCE}\n", "this block failed"),
    "a server that was stopped": (f"{FENCE}sh\nrappel serve --port 8000\n{FENCE}\n<!-- test: stop the servers -->\n{FENCE}sh\n"
                                  f"curl -s http://127.0.0.1:8000/ready\n{FENCE}\n", "this block failed"),
    "other output": (f"{FENCE}sh\necho two\n{FENCE}\n<!-- test: output -->\n{FENCE}text\none\n{FENCE}\n", "documented: one"),
    "another number": (f"{FENCE}sh\necho 2\n{FENCE}\n<!-- test: output -->\n{FENCE}text\n3\n{FENCE}\n", "documented: 3"),
    "a word for a number": (f"{FENCE}sh\necho x\n{FENCE}\n<!-- test: output, numbers vary -->\n{FENCE}text\n3\n{FENCE}\n", "documented: 3"),
    "more output": (f"{FENCE}sh\necho one; echo two\n{FENCE}\n<!-- test: output -->\n{FENCE}text\none\n{FENCE}\n", "end of output"),
    "less output": (f"{FENCE}sh\necho one\n{FENCE}\n<!-- test: output -->\n{FENCE}text\none\ntwo\n{FENCE}\n", "documented: two"),
    "a bad setting": (f"{FENCE}ini\nRERANK_K=0\n{FENCE}\n", "expected a whole number"),
    "a fence without a name": (f"{FENCE}\nrappel\n{FENCE}\n", "needs a language"),
    "an indented command": ("text\n\n    rappel serve\n", "indented code as a fence"),
    "a directive without a fence": ("<!-- test: fails 1 -->\n\ntext\n", "must be followed by a fence"),
    "an unknown marker": (f"<!-- test: maybe -->\n{FENCE}sh\ntrue\n{FENCE}\n", "unknown directive"),
    "output without a command": (f"<!-- test: output -->\n{FENCE}text\none\n{FENCE}\n", "must follow a block"),
    "an open fence": (f"{FENCE}sh\ntrue\n", "not closed"),
}


def self_test(rappel, hub):
    steps, outcome = run_page(GOOD, "good", rappel, hub)
    wrong = report("good", steps, outcome)
    if (outcome.run, outcome.compared, sum(step.kind == "skipped" for step in steps)) != (5, 2, 1):
        print(f"FAILED good: counted {outcome}")
        wrong += 1
    for name, (text, words) in BAD.items():
        try:
            problems = "\n".join(run_page(text, "bad", rappel, hub)[1].problems)
        except PageError as error:
            problems = str(error)
        if words not in problems:
            print(f"FAILED {name}: {words!r} is not in {problems!r}")
            wrong += 1
    print(f"{1 + len(BAD)} pages of the self-test, {wrong} problems")
    return wrong


def main():
    arguments = sys.argv[1:]
    testing_itself = "--self-test" in arguments
    rappel, *names = [argument for argument in arguments if argument != "--self-test"]
    rappel = os.path.abspath(rappel)
    for model in (E5, MINILM):
        if not (model / "config.json").is_file():
            print(f"skipped: {model.name} not found: run scripts/fetch-models {model.name}")
            return SKIPPED
    for program in ("bash", "curl"):
        if shutil.which(program) is None:
            print(f"skipped: {program} is not installed")
            return SKIPPED
    with FakeHub() as hub:
        for name, folder in HUB_MODELS.items():
            hub.add(name, {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
        if testing_itself:
            return 1 if self_test(rappel, hub.endpoint) else 0
        wanted = [Path(name).resolve() for name in names] or pages.all_pages()
        return 1 if test_pages(rappel, wanted, hub.endpoint) else 0


if __name__ == "__main__":
    sys.exit(main())
