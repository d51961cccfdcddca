"""FlagEmbedding itself, on token ids that are there already.

Its own encode_single_device() and compute_score_single_gpu() run: sorting, padding, batches, pooling. They compute the
first batch twice (a trial whether it fits into memory), and that counts here as it does for its users. Only the
tokenizer is replaced: "tokenizing" looks up the ids of a text's number, padding is transformers' own.
"""

from importlib.metadata import version

import torch
import transformers
from tokenizers import Tokenizer, models

from peers.common import Model
from protocol import serve


class IdTokenizer:
    """Texts are numbers of rows of `texts`; a pair is a number and an empty text."""

    def __init__(self, pad):
        vocabulary = {f"[{id}]": id for id in range(pad + 1)}
        plain = Tokenizer(models.WordLevel(vocabulary, unk_token=f"[{pad}]"))
        self.padder = transformers.PreTrainedTokenizerFast(tokenizer_object=plain, pad_token=f"[{pad}]")
        self.pad = self.padder.pad
        self.texts = []

    def __call__(self, names, **_):
        ids = [self.texts[int(name)] if name else [] for name in names]
        return {"input_ids": ids, "attention_mask": [[1] * len(text) for text in ids]}

    def prepare_for_model(self, first, second, **_):
        return {"input_ids": first + second, "attention_mask": [1] * (len(first) + len(second))}


class Engine:
    def __init__(self, options):
        torch.set_num_threads(options.threads)
        model = Model(options.model)
        self.reranker, self.batch = model.reranker, options.batch
        tokenizer = IdTokenizer(model.pad)
        settings = dict(use_fp16=False, devices="cpu", batch_size=options.batch)
        # The folders' stand-in tokenizers have no special tokens: none is loaded.
        loader = transformers.AutoTokenizer.from_pretrained
        transformers.AutoTokenizer.from_pretrained = lambda *_, **__: tokenizer
        try:
            from FlagEmbedding import FlagModel, FlagReranker

            if model.reranker:
                self.engine = FlagReranker(options.model, **settings)
            else:
                self.engine = FlagModel(options.model, pooling_method="mean" if model.mean else "cls", **settings)
        finally:
            transformers.AutoTokenizer.from_pretrained = loader
        self.tokenizer = tokenizer
        self.longest = model.config["max_position_embeddings"]
        self.version = f"FlagEmbedding {version('FlagEmbedding')}, torch {torch.__version__}"

    def prepare(self, texts):
        return [text.tolist() for text in texts]

    def encode(self, texts):
        self.tokenizer.texts = texts
        names = [str(row) for row in range(len(texts))]
        if not self.reranker:
            return self.engine.encode_single_device(names, batch_size=self.batch, max_length=self.longest, device="cpu")
        scores = self.engine.compute_score_single_gpu([(name, "") for name in names], batch_size=self.batch,
                                                      max_length=self.longest, device="cpu")
        return torch.tensor(scores).reshape(-1, 1).numpy()


serve(Engine)
