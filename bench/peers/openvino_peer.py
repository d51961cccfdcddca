"""OpenVINO on the CPU, converted from transformers' PyTorch model as optimum-intel does.

float32: inference precision held at f32 (on AMX machines the default would be bf16: that is "bfloat16" here).
int8: NNCF post-training quantization of weights and activations (transformer preset), calibrated on random token ids.
w8: NNCF 8-bit weights, activations quantized dynamically where the plug-in has a kernel for it.
"""

import os

import numpy
import openvino

from peers.common import Model, made_once
from protocol import serve


def convert(model, draft):
    import torch
    import transformers

    class Hidden(torch.nn.Module):
        def __init__(self):
            super().__init__()
            network = transformers.AutoModel.from_pretrained(model.folder, dtype=torch.float32,
                                                             attn_implementation="sdpa")
            self.network = network.eval()

        def forward(self, input_ids, attention_mask):
            return self.network(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    example = {name: torch.from_numpy(part) for name, part in
               zip(("input_ids", "attention_mask"), model.padded([numpy.arange(5, 17), numpy.arange(5, 14)]))}
    with torch.no_grad():
        converted = openvino.convert_model(Hidden(), example_input=example)
    draft.mkdir(parents=True)
    openvino.save_model(converted, draft / "model.xml", compress_to_fp16=False)


def calibration(model, texts=32):
    random = numpy.random.default_rng(7)
    top = model.config["vocab_size"]
    for _ in range(texts):
        ids, mask = model.padded([random.integers(5, top, random.integers(16, 128))])
        yield {"input_ids": ids, "attention_mask": mask}


def quantize(model, precision, source, draft):
    import nncf

    network = openvino.Core().read_model(source / "model.xml")
    if precision == "w8":
        network = nncf.compress_weights(network, mode=nncf.CompressWeightsMode.INT8_ASYM)
    else:
        network = nncf.quantize(network, nncf.Dataset(list(calibration(model))), subset_size=32,
                                model_type=nncf.ModelType.TRANSFORMER)
    draft.mkdir(parents=True)
    openvino.save_model(network, draft / "model.xml", compress_to_fp16=False)


class Engine:
    def __init__(self, options):
        self.model = Model(options.model)
        name = os.path.basename(os.path.normpath(options.model))
        folder = made_once(f"{options.cache}/openvino/{name}", lambda draft: convert(self.model, draft))
        if options.precision in ("int8", "w8"):
            source = folder
            folder = made_once(f"{options.cache}/openvino/{name}-{options.precision}",
                               lambda draft: quantize(self.model, options.precision, source, draft))
        settings = {"INFERENCE_NUM_THREADS": options.threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
                    "INFERENCE_PRECISION_HINT": "bf16" if options.precision == "bfloat16" else "f32"}
        compiled = openvino.Core().compile_model(folder / "model.xml", "CPU", settings)
        self.request = compiled.create_infer_request()
        self.version = f"openvino {openvino.__version__.split('-')[0]}"

    def rows(self, batch):
        ids, mask = self.model.padded(batch)
        self.request.infer({0: ids, 1: mask}, share_inputs=True)
        return self.model.pool(self.request.get_output_tensor(0).data, [len(text) for text in batch])


serve(Engine)
