"""ONNX Runtime on its own fused operators (Attention, SkipLayerNormalization, BiasGelu): the graph that its transformer
optimizer arrives at. "int8" is quantize_dynamic, per channel, weights alone stored; activations at run time.

On a CPU without VNNI the library advises 7-bit weights (reduce_range), because its products saturate otherwise.
"""

import os

import onnxruntime

from peers.common import Model, made_once
from peers.onnx_graph import write_graph
from protocol import serve


def has_vnni():
    try:
        with open("/proc/cpuinfo") as file:
            return "vnni" in file.read()
    except OSError:
        return False


def quantize(source, draft):
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    draft.mkdir()
    quantize_dynamic(source / "model.onnx", draft / "model.onnx", op_types_to_quantize=["MatMul", "Attention"],
                     per_channel=True, reduce_range=not has_vnni(), weight_type=QuantType.QInt8,
                     use_external_data_format=True, extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})


class Engine:
    def __init__(self, options):
        self.model = Model(options.model)
        name = os.path.basename(os.path.normpath(options.model))
        folder = made_once(f"{options.cache}/onnx/{name}", lambda draft: write_graph(self.model, draft))
        if options.precision == "int8":
            source = folder
            kind = "int8" if has_vnni() else "int7"
            folder = made_once(f"{options.cache}/onnx/{name}-{kind}", lambda draft: quantize(source, draft))
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        settings.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), settings,
                                                    providers=["CPUExecutionProvider"])
        self.version = f"onnxruntime {onnxruntime.__version__}"

    def rows(self, batch):
        ids, mask = self.model.padded(batch, dtype="int32")
        hidden, = self.session.run(None, {"input_ids": ids, "lengths": mask.sum(axis=1, dtype="int32")})
        return self.model.pool(hidden, [len(text) for text in batch])


serve(Engine)
