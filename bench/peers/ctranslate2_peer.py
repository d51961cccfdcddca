"""CTranslate2's encoder, converted by its own transformers converter. Texts are padded inside the library."""

import os

import ctranslate2
import numpy

from peers.common import Model, made_once
from protocol import serve


def convert(source, precision, draft):
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(source).convert(str(draft), quantization=precision)


class Engine:
    def __init__(self, options):
        self.model = Model(options.model)
        name = os.path.basename(os.path.normpath(options.model))
        folder = made_once(f"{options.cache}/ctranslate2/{name}-{options.precision}",
                           lambda draft: convert(options.model, options.precision, draft))
        self.encoder = ctranslate2.Encoder(str(folder), device="cpu", compute_type=options.precision,
                                           inter_threads=1, intra_threads=options.threads)
        self.version = f"ctranslate2 {ctranslate2.__version__}, {self.encoder.compute_type}"

    def rows(self, batch):
        out = self.encoder.forward_batch([text.tolist() for text in batch])
        return self.model.pool(numpy.asarray(out.last_hidden_state), [len(text) for text in batch])


serve(Engine)
