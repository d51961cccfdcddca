"""Measures `rappel serve`: the burst (http_burst.py), the CPU time of an idle server, a query-cache hit, peak memory.

    bench/serving.py [driver options]    prints the results; bench/run adds them to the report with the model minilm

Uses the real all-MiniLM-L6-v2. Idle is the CPU time of the whole process over 20 seconds after the load, with one open
connection.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import http_burst
from child import ChildError
from server import Server

IDLE_SECONDS = 20
CACHE_ENTRIES = 2000


def cpu_seconds(process):
    """User and system time of all threads so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def status_bytes(process, name):
    """VmRSS or VmHWM."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise ChildError(f"the system does not tell {name}")


def idle(settings):
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        server = Server(settings, folder, settings.minilm)
        try:
            ready = time.monotonic() - start
            connection = server.connect()
            http_burst.ask(connection, "one question, then silence")
            time.sleep(1)
            before = cpu_seconds(server.process)
            time.sleep(IDLE_SECONDS)
            share = (cpu_seconds(server.process) - before) / IDLE_SECONDS
            return {"idle_core_share": round(share, 5), "minilm_ready_s": round(ready, 3),
                    "idle_resident_mb": round(status_bytes(server.process, "VmRSS") / 1e6, 1)}
        finally:
            server.stop()


def cache_hit(settings):
    if not settings.text.exists():
        raise ChildError(f"{settings.text} is not built")
    done = subprocess.run([str(settings.text), "cache", str(settings.minilm), str(CACHE_ENTRIES)], capture_output=True,
                          text=True, timeout=600)
    if done.returncode:
        raise ChildError(f"{settings.text.name}: {done.stderr.strip()}")
    return {"cache_hit_us": json.loads(done.stdout)["hit_median_us"]}


def measure(settings):
    """What the report shows and bars.py judges; ChildError says why it could not be measured."""
    return {**http_burst.measure(settings), **idle(settings), **cache_hit(settings)}


def main():
    import driver

    settings = driver.parse(sys.argv[1:])
    try:
        print(json.dumps(measure(settings), indent=1))
    except ChildError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
