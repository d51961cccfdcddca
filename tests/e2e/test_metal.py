#!/usr/bin/env python3
"""A build with the Metal device: it is listed, chosen where there is a Mac's GPU and nowhere else, and embeds as the CPU
does. usage: test_metal.py RAPPEL

Without Metal (Linux) the device mps is MLX's CPU backend, so the way from the settings to the device is tested
there too. Skipped (77) without models/all-MiniLM-L6-v2.
"""

import json
import platform
import subprocess
import sys
import unittest
from pathlib import Path

from support import run_cases

RAPPEL = Path(sys.argv[1]).resolve()
ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "all-MiniLM-L6-v2"
RERANKER = ROOT / "models" / "rappel-rerank-mini-en"
ON_A_MAC = platform.system() == "Darwin"
TEXTS = ["How do bees keep warm?", "The spare key is under the blue pot.", "a", "word " * 100]


def run(*arguments, given=None, **environment):
    return subprocess.run([RAPPEL, *arguments], input=given, capture_output=True, text=True, timeout=300,
                          cwd="/", env={"PATH": "/usr/bin:/bin", "HOME": "/nowhere", **environment})


def embed(device, precision):
    lines = "".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(TEXTS))
    process = run("embed", "--model", str(MODEL), "--device", device, "--precision", precision, "--log-level", "info",
                  given=lines)
    assert process.returncode == 0, process.stderr
    return [json.loads(line)["dense"] for line in process.stdout.splitlines()], process.stderr


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b))  # of length 1


class Metal(unittest.TestCase):
    def test_it_is_listed_before_the_cpu(self):
        devices = json.loads(run("devices", "--json").stdout)["devices"]
        self.assertEqual([device["name"] for device in devices], ["mps", "cpu", "reference"])
        self.assertTrue(devices[0]["description"].startswith("mps: "), devices[0])
        self.assertIn("devices: mps, cpu\n", run("--version").stdout)

    def test_auto_is_metal_on_a_mac_alone(self):
        _, log = embed("auto", "auto")
        self.assertIn("embedder: device " + ("mps: " if ON_A_MAC else "cpu: "), log)

    def test_it_embeds_as_the_cpu_does(self):
        wanted, _ = embed("cpu", "float32")
        for name, precision, bar in (("mps", "auto", 0.99999), ("metal", "half", 0.9999)):
            found, log = embed(name, precision)
            self.assertIn("embedder: device mps: ", log)
            self.assertIn("(float32)" if precision == "auto" else "(half)", log)
            self.assertEqual(len(found), len(TEXTS))
            for a, b in zip(wanted, found):
                self.assertGreater(cosine(a, b), bar)

    def test_a_precision_that_it_lacks_is_refused(self):
        process = run("embed", "--model", str(MODEL), "--device", "mps", "--precision", "int8", given="")
        self.assertNotEqual(process.returncode, 0)
        self.assertIn('device "mps" has no int8 weights', process.stderr)

    def test_it_reranks_as_the_cpu_does(self):
        line = json.dumps({"query": TEXTS[0], "passages": ["Bees huddle together and shiver.", TEXTS[1]]}) + "\n"
        scores = {}
        for device in ("cpu", "mps"):
            process = run("rerank", "--model", str(RERANKER), "--device", device, "--precision", "float32", given=line)
            self.assertEqual(process.returncode, 0, process.stderr)
            scores[device] = json.loads(process.stdout)["scores"]
        for a, b in zip(scores["cpu"], scores["mps"]):
            self.assertAlmostEqual(a, b, delta=1e-3)


if __name__ == "__main__":
    if not (MODEL / "model.safetensors").is_file():
        print("skipped: models/all-MiniLM-L6-v2 is missing; scripts/fetch-models all-MiniLM-L6-v2 fetches it")
        sys.exit(77)
    run_cases(argv=sys.argv[:1])
