#!/usr/bin/env python3
"""Compares the dense index with other vector indexes on the same generated vectors and filters, in one run.

    bench/index_compare.py [--rows 100000] [--dimension 1024] [--distribution clustered] [--queries 200] [--seed 7]
                           [--peers faiss-hnsw,usearch]

rappel's figures are those of rappel_bench_index: codes in memory, exact scores from memory as well. Each peer runs in a process of
its own, one after another, with the same number of threads. Recall counts the share of the ten true rows that are in the answer;
missing rows of a short answer are misses. A peer that trades recall for time is asked with growing effort until its recall is at least
0.99: the times of equal recall are compared. Peers are fetched from PyPI into bench/cache/index when they are first needed; one
that cannot be fetched is listed as missing.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from machine import describe

ROOT = Path(__file__).resolve().parent.parent
RECALL = 0.99  # peers that trade recall for time are asked with growing effort until they reach it
PACKAGES = {
    "faiss-hnsw": "faiss-cpu==1.15.1",
    "faiss-rabitq": "faiss-cpu==1.15.1",
    "usearch": "usearch==2.26.6",
    "hnswlib": "hnswlib==0.8.0",
    "sqlite-vec": "sqlite-vec==0.1.9",
    "lancedb": "lancedb==0.40.0",
    "chroma": "chromadb==1.5.9",
}


def fetch(cache, name):
    """The Python that has the peer."""
    python = cache / "bin" / "python"
    if not python.exists():
        venv.create(cache, with_pip=True)
    package = PACKAGES[name]
    marker = cache / package
    if not marker.exists():
        subprocess.run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "numpy", package], check=True)
        marker.touch()
    return python


def run_rappel(arguments, folder):
    command = [str(arguments.build / "bench" / "rappel_bench_index"), "--write", str(folder)]
    for name in ("rows", "dimension", "distribution", "queries", "seed", "threads"):
        command += [f"--{name}", str(getattr(arguments, name))]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    build, *filters = (json.loads(line) for line in lines)
    trained = build["training_ms"] * 1e3 / arguments.rows
    return {
        "build_us_a_row": round(build["us_a_row"] + trained, 1),
        "bytes_a_row": round(build["bytes_a_row"]),
        "filters": filters,
    }


def run_peer(arguments, folder, name):
    python = fetch(arguments.cache, name)
    script = ROOT / "bench" / "peers" / "index_peer.py"
    command = [str(python), str(script), name, str(folder), str(arguments.dimension), str(arguments.threads)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError((done.stderr.strip().splitlines() or ["no answer"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def cell(entry):
    if entry.get("missing"):
        return "-"
    short = f", {entry['short']} short" if entry["short"] else ""
    return f"{entry['recall']:.3f}, {entry['wall_p50']:.2f} / {entry['wall_p99']:.2f}{short}"


def table(results, missing, arguments):
    """Lines of Markdown: what was compared, and the table."""
    about = describe("", arguments.threads)
    yield (
        f"{arguments.rows:,} vectors of {arguments.dimension} dimensions, {arguments.distribution}, seed {arguments.seed}, "
        f"{arguments.queries} queries, ten results, {arguments.threads} threads. {about['cpu']}, {about['system']}. "
        "Cells: recall@10, milliseconds p50 / p99."
    )
    yield ""
    names = list(results)
    yield "| | " + " | ".join(names) + " |"
    yield "|---" * (len(names) + 1) + "|"
    yield "| building, us of CPU a row | " + " | ".join(f"{results[n]['build_us_a_row']:g}" for n in names) + " |"
    yield "| memory, bytes a row | " + " | ".join(f"{results[n]['bytes_a_row']:,}" for n in names) + " |"
    for number, entry in enumerate(results["rappel"]["filters"]):
        title = "no filter" if entry["filter"] == "none" else f"filter {entry['filter']}"
        yield f"| {title} | " + " | ".join(cell(results[n]["filters"][number]) for n in names) + " |"
    for name, reason in missing.items():
        yield f"\nMissing: {name}: {reason}"


def compare(arguments):
    """name -> figures, and why a peer is missing."""
    results, missing = {}, {}
    with tempfile.TemporaryDirectory(prefix="index-", dir=arguments.work) as folder:
        results["rappel"] = run_rappel(arguments, Path(folder))
        for name in filter(None, arguments.peers.split(",")):
            print(f"  {name}", file=sys.stderr, flush=True)
            try:
                results[name] = run_peer(arguments, Path(folder), name)
            except (OSError, subprocess.CalledProcessError, ValueError) as error:
                missing[name] = str(error)
    return results, missing


def parser():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=1024)
    parser.add_argument("--distribution", default="clustered")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default=",".join(PACKAGES))
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--cache", type=Path, default=ROOT / "bench" / "cache" / "index")
    parser.add_argument("--work", help="folder for the vectors (default: the system's)")
    return parser


if __name__ == "__main__":
    given = parser().parse_args()
    print("\n".join(table(*compare(given), given)))
