"""sentence-transformers itself, on token ids that are there already.

Its own encode() and predict() run: sorting, batches, modules, pooling, conversion. Only preprocess(), which would
tokenize, is replaced: it looks up the ids of a batch's texts and pads them.
"""

import sentence_transformers
import torch
import transformers

from peers.common import Model
from protocol import serve


class Engine:
    def __init__(self, options):
        torch.set_num_threads(options.threads)
        self.model, self.batch, self.ids = Model(options.model), options.batch, {}
        kind = sentence_transformers.CrossEncoder if self.model.reranker else sentence_transformers.SentenceTransformer
        self.engine = kind(options.model, device="cpu", model_kwargs={"dtype": "float32"})
        self.engine.preprocess = self.preprocess
        self.version = (f"sentence-transformers {sentence_transformers.__version__}, transformers "
                        f"{transformers.__version__}, torch {torch.__version__}")

    def preprocess(self, inputs, **_):
        ids, mask = self.model.padded([self.ids[text[0] if self.model.reranker else text] for text in inputs])
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask),
                **({} if self.model.reranker else {"modality": "text"})}

    def prepare(self, texts):
        """A text is its number, as long in characters as it has tokens: the library sorts by characters."""
        return {f"{row:<{len(text)}}": text for row, text in enumerate(texts)}

    def encode(self, ids):
        self.ids, names = ids, list(ids)
        if self.model.reranker:
            raw = torch.nn.Identity()
            return self.engine.predict([(name, "") for name in names], batch_size=self.batch, activation_fn=raw,
                                       show_progress_bar=False).reshape(-1, 1)
        return self.engine.encode(names, batch_size=self.batch, show_progress_bar=False)


serve(Engine)
