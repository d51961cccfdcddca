"""llama.cpp's BERT encoder through llama-cpp-python, from a GGUF file written here: float32, or q8_0 matrices.

The file has no vocabulary, token ids go in as they are. A batch is packed, not padded: one sequence per text.
"""

import ctypes
import os
import sys

import gguf
import llama_cpp
import numpy

from peers.common import Model, made_once
from protocol import serve

LAYER = {"attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
         "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
         "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm"}


@llama_cpp.llama_log_callback
def quiet(level, text, _):
    """Its thousands of lines about graphs would hide the one that says why it ended."""
    if level in (3, 4):  # warnings and errors
        sys.stderr.write(text.decode(errors="replace"))


def cpu_flags():
    try:
        with open("/proc/cpuinfo") as file:
            return file.read()
    except OSError:
        return ""


def write_gguf(model, precision, draft):
    draft.mkdir(parents=True)
    config, writer = model.config, gguf.GGUFWriter(draft / "model.gguf", "bert")
    first = model.pad + 1 if model.xlmr else 0
    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["max_position_embeddings"] - first)
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN if model.mean else gguf.PoolingType.CLS)
    writer.add_tokenizer_model("no_vocab")
    writer.add_token_type_count(config["type_vocab_size"])

    def add(name, values):
        values = numpy.ascontiguousarray(values)
        if precision == "q8_0" and values.ndim == 2 and values.shape[0] > 2 and "position" not in name:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, values)

    add("token_embd.weight", model.tensor("embeddings.word_embeddings.weight"))
    add("position_embd.weight", model.tensor("embeddings.position_embeddings.weight")[first:])
    add("token_types.weight", model.tensor("embeddings.token_type_embeddings.weight"))
    for part in ("weight", "bias"):
        add("token_embd_norm." + part, model.tensor("embeddings.LayerNorm." + part))
        for index in range(config["num_hidden_layers"]):
            for ours, theirs in LAYER.items():
                add(f"blk.{index}.{theirs}.{part}", model.layer(index, f"{ours}.{part}"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class Engine:
    def __init__(self, options):
        self.model, self.threads, self.contexts = Model(options.model), options.threads, {}
        name = os.path.basename(os.path.normpath(options.model))
        folder = made_once(f"{options.cache}/gguf/{name}-{options.precision}",
                           lambda draft: write_gguf(self.model, options.precision, draft))
        llama_cpp.llama_log_set(quiet, None)
        llama_cpp.llama_backend_init()
        settings = llama_cpp.llama_model_default_params()
        # Weights repacked for AMX crash in llama_encode (ggml_backend_amx_mul_mat, llama-cpp-python 0.3.36).
        settings.use_extra_bufts = "amx" not in cpu_flags()
        self.network = llama_cpp.llama_model_load_from_file(str(folder / "model.gguf").encode(), settings)
        if not self.network:
            raise RuntimeError("llama.cpp does not load the file; its log says why")
        self.version = f"llama-cpp-python {llama_cpp.__version__}"

    def context(self, tokens, texts):
        """An encoder pass has to fit one micro-batch: a context per power of two."""
        size = max(512, 1 << (tokens - 1).bit_length())
        key = size, texts > 1
        if key not in self.contexts:
            settings = llama_cpp.llama_context_default_params()
            settings.n_ctx = settings.n_batch = settings.n_ubatch = size
            settings.n_seq_max = 64 if texts > 1 else 1
            settings.n_threads = settings.n_threads_batch = self.threads
            settings.embeddings = True
            settings.kv_unified = True
            context = llama_cpp.llama_init_from_model(self.network, settings)
            if not context:
                raise RuntimeError(f"llama.cpp has no context for {size} tokens")
            self.contexts[key] = context
        return self.contexts[key]

    def rows(self, batch):
        tokens = sum(map(len, batch))
        context = self.context(tokens, len(batch))
        packed = llama_cpp.llama_batch_init(tokens, 0, 1)
        try:
            at = 0
            for text, ids in enumerate(batch):
                for position, token in enumerate(ids):
                    packed.token[at], packed.pos[at], packed.n_seq_id[at] = int(token), position, 1
                    packed.seq_id[at][0], packed.logits[at] = text, 1
                    at += 1
            packed.n_tokens = tokens
            if llama_cpp.llama_encode(context, packed) != 0:
                raise RuntimeError("llama_encode failed")
            columns = self.model.config["hidden_size"]
            rows = numpy.empty((len(batch), columns), dtype=numpy.float32)
            for text in range(len(batch)):
                pointer = llama_cpp.llama_get_embeddings_seq(context, text)
                ctypes.memmove(rows[text].ctypes.data, pointer, columns * 4)
        finally:
            llama_cpp.llama_batch_free(packed)
        if self.model.mean:
            return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)
        return self.model.pool(rows[:, None], [1] * len(batch))


serve(Engine)
