"""Writes an encoder as an ONNX graph of ONNX Runtime's fused operators, weights beside it as external data.

Inputs: input_ids int32 [texts, longest], padded on the right, and lengths int32 [texts]. Output: hidden.
"""

import numpy
import onnx
from onnx import TensorProto, helper


class Writer:
    def __init__(self, folder):
        folder.mkdir(parents=True)
        self.folder, self.nodes, self.initializers = folder, [], []
        self.data = open(folder / "weights.bin", "wb")

    def constant(self, name, values):
        values = numpy.ascontiguousarray(values)
        self.data.seek(-self.data.tell() % 4096, 1)  # mapped by page
        offset = self.data.tell()
        values.tofile(self.data)
        tensor = TensorProto(name=name, dims=values.shape, data_location=TensorProto.EXTERNAL,
                             data_type=helper.np_dtype_to_tensor_dtype(values.dtype))
        for key, value in (("location", "weights.bin"), ("offset", str(offset)), ("length", str(values.nbytes))):
            tensor.external_data.add(key=key, value=value)
        self.initializers.append(tensor)
        return name

    def small(self, name, values):
        self.initializers.append(onnx.numpy_helper.from_array(numpy.asarray(values), name))
        return name

    def op(self, kind, inputs, output, domain="", **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output


def embeddings(writer, model):
    """words[ids] + positions[0..longest) + types[0]; XLM-RoBERTa's positions start after the padding id."""
    first = model.pad + 1 if model.xlmr else 0
    positions = model.tensor("embeddings.position_embeddings.weight")[first:]
    positions = positions + model.tensor("embeddings.token_type_embeddings.weight")[0]
    words = writer.op("Gather", [writer.constant("words", model.tensor("embeddings.word_embeddings.weight")),
                                 "input_ids"], "word_rows")
    shape = writer.op("Shape", ["input_ids"], "shape")
    longest = writer.op("Gather", [shape, writer.small("one", numpy.array([1], dtype=numpy.int64))], "longest")
    zero = writer.small("zero", numpy.array([0], dtype=numpy.int64))
    rows = writer.op("Slice", [writer.constant("positions", positions), zero, longest, zero], "position_rows")
    total = writer.op("Add", [words, rows], "embedding_sum")
    norm = "embeddings.LayerNorm"
    return writer.op("LayerNormalization",
                     [total, writer.constant(norm + ".weight", model.tensor(norm + ".weight")),
                      writer.constant(norm + ".bias", model.tensor(norm + ".bias"))], "embedded",
                     axis=-1, epsilon=model.config["layer_norm_eps"])


def layer(writer, model, index, hidden):
    at = f"layer{index}."

    def constant(name, transpose=False):
        values = model.layer(index, name)
        return writer.constant(at + name, values.T if transpose else values)

    def skip_norm(product, skip, norm, bias, output):
        return writer.op("SkipLayerNormalization", [product, skip, constant(norm + ".weight"), constant(norm + ".bias"),
                                                    constant(bias)], at + output, "com.microsoft",
                         epsilon=model.config["layer_norm_eps"])

    parts = [f"attention.self.{name}" for name in ("query", "key", "value")]
    weight = writer.constant(at + "qkv.weight", numpy.concatenate(
        [model.layer(index, part + ".weight").T for part in parts], axis=1))
    bias = writer.constant(at + "qkv.bias", numpy.concatenate([model.layer(index, part + ".bias") for part in parts]))
    context = writer.op("Attention", [hidden, weight, bias, "lengths"], at + "attention", "com.microsoft",
                        num_heads=model.config["num_attention_heads"])
    product = writer.op("MatMul", [context, constant("attention.output.dense.weight", True)], at + "projected")
    middle = skip_norm(product, hidden, "attention.output.LayerNorm", "attention.output.dense.bias", "middle")
    up = writer.op("MatMul", [middle, constant("intermediate.dense.weight", True)], at + "up")
    active = writer.op("BiasGelu", [up, constant("intermediate.dense.bias")], at + "gelu", "com.microsoft")
    down = writer.op("MatMul", [active, constant("output.dense.weight", True)], at + "down")
    return skip_norm(down, middle, "output.LayerNorm", "output.dense.bias", "out")


def write_graph(model, folder):
    writer = Writer(folder)
    hidden = embeddings(writer, model)
    for index in range(model.config["num_hidden_layers"]):
        hidden = layer(writer, model, index, hidden)
    writer.op("Identity", [hidden], "hidden")
    writer.data.close()
    graph = helper.make_graph(
        writer.nodes, "encoder",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT32, ["texts", "longest"]),
         helper.make_tensor_value_info("lengths", TensorProto.INT32, ["texts"])],
        [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["texts", "longest", model.config["hidden_size"]])],
        writer.initializers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)])
    made.ir_version = 8
    onnx.save(made, folder / "model.onnx")
