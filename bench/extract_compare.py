#!/usr/bin/env python3
"""Compares the extraction of text from files with pypdf, pdfplumber, markitdown and Apache Tika: speed and words.

    bench/extract_compare.py --files FOLDER [--rounds 5] [--formats pdf,docx] [--peers pypdf,tika] [--docs docs/benchmarks.md]

FOLDER holds manifest.jsonl, files/ and score.py (CONTRIBUTING.md, Tests). Every reader gets the same files in the same run, on
one core. A round is all files of one format; the median of the rounds counts. Time is CPU time of the reader with its children
and all its threads: on one core that nobody shares it is the time that passes. A peer is warm, that is, it has read the files
before, Tika 15 times; rappel reads them ten times in a round, and the start of its reader counts. Tika's JVM compiles and collects
while it parses, on that core; the time of its parsing thread alone is shown, too. Words are compared by score.py.

The peers are fetched into bench/cache/extract when they are first needed: the Python ones from PyPI, Tika from Maven if `java`
and `mvn` are installed. A peer that cannot be fetched is listed as missing.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import generated
from extract_peers import Peers
from machine import describe

ROOT = Path(__file__).resolve().parent.parent
# The formats that a peer reads; None: all.
READS = {
    "rappel": None,
    "pypdf": {"pdf"},
    "pdfplumber": {"pdf"},
    "tika": None,
    "markitdown": {"pdf", "docx", "pptx", "xlsx", "html", "epub", "csv", "ipynb", "text", "md", "json", "jsonl", "xml", "zip"},
}
# Scanned pages need OCR, and one cell far down a sheet costs markitdown half a minute.
SKIPPED = {"ocr", "sparse"}
# The bars: format -> (least items a second, {peer: how many times as fast}).
BARS = {
    "pdf": (150, {"tika": 2, "pypdf": 7, "pdfplumber": 20, "markitdown": 20}),
    "docx": (1000, {"tika": 10, "markitdown": 100}),
    "pptx": (1000, {"tika": 10, "markitdown": 100}),
    "xlsx": (1000, {"tika": 10, "markitdown": 100}),
    "html": (None, {"markitdown": 10}),
}


def read_manifest(folder):
    with open(folder / "manifest.jsonl", encoding="utf-8") as file:
        items = [json.loads(line) for line in file if line.strip()]
    return [item for item in items if not SKIPPED & set(item["tags"])]


def by_format(items, wanted):
    groups = {}
    for item in items:
        if not wanted or item["format"] in wanted:
            groups.setdefault(item["format"], []).append(item)
    return dict(sorted(groups.items()))


def pages_of(folder, items):
    """Pages of PDF files, for the rate; the other formats count files."""
    pages = 0
    for item in items:
        expected = folder / "expected" / (item["id"] + ".json")
        known = json.loads(expected.read_text(encoding="utf-8")) if expected.exists() else {}
        pages += known.get("pages") or 1
    return pages


def scores(folder, produced, groups, formats):
    """format -> (recall, precision, order, forbidden phrases), by score.py, of the files that were read."""
    out = produced / "scores.json"
    subprocess.run(
        [sys.executable, str(folder / "score.py"), str(produced), "--json", str(out), "--only", ",".join(formats)],
        check=True,
        capture_output=True,
    )
    rows = {row["id"]: row for row in json.loads(out.read_text(encoding="utf-8"))}
    found = {}
    for name in formats:
        of_format = [rows[item["id"]] for item in groups[name]]
        found[name] = (
            *(statistics.fmean(row[key] for row in of_format) for key in ("recall", "precision", "order")),
            sum(len(row["never"]) for row in of_format),
        )
    return found


def measure(peer, folder, groups, rounds):
    """format -> {seconds, scores} of one reader."""
    reads = READS[peer.name]
    formats = [name for name in groups if reads is None or name in reads]
    result = {}
    with tempfile.TemporaryDirectory(prefix="extract-") as place:
        produced = Path(place)
        for name in formats:
            jobs = [(str(folder / item["file"]), str(produced / (item["id"] + ".txt"))) for item in groups[name]]
            times = peer.rounds(jobs, rounds)
            result[name] = {"seconds": statistics.median(times), "least": min(times)}
            result[name] |= {part: statistics.median(of_part) for part, of_part in peer.parts.items()}
            print(
                f"  {peer.name} {name}: {result[name]['seconds'] * 1e3:.1f} ms for {len(jobs)} files",
                file=sys.stderr,
                flush=True,
            )
        for name, score in scores(folder, produced, groups, formats).items():
            result[name]["score"] = score
    return result


def rate_of(found, count, part="seconds"):
    return count / found[part] if found and part in found else None


def shown_rate(rate):
    return "-" if rate is None else f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"


def shown_score(found):
    if not found or "score" not in found:
        return "-"
    recall, precision, order, never = found["score"]
    return f"{recall:.3f} {precision:.3f} {order:.3f}" + (f", {never} forbidden" if never else "")


def speed_columns(results):
    """(title, peer, which of its times)"""
    for name in results:
        yield name, name, "seconds"
        if name == "tika":
            yield "tika's thread", name, "thread"


def speed_rows(results, counts):
    columns = list(speed_columns(results))
    yield "| items a CPU second (rappel's multiple) | items | " + " | ".join(title for title, _, _ in columns) + " |"
    yield "|---" * (len(columns) + 2) + "|"
    for form, count in counts.items():
        own = rate_of(results["rappel"].get(form), count)
        cells = []
        for _, name, part in columns:
            rate = rate_of(results[name].get(form), count, part)
            cells.append(shown_rate(rate) + (f" ({own / rate:.1f}x)" if rate and name != "rappel" else ""))
        yield f"| {form} | {count} {'pages' if form == 'pdf' else 'files'} | " + " | ".join(cells) + " |"


def score_rows(results, counts):
    names = list(results)
    yield "| recall, precision, order of words | " + " | ".join(names) + " |"
    yield "|---" * (len(names) + 1) + "|"
    for form in counts:
        yield f"| {form} | " + " | ".join(shown_score(results[name].get(form)) for name in names) + " |"


def bar_rows(results, counts):
    yield "| bar | | measured | |"
    yield "|---|---|---|---|"
    for form, (least, multiples) in BARS.items():
        own = rate_of(results["rappel"].get(form), counts.get(form, 0))
        if own is None:
            continue
        if least:
            unit = "pages" if form == "pdf" else "files"
            yield f"| {form}, {unit} a second | >= {least} | {shown_rate(own)} | {verdict(own >= least)} |"
        for name, times in multiples.items():
            other = rate_of(results.get(name, {}).get(form), counts[form])
            alone = rate_of(results.get(name, {}).get(form), counts[form], "thread")
            if other:
                measured = f"{own / other:.1f}x" + (f" ({own / alone:.1f}x its thread)" if alone else "")
                yield f"| {form} vs {name} | >= {times}x | {measured} | {verdict(own / other >= times)} |"


def verdict(met):
    return "met" if met else "**missed**"


def report(results, counts, missing, versions, rounds):
    about = describe("", 1)
    lines = [
        f"{about['cpu']}, one core, {about['system']}, median of {rounds} rounds of CPU time. "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ".",
        "",
    ]
    for rows in (bar_rows, speed_rows, score_rows):
        lines += [*rows(results, counts), ""]
    lines += [f"Missing: {name}: {reason}" for name, reason in missing.items()]
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--formats", default="")
    parser.add_argument("--peers", default=",".join(READS))
    parser.add_argument("--core", type=int, default=os.cpu_count() - 1)
    parser.add_argument("--tika-warm-up", type=int, default=15, help="rounds of Tika that do not count")
    parser.add_argument("--cache", type=Path, default=ROOT / "bench" / "cache" / "extract")
    parser.add_argument("--docs", type=Path)
    arguments = parser.parse_args()
    folder = arguments.files.resolve()
    groups = by_format(read_manifest(folder), set(filter(None, arguments.formats.split(","))))
    counts = {name: pages_of(folder, items) if name == "pdf" else len(items) for name, items in groups.items()}
    os.sched_setaffinity(0, {arguments.core})
    names = ["rappel"] + [name for name in arguments.peers.split(",") if name != "rappel"]
    peers = Peers(arguments.cache, arguments.build.resolve(), arguments.tika_warm_up)
    results, versions = {}, {}
    for name in names:
        if READS[name] is not None and not READS[name] & set(groups):
            continue
        with peers.open(name) as peer:
            if peer is not None:
                results[name] = measure(peer, folder, groups, arguments.rounds)
                versions[name] = peer.version
    text = report(results, counts, peers.missing, versions, arguments.rounds)
    print(text)
    if arguments.docs:
        generated.replace(arguments.docs, "extract", text)


if __name__ == "__main__":
    main()
