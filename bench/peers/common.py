"""What peers share: the model's configuration, padding, pooling and the classification head in numpy."""

import json
import shutil
from pathlib import Path

import numpy


class Model:
    """The parts of a model folder that a peer without its own reader needs."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.config = json.loads((self.folder / "config.json").read_text())
        self.xlmr = self.config["model_type"] == "xlm-roberta"
        self.pad = self.config["pad_token_id"]
        self.reranker = self.config["architectures"][0].endswith("ForSequenceClassification")
        self.mean = False
        pooling = self.folder / "1_Pooling" / "config.json"
        if pooling.is_file():
            self.mean = json.loads(pooling.read_text()).get("pooling_mode_mean_tokens", False)
        self._tensors = None

    def tensor(self, name):
        """float32 view of a tensor of the encoder by its name without prefix, or of the head."""
        if self._tensors is None:
            path = self.folder / "model.safetensors"
            with open(path, "rb") as file:
                size = int.from_bytes(file.read(8), "little")
                header = json.loads(file.read(size))
            header.pop("__metadata__", None)
            data = numpy.memmap(path, dtype=numpy.uint8, mode="r", offset=8 + size)
            self._tensors = {}
            for key, entry in header.items():
                if entry["dtype"] != "F32":
                    continue
                begin, end = entry["data_offsets"]
                values = data[begin:end].view("<f4").reshape(entry["shape"])
                for prefix in ("roberta.", "bert."):
                    key = key.removeprefix(prefix)
                self._tensors[key] = values
        return self._tensors[name]

    def layer(self, index, name):
        return self.tensor(f"encoder.layer.{index}.{name}")

    def padded(self, batch, dtype=numpy.int64):
        """ids and attention mask [texts, longest]."""
        longest = max(map(len, batch))
        ids = numpy.full((len(batch), longest), self.pad, dtype=dtype)
        mask = numpy.zeros((len(batch), longest), dtype=dtype)
        for row, text in enumerate(batch):
            ids[row, :len(text)] = text
            mask[row, :len(text)] = 1
        return ids, mask

    def pool(self, hidden, lengths):
        """What the folder says becomes of hidden [texts, longest, columns]: logit, mean or first row; normalised."""
        if self.reranker:
            dense, out = ("classifier.dense", "classifier.out_proj") if self.xlmr else ("pooler.dense", "classifier")
            first = numpy.tanh(hidden[:, 0] @ self.tensor(dense + ".weight").T + self.tensor(dense + ".bias"))
            return first @ self.tensor(out + ".weight").T + self.tensor(out + ".bias")
        if self.mean:
            rows = numpy.stack([hidden[i, :n].mean(axis=0) for i, n in enumerate(lengths)])
        else:
            rows = hidden[:, 0]
        return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def made_once(folder, make):
    """`folder`, filled by make(draft) the first time; an interrupted try leaves nothing that looks finished."""
    folder = Path(folder)
    if not folder.is_dir():
        draft = folder.with_name(folder.name + ".part")
        shutil.rmtree(draft, ignore_errors=True)
        draft.parent.mkdir(parents=True, exist_ok=True)
        make(draft)
        draft.rename(folder)
    return folder
