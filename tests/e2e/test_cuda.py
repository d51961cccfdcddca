#!/usr/bin/env python3
"""A build with the CUDA device: it is listed, chosen where there is an NVIDIA GPU and nowhere else, embeds as the CPU does,
and where it cannot be had says why and what to do. usage: test_cuda.py RAPPEL

Embedding needs models/all-MiniLM-L6-v2; without it the test is skipped (77).
"""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

from support import run_cases

RAPPEL = Path(sys.argv[1]).resolve()
ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "all-MiniLM-L6-v2"
TEXTS = ["How do bees keep warm?", "The spare key is under the blue pot.", "a", "word " * 100]


# Where the machine has cuBLASLt, as docs/cuda.md says.
LIBRARIES = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def run(*arguments, given=None, **environment):
    return subprocess.run([RAPPEL, *arguments], input=given, capture_output=True, text=True, timeout=300,
                          cwd="/", env={"PATH": "/usr/bin:/bin", "HOME": "/nowhere", **LIBRARIES, **environment})


def embed(*arguments):
    lines = "".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(TEXTS))
    return run("embed", "--model", str(MODEL), "--log-level", "info", *arguments, given=lines)


def vectors(process):
    assert process.returncode == 0, process.stderr
    return [json.loads(line)["dense"] for line in process.stdout.splitlines()]


def listed():
    return json.loads(run("devices", "--json").stdout)["devices"]


HAS_GPU = "cannot be used" not in listed()[0]["description"]


class Cuda(unittest.TestCase):
    def test_it_is_listed_before_the_cpu(self):
        names = [device["name"] for device in listed()]
        self.assertEqual((names[0], names[-2:]), ("cuda", ["cpu", "reference"]))
        self.assertIn("devices: cuda, cpu\n", run("--version").stdout)

    def test_auto_is_cuda_with_a_gpu_alone(self):
        process = embed("--device", "auto")
        self.assertIn("embedder: device " + ("cuda: " if HAS_GPU else "cpu: "), process.stderr)
        vectors(process)

    @unittest.skipUnless(HAS_GPU, "no GPU")
    def test_it_embeds_as_the_cpu_does(self):
        wanted = vectors(embed("--device", "cpu", "--precision", "float32"))
        for precision, bar in (("float32", 0.99999), ("auto", 0.9999)):
            for a, b in zip(wanted, vectors(embed("--device", "cuda", "--precision", precision))):
                self.assertGreater(sum(x * y for x, y in zip(a, b)), bar)

    @unittest.skipIf(HAS_GPU, "a GPU is here")
    def test_without_a_gpu_it_says_why_and_what_to_do(self):
        process = embed("--device", "cuda")
        self.assertNotEqual(process.returncode, 0)
        self.assertRegex(process.stderr, r"device 'cuda' cannot be used: (no NVIDIA driver|the NVIDIA driver|cuda:0 is too old|"
                                         r"cuBLASLt) .*Set EMBEDDING_DEVICE to auto or cpu, or DEVICE_FALLBACK=true")

    def test_a_number_that_does_not_exist_is_refused_or_falls_back(self):
        self.assertIn("expected cuda or cuda:N", embed("--device", "cuda:first").stderr)
        process = embed("--device", "cuda:99")
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("device 'cuda:99' cannot be used", process.stderr)
        process = embed("--device", "cuda:99", "--device-fallback")
        self.assertIn("; using the CPU", process.stderr)
        self.assertEqual(len(vectors(process)), len(TEXTS))


if __name__ == "__main__":
    if not (MODEL / "model.safetensors").is_file():
        print("skipped: models/all-MiniLM-L6-v2 is missing; scripts/fetch-models all-MiniLM-L6-v2 fetches it")
        sys.exit(77)
    run_cases(argv=sys.argv[:1])
