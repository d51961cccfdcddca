"""The engines of the benchmark: rappel in its precisions, and the peers. Each is a command that speaks protocol.py's lines.

To add a peer: a file in peers/ that calls protocol.serve(), a line in ENGINES, its package in requirements.txt.
"""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Engine:
    name: str
    precision: str  # as the engine itself calls it
    family: str     # float32, half or int8: which bar it counts for
    script: str = ""  # below peers/; empty: rappel
    memory: float = 1.0  # resident bytes per byte of the float32 file, roughly, to plan what runs side by side
    avx2: dict = field(default_factory=dict)  # environment that restricts it to AVX2
    avx2_note: str = ""  # why it cannot be restricted

    @property
    def rappel(self):
        return not self.script


MKL_AVX2 = {"MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2"}
TORCH_AVX2 = {**MKL_AVX2, "ATEN_CPU_CAPABILITY": "avx2"}
CT2_AVX2 = {**MKL_AVX2, "CT2_FORCE_CPU_ISA": "AVX2"}
ORT_NOTE = "has no switch for the instruction set"

ENGINES = [
    Engine("rappel float32", "float32", "float32", memory=1.1),
    Engine("rappel half", "half", "half", memory=0.8),
    Engine("rappel int8", "int8", "int8", memory=0.6),
    Engine("PyTorch float32", "float32", "float32", "torch_peer.py", 1.4, TORCH_AVX2),
    Engine("FlagEmbedding float32", "float32", "float32", "flag_embedding_peer.py", 1.4, TORCH_AVX2),
    Engine("sentence-transformers float32", "float32", "float32", "sentence_transformers_peer.py", 1.4, TORCH_AVX2),
    Engine("ONNX Runtime float32", "float32", "float32", "onnxruntime_peer.py", 1.8, avx2_note=ORT_NOTE),
    Engine("OpenVINO float32", "float32", "float32", "openvino_peer.py", 1.8, MKL_AVX2),
    Engine("CTranslate2 float32", "float32", "float32", "ctranslate2_peer.py", 1.2, CT2_AVX2),
    Engine("llama.cpp float32", "float32", "float32", "llama_cpp_peer.py", 1.1, avx2_note="is compiled for this machine"),
    Engine("PyTorch bfloat16", "bfloat16", "half", "torch_peer.py", 0.9, TORCH_AVX2),
    Engine("OpenVINO bfloat16", "bfloat16", "half", "openvino_peer.py", 1.4, MKL_AVX2),
    Engine("ONNX Runtime int8", "int8", "int8", "onnxruntime_peer.py", 1.0, avx2_note=ORT_NOTE),
    Engine("OpenVINO int8", "int8", "int8", "openvino_peer.py", 1.0, MKL_AVX2),
    Engine("OpenVINO 8-bit weights", "w8", "int8", "openvino_peer.py", 1.0, MKL_AVX2),
    Engine("CTranslate2 int8", "int8", "int8", "ctranslate2_peer.py", 0.5, CT2_AVX2),
    Engine("llama.cpp q8_0", "q8_0", "int8", "llama_cpp_peer.py", 0.5, avx2_note="is compiled for this machine"),
]


def command(engine, settings, model):
    """Command line and environment of the engine's process. `settings` is the driver's."""
    environment = dict(os.environ)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        environment[name] = str(settings.threads)
    environment.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", TQDM_DISABLE="1")
    if engine.rappel:
        line = [str(settings.encoder), "--model", str(model), "--threads", str(settings.threads), "--precision",
                engine.precision, "--batch-tokens", str(settings.batch_tokens)]
        return line + (["--target", settings.isa] if settings.isa else []), environment
    if settings.isa == "avx2":
        environment.update(engine.avx2)
    environment["PYTHONPATH"] = str(HERE)
    line = [sys.executable, str(HERE / "peers" / engine.script), "--model", str(model), "--precision",
            engine.precision, "--threads", str(settings.threads), "--batch", str(settings.batch), "--cache",
            str(settings.cache / "peers")]
    return line, environment


def groups(engines, model_bytes, budget_bytes):
    """Engines that fit into memory side by side. Every group with peers has rappel's engines, for honest ratios."""
    own = [engine for engine in engines if engine.rappel]
    peers = [engine for engine in engines if not engine.rappel]
    base = sum(engine.memory for engine in own) * model_bytes
    made, current, used = [], [], base
    for engine in peers:
        need = engine.memory * model_bytes + 400e6  # a Python process with its libraries
        if current and used + need > budget_bytes:
            made.append(current)
            current, used = [], base
        current.append(engine)
        used += need
    if current or not made:
        made.append(current)
    return [own + group for group in made]
