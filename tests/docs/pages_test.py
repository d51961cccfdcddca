"""Files and headings that README.md and docs/*.md link to exist, and so do the commands, flags and settings that they
name. A translation (NAME.fr.md) has the commands of its original. names_test.py checks names of the code.

    pages_test.py build/release/rappel
"""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

import pages
from pages import ROOT, without_fences

rappel = None
LINK = re.compile(r"\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")
SETTING = re.compile(r"(?:RAPPEL|EMBEDDING|RERANK|RAG|HF|CHUNK|MIN_CHUNK)_[A-Z0-9_]*[A-Z0-9]")
# Read by scripts, tests and libraries instead of the options table.
OTHER_SETTINGS = {"RAPPEL_SHARED", "RAPPEL_SKIP_PACKAGES", "RAPPEL_KILLS", "RAPPEL_SEED", "RAPPEL_POWER_CUTS", "HF_TOKEN_PATH"}
CMAKE_SETTING = re.compile(r"\b(?:option|set)\((RAPPEL_[A-Z_]+)")


def anchors(path):
    """The headings of a page as GitHub names them."""
    found = set()
    for line in without_fences(path.read_text(encoding="utf-8")).splitlines():
        if match := re.match(r"#+ (.*)", line):
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1]).strip().lower()
            found.add(re.sub(r"[^\w\- ]", "", words).replace(" ", "-"))
    return found


def prose():
    """(place, line) of every page's text outside of fences."""
    for page in pages.all_pages():
        for number, line in enumerate(without_fences(page.read_text(encoding="utf-8")).splitlines(), 1):
            yield page, f"{page.relative_to(ROOT)}:{number}", line


def output_of(*arguments):
    return subprocess.run([rappel, *arguments], capture_output=True, text=True, check=False).stdout


class Pages(unittest.TestCase):
    maxDiff = None

    def test_blocks_are_well_formed(self):
        for page in pages.all_pages():
            pages.parse(page.read_text(encoding="utf-8"), str(page.relative_to(ROOT)))

    def test_links_lead_somewhere(self):
        broken = []
        for page, place, line in prose():
            for target in LINK.findall(line):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                file = (page.parent / path).resolve() if path else page
                if not file.exists() or (anchor and anchor not in anchors(file)):
                    broken.append(f"{place}: {target}")
        self.assertEqual(broken, [])

    def test_commands_and_flags_that_are_named_exist(self):
        commands = set(re.findall(r"^  (\w+) ", output_of("help"), re.MULTILINE)) | {"help", "version"}
        helps, unknown = {}, []
        for _, place, line in prose():
            for code in INLINE.findall(line):
                words = code.split()
                if words[0] not in ("rappel", "build/release/rappel") or len(words) < 2:
                    continue
                name = words[1]
                if not re.fullmatch(r"[a-z]+", name):
                    continue
                if name not in commands:
                    unknown.append(f"{place}: {code}")
                    continue
                known = helps.setdefault(name, output_of("help", name) + " --help")
                unknown += [f"{place}: {code}: {flag}" for flag in re.findall(r"--[a-z][a-z-]*", code)
                            if not re.search(re.escape(re.sub("^--no-", "--", flag)) + r"(?![a-z-])", known) and flag not in known]
        self.assertEqual(unknown, [])

    def test_settings_that_are_named_exist(self):
        known = set(SETTING.findall(output_of("options", "--markdown"))) | OTHER_SETTINGS
        for file in [ROOT / "CMakeLists.txt", *(ROOT / "cmake").glob("*.cmake"), *(ROOT / "src").rglob("CMakeLists.txt")]:
            known.update(CMAKE_SETTING.findall(file.read_text(encoding="utf-8")))
        unknown = [f"{place}: {name}" for _, place, line in prose() for code in INLINE.findall(line)
                   for name in SETTING.findall(code) if name not in known]
        self.assertEqual(unknown, [])

    def test_translations_have_the_commands_of_their_originals(self):
        def commands(path):
            steps = pages.parse(path.read_text(encoding="utf-8"), path.name)
            return [(step.kind, step.status, re.sub(r"(^|\s+)#.*", "", step.text) if step.kind in ("run", "skipped") else step.text)
                    for step in steps]

        for translation in (ROOT / "docs").glob("*.fr.md"):
            original = translation.with_name(translation.name.replace(".fr.md", ".md"))
            self.assertEqual(commands(translation), commands(original), translation.name)


if __name__ == "__main__":
    rappel = os.path.abspath(sys.argv.pop(1))
    unittest.main()
