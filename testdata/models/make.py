#!/usr/bin/env python3
"""Makes the mini models of this folder from the small models of the shared reference data. Standard library only.

    make.py SHARED/data

Each mini model is a small model (tiny-*) with most of its vocabulary removed: the rows of the embedding table that belong to
the removed tokens go, every other weight stays as it is. A text whose tokens were all kept is therefore tokenised into the
same pieces and gets the same vector, bit for bit, so the reference values of the small models hold for the mini models
(goldens.jsonl). Kept: special tokens, tokens of one character, the commonest tokens, and the tokens of the reference texts.
"""
import json
import shutil
import struct
import sys
from array import array
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Categories of reference texts that were written for the small models; the others quote published data sets.
OWN = ("lang-", "one-token", "code", "card")


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def own(rows):
    return [row for row in rows if row.get("category", "").startswith(OWN) and "input_ids" in row and ("text" in row or "query" in row)]


def read_safetensors(path):
    """name -> (dtype, shape, bytes)"""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    return {name: (one["dtype"], one["shape"], data[8 + size + one["data_offsets"][0]:8 + size + one["data_offsets"][1]])
            for name, one in header.items()}


def write_safetensors(path, tensors):
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, (dtype, shape, data) in sorted(tensors.items()):
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def keep_rows(tensors, kept):
    """The word embeddings with the rows of `kept` only."""
    name = next(name for name in tensors if name.endswith("word_embeddings.weight"))
    dtype, (rows, columns), data = tensors[name]
    size = len(data) // rows
    tensors[name] = (dtype, [len(kept), columns], b"".join(data[row * size:(row + 1) * size] for row in kept))


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_config(source, target, vocabulary):
    config = json.loads((source / "config.json").read_text())
    config["vocab_size"] = vocabulary
    write_json(target / "config.json", config)


def renumber(tokenizer, number):
    """Ids of added tokens and of the post-processor, by the new numbers."""
    for token in tokenizer["added_tokens"]:
        token["id"] = number[token["id"]]
    for token in tokenizer["post_processor"]["special_tokens"].values():
        token["ids"] = [number[old] for old in token["ids"]]
    tokenizer["truncation"] = tokenizer["padding"] = None


def copy_files(source, target, names):
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
        (target / name).chmod(0o644)


def wordpiece(shared, used):
    """The kept ids of the WordPiece vocabulary, and its tokenizer with the new numbers."""
    tokenizer = json.loads((shared / "models/tiny-bert-embedder/tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    special = {token["id"] for token in tokenizer["added_tokens"]}
    single = {number for piece, number in vocabulary.items() if len(piece.removeprefix("##")) == 1 and ord(piece[-1]) < 0x250}
    kept = sorted(special | single | set(range(1996, 3600)) | used)
    number = {old: new for new, old in enumerate(kept)}
    tokenizer["model"]["vocab"] = {piece: number[old] for piece, old in vocabulary.items() if old in number}
    renumber(tokenizer, number)
    return kept, tokenizer


def unigram(shared, used, file):
    """The same for a Unigram vocabulary."""
    tokenizer = json.loads((shared / "tokenizers" / file).read_text(encoding="utf-8"))
    pieces = tokenizer["model"]["vocab"]
    special = {token["id"] for token in tokenizer["added_tokens"]}
    worst = min(range(4, len(pieces) - 1), key=lambda index: pieces[index][1])  # sets the score of an unknown character
    kept = sorted(special | set(range(1500)) | {worst} | used)
    number = {old: new for new, old in enumerate(kept)}
    tokenizer["model"]["vocab"] = [pieces[old] for old in kept]
    renumber(tokenizer, number)
    return kept, tokenizer


def make_bert(shared, goldens):
    texts = own(read_lines(shared / "goldens-models/tiny-bert-embedder.texts.jsonl"))
    pairs = own(read_lines(shared / "goldens-models/tiny-bert-cross-encoder.pairs.jsonl"))
    kept, tokenizer = wordpiece(shared, {token for row in texts + pairs for token in row["input_ids"]})
    number = {old: new for new, old in enumerate(kept)}
    for name in ("bert-embedder", "bert-cross-encoder"):
        source, target = shared / "models" / f"tiny-{name}", HERE / f"mini-{name}"
        target.mkdir(exist_ok=True)
        tensors = read_safetensors(source / "model.safetensors")
        keep_rows(tensors, kept)
        write_safetensors(target / "model.safetensors", tensors)
        write_config(source, target, len(kept))
        copy_files(source, target, ["special_tokens_map.json", "tokenizer_config.json"])
    target = HERE / "mini-bert-embedder"
    copy_files(shared / "models/tiny-bert-embedder", target, ["modules.json", "sentence_bert_config.json", "1_Pooling/config.json"])
    write_json(target / "tokenizer.json", tokenizer)
    pieces = sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].get)
    (target / "vocab.txt").write_text("".join(piece + "\n" for piece in pieces), encoding="utf-8")
    for name in ("tokenizer.json", "vocab.txt"):
        (HERE / "mini-bert-cross-encoder" / (name + ".path")).write_text(f"../mini-bert-embedder/{name}\n")

    dense = (shared / "goldens-models/tiny-bert-embedder.dense.npy").read_bytes()
    values = array("f", dense[10 + struct.unpack("<H", dense[8:10])[0]:])
    columns = 48
    for row in texts:
        vector = values[row["row"] * columns:(row["row"] + 1) * columns]
        goldens.append({"model": "mini-bert-embedder", "text": row["text"], "input_ids": [number[i] for i in row["input_ids"]],
                        "dense": [round(value, 7) for value in vector]})
    for row in pairs:
        goldens.append({"model": "mini-bert-cross-encoder", "query": row["query"], "passage": row["passage"],
                        "input_ids": [number[i] for i in row["input_ids"]], "score": row["score"]})


