#!/usr/bin/env python3
"""scripts/e5 on packages that this test writes: each weight against the formula of Q4_0, the tokenizer, the prompts, and
files that are cut or of another kind. The hashes in scripts/fetch-models pin what the real package gives."""

import json
import random
import struct
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
sys.dont_write_bytecode = True

from e5.folder import make_folder
from e5.package_file import FLOAT32, Q4_0
from e5.weights import parameters

SIZES = {"hidden": 32, "layers": 1, "heads": 2, "feed_forward": 64, "vocabulary": 7, "positions": 4, "types": 2}
PIECES = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ('\u2581\u00e9"', -3.25), ("<mask>", -7.5)]


def random_tensor(rng, name, shape):
    """(kind, elements, bytes, weights by the formula)."""
    count = shape[0] * (shape[1] if len(shape) == 2 else 1)
    if len(shape) == 1 or name in ("emb.pos", "emb.type"):
        values = [struct.unpack("<f", struct.pack("<f", rng.gauss(0, 1)))[0] for _ in range(count)]
        return FLOAT32, count, struct.pack(f"<{count}f", *values), values
    data, weights = b"", []
    for _ in range(count // 32):
        scale = struct.pack("<e", rng.choice([0.0, -0.004, 6e-8, rng.gauss(0, 0.1)]))
        packed = rng.randbytes(16)
        step, = struct.unpack("<e", scale)
        weights += [((byte & 15) - 8) * step for byte in packed] + [((byte >> 4) - 8) * step for byte in packed]
        data += scale + packed
    return Q4_0, count, data, weights


def package(seed):
    """(bytes of a package, weights of its tensors by their names in transformers)."""
    rng = random.Random(seed)
    text = [piece.encode() for piece, _ in PIECES]
    ends = [sum(map(len, text[:i])) for i in range(len(text) + 1)]
    head = struct.pack("<4sI7ifi", b"E5S1", 1, *SIZES.values(), 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, ends[-1]) + struct.pack(f"<{len(ends)}I", *ends)
    head += struct.pack(f"<{len(PIECES)}f", *(score for _, score in PIECES)) + b"".join(text)
    head += struct.pack("<iI", 0, 5) + b"fold." + struct.pack("<i", len(parameters(SIZES)))
    tensors = [(name, full, *random_tensor(rng, name, shape)) for name, full, shape in parameters(SIZES)]
    offset = len(head) + sum(2 + len(name) + 21 for name, *_ in tensors)
    entries, body, expected = b"", b"", {}
    for name, full, kind, count, data, weights in tensors:
        entries += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, count, offset + len(body), len(data))
        body += data
        expected[full] = weights
    return head + entries + body, expected


def read_safetensors(path):
    raw = path.read_bytes()
    size, = struct.unpack_from("<Q", raw)
    header = json.loads(raw[8:8 + size])
    del header["__metadata__"]
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        assert entry["dtype"] == "F16", entry
        tensors[name] = entry["shape"], struct.unpack_from(f"<{(end - begin) // 2}e", raw, 8 + size + begin)
    return tensors


class Converter(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def json(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def test_weights_follow_the_formula(self):
        for seed in range(5):
            data, expected = package(seed)
            make_folder(data, self.folder)
            tensors = read_safetensors(self.folder / "model.safetensors")
            self.assertEqual(tensors.keys(), expected.keys())
            shapes = {name: list(shape) for _, name, shape in parameters(SIZES)}
            for name, weights in expected.items():
                shape, found = tensors[name]
                self.assertEqual(shape, shapes[name])
                rounded = struct.unpack(f"<{len(weights)}e", struct.pack(f"<{len(weights)}e", *weights))
                self.assertEqual(found, rounded, name)

    def test_tokenizer_and_settings(self):
        make_folder(package(0)[0], self.folder)
        tokenizer = self.json("tokenizer.json")
        self.assertEqual([tuple(entry) for entry in tokenizer["model"]["vocab"]], PIECES)
        self.assertEqual([(token["content"], token["id"]) for token in tokenizer["added_tokens"]],
                         [("<s>", 0), ("<pad>", 1), ("</s>", 2), ("<unk>", 3), ("<mask>", 5)])
        prompts = self.json("config_sentence_transformers.json")["prompts"]
        self.assertEqual(prompts, {"query": "query: ", "document": "passage: "})
        self.assertEqual(self.json("config.json")["hidden_size"], 32)
        self.assertTrue(self.json("1_Pooling/config.json")["pooling_mode_mean_tokens"])

    def test_other_and_cut_files_are_refused(self):
        data, _ = package(1)
        missing = data.replace(b"l0.fi.w", b"l0.xx.w")
        for wrong in (b"", data[:40], data[:len(data) // 2], data[:-1], b"GGUF" + data[4:], missing):
            with self.assertRaises(ValueError, msg=len(wrong)):
                make_folder(wrong, self.folder)


if __name__ == "__main__":
    unittest.main()
