#!/usr/bin/env python3
"""Generates the tables of docs/summary.md and docs/guide.md from the run in docs/benchmarks.md.

    bench/summary.py            writes them
    bench/summary.py --check    fails if they differ from docs/benchmarks.md
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- summary: generated, begin -->", "<!-- summary: generated, end -->"

# Figures from the documentation of the replaced service, in milliseconds: CPU, Apple M1 (mps), RTX 3090 (cuda). None: the
# benchmark has no equal workload.
HEADLINE = (("one query", (250, 50, 15), "query8"),
            ("10 queries, one after another", (2500, 450, 120), None),
            ("20 documents", (800, 150, 50), "docs20x20"),
            ("rerank of 5 passages", (300, 80, 25), "rerank5x30"))
ENGINES = ("FlagEmbedding float32", "PyTorch float32", "rappel float32", "rappel half", "rappel int8")
MODELS = (("large", "the shape of BGE-M3 and bge-reranker-v2-m3"), ("minilm", "all-MiniLM-L6-v2"))
FACTS = ("query-cache hit, engine side", "idle server", "rappel serve ready with XLM-R-large int8",
         "1 x 8192 tokens, XLM-R-large int8, peak resident memory", "half: nDCG@10 loss on SciFact, real MiniLM",
         "int8: nDCG@10 loss on SciFact, real MiniLM", "int8: Spearman loss on STS-B, real MiniLM")


def fail(words):
    sys.exit("bench/summary.py: " + words)


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def section(text, title):
    """The text below `### title`."""
    match = re.search(rf"^### {re.escape(title)}\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL)
    return match[1] if match else fail(f"docs/benchmarks.md has no section {title}")


def table(text, model, heading):
    """row -> workload -> the first word of the cell, of the model's table whose first cell holds `heading`."""
    parts = section(text, model).split("\n\n")
    lines = next(part.strip() for part in parts if heading in part.strip().split("\n")[0]).splitlines()
    workloads = cells(lines[0])[1:]
    return {cells(line)[0].strip("*"): dict(zip(workloads, (cell.split()[0] for cell in cells(line)[1:]))) for line in lines[2:]}


def row(*values):
    return "| " + " | ".join(values) + " |\n"


def model_table(text, model, shape):
    measured = table(text, model, "median (least) ms")
    ratios = table(text, model, "best peer's time / rappel's")["rappel int8 vs FlagEmbedding float32"]
    out = f"**{shape}**, milliseconds (medians):\n\n"
    out += row("", *ENGINES, "FlagEmbedding / rappel int8") + "|---" * (len(ENGINES) + 2) + "|\n"
    for name, _, workload in HEADLINE:
        if workload is None:
            continue
        values = [measured[engine][workload] for engine in ENGINES]
        if "-" in values:
            fail(f"{model}, {workload}: not every engine was measured")
        out += row(f"{name} (`{workload}`)", *values, f"{float(ratios[workload]):.1f}x")
    return out + "\n"


def facts_table(text):
    bars = {cells(line)[0]: cells(line) for line in section(text, "Bars").splitlines() if line.startswith("| ")}
    out = row("", "measured", "bar", "") + "|---|---|---|---|\n"
    for name in FACTS:
        if name not in bars:
            fail(f"docs/benchmarks.md has no bar {name}")
        _, bar, worst, _, _, verdict = bars[name]
        out += row(name, worst, bar, verdict)
    return out + "\n"


def machine_of(text):
    return next(line for line in text.splitlines() if "thread(s)" in line).split(", wall-clock")[0]


def precision_table(text):
    """docs/guide.md: speed-up and quality loss of each precision."""
    measured = table(text, "large", "median (least) ms")
    quality = {cells(line)[1]: cells(line) for line in section(text, "Quality").splitlines() if line.startswith("| best")}
    workloads = [(name, workload) for name, _, workload in HEADLINE if workload is not None]
    out = f"Speed relative to float32 with the shape of BGE-M3 ({machine_of(text)}), and quality loss of all-MiniLM-L6-v2:\n\n"
    out += row("", *(name for name, _ in workloads), "SciFact nDCG@10, loss", "STS-B Spearman, loss") + "|---" * 6 + "|\n"
    for precision in ("float32", "half", "int8"):
        faster = [float(measured["rappel float32"][workload]) / float(measured[f"rappel {precision}"][workload])
                  for _, workload in workloads]
        out += row(f"`{precision}`", *(f"{value:.1f}x" for value in faster), *quality[precision][2:4])
    return out.rstrip("\n")


def summary_tables(text):
    out = f"Machine: {machine_of(text)}. Times cover token ids to vectors or scores.\n\n"
    out += "".join(model_table(text, model, shape) for model, shape in MODELS)
    out += "Figures from the documentation of the Python service, which does not describe the machines further, in milliseconds:\n\n"
    out += row("", "CPU", "Apple M1 (mps)", "RTX 3090 (cuda)") + "|---|---|---|---|\n"
    out += "".join(row(name, *map(str, old)) for name, old, _ in HEADLINE)
    return out + "\nOther results of the same run:\n\n" + facts_table(text).rstrip("\n")


PAGES = {ROOT / "docs" / "summary.md": summary_tables, ROOT / "docs" / "guide.md": precision_table}


def renew(check):
    """Writes the tables into their pages, or fails when they are not there as they should be."""
    text = BENCHMARKS.read_text(encoding="utf-8")
    for path, tables in PAGES.items():
        page = path.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        _, found, after = rest.partition(END)
        if not found:
            fail(f"{path.relative_to(ROOT)} has no markers {BEGIN} .. {END}")
        new = f"{before}{BEGIN}\n\n{tables(text)}\n\n{END}{after}"
        if not check:
            path.write_text(new, encoding="utf-8")
        elif new != page:
            fail(f"{path.relative_to(ROOT)} is older than docs/benchmarks.md; run: bench/summary.py")


if __name__ == "__main__":
    renew("--check" in sys.argv[1:])
