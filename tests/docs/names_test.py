"""The code that the pages name exists. In text between backticks, outside of fences, this test looks up:

    src/engine/device.h, metal_device.*, encoder.{h,cc}    a file of the repository, by its path or the end of it
    Encoder::make_room                                      a file that defines the one has the other
    make_room()                                             a word of the sources
    ListDocumentsResponse                                   a word of the sources: two capitals with small letters between

A path with a placeholder (src/cli/NAME_command.cc, x_test.cc) is not looked up.

    names_test.py
"""

import fnmatch
import re
import subprocess
import unittest
from pathlib import Path

import pages
from pages import ROOT

INLINE = re.compile(r"`([^`\n]+)`")
FOLDERS = ("src", "tests", "bench", "fuzz", "scripts", "cmake", "docs", "examples", "testdata", "models", ".github")
# A path below one of our folders, or any name that ends like a C++ file; `.*` and `.{h,cc}` stand for several files.
PATH = re.compile(r"(?:" + "|".join(re.escape(folder) for folder in FOLDERS) + r")/[\w./{},*-]*[\w}*/]"
                  r"|[\w./-]+\.(?:h|cc|cu|\*|\{[\w,]+\})|[\w./-]+\*\.cc")
QUALIFIED = re.compile(r"\b((?:[A-Za-z_]\w*::)+~?[A-Za-z_]\w*)")
CALLED = re.compile(r"\b([A-Za-z_]\w*)\(\)")
DEFINED = re.compile(r"\b(?:class|struct|enum|namespace)\s+(?:\[\[\w+\]\]\s+)?(?:rappel::)?(\w+)(?:\s+final)?\s*(?:$|[:{])", re.MULTILINE)
CAMEL = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+")
CREATED = {"bench/cache"}  # folders that programs create
FOREIGN_SCOPES = {"std", "mlx", "boost"}
# Names of other projects, and examples.
FOREIGN = {"SentenceTransformer", "BertForSequenceClassification", "FlagReranker", "FlagModel", "SlowClientIsDisconnected"}


def repository_files():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return listed.stdout.split("\n")[:-1]
    return [str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]


def sources():
    """The texts of the sources."""
    return [path.read_text(encoding="utf-8", errors="replace") for folder in ("src", "bench", "fuzz")
            for path in (ROOT / folder).rglob("*") if path.suffix in (".h", ".cc", ".cu", ".json", ".py")]


class Names:
    def __init__(self, files, texts):
        self.files, self.words = files, set()
        self.members = {}  # name of a class or namespace -> words of the files that define it
        for text in texts:
            words = set(re.findall(r"[A-Za-z_]\w*", text))
            self.words |= words
            for scope in set(DEFINED.findall(text)):
                self.members.setdefault(scope, set()).update(words)
        self.folders = {str(parent) for file in files for parent in Path(file).parents}

    def path_exists(self, path):
        if path in CREATED or re.match(r"x[._]", path) or re.search(r"[A-Z]{3,}", path) and not path.endswith(".md"):
            return True
        alternatives = re.search(r"\{([^}]*)\}", path)
        if alternatives:
            return all(self.path_exists(path.replace(alternatives[0], one)) for one in alternatives[1].split(","))
        path = path.rstrip("/")
        ends = (path, "*/" + path)
        return path in self.folders or any(fnmatch.fnmatchcase(file, end) for file in self.files for end in ends) or \
            any(fnmatch.fnmatchcase(folder, path) for folder in self.folders)

    def missing(self, code):
        """The names in `code`, the text between two backticks, that do not exist."""
        if PATH.fullmatch(code):
            return [] if self.path_exists(code) else [code]
        found = []
        for name in QUALIFIED.findall(code):
            *scopes, member = name.split("::")
            if scopes[0] not in FOREIGN_SCOPES and member.lstrip("~") not in self.members.get(scopes[-1], ()):
                found.append(name)
        for name in CALLED.findall(code) + (CAMEL.findall(code) if CAMEL.fullmatch(code) else []):
            if name not in self.words and name not in FOREIGN:
                found.append(name)
        return found


class TheTestItself(unittest.TestCase):
    names = Names(["src/engine/device.h", "src/engine/encoder.cc", "src/engine/encoder.h", "src/cli/a_command.cc"],
                  ["class Encoder {\n void make_room();\n};", "struct ListDocuments { int other; };"])

    def test_accepts_names_that_exist(self):
        for code in ("src/engine/device.h", "device.h", "engine/device.*", "encoder.{h,cc}", "src/engine/", "src/*/", "Encoder::make_room",
                     "make_room()", "ListDocuments", "std::format", "src/cli/NAME_command.cc", "rappel.db", "--outputs", "RERANK_K",
                     "BertForSequenceClassification", "X-Rappel", "x_test.cc", "src/cli/*_command.cc"):
            self.assertEqual(self.names.missing(code), [], code)

    def test_finds_names_that_do_not(self):
        for code in ("src/engine/devices.h", "evice.h", "engine/gone.*", "encoder.{h,cu}", "src/gone/", "Encoder::gone", "Gone::make_room",
                     "Encoder::other", "gone()", "GoneDocuments", "src/cli/gone_*.cc"):
            self.assertNotEqual(self.names.missing(code), [], code)


class Pages(unittest.TestCase):
    maxDiff = None

    def test_code_that_is_named_exists(self):
        names, missing, checked = Names(repository_files(), sources()), [], 0
        for page in [*pages.all_pages(), *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "bench/README.md"))]:
            if not page.exists():
                continue
            for number, line in enumerate(pages.without_fences(page.read_text(encoding="utf-8")).splitlines(), 1):
                for code in INLINE.findall(line):
                    missing += [f"{page.relative_to(ROOT)}:{number}: {name}" for name in names.missing(code)]
                    checked += 1
        self.assertGreater(checked, 500)
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
