#!/usr/bin/env python3
"""Memory, speed and use of the engine of `rappel ingest` on a generated folder of mixed files.

    bench/ingest_folder.py build/release/rappel --model models/all-MiniLM-L6-v2 [--files 50000] [--bytes 40000] [--kills 20]

Text, Markdown, HTML, CSV, JSON, e-mail and DOCX files, seeded, of which 2 in 100 are copies of another one; --text writes text
files only, for which the engine should always have work. Prints one JSON object: peak memory of rappel (VmHWM) with the folder
and with a folder of one file, peak memory of its readers together (PSS, looked at every 0.2 s), the share of the run in forward
passes, and the counts of the runs. With --kills the first runs are killed at random times. Then another run must find
everything unchanged. Linux only.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

WORDS = ("river stone harbour winter engine letter garden signal copper window market forest number season paper captain bridge "
         "morning silver history journey kitchen language mountain orchard picture quarter railway station theatre village").split()


def sentences(chance, size):
    text = []
    while size > 0:
        line = " ".join(chance.choice(WORDS) for _ in range(chance.randint(6, 18))).capitalize() + "."
        text.append(line)
        size -= len(line) + 1
    return text


def docx(path, lines):
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                         '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                         '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
                         'wordprocessingml.document.main+xml"/></Types>')
        archive.writestr("_rels/.rels", '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                         '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
                         'Target="word/document.xml"/></Relationships>')
        archive.writestr("word/document.xml", '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
                         f'wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>')


def write_file(folder, number, size, chance, text_only):
    kind = "txt" if text_only else chance.choice(("txt", "txt", "md", "html", "csv", "json", "eml", "docx"))
    path = folder / f"{number % 97:02}" / f"{number}.{kind}"
    path.parent.mkdir(exist_ok=True)
    lines = [f"File number {number}."] + sentences(chance, size)
    if kind == "docx":
        return docx(path, lines)
    text = {"txt": lambda: "\n".join(lines),
            "md": lambda: "---\nauthor: Ann\n---\n# Heading\n\n" + "\n\n".join(lines),
            "html": lambda: "<html><body><h1>Heading</h1>" + "".join(f"<p>{line}</p>" for line in lines) + "</body></html>",
            "csv": lambda: "number,text\n" + "".join(f'{i},"{line}"\n' for i, line in enumerate(lines)),
            "json": lambda: json.dumps([{"line": line} for line in lines]),
            "eml": lambda: "From: a@example.org\nTo: b@example.org\nSubject: A mail\nContent-Type: text/plain\n\n" + "\n".join(lines)}[kind]()
    path.write_text(text)


def copy_some(folder, number):
    """Copies of the first files under other names."""
    for i in range(number):
        (file,) = (folder / f"{i % 97:02}").glob(f"{i}.*")
        shutil.copy(file, file.with_name(f"copy-{file.name}"))


def kilobytes(path, key):
    found = re.search(rf"^{key}:\s+(\d+) kB", Path(path).read_text(), re.MULTILINE)
    return int(found[1]) << 10 if found else 0


def children_of(process):
    """All processes below it: the readers of its files."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except (OSError, IndexError):
            continue
    below, left = [], [process]
    while left:
        found = parents.get(left.pop(), [])
        below += found
        left += found
    return below


class Run:
    def __init__(self, arguments, folder, data, report):
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "HF_HUB_OFFLINE": "1", "EMBEDDING_MODEL": arguments.model,
                       "RAPPEL_DATA_DIR": str(data)}
        self.peak, self.readers, self.report = 0, 0, report
        self.begun = time.monotonic()
        self.process = subprocess.Popen([arguments.rappel, "ingest", str(folder), "--report", str(report)], env=environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def wait(self, limit=None):
        """Until the process ends, or is killed after `limit` seconds."""
        while self.process.poll() is None:
            try:
                self.peak = max(self.peak, kilobytes(f"/proc/{self.process.pid}/status", "VmHWM"))
            except OSError:
                pass
            readers = 0
            for child in children_of(self.process.pid):
                try:
                    readers += kilobytes(f"/proc/{child}/smaps_rollup", "Pss")
                except OSError:
                    pass
            self.readers = max(self.readers, readers)
            if limit is not None and time.monotonic() - self.begun > limit:
                self.process.kill()
            time.sleep(0.2)
        self.output = self.process.stdout.read()
        return self.process.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rappel", type=os.path.abspath)
    parser.add_argument("--model", type=os.path.abspath, required=True)
    parser.add_argument("--files", type=int, default=50000)
    parser.add_argument("--bytes", type=int, default=40000, help="average size of a file's text")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--kill-after", type=float, default=20, help="seconds after which a run is killed at the latest")
    parser.add_argument("--work", help="folder for the generated files and the store (default: the system's)")
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        work = Path(work)
        small, large = work / "small", work / "large"
        for folder, files in ((small, 1), (large, arguments.files)):
            folder.mkdir()
            for number in range(files):
                write_file(folder, number, chance.randint(1, 2 * arguments.bytes), chance, arguments.text)
            copy_some(folder, files // 50)
        base = Run(arguments, small, work / "base", work / "base.json")
        if base.wait() != 0:
            sys.exit(base.output)
        peak = readers = 0
        for _ in range(arguments.kills):
            run = Run(arguments, large, work / "data", work / "report.json")
            run.wait(chance.uniform(0.5, arguments.kill_after))
            peak, readers = max(peak, run.peak), max(readers, run.readers)
        run = Run(arguments, large, work / "data", work / "report.json")
        code = run.wait()
        report = json.loads((work / "report.json").read_text())
        again = Run(arguments, large, work / "data", work / "again.json")
        again.wait()
        peak, readers = max(peak, run.peak, again.peak), max(readers, run.readers, again.readers)
        counts = ("stored", "unchanged", "copies", "failed", "skipped", "seconds")
        print(json.dumps({"files": arguments.files, "bytes": sum(f.stat().st_size for f in large.rglob("*.*")), "exit_code": code,
                          "peak_bytes": peak, "base_bytes": base.peak, "beyond_models_bytes": peak - base.peak, "readers_bytes": readers,
                          "engine_share": round(report["engine_seconds"] / report["seconds"], 3),
                          "tokens_per_second": round(report["tokens"] / report["seconds"]),
                          **{key: report[key] for key in counts},
                          "again": {key: json.loads((work / "again.json").read_text())[key] for key in counts}}))


if __name__ == "__main__":
    main()
