"""The readers of extract_compare.py: rappel itself, Python packages and Tika, each as a process that reads lists of files.

A worker answers one line per request. The request is JSON: {"jobs":[[FILE, TEXT],..], "rounds":N}; each TEXT is written in the
first round. The answer is {"seconds":[CPU time of each round, in all threads]}; Tika adds "thread", the time of the thread that
parses.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON_PEERS = {"pypdf": "pypdf==7.1.1", "pdfplumber": "pdfplumber==0.11.10", "markitdown": "markitdown[all]==0.1.9"}
TIKA = "3.3.1"
TIKA_PROJECT = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>peer</groupId><artifactId>tika</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.tika</groupId><artifactId>tika-core</artifactId><version>{TIKA}</version></dependency>
    <dependency><groupId>org.apache.tika</groupId><artifactId>tika-parsers-standard-package</artifactId><version>{TIKA}</version>
      <exclusions><exclusion><groupId>com.github.junrar</groupId><artifactId>junrar</artifactId></exclusion></exclusions></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
"""


class Rappel:
    """rappel_bench_extract for the time, with rappel-extract started once for ten readings of all files, as a server has it running;
    `rappel extract` for the text."""

    name = "rappel"
    readings = 10
    parts = {}

    def __init__(self, folder):
        self.folder = folder
        done = subprocess.run([str(folder / "rappel"), "--version"], capture_output=True, text=True, check=True)
        self.version = done.stdout.split()[1]

    def rounds(self, jobs, rounds):
        files = [file for file, _ in jobs]
        environment = {"PATH": os.environ["PATH"], "RAPPEL_EXTRACT": str(self.folder / "rappel-extract")}
        times = []
        for _ in range(rounds):
            command = [str(self.folder / "bench" / "rappel_bench_extract"), str(self.readings), *files]
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
            times.append(float(re.search(r"([\d.]+) ms of CPU a file", done.stdout)[1]) / 1e3 * len(files))
        with tempfile.TemporaryDirectory(prefix="rappel-extract-") as out:
            subprocess.run(
                [str(self.folder / "rappel"), "extract", "--out", out, *files],
                capture_output=True,
                check=False,
                env={**environment, "HOME": out},
            )
            for file, text in jobs:
                found = Path(out) / (Path(file).name + ".txt")
                if found.exists():
                    shutil.copyfile(found, text)
        return times


class Worker:
    """A peer in a process of its own; rounds before the first that counts warm it up."""

    def __init__(self, name, command, version, warm_up=1):
        self.name, self.version, self.warm_up = name, version, warm_up
        self.parts = {}  # times of the last rounds() that are part of those it returned
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def rounds(self, jobs, rounds):
        self.process.stdin.write(json.dumps({"jobs": jobs, "rounds": self.warm_up + rounds}) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith('{"seconds"'):
                answer = {key: times[self.warm_up :] for key, times in json.loads(line).items()}
                self.parts = {key: times for key, times in answer.items() if key != "seconds"}
                return answer["seconds"]
        raise RuntimeError(f"{self.name} ended without an answer")

    def close(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


class Peers:
    def __init__(self, cache, rappel, tika_warm_up=15):
        self.cache, self.rappel, self.tika_warm_up, self.missing = cache, rappel, tika_warm_up, {}

    @contextlib.contextmanager
    def open(self, name):
        """The peer, or None with the reason in `missing`."""
        if name == "rappel":
            yield Rappel(self.rappel)
            return
        try:
            worker = self.tika() if name == "tika" else self.python(name)
        except (OSError, subprocess.CalledProcessError) as error:
            self.missing[name] = str(error)
            yield None
            return
        try:
            yield worker
        finally:
            worker.close()

    def python(self, name):
        folder = self.cache / "python"
        python = folder / "bin" / "python"
        if not python.exists():
            venv.create(folder, with_pip=True)
        version = PYTHON_PEERS[name].partition("==")[2]
        marker = folder / f"{name}-{version}"
        if not marker.exists():
            subprocess.run(
                [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", PYTHON_PEERS[name]], check=True
            )
            marker.touch()
        return Worker(name, [str(python), str(HERE / "peers" / "extract_peer.py"), name], version)

    def tika(self):
        folder = self.cache / "tika"
        jars = folder / "jars"
        if not list(jars.glob(f"tika-core-{TIKA}.jar")):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "pom.xml").write_text(TIKA_PROJECT, encoding="utf-8")
            subprocess.run(
                ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars"],
                cwd=folder,
                check=True,
                stdout=sys.stderr,
            )
        jvm = ["java", "-Xmx2g", "-XX:-UseDynamicNumberOfCompilerThreads"]  # whose times would be lost with them
        command = [*jvm, "-cp", f"{jars}/*", str(HERE / "peers" / "TikaPeer.java")]
        return Worker("tika", command, TIKA, self.tika_warm_up)  # the JVM compiles what runs often
