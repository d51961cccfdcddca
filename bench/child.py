"""One engine's process: starts it, sends requests, detects a crash or a hang."""

import glob
import json
import os
import selectors
import subprocess
import tempfile
import time


class ChildError(Exception):
    """The reason is for the report: why an engine is missing or has no time for a workload."""


class Child:
    def __init__(self, line, environment, log, load_limit):
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log, self.buffer = log, b""
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                            env=environment)
        os.set_blocking(self.process.stdout.fileno(), False)
        try:
            reply = self.read_line(load_limit)
            word, _, rest = reply.partition(" ")
            if word != "ready":
                raise ChildError(rest or reply)
            self.info = json.loads(rest)
        except ChildError:
            self.stop()
            raise

    def read_line(self, limit):
        end = time.monotonic() + limit
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self.buffer:
                if not selector.select(max(0.0, end - time.monotonic())):
                    self.stop()
                    raise ChildError(f"no answer within {limit:.0f} s")
                part = os.read(self.process.stdout.fileno(), 1 << 16)
                if not part:
                    raise ChildError(self.last_words())
                self.buffer += part
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode(errors="replace")

    def last_words(self):
        status = self.process.wait()
        if status == -9:
            return "was killed, probably for memory"
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return f"ended with status {status}: " + (lines[-1][:300] if lines else "said nothing")

    @property
    def alive(self):
        return self.process.poll() is None

    def run(self, texts, repetitions, limit, warm=False):
        """[(wall, cpu)] in milliseconds."""
        return self.ask(f"{'warm' if warm else 'run'} {repetitions} {texts}", limit)[1]

    def rows(self, texts, limit):
        """The pooled rows of the texts as a list of lists."""
        import array

        with tempfile.NamedTemporaryFile() as file:
            columns, _ = self.ask(f"run 1 {texts} {file.name}", limit)
            values = array.array("f")
            values.frombytes(file.read())
        return [list(values[at:at + columns]) for at in range(0, len(values), columns)]

    def ask(self, request, limit):
        if not self.alive:
            raise ChildError(self.last_words())
        try:
            self.process.stdin.write(request.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise ChildError(self.last_words()) from None
        words = self.read_line(limit).split()
        if words[0] != "ok":
            raise ChildError(" ".join(words[1:]) or "answered nothing")
        return int(words[1]), [tuple(map(float, pair.split("/"))) for pair in words[2:]]

    def settle(self, limit=0.5):
        """Returns when none of the process's threads computes any more, at the latest after `limit` seconds: some
        libraries' threads spin for up to 0.2 s after the work is done, which the next engine would pay for."""
        end = time.monotonic() + limit
        while time.monotonic() < end and any(state == "R" for state in self.thread_states()):
            time.sleep(0.002)

    def thread_states(self):
        """One letter per thread, as proc(5) has them; nothing where the system does not say."""
        states = []
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/stat"):
            try:
                with open(path) as file:
                    states.append(file.read().rpartition(")")[2].split()[0])
            except OSError:
                pass  # the thread has ended
        return states

    def peak_memory(self):
        """Bytes of resident memory at most so far, mapped files included; 0 where the system does not say."""
        try:
            with open(f"/proc/{self.process.pid}/status") as lines:
                return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)
        except OSError:
            return 0

    def stop(self):
        if self.alive:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
