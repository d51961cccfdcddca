"""What int8 on a GPU costs in quality, without a GPU: its arithmetic in PyTorch, over the sets of bench/quality.py.

    bench/gpu/int8_quality.py [float32] [int8]

The encoder's linear layers as src/engine/cuda computes them: weights -127..127 with a scale per output, activations with a
scale per row, exact sums, rows of halves between the products. The real all-MiniLM-L6-v2 through transformers; takes some
seven minutes a precision on two cores. Which way single activations are rounded hangs on the last bits of what comes before,
so that vectors are not the device's, but the losses are alike. Needs the packages of bench/requirements.txt.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import quality  # noqa: E402

BATCH = 32


def quantized(layer):
    """What takes the place of layer.forward."""
    scales = layer.weight.abs().amax(1) / 127
    weights = torch.clamp(torch.round(layer.weight / scales[:, None]), -127, 127)

    def forward(rows):
        rows = rows.half().float()
        steps = rows.abs().amax(-1, keepdim=True) / 127
        steps = torch.where(steps > 0, steps, torch.ones_like(steps))
        integers = torch.clamp(torch.round(rows / steps), -127, 127)
        return ((integers @ weights.T) * (steps * scales) + layer.bias).half().float()

    return forward


class Engine:
    """As quality.Engine."""

    def __init__(self, precision):
        self.tokenizer = AutoTokenizer.from_pretrained(str(quality.MINILM))
        self.model = AutoModel.from_pretrained(str(quality.MINILM), dtype=torch.float32).eval()
        if precision == "int8":
            for layer in self.model.encoder.modules():
                if isinstance(layer, torch.nn.Linear):
                    layer.forward = quantized(layer)

    def dense(self, _, texts):
        vectors = [None] * len(texts)
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for first in range(0, len(texts), BATCH):
            batch = by_length[first : first + BATCH]
            tokens = self.tokenizer([texts[i] for i in batch], padding=True, truncation=True, max_length=256,
                                    return_tensors="pt")
            mask = tokens["attention_mask"].unsqueeze(-1)
            rows = (self.model(**tokens).last_hidden_state * mask).sum(1) / mask.sum(1)
            for i, vector in zip(batch, torch.nn.functional.normalize(rows)):
                vectors[i] = vector.numpy().astype(np.float64)
        return np.array(vectors)


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    for precision in sys.argv[1:] or ["float32", "int8"]:
        engine = Engine(precision)
        for data in (quality.StsB(), quality.SciFact()):
            print(precision, data.name, f"{data.measure(engine)[0][data.name]:.4f}", flush=True)
