#!/usr/bin/env python3
"""encoder_test.py PROGRAM: the real rappel_bench_encoder with the small reranker of the repository. It must load the model,
choose a batch size, answer requests and refuse a bad one; no time is judged.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

MODEL = Path(__file__).resolve().parents[1] / "models" / "rappel-rerank-mini-en"


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        texts, rows = Path(folder) / "texts", Path(folder) / "rows"
        texts.write_text("101 2023 2003 102\n101 2178 102\n")
        requests = f"run 2 {texts} {rows}\nwarm 1 {texts}\nrun 0 {texts}\nquit\n"
        process = subprocess.run([program, "--model", MODEL, "--threads", "1"], input=requests, capture_output=True, text=True,
                                 timeout=250)
        size = rows.stat().st_size if rows.is_file() else 0
    lines = process.stdout.splitlines()
    assert process.returncode == 0 and len(lines) == 4, process
    word, _, report = lines[0].partition(" ")
    assert word == "ready" and json.loads(report)["batch_tokens"] >= 256, lines[0]
    assert lines[1].startswith("ok 1 ") and len(lines[1].split()) == 4, lines[1]
    assert lines[2].startswith("ok 1 ") and len(lines[2].split()) == 3, lines[2]
    assert lines[3].startswith("error "), lines[3]
    assert size == 2 * 4, "two logits"
    print("rappel_bench_encoder answers as bench/protocol.py expects")


if __name__ == "__main__":
    main()
