"""Measures the large model in `rappel serve`: peak memory of its longest text, and the time until it is ready.

Each runs in its own process with nothing else loaded, int8, the weight file in the page cache.
"""

import shutil
import tempfile
import time

import engines
from child import Child
from server import Server

STARTS = 3


def memory(settings, model, texts):
    """The encoder's process over one pass. Packed weights are its own memory; the file it maps comes on top, as far as
    it was read and is still resident."""
    engine = next(engine for engine in engines.ENGINES if engine.rappel and engine.precision == "int8")
    line, environment = engines.command(engine, settings, model)
    child = Child(line, environment, settings.output / "logs" / "footprint.log", 600)
    try:
        child.run(texts, 1, settings.limit)
        return {"peak_bytes": child.peak_memory(), "weight_bytes": int(child.info["weight_bytes"]),
                "mapped_bytes": int(child.info["mapped_bytes"])}
    finally:
        child.stop()


def ready_seconds(settings, model):
    """From the start of `rappel serve` to its first 200 of /ready."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        server = Server(settings, folder, model, "--embedding-precision", "int8")
        try:
            while True:
                connection = server.connect()
                connection.request("GET", "/ready")
                if connection.getresponse().status == 200:
                    return time.perf_counter() - start
                connection.close()
                time.sleep(0.005)
        finally:
            server.stop()


def read_through(model):
    """Brings the weight file into the page cache."""
    with open(model / "model.safetensors", "rb") as file, open("/dev/null", "wb") as nowhere:
        shutil.copyfileobj(file, nowhere, 1 << 24)


def measure(settings, model, texts):
    """What bars.py and the report read; raises ChildError or OSError with the reason."""
    read_through(model)
    return {"memory": memory(settings, model, texts),
            "ready_s": [round(ready_seconds(settings, model), 3) for _ in range(STARTS)]}
