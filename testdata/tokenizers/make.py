#!/usr/bin/env python3
"""Makes the small tokenizer files of this folder and their cases.

Usage: make.py BGE_M3_TOKENIZER_JSON MINILM_TOKENIZER_JSON      (needs `pip install tokenizers==0.22.2`)

unigram.json and wordpiece.json keep the structure of the published files with some hundred of their pieces and a
charsmap of some dozen entries; cases.jsonl holds what Hugging Face `tokenizers` answers for them.
"""
import base64
import json
import random
import struct
import sys

from tokenizers import Tokenizer

SENTENCES = [
    "The quick brown fox jumps over the lazy dog.", "What is the boiling point of water at 3,000 m?",
    "Le refuge est ouvert de juin à septembre.", "Die Straße ist gesperrt, größere Fahrzeuge bitte warten.",
    "日本語のテキストをトークン化する。", "機器學習與深度學習有什麼差別？", "한국어 문장을 토큰화합니다.",
    "Русский текст для проверки.", "हिन्दी पाठ परीक्षण", "النص العربي", "café naïve résumé", "ｶﾞﾊﾟ ＡＢＣ １２３",
]
ODD = ["\u200b", "\u00a0", "\ufb01", "\ufb01\u0301", "e\u0301", "\u2122\u0301", "\r\n", "\t", "\n", "\x00", "\x01", "\u0085",
       "▁", "▁▁", " ", "  ", "   ", "<s>", "</s>", "<mask>", "<pad>", "<unk>", "＜s＞", "[CLS]", "[MASK]", "😀", "\u0600e\u0301",
       "\u0915\u094d\u0958\u0308", "\u0958\u0308", "İ", "\u302e\U0001d165", "a" * 101, "a" * 100, "ẞ", "Σας", "\ufffd", "##ing"]


def double_array(entries):
    """A Darts double array for {bytes: value}."""
    trie = {}
    for key, value in entries.items():
        node = trie
        for byte in key:
            node = node.setdefault(byte, {})
        node[None] = value
    cells, taken, bases = {0: 0}, {0}, set()

    def place(node, at):
        labels = [0 if k is None else k for k in node]
        base = next(b for b in range(1, 1 << 20) if b not in bases and not any(b ^ c in taken for c in labels))
        bases.add(base)
        taken.update(base ^ c for c in labels)
        assert (at ^ base) < 1 << 21
        cells[at] |= (at ^ base) << 10 | (0x100 if None in node else 0)
        for key, child in node.items():
            if key is None:
                cells[base] = child | 1 << 31
            else:
                cells[base ^ key] = key
        for key, child in node.items():
            if key is not None:
                place(child, base ^ key)

    place(trie, 0)
    size = (max(cells) | 255) + 1
    return struct.pack("<%dI" % size, *(cells.get(i, 0) for i in range(size)))


def charsmap(normalize):
    keys = list(ODD) + [chr(c) for c in range(1, 32)] + [chr(c) for c in range(0xFF01, 0xFFA0)] + ["\u3000", "\x7f", "\u0958"]
    keys += [b + m for b in "aeiounc" for m in "\u0300\u0301\u0308\u0327"] + ["ª", "™", "Å", "ﬁ", "①"]
    entries, blob, places = {}, b"", {}
    for key in keys:
        value = normalize(key)
        if value == key or len(key.encode()) > 5 or b"\0" in key.encode() or (len(key) > 1 and len(value) != 1):
            continue
        if value not in places:
            places[value] = len(blob)
            blob += value.encode() + b"\0"
        entries[key.encode()] = places[value]
    array = double_array(entries)
    return base64.b64encode(struct.pack("<I", len(array)) + array + blob).decode()


def small_unigram(path):
    full = Tokenizer.from_file(path)
    config = json.load(open(path, encoding="utf8"))
    vocab = config["model"]["vocab"]
    ids = {i for s in SENTENCES for i in full.encode(s).ids if i > 3}
    keep = [v for i, v in enumerate(vocab) if i < 60 or (i in ids and i != 250001) or (len(v[0]) <= 2 and i < 6000)]
    config["model"]["vocab"] = keep[:900] + [["<mask>", 0.0]]
    config["normalizer"]["normalizers"][0]["precompiled_charsmap"] = charsmap(full.normalizer.normalize_str)
    config["added_tokens"][-1]["id"] = len(config["model"]["vocab"]) - 1
    return config


def small_wordpiece(path):
    full = Tokenizer.from_file(path)
    config = json.load(open(path, encoding="utf8"))
    ids = {i for s in SENTENCES for i in full.encode(s).ids}
    words = [w for w, i in sorted(config["model"]["vocab"].items(), key=lambda x: x[1])
             if w.startswith("[") and not w.startswith("[unused") or i in ids or len(w.removeprefix("##")) == 1 and ord(w[-1]) < 256]
    config["model"]["vocab"] = {w: i for i, w in enumerate(words)}
    for token in config["added_tokens"]:
        token["id"] = config["model"]["vocab"][token["content"]]
    for name, token in config["post_processor"]["special_tokens"].items():
        token["ids"] = [config["model"]["vocab"][name]]
    config["truncation"] = config["padding"] = None
    return config


def texts():
    yield from [""] + SENTENCES + ODD
    yield from (a + b for a in ("x", "") for o in ODD for b in (o, " " + o + " y"))
    rng = random.Random(3)
    for _ in range(250):
        parts = [rng.choice(rng.choice(SENTENCES).split()) if rng.random() < 0.5 else rng.choice(ODD[:-8]) for _ in range(rng.randint(1, 9))]
        yield "".join(p + rng.choice(["", "", " ", "  "]) for p in parts)


def decoded(name, tokenizer, rows):
    """Ids and the text that `decode` gives for them: those of some cases, and ids at random, some of no token."""
    rng = random.Random(5)
    lists = [row[name] for row in rows[::8]]
    lists += [[rng.randrange(tokenizer.get_vocab_size() + 20) for _ in range(rng.randint(1, 12))] for _ in range(40)]
    for ids in lists:
        for skip in (True, False):
            yield {"tokenizer": name, "ids": ids, "skip": skip, "text": tokenizer.decode(ids, skip_special_tokens=skip)}


def main():
    configs = {"unigram": small_unigram(sys.argv[1]), "wordpiece": small_wordpiece(sys.argv[2])}
    tokenizers = {}
    for name, config in configs.items():
        with open(name + ".json", "w", encoding="utf8") as out:
            json.dump(config, out, ensure_ascii=False, separators=(",", ":"))
            out.write("\n")
        tokenizers[name] = Tokenizer.from_file(name + ".json")
    with open("cases.jsonl", "w", encoding="utf8") as out:
        rows = [{"text": text, **{name: t.encode(text).ids for name, t in tokenizers.items()}} for text in dict.fromkeys(texts())]
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=True, separators=(",", ":")) + "\n")
    with open("decoded.jsonl", "w", encoding="utf8") as out:
        for name, tokenizer in tokenizers.items():
            for row in decoded(name, tokenizer, rows):
                out.write(json.dumps(row, ensure_ascii=True, separators=(",", ":")) + "\n")


main()
