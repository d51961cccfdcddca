"""Writes model folders with random weights in published shapes; the same seed gives the same bytes.

    make_models.py --folder CACHE --models large,large-reranker,small [--seed N] [--data FOLDER]

transformers and rappel can load a folder: config.json, model.safetensors (float32), and the additional files of a
sentence-transformers repository. Weights are scaled so that attention is peaked and no layer is close to the identity, which
makes kernel errors visible. tokenizer.json is linked from the data folder if present. Otherwise a substitute is written,
because the benchmark generates token ids itself.
"""

import argparse
import json
import math
import os
import shutil
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

FORMAT = 2  # raise when the written bytes change: folders of another format are made again


@dataclass(frozen=True)
class Shape:
    family: str
    layers: int
    hidden: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    reranker: bool = False
    tokenizer: str = ""  # below the data folder

    @property
    def layer_weights(self):
        return self.layers * (4 * self.hidden * self.hidden + 2 * self.hidden * self.intermediate)


XLMR_LARGE = dict(family="xlm-roberta", layers=24, hidden=1024, heads=16, intermediate=4096, vocabulary=250002,
                  positions=8194)
SHAPES = {
    "large": Shape(**XLMR_LARGE, tokenizer="tokenizers/BAAI_bge-m3.tokenizer.json"),
    "large-reranker": Shape(**XLMR_LARGE, reranker=True, tokenizer="tokenizers/BAAI_bge-reranker-v2-m3.tokenizer.json"),
    "small": Shape(family="bert", layers=12, hidden=384, heads=12, intermediate=1536, vocabulary=30522, positions=512,
                   tokenizer="models/tiny-bert-embedder/tokenizer.json"),
    "small-reranker": Shape(family="bert", layers=12, hidden=384, heads=12, intermediate=1536, vocabulary=30522,
                            positions=512, reranker=True, tokenizer="models/tiny-bert-embedder/tokenizer.json"),
    # For trying out the bench itself.
    "tiny-reranker": Shape(family="xlm-roberta", layers=2, hidden=64, heads=4, intermediate=128, vocabulary=1000,
                           positions=514, reranker=True),
    "tiny": Shape(family="bert", layers=2, hidden=64, heads=4, intermediate=128, vocabulary=1000, positions=128),
}


def config(shape):
    bert = shape.family == "bert"
    body = "Bert" if bert else "XLMRoberta"
    out = {
        "architectures": [body + ("ForSequenceClassification" if shape.reranker else "Model")],
        "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "hidden_size": shape.hidden, "initializer_range": 0.02, "intermediate_size": shape.intermediate,
        "layer_norm_eps": 1e-12 if bert else 1e-5, "max_position_embeddings": shape.positions,
        "model_type": shape.family, "num_attention_heads": shape.heads, "num_hidden_layers": shape.layers,
        "pad_token_id": 0 if bert else 1, "position_embedding_type": "absolute", "torch_dtype": "float32",
        "type_vocab_size": 2 if bert else 1, "vocab_size": shape.vocabulary,
    }
    if not bert:
        out.update(bos_token_id=0, eos_token_id=2)
    if shape.reranker:
        out.update(id2label={"0": "LABEL_0"}, label2id={"LABEL_0": 0})
    return out


def tensors(shape):
    """(name, shape, spread, centre) of each tensor, in file order."""
    hidden, up = shape.hidden, shape.intermediate
    bert = shape.family == "bert"
    prefix = ("bert." if bert else "roberta.") if shape.reranker else ""

    def norm(name):
        return [(name + ".weight", (hidden,), 0.1, 1.0), (name + ".bias", (hidden,), 0.1, 0.0)]

    def linear(name, outputs, inputs, gain=1.0):
        return [(name + ".weight", (outputs, inputs), gain / math.sqrt(inputs), 0.0),
                (name + ".bias", (outputs,), 0.05, 0.0)]

    out = [("embeddings.word_embeddings.weight", (shape.vocabulary, hidden), 0.05, 0.0),
           ("embeddings.position_embeddings.weight", (shape.positions, hidden), 0.02, 0.0),
           ("embeddings.token_type_embeddings.weight", (2 if bert else 1, hidden), 0.02, 0.0)]
    out += norm("embeddings.LayerNorm")
    for layer in range(shape.layers):
        at = f"encoder.layer.{layer}."
        out += linear(at + "attention.self.query", hidden, hidden, 1.4)
        out += linear(at + "attention.self.key", hidden, hidden, 1.4)
        out += linear(at + "attention.self.value", hidden, hidden)
        out += linear(at + "attention.output.dense", hidden, hidden)
        out += norm(at + "attention.output.LayerNorm")
        out += linear(at + "intermediate.dense", up, hidden)
        out += linear(at + "output.dense", hidden, up)
        out += norm(at + "output.LayerNorm")
    if bert or not shape.reranker:
        out += linear("pooler.dense", hidden, hidden)
    out = [(prefix + name, dims, spread, centre) for name, dims, spread, centre in out]
    if shape.reranker:
        out += linear("classifier", 1, hidden) if bert else (
            linear("classifier.dense", hidden, hidden) + linear("classifier.out_proj", 1, hidden))
    return out


def write_safetensors(path, specification, seed):
    import numpy

    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, dims, _, _ in specification:
        size = 4 * math.prod(dims)
        header[name] = {"dtype": "F32", "shape": list(dims), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for name, dims, spread, centre in specification:
            random = numpy.random.Generator(numpy.random.PCG64([seed, zlib.crc32(name.encode())]))
            values = random.standard_normal(dims, dtype=numpy.float32)
            values *= numpy.float32(spread)
            values += numpy.float32(centre)
            values.astype("<f4", copy=False).tofile(out)


STAND_IN_TOKENIZER = {
    "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"},
}


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def write_tokenizer(folder, shape, data):
    source = Path(data) / shape.tokenizer if data and shape.tokenizer else None
    if source and source.is_file():
        os.symlink(source.resolve(), folder / "tokenizer.json")
    else:
        write_json(folder / "tokenizer.json", STAND_IN_TOKENIZER)


def make(name, cache, seed=1, data=None):
    """The folder of the model, made when it is not there yet."""
    shape, folder = SHAPES[name], Path(cache) / f"{name}-seed{seed}-v{FORMAT}"
    if (folder / "config.json").is_file():
        return folder
    draft = folder.with_name(folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    write_safetensors(draft / "model.safetensors", tensors(shape), seed)
    write_tokenizer(draft, shape, data)
    if not shape.reranker:
        write_json(draft / "modules.json", [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}])
        write_json(draft / "1_Pooling" / "config.json", {
            "word_embedding_dimension": shape.hidden, "pooling_mode_cls_token": True,
            "pooling_mode_mean_tokens": False, "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False})
    write_json(draft / "config.json", config(shape))
    draft.rename(folder)
    return folder


def main():
    parser = argparse.ArgumentParser(description="Writes model folders with random weights.")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--models", default="small,large", help="of: " + ", ".join(SHAPES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", help="folder that has tokenizers/")
    arguments = parser.parse_args()
    for name in arguments.models.split(","):
        if name not in SHAPES:
            sys.exit(f"no model {name!r}; there are: {', '.join(SHAPES)}")
        print(make(name, arguments.folder, arguments.seed, arguments.data))


if __name__ == "__main__":
    main()
