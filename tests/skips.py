#!/usr/bin/env python3
"""Lists the tests that a ctest run skipped, each with its reason, and counts them.

    skips.py RESULTS.xml EXPECTED    RESULTS.xml: what `ctest --output-junit` wrote. EXPECTED: one line per skip that is known,
                                     `PATTERN: REASON`, both with the wildcards of a shell (expected_skips.txt)
    skips.py --self-test

A skip that no line expects fails the run where CI=true: there the machine has what the tests need, and a test that stops
running there is never seen again. The exit status is 1 then. Elsewhere it is only marked.
"""

import contextlib
import fnmatch
import io
import os
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

# A Python test prints the first line itself; GoogleTest prints "FILE:LINE: Skipped", then the reason.
PART = re.compile(r"^skipped in part: (?P<part>[^:]+): (?P<reason>.+)$", re.M)
WHOLE = [re.compile(r"^ *skipped: (?P<reason>.+)$", re.M), re.compile(r": Skipped\n(?P<reason>[^\n]+)"),
         re.compile(r"^\[  SKIPPED \] (?P<reason>.+)$", re.M)]


def skips_of(case):
    """(test or part of it, reason) of one test."""
    name, output = case.get("name"), case.findtext("system-out") or ""
    if case.find("skipped") is None:
        return [(f"{name} {match['part']}", match["reason"].strip()) for match in PART.finditer(output)]
    for pattern in WHOLE:
        if match := pattern.search(output):
            return [(name, match["reason"].strip())]
    return [(name, "no reason given")]


def read_results(path):
    return [skip for case in ElementTree.parse(path).iter("testcase") for skip in skips_of(case)]


def read_expected(path):
    lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return [tuple(part.strip() for part in line.split(": ", 1)) for line in lines if line and not line.startswith("#")]


def is_expected(skip, expected):
    return any(fnmatch.fnmatchcase(skip[0], name) and fnmatch.fnmatchcase(skip[1], reason) for name, reason in expected)


def report(skips, expected):
    """The lines to print, and the skips that nothing expects."""
    unknown = [skip for skip in skips if not is_expected(skip, expected)]
    by_reason = {}
    for skip in skips:
        by_reason.setdefault(skip[1], []).append(skip)
    lines = [f"{len(skips)} skipped" + (", for these reasons:" if skips else "")]
    for reason, group in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        names = ", ".join(name for name, _ in group[:4]) + (f" and {len(group) - 4} more" if len(group) > 4 else "")
        mark = "  NOT EXPECTED " if any(skip in unknown for skip in group) else "  "
        lines.append(f"{mark}{len(group):4}  {reason}\n        {names}")
    return lines, unknown


def self_test():
    xml = """<testsuite>
      <testcase name="passes"><system-out>fine</system-out></testcase>
      <testcase name="e2e_x"><skipped message="77"/><system-out>skipped: no model\nmore</system-out></testcase>
      <testcase name="A.B/avx"><skipped/><system-out>src/a_test.cc:3: Skipped\navx needs AVX\n\n[  SKIPPED ] A.B/avx</system-out></testcase>
      <testcase name="silent"><skipped/></testcase>
      <testcase name="partly"><system-out>..\nskipped in part: Case.test_x: only root may\nOK</system-out></testcase></testsuite>"""
    with tempfile.TemporaryDirectory() as folder:
        results, expected = Path(folder) / "r.xml", Path(folder) / "e.txt"
        results.write_text(xml)
        expected.write_text("# why\ne2e_*: no model\n*/avx: avx needs *\npartly *: only root may\n")
        skips = read_results(results)
        assert skips == [("e2e_x", "no model"), ("A.B/avx", "avx needs AVX"), ("silent", "no reason given"),
                         ("partly Case.test_x", "only root may")], skips
        lines, unknown = report(skips, read_expected(expected))
        assert unknown == [("silent", "no reason given")], unknown
        assert lines[0].startswith("4 skipped") and "NOT EXPECTED" in "\n".join(lines), lines
        arguments = [str(results), str(expected)]
        with contextlib.redirect_stdout(io.StringIO()):
            assert main(arguments, "true") == 1 and main(arguments, "") == 0
            expected.write_text("*: *\n")
            assert main(arguments, "true") == 0
    print("the self-test found what it should")
    return 0


def main(arguments, ci):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 2:
        sys.exit(__doc__)
    lines, unknown = report(read_results(arguments[0]), read_expected(arguments[1]))
    print("\n".join(lines))
    if unknown and ci == "true":
        print(f"{len(unknown)} of them are not in {arguments[1]}: make the test run here, or add a line with the reason")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ.get("CI", "")))
