#!/usr/bin/env python3
"""PyTorch beside rappel_gpu_bench: the same model, the same texts, the same workloads.

    torch_peer.py FOLDER

FOLDER is the one that rappel_gpu_bench has filled. Prints the least cosine of its vectors with PyTorch's float32 ones, and
PyTorch's times in float16 with scaled_dot_product_attention. Exit status 77: PyTorch or transformers is not there.
"""

import json
import sys
import time
from pathlib import Path

try:
    import torch
    from safetensors.torch import load_file
    from transformers import XLMRobertaConfig, XLMRobertaModel
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

# PyTorch's own texts have as many tokens as rappel_gpu_bench's; the ids do not matter to the time.
WORKLOADS = [("tokens/s, 4 x 512 tokens", 4, 512, 15), ("tokens/s, 16 x 512 tokens", 16, 512, 15),
             ("tokens/s, 32 x 512 tokens", 32, 512, 15), ("one query of 16 tokens", 1, 16, 100),
             ("20 pairs of 128 tokens", 20, 128, 50), ("tokens/s, 2 x 8192 tokens", 2, 8192, 5)]


def load(folder, dtype):
    names = json.loads((folder / "config.json").read_text())
    config = XLMRobertaConfig(**{key: value for key, value in names.items() if key not in ("model_type", "architectures")})
    config._attn_implementation = "sdpa"
    model = XLMRobertaModel(config, add_pooling_layer=False)
    missing, _ = model.load_state_dict(load_file(str(folder / "model.safetensors")), strict=False)
    missing = [name for name in missing if not name.endswith(("position_ids", "token_type_ids"))]
    if missing:
        sys.exit(f"the model lacks {missing[:3]}")
    return model.to("cuda", dtype).eval()


@torch.inference_mode()
def dense(model, ids):
    rows = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[:, 0]
    return torch.nn.functional.normalize(rows.float(), dim=-1)


def check_vectors(folder):
    ours = torch.from_file(str(folder / "vectors.f32"), size=(folder / "vectors.f32").stat().st_size // 4).view(-1, 1024)
    model = load(folder, torch.float32)
    texts = [[int(word) for word in line.split()] for line in (folder / "ids.txt").read_text().splitlines()]
    least = min(float(dense(model, torch.tensor([text], device="cuda"))[0].cpu() @ row) / float(row.norm())
                for text, row in zip(texts, ours))
    print(f"{'least cosine with PyTorch float32':<40} {least:12.6f}    bar: 0.9999")
    return least >= 0.9999


def time_workloads(folder):
    model = load(folder, torch.float16)
    for name, texts, length, runs in WORKLOADS:
        ids = torch.randint(4, 29990, (texts, length), device="cuda")
        times = []
        for run in range(runs + 5):
            start = time.perf_counter()
            dense(model, ids).cpu()
            if run >= 5:
                times.append(time.perf_counter() - start)
        median = sorted(times)[len(times) // 2]
        figure = f"{texts * length / median:12.4g}" if name.startswith("tokens/s") else f"{median * 1e3:12.4g} ms"
        print(f"{'PyTorch fp16, ' + name:<40} {figure}", flush=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name(0)}")
    good = check_vectors(folder)
    torch.cuda.empty_cache()
    time_workloads(folder)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
