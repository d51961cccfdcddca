"""A `rappel serve` process on a free port of this machine, for measurements over HTTP."""

import http.client
import os
import re
import subprocess
from pathlib import Path

from child import ChildError


class Server:
    def __init__(self, settings, folder, model, *options, reranker=None):
        """Returns when its models are loaded and it says so. `folder` gets its data and log, and is where it runs."""
        self.log = open(Path(folder) / "serve.log", "w")
        rerank = ["--rerank-model", str(Path(reranker).resolve())] if reranker else ["--no-rerank"]
        line = [str(Path(settings.rappel).resolve()), "serve", "--no-auth", *rerank, "--port", "0",
                "--embedding-model", str(Path(model).resolve()), "--threads", str(settings.threads),
                "--data-dir", str(Path(folder) / "data"), *options]
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}  # no settings are met by chance
        if settings.isa:
            environment["RAPPEL_CPU_TARGET"] = settings.isa
        self.process = subprocess.Popen(line, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.log, text=True, env=environment)
        match = re.search(r"http://127\.0\.0\.1:(\d+)", self.process.stdout.readline())
        if not match:
            self.stop()
            words = Path(self.log.name).read_text().strip().splitlines() or ["no words"]
            raise ChildError("rappel serve did not start: " + words[-1])
        self.port = int(match[1])

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.process.stdout.close()
        self.log.close()