def make_bge_m3(shared, goldens):
    texts = own(read_lines(shared / "goldens-models/tiny-bge-m3.texts.jsonl"))
    kept, tokenizer = unigram(shared, {token for row in texts for token in row["input_ids"]}, "BAAI_bge-m3.tokenizer.json")
    number = {old: new for new, old in enumerate(kept)}
    source, target = shared / "models/tiny-bge-m3", HERE / "mini-bge-m3"
    target.mkdir(exist_ok=True)
    tensors = torch_tensors(source / "pytorch_model.bin")
    keep_rows(tensors, kept)
    write_safetensors(target / "model.safetensors", tensors)
    write_config(source, target, len(kept))
    copy_files(source, target, ["special_tokens_map.json", "tokenizer_config.json", "modules.json", "sentence_bert_config.json",
                                "1_Pooling/config.json", "colbert_linear.pt", "sparse_linear.pt"])
    write_json(target / "tokenizer.json", tokenizer)
    for row in texts:
        goldens.append({"model": "mini-bge-m3", "text": row["text"], "input_ids": [number[i] for i in row["input_ids"]],
                        "dense": row["dense"], "lexical": {str(number[int(i)]): weight for i, weight in row["lexical"].items()}})


def make_bge_reranker(shared, goldens):
    pairs = own(read_lines(shared / "goldens-models/tiny-bge-reranker-v2-m3.pairs.jsonl"))
    used = {token for row in pairs for token in row["input_ids"]}
    kept, tokenizer = unigram(shared, used, "BAAI_bge-reranker-v2-m3.tokenizer.json")
    number = {old: new for new, old in enumerate(kept)}
    source, target = shared / "models/tiny-bge-reranker-v2-m3", HERE / "mini-bge-reranker"
    target.mkdir(exist_ok=True)
    tensors = read_safetensors(source / "model.safetensors")
    keep_rows(tensors, kept)
    write_safetensors(target / "model.safetensors", tensors)
    write_config(source, target, len(kept))
    copy_files(source, target, ["special_tokens_map.json", "tokenizer_config.json"])
    write_json(target / "tokenizer.json", tokenizer)
    for row in pairs:
        goldens.append({"model": "mini-bge-reranker", "query": row["query"], "passage": row["passage"],
                        "input_ids": [number[i] for i in row["input_ids"]], "score": row["score"]})


def torch_tensors(path):
    """The tensors of a torch zip with whole, contiguous float16 storages."""
    import pickle
    import zipfile

    archive = zipfile.ZipFile(path)
    folder = archive.namelist()[0].split("/")[0]

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            if name == "OrderedDict":
                return type("Tensors", (dict,), {})  # it is given an attribute
            return (lambda storage, offset, size, stride, *_: (storage, offset, list(size))) if "rebuild" in name else name

        def persistent_load(self, key):
            return archive.read(f"{folder}/data/{key[2]}")

    out = {}
    with archive.open(f"{folder}/data.pkl") as file:
        for name, (data, offset, shape) in Reader(file).load().items():
            count = 1
            for size in shape:
                count *= size
            out[name] = ("F16", shape, data[2 * offset:2 * (offset + count)])
    return out


def main():
    shared, goldens = Path(sys.argv[1]), []
    make_bert(shared, goldens)
    make_bge_m3(shared, goldens)
    make_bge_reranker(shared, goldens)
    (HERE / "goldens.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in goldens),
                                        encoding="utf-8")


if __name__ == "__main__":
    main()
