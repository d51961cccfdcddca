"""PyTorch on the CPU through transformers, the forward pass that FlagEmbedding and sentence-transformers run.

FlagEmbedding's encoders call transformers' model in float32 with scaled dot-product attention, texts sorted by length
and padded per batch; the same is done here without its tokenizer and progress bars. "bfloat16" loads the weights so.
"""

import torch
import transformers

from peers.common import Model
from protocol import serve


class Engine:
    def __init__(self, options):
        torch.set_num_threads(options.threads)
        torch.set_grad_enabled(False)
        self.model = Model(options.model)
        kind = transformers.AutoModelForSequenceClassification if self.model.reranker else transformers.AutoModel
        self.network = kind.from_pretrained(
            options.model, dtype=getattr(torch, options.precision), attn_implementation="sdpa").eval()
        self.version = (f"torch {torch.__version__}, transformers {transformers.__version__}, "
                        f"{torch.backends.cpu.get_cpu_capability()}")

    def rows(self, batch):
        ids, mask = (torch.from_numpy(part) for part in self.model.padded(batch))
        out = self.network(input_ids=ids, attention_mask=mask)
        if self.model.reranker:
            return out.logits.float().numpy()
        return self.model.pool(out.last_hidden_state.float().numpy(), [len(text) for text in batch])


serve(Engine)
